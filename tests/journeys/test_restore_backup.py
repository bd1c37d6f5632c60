"""A backup's way back, from outside: over a real sshd and sudo, out of a store that enforces its policies."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from boto3.s3.transfer import TransferConfig

from tests.support.estate import OWNER, SudoEstate, sudo_estate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.s3_server import S3Server

__all__ = ["sudo_estate"]
pytestmark = [pytest.mark.root, pytest.mark.xdist_group("estate")]  # one estate a machine, so one worker

CONTENT = os.urandom(24 << 20)
READER = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}],
}


@dataclass(slots=True)
class Line:
    """A way to the store that can be slow."""

    port: int = 0
    pause: float = 0.0


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    """Pass on what comes, in small pieces."""
    line = Line()
    with socket.create_server(("127.0.0.1", 0)) as door:
        line.port = door.getsockname()[1]
        threading.Thread(target=_let_in, args=(door, port, line), daemon=True).start()
        yield line


def _let_in(door: socket.socket, port: int, line: Line) -> None:
    with suppress(OSError):
        while True:
            guest, _ = door.accept()
            threading.Thread(target=_serve, args=(guest, port, line), daemon=True).start()


def _serve(guest: socket.socket, port: int, line: Line) -> None:
    with guest, socket.create_connection(("127.0.0.1", port)) as host:
        back = threading.Thread(target=_pass, args=(host, guest, line), daemon=True)
        back.start()
        _pass(guest, host, line)
        back.join()


def _pass(one: socket.socket, other: socket.socket, line: Line) -> None:
    with suppress(OSError):
        while piece := one.recv(1 << 15):
            time.sleep(line.pause)
            other.sendall(piece)
    # Whoever does not listen any more wants nothing either.
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
        one.shutdown(socket.SHUT_RD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The estate with a shared home and a bucket behind a line."""

    estate: SudoEstate
    folder: Path
    shared: Path
    line: Line
    environment: dict[str, str]

    def words(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "agent", "restore-backup", "--inventory", str(self.folder / "clusters"), *more]

    def run(self, *more: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            self.words(*more, "--json"), check=False, capture_output=True, text=True, timeout=150, env=self.environment
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def files(self) -> dict[str, int]:
        folder = self.shared / "import"
        return {path.name: path.stat().st_size for path in folder.iterdir()} if folder.is_dir() else {}


@pytest.fixture
def scene(sudo_estate: SudoEstate, s3_server: S3Server, tmp_path: Path) -> Iterator[Scene]:
    bucket = s3_server.bucket()
    with s3_server.client() as s3:
        parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=8 << 20)
        s3.put_object(Bucket=bucket, Key="backups/2026-Jan-01.zip", Body=b"older")
        time.sleep(1.1)
        s3.upload_fileobj(io.BytesIO(CONTENT), bucket, "backups/2026-Jan-02.zip", Config=parts)
    shared = sudo_estate.folder / "shared"  # what the stand-in's cluster.properties names
    (shared / "data").mkdir(parents=True, exist_ok=True)
    shutil.rmtree(shared / "import", ignore_errors=True)
    for path in (shared, shared / "data"):
        subprocess.run(["chown", f"{OWNER}:{OWNER}", str(path)], check=True)
        path.chmod(0o750)
    with line_to(s3_server.port) as line:
        folder = sudo_estate.inventory(tmp_path / "clusters")
        text = (folder / "estate.yml").read_text(encoding="utf-8")
        store = f"bucket-name: {bucket}, region: us-east-1, endpoint-override: 'http://127.0.0.1:{line.port}'"
        text = text.replace("bucket-name: example-co-jira-backup-bucket, region: ap-southeast-4", store)
        text = text.replace("  owner:", f'  sharedhome: "{shared}"\n  owner:', 1)
        (folder / "estate.yml").write_text(text, encoding="utf-8")
        keys = s3_server.user(READER).environment
        environment = {**os.environ, **keys, "XDG_STATE_HOME": str(tmp_path / "state")}
        yield Scene(estate=sudo_estate, folder=tmp_path, shared=shared, line=line, environment=environment)


def test_a_node_fetches_what_the_workstation_signs_as_the_owner_and_with_the_mode(scene: Scene) -> None:
    code, told = scene.run("--list", "--from-workstation")
    assert (code, [it["name"] for it in told["backups"]]) == (0, ["2026-Jan-02.zip", "2026-Jan-01.zip"]), told
    code, told = scene.run("--from-workstation", "--yes")
    assert (code, told["outcome"]) == (0, "ok"), told["summary"]
    path = scene.shared / "import" / "2026-Jan-02.zip"
    assert (path.owner(), path.group(), path.stat().st_mode & 0o7777) == (OWNER, OWNER, 0o640)
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(CONTENT).digest()
    assert (told["restored"]["proof"], scene.files()) == ("proven", {path.name: len(CONTENT)})
    code, told = scene.run("--from-workstation", "--yes", "--backup", path.name)
    assert (code, "already" in told["summary"]) == (0, True), told


def test_an_interrupted_run_leaves_the_half_and_the_next_one_goes_on_with_it(scene: Scene) -> None:
    scene.line.pause = 0.05
    words = scene.words("--from-workstation", "--yes")
    with subprocess.Popen(words, env=scene.environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        ends = time.monotonic() + 60
        while not any(size > 300_000 for size in scene.files().values()):
            assert time.monotonic() < ends
            assert run.poll() is None, run.communicate()
            time.sleep(0.1)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=40)
    assert run.returncode == 130, (out, err)
    assert b"what is there stays" in out + err
    (half,) = scene.files()
    assert half.startswith(".2026-Jan-02.zip.")
    scene.line.pause = 0.0
    code, told = scene.run("--from-workstation", "--yes")
    assert (code, told["outcome"]) == (0, "ok"), told["summary"]
    assert told["restored"]["resumed_from"] > 300_000
    assert (scene.shared / "import" / "2026-Jan-02.zip").read_bytes() == CONTENT
    assert list(scene.files()) == ["2026-Jan-02.zip"]


def test_a_node_without_keys_of_its_own_says_which_way_is_left(scene: Scene) -> None:
    code, told = scene.run("--yes")
    assert (code, "--from-workstation" in told["summary"]) == (7, True), told["summary"]
    assert scene.files() == {}
