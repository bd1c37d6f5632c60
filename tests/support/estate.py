"""A node as the documentation wants it, made by root: users ops and jira, the sudoers lines, a home only jira reads.

ops logs in by key, acts as jira through sudo, and starts the unit `jira` through /usr/bin/systemctl. systemd need not
run: the SSH server lives in a mount namespace of its own, where the stand-in lies over the real program.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.lab import sshd
from agent.lab.guard import guarded
from agent.lab.jira import settings
from agent.lab.node import LabNode
from agent.lab.ports import free_ports
from tests.support.sudoers import documented_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENT = Path(__file__).parents[2] / "agent"
LOGIN, OWNER = "ops", "jira"
OURS = "filestore-agent test estate"
"""The comment of the users that we make; users of these names without it are not ours to touch."""
SUDOERS = Path("/etc/sudoers.d/filestore-agent-test-estate")
TURN = Path(tempfile.gettempdir()) / "filestore-agent-test-estate.lock"
PROGRAMS = ("sudo", "visudo", "useradd", "usermod", "userdel", "unshare", "mount", "ssh-keygen")


@dataclass(frozen=True, slots=True, kw_only=True)
class SudoEstate:
    """The node, and hands on it. jira.start_jira is of no use here: the unit is started by `service`."""

    folder: Path
    jira: LabNode
    server: sshd.Sshd
    systemctl: Path

    def service(self, verb: str) -> None:
        """Start or stop the unit as root would."""
        subprocess.run([self.systemctl, verb, "jira"], check=True)

    def write(self, content: bytes, mode: int = 0o640) -> None:
        """Put the file there as jira would have left it."""
        self.jira.write(content)
        shutil.chown(self.jira.file, OWNER, OWNER)
        self.jira.file.chmod(mode)

    def inventory(self, folder: Path) -> Path:
        """Write an inventory of this one node into a folder, and return the folder; the cluster's name is `estate`."""
        config = folder / "ssh_config"
        folder.mkdir(parents=True, exist_ok=True)
        config.write_text(
            f'Host *\n  IdentityFile "{self.server.client_key}"\n  IdentitiesOnly yes\n', encoding="utf-8"
        )
        (folder / "estate.yml").write_text(self._inventory_text(config), encoding="utf-8")
        return folder

    def _inventory_text(self, config: Path) -> str:
        return f"""\
jira:
  version: "10.3.4"
  localhome: "{self.jira.home}"
  owner: {OWNER}
  group: {OWNER}
  status: {{port: {self.jira.status_port}}}
  service: {{systemd: jira}}
ssh:
  user: {LOGIN}
  config: "{config}"
  known-hosts: "{self.server.known_hosts}"
nodes:
  jira-1: {{address: 127.0.0.1, port: {self.server.port}}}
filestores:
  backupBucket: {{bucket-name: example-co-jira-backup-bucket, region: ap-southeast-4}}
associations:
  backups: backupBucket
rollout: {{ready-timeout: 30s, ready-streak: 2, ready-interval: 1s}}
"""


def missing() -> str | None:
    """Return why this machine cannot hold the estate, or None where it can."""
    if os.getuid() != 0:
        return "the documented sudoers path needs root to make users"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent or sshd.available() is None:
        return f"the documented sudoers path needs {', '.join(absent) or 'sshd'}"
    foreign = [name for name in (LOGIN, OWNER) if _comment_of(name) not in {None, OURS}]
    return f"{', '.join(foreign)}: users of this machine, not ours to alter" if foreign else None


@pytest.fixture(scope="module")
def sudo_estate() -> Iterator[SudoEstate]:
    """The estate; skipped by name where the machine cannot hold it, and failing there where everything is required."""
    reason = missing()
    if reason and os.environ.get("FILESTORE_AGENT_REQUIRE") == "all":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with made_estate() as estate:
        yield estate


@contextmanager
def made_estate() -> Iterator[SudoEstate]:
    """Make it, and take all of it away again: processes, users, sudoers lines, folder, in reverse order."""
    with ExitStack() as undo:
        undo.enter_context(_turn())
        folder = Path(tempfile.mkdtemp(prefix="estate-"))
        undo.callback(shutil.rmtree, folder)
        undo.enter_context(guarded(folder))
        folder.chmod(0o755)
        for name in (LOGIN, OWNER):
            _remove_user(name)
            undo.callback(_remove_user, name)
            _make_user(name, folder)
        _write_sudoers(documented_lines())
        undo.callback(SUDOERS.unlink)
        node = _made_node(folder)
        systemctl = _made_systemctl(folder, node)
        server = _started(folder, systemctl)
        undo.callback(server.stop)
        node = LabNode(name=node.name, home=node.home, ssh_port=server.port, status_port=node.status_port)
        yield SudoEstate(folder=folder, jira=node, server=server, systemctl=systemctl)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for our turn: the machine has one ops and one jira, whichever test process asks."""
    with TURN.open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _comment_of(name: str) -> str | None:
    try:
        return pwd.getpwnam(name).pw_gecos
    except KeyError:
        return None


def _make_user(name: str, folder: Path) -> None:
    """Make a user who can log in by key only: '*' is no password, while useradd's '!' would lock the user out."""
    home = folder / f"{name}-home"
    subprocess.run(["useradd", "-m", "-U", "-d", home, "-s", "/bin/bash", "-c", OURS, name], check=True)
    subprocess.run(["usermod", "-p", "*", name], check=True)


def _remove_user(name: str) -> None:
    """End the user's processes and remove the user, if it is one of ours."""
    if _comment_of(name) != OURS:
        return
    user = pwd.getpwnam(name).pw_uid
    give_up = time.monotonic() + 10
    while (left := _processes_of(user)) and time.monotonic() < give_up:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    subprocess.run(["userdel", "-f", name], check=True)  # -f: a zombie that init has yet to reap would count as busy


def _processes_of(user: int) -> list[int]:
    """Return the living ones: a zombie has no command line."""
    owned = []
    for entry in Path("/proc").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            if entry.name.isdigit() and entry.stat().st_uid == user and (entry / "cmdline").read_bytes():
                owned.append(int(entry.name))
    return owned


def _write_sudoers(lines: str) -> None:
    """Install the lines the way the page says: checked by visudo before they are in force."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="estate-sudoers-") as draft:
        draft.write(lines)
        draft.flush()
        subprocess.run(["visudo", "-cf", draft.name], check=True, stdout=subprocess.DEVNULL)
        SUDOERS.touch(mode=0o440)
        SUDOERS.write_text(lines, encoding="utf-8")


def _made_node(folder: Path) -> LabNode:
    """Lay out the localhome as an installed Jira leaves it, readable for jira alone."""
    home = folder / "data" / "jira"
    shared, s3 = folder / "shared", folder / "s3"
    for part in (home, shared, s3):
        part.mkdir(parents=True)
    properties = f"jira.node.id = jira-1\njira.shared.home = {shared}\n"
    (home / "cluster.properties").write_text(properties, encoding="utf-8")
    (port,) = free_ports(1)
    settings.write(home, status_port=port, s3=str(s3))
    for part in (home, *home.iterdir(), shared, s3):
        shutil.chown(part, OWNER, OWNER)
        part.chmod(0o750 if part.is_dir() else 0o640)
    return LabNode(name="jira-1", home=home, ssh_port=0, status_port=port)


def _made_systemctl(folder: Path, node: LabNode) -> Path:
    """Put the stand-ins where every user can read them, and write the program that takes systemctl's place."""
    code = folder / "code" / "agent"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(AGENT / "lab" / "jira", code / "lab" / "jira", ignore=ignore)
    for module in ("__init__.py", "lab/__init__.py", "lab/systemctl.py", "lab/processes.py"):
        shutil.copy(AGENT / module, code / module)
    subprocess.run(["chmod", "-R", "a+rX", code], check=True)
    python = _python_for_everybody()
    command = [python, "-I", "-S", str(code / "lab" / "jira" / "__main__.py")]
    acts = {verb: [*command, verb, f"-Djira.home={node.home}"] for verb in ("start", "stop")}
    units = folder / "units.json"
    units.write_text(json.dumps({"jira": {"user": OWNER, "home": str(node.home), **acts}}), encoding="utf-8")
    program = folder / "systemctl"
    program.write_text(f'#!/bin/sh\nexec {python} -I -S {code}/lab/systemctl.py {units} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def _python_for_everybody() -> str:
    """Return a Python that jira may run: the tests' own may lie in root's home."""
    check = ["-I", "-S", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    for candidate in (os.path.realpath(sys.executable), "/usr/local/bin/python3", "/usr/bin/python3"):
        with suppress(OSError):
            if subprocess.run([candidate, *check], check=False, user=OWNER, cwd="/").returncode == 0:
                return candidate
    raise AssertionError("no Python of 3.11 or later that other users may run; install python3")


def _started(folder: Path, systemctl: Path) -> sshd.Sshd:
    """Start the SSH server where the stand-in lies over /usr/bin/systemctl and /run says that systemd runs."""
    real = sshd.available()
    wrapper = folder / "bin" / "sshd"
    wrapper.parent.mkdir()
    wrapper.write_text(
        "#!/bin/sh\n"
        f"exec unshare -m --propagation private /bin/sh -c 'mount --bind {systemctl} /usr/bin/systemctl &&"
        " mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/sshd /run/systemd/system &&"
        f' exec {real} "$@"\' sshd "$@"\n',
        encoding="utf-8",
    )
    wrapper.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
        server = sshd.start(folder / "ssh", options={"AllowUsers": LOGIN})
    server.folder.chmod(0o755)
    (server.folder / "authorized_keys").chmod(0o644)
    return server
