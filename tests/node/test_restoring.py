"""The errands for a backup on real folders: whom the import folder is safe from, and what breaks on the way."""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.core.s3.address import BucketAddress
from agent.core.s3.answers import StoreFault
from agent.core.s3.brought import ArchiveTest, Digests, Fetched, ImportFolder, StoreSaid
from agent.core.s3.proof import Digest
from agent.node.port import DescribeBackup, ListBackups, Ok, Owned, ReadThrough, Refused
from agent.node.wire.letter import NODE_SECONDS
from tests.node.contract.restoring import CONTENT, HALF
from tests.node.test_shell import as_root, made_door, mounted
from tests.support.bucket_standin import bucket_standin
from tests.support.import_yard import KEY, NAME, TAG, RealYard, digests, fetch, finish, place, survey
from tests.support.letters import AlteredNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.node.port import Request
    from tests.node.contract import Door

SHELLS = [shell for shell in ("dash", "bash", "ksh") if shutil.which(shell)]


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return made_door(tmp_path / "home")


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[RealYard]:
    with bucket_standin() as bucket:
        yard = RealYard(tmp_path / "shared home", bucket)
        yard.put(CONTENT)
        yield yard


def fault_in(door: Door, request: Request) -> tuple[int, StoreFault | None]:
    brought = door.ok(request).brought
    assert isinstance(brought, Fetched)
    return brought.after, brought.fault


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_fetches_proves_and_finishes(door: Door, yard: RealYard, shell: str) -> None:
    port = AlteredNode(door.node, interpreter=f"/usr/bin/{shell}")
    yard.lay(HALF, CONTENT[:77])
    for request in (
        survey(yard),
        fetch(yard, CONTENT),
        digests(yard, digest=Digest.CRC32, piece=1 << 20, first=0, count=2),
        ReadThrough(**place(yard)),
        finish(yard, CONTENT),
    ):
        assert isinstance(port.perform(request), Ok), request
    assert yard.files() == {NAME: CONTENT}


def test_an_answer_that_breaks_off_leaves_what_came_and_the_next_goes_on(door: Door, yard: RealYard) -> None:
    yard.bucket.cut_after = 500_000
    after, fault = fault_in(door, fetch(yard, CONTENT))
    assert (after, fault is not None and fault.is_passing) == (500_000, True)
    fault_in(door, fetch(yard, CONTENT))
    yard.bucket.cut_after = None
    assert fault_in(door, fetch(yard, CONTENT)) == (len(CONTENT), None)
    assert yard.files() == {HALF: CONTENT}
    assert yard.bucket.seen[-1].endswith("bytes=1000000-")


def test_a_store_that_knows_no_ranges_is_not_mixed_into_the_half(door: Door, yard: RealYard) -> None:
    yard.bucket.ignores_ranges = True
    yard.lay(HALF, CONTENT[:1000])
    after, fault = fault_in(door, fetch(yard, CONTENT))
    assert (after, fault and fault.code) == (1000, "no-ranges")
    assert yard.files() == {HALF: CONTENT[:1000]}


def test_a_store_that_nobody_listens_for_is_a_passing_fault(door: Door, yard: RealYard) -> None:
    yard.bucket.port = 1
    after, fault = fault_in(door, fetch(yard, CONTENT))
    assert (after, fault is not None and fault.is_passing) == (0, True)


def test_a_slice_ends_by_itself_and_the_url_is_in_no_argument(door: Door, yard: RealYard) -> None:
    yard.bucket.pause = 0.3
    seen: list[bytes] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.append(path.read_bytes())
                    seen.append((path.parent / "environ").read_bytes())
                except OSError:
                    continue
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    try:
        # What the login exports under a name of the script's own is exported still when it gets another value.
        port = AlteredNode(door.node, around=("env", "presigned=x", "s=x"))
        answer = port.perform(fetch(yard, CONTENT, seconds=3))
    finally:
        done.set()
        watcher.join()
    assert isinstance(answer, Ok)
    assert isinstance(answer.observation.brought, Fetched)
    after = answer.observation.brought.after
    assert 0 < after < len(CONTENT)
    assert answer.observation.brought.fault is None
    assert time.monotonic() - begun < 10
    assert any(b"curl" in words for words in seen)
    assert not any(b"X-Amz-Signature=" in words for words in seen)
    assert yard.files()[HALF] == CONTENT[:after]


def test_the_request_bounds_its_parts_below_the_minute_that_it_has() -> None:
    """What each fragment keeps back, and the longest that is done besides, stay below what ends a request by force."""
    folder = Path(__file__).parents[2] / "agent" / "node" / "wire" / "script"
    assert "seconds_left=$((48 - $1" in (folder / "as_owner.sh").read_text()
    assert NODE_SECONDS == 60


def test_while_another_run_has_the_half_nobody_else_writes(door: Door, yard: RealYard) -> None:
    yard.lay(HALF, CONTENT[:10])
    with (yard.folder / HALF).open("ab") as half:
        fcntl.flock(half, fcntl.LOCK_EX)
        assert door.refused(fetch(yard, CONTENT)).code == "fetching"
        assert door.refused(finish(yard, CONTENT)).code == "fetching"
    assert fault_in(door, fetch(yard, CONTENT)) == (len(CONTENT), None)


def test_two_slices_at_once_never_mix(door: Door, yard: RealYard) -> None:
    yard.bucket.pause = 0.01
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.append(AlteredNode(door.node).perform(fetch(yard, CONTENT))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert yard.files() == {HALF: CONTENT}
    assert all(isinstance(it, Ok) or (isinstance(it, Refused) and it.code == "fetching") for it in answers), answers


@contextmanager
def as_it_was(path: Path) -> Iterator[None]:
    mode = path.stat().st_mode
    try:
        yield
    finally:
        path.chmod(mode & 0o7777)


def test_an_import_folder_that_others_can_change_is_refused(door: Door, yard: RealYard) -> None:
    yard.folder.mkdir()
    for mode in (0o777, 0o1777, 0o757):
        yard.folder.chmod(mode)
        assert door.refused(survey(yard)).code == "import-unsafe"
        assert door.refused(fetch(yard, CONTENT)).code == "import-unsafe"
    yard.folder.chmod(0o750)
    Path(yard.sharedhome).chmod(0o777)
    assert door.refused(survey(yard)).code == "import-unsafe"
    assert yard.files() == {}


def test_links_in_the_import_folder_are_never_followed(door: Door, yard: RealYard, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    yard.folder.symlink_to(tmp_path)
    no = door.refused(fetch(yard, CONTENT))
    assert (no.code, "is a symbolic link" in no.reason) == ("import-unsafe", True)
    yard.folder.unlink()
    yard.folder.mkdir(mode=0o750)
    (yard.folder / HALF).symlink_to(victim)
    assert door.refused(fetch(yard, CONTENT)).code == "import-unsafe"
    (yard.folder / HALF).unlink()
    os.mkfifo(yard.folder / HALF)
    assert door.refused(fetch(yard, CONTENT)).code == "import-unsafe"
    (yard.folder / HALF).unlink()
    (yard.folder / NAME).symlink_to(tmp_path / "nowhere")
    assert door.refused(fetch(yard, CONTENT)).code == "in-the-way"
    assert victim.read_bytes() == b"precious"


@as_root
def test_an_import_folder_of_somebody_else_is_refused(door: Door, yard: RealYard) -> None:
    yard.folder.mkdir(mode=0o750)
    os.chown(yard.folder, 1, 1)
    assert door.refused(survey(yard)).code == "import-unsafe"
    os.chown(yard.folder, 0, 1)
    yard.folder.chmod(0o770)
    assert door.refused(survey(yard)).code == "import-unsafe"


def test_a_folder_that_is_no_shared_home_is_refused_and_stays_empty(door: Door, yard: RealYard) -> None:
    data = Path(yard.sharedhome) / "data"
    data.rmdir()
    assert "is it mounted here?" in door.refused(survey(yard)).reason
    assert list(Path(yard.sharedhome).iterdir()) == []
    Path(yard.sharedhome).rmdir()
    assert door.refused(survey(yard)).code == "no-shared-home"


@pytest.mark.parametrize("line", ["jira.shared.home = {}", "jira.shared.home={}\r", "  jira.shared.home:{}  "])
def test_the_shared_home_is_the_one_that_jira_itself_was_told(
    door: Door, yard: RealYard, tmp_path: Path, line: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    properties = Path(door.node.localhome) / "cluster.properties"
    properties.write_text("#jira.shared.home=/x\n" + line.format(other) + "\n")
    refused = door.refused(survey(yard))
    assert (refused.code, str(other) in refused.reason) == ("no-shared-home", True)
    properties.write_text(line.format(yard.sharedhome) + "\n")
    assert isinstance(door.ok(survey(yard)).brought, ImportFolder)


@as_root
def test_a_disk_that_fills_up_while_bytes_come_is_told_and_what_came_stays(door: Door, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    options = ("-t", "tmpfs", "-o", "size=400k,mode=755", "none")
    with bucket_standin() as bucket, mounted(tmp_path / "disk", *options):
        yard = RealYard(tmp_path / "disk" / "shared", bucket)
        yard.put(CONTENT)
        assert door.refused(fetch(yard, CONTENT)).code == "no-room"
        port = AlteredNode(door.node, script={"backup_size - before + spare))": "0))"})
        answer = port.perform(fetch(yard, CONTENT))
        assert isinstance(answer, Refused)
        assert (answer.code, "are there" in answer.reason) == ("no-room", True)
        kept = yard.files()[HALF]
        assert 0 < len(kept) < len(CONTENT)
        assert CONTENT.startswith(kept)


@as_root
def test_a_shared_home_that_is_read_only_is_named(door: Door, yard: RealYard) -> None:
    yard.folder.mkdir(mode=0o750)
    with mounted(Path(yard.sharedhome), "--bind", yard.sharedhome):
        subprocess.run(["mount", "-o", "remount,ro,bind", yard.sharedhome], check=True)
        assert door.refused(fetch(yard, CONTENT)).code == "import-closed"


def test_a_file_that_was_cut_short_has_other_digests(door: Door, yard: RealYard) -> None:
    yard.lay(HALF, CONTENT[:100])
    brought = door.ok(digests(yard, digest=Digest.SHA256, piece=60, first=0, count=3)).brought
    assert isinstance(brought, Digests)
    assert len(brought.found) == 3
    assert brought.found[2] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_what_does_not_come_to_the_disk_gets_no_name(door: Door, yard: RealYard) -> None:
    fault_in(door, fetch(yard, CONTENT))
    failing = {'sync -- "$half"; } 2>&1': "false; } 2>&1"}
    answer = AlteredNode(door.node, script=failing).perform(finish(yard, CONTENT))
    assert isinstance(answer, Refused)
    assert answer.code == "sync-failed"
    assert set(yard.files()) == {HALF}


def test_a_piece_that_takes_too_long_is_told_and_not_guessed(door: Door, yard: RealYard) -> None:
    yard.lay(HALF, CONTENT)
    port = AlteredNode(door.node, script={'timeout "$seconds_left" dd': "timeout 0.1 sleep 5; false dd"})
    answer = port.perform(digests(yard, digest=Digest.MD5, piece=0, first=0, count=1))
    assert isinstance(answer, Ok)
    brought = answer.observation.brought
    assert isinstance(brought, Digests)
    assert (brought.found, bool(brought.fault)) == ((), True)


@pytest.mark.skipif(not shutil.which("unzip"), reason="no unzip on this machine")
def test_unzip_reads_an_archive_through(door: Door, yard: RealYard, tmp_path: Path) -> None:
    (tmp_path / "entities.xml").write_bytes(os.urandom(200_000))
    program = "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').write(sys.argv[2], 'entities.xml')"
    subprocess.run([sys.executable, "-c", program, "b.zip", "entities.xml"], cwd=tmp_path, check=True)
    sound = (tmp_path / "b.zip").read_bytes()
    for content, wanted in ((sound, ArchiveTest.SOUND), (sound[:9000] + b"x" + sound[9001:], ArchiveTest.DAMAGED)):
        yard.lay(HALF, content)
        assert door.ok(ReadThrough(**place(yard))).brought is wanted
    yard.lay(HALF, sound[:-100])
    assert door.ok(ReadThrough(**place(yard))).brought is ArchiveTest.DAMAGED


@pytest.mark.skipif(not shutil.which("unzip"), reason="no unzip on this machine")
def test_an_archive_that_unzip_warns_of_or_cannot_read_in_part_is_not_called_sound(door: Door, yard: RealYard) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("entities.xml", b"x" * 5000, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(odd := io.BytesIO(), "w") as archive:
        archive.writestr("entities.xml", b"x" * 5000, zipfile.ZIP_LZMA)
    for content in (b"in front" + packed.getvalue(), odd.getvalue()):
        yard.lay(HALF, content)
        assert door.ok(ReadThrough(**place(yard))).brought is ArchiveTest.UNSURE


def test_a_tag_and_a_name_make_a_hidden_half_beside_the_whole(yard: RealYard) -> None:
    assert f".{NAME}.{TAG}.part" == HALF
    assert str(yard.folder).endswith("/import")


def test_a_store_that_never_answers_ends_each_errand_before_its_minute_does(door: Door, yard: RealYard) -> None:
    """Time is shared by what is still to be asked; here as if most of it were over already."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        root = f"http://127.0.0.1:{silent.getsockname()[1]}/b"
        there = BucketAddress(bucket="b", region="us-east-1", root=root, endpoint=root.removesuffix("/b"))
        late = {
            "seconds_left=$((48 - $1 ": "seconds_left=$((10 - $1 ",
            "/usr/local/bin/aws /usr/bin/aws": "/nowhere/aws",
            "find_keys || refuse": "key_id=a secret_key=b || refuse",
        }
        port = AlteredNode(door.node, script=late)
        way = Owned(address=there, key=KEY)
        for errand in (
            ListBackups(address=there),
            DescribeBackup(address=there, key=KEY),
            fetch(yard, CONTENT, way=way),
        ):
            begun = time.monotonic()
            answer = port.perform(errand)
            assert time.monotonic() - begun < 14, errand
            assert isinstance(answer, Ok), answer
            brought = answer.observation.brought
            if isinstance(brought, StoreSaid):
                assert isinstance(brought.said, StoreFault)
                assert brought.said.is_passing
            else:
                assert brought == Fetched(before=0, after=0)
