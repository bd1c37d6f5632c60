"""Hands on a localhome behind the door's back: what a person, an accident or Jira itself does there."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.core.node import CommandService, Node, StatusEndpoint
from agent.core.observation import FileKind
from agent.node.port import HIGHEST_EPOCH
from agent.node.wire.ours import lock_in
from tests.support import standin

if TYPE_CHECKING:
    from agent.node.memory.machine import Machine

TARGET = "filestore-config.xml"


class Hands(Protocol):
    """Names are of files directly in the localhome."""

    def write(self, name: str, content: bytes, mode: int = 0o640) -> None: ...

    def read(self, name: str) -> bytes | None: ...

    def mode(self, name: str) -> int: ...

    def names(self) -> set[str]:
        """Everything in the localhome but our own folder and the stand-in's files."""
        ...

    def remove(self, name: str) -> None: ...

    def symlink(self, name: str, target: str) -> None: ...

    def fifo(self, name: str) -> None: ...

    def folder(self, name: str) -> None: ...

    def second_name(self, name: str, other: str) -> None: ...

    def home_mode(self, mode: int) -> None: ...

    def lose_home(self) -> None: ...

    def forge_epoch(self, epoch: int) -> None:
        """Let the node remember an epoch that nobody has claimed."""
        ...

    def epoch(self) -> int:
        """Return what it remembers, 0 where that is nothing."""
        ...

    def forge_lock(self, epoch: int) -> None:
        """Write another epoch into the lock that lies there."""
        ...

    def end_jira(self) -> None:
        """End the process if there is one, whatever the lock says."""
        ...

    def write_log(self, content: bytes) -> None:
        """Add to the end of Jira's log."""
        ...

    def rotate_log(self) -> None:
        """Give the log of now another name, and begin a new one."""
        ...

    def forget_rotated_logs(self) -> None: ...

    def cut_log_short(self) -> None:
        """Empty the log in place."""
        ...


class FolderHands:
    """Hands on a real folder."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def write(self, name: str, content: bytes, mode: int = 0o640) -> None:
        (self._home / name).write_bytes(content)
        (self._home / name).chmod(mode)

    def read(self, name: str) -> bytes | None:
        path = self._home / name
        return path.read_bytes() if path.exists() else None

    def mode(self, name: str) -> int:
        return (self._home / name).stat().st_mode & 0o7777

    def names(self) -> set[str]:
        apart = {".filestore-agent", "log", ".jira-home.lock", "standin.pid"}
        return {path.name for path in self._home.iterdir()} - apart

    def remove(self, name: str) -> None:
        (self._home / name).unlink()

    def symlink(self, name: str, target: str) -> None:
        (self._home / name).symlink_to(target)

    def fifo(self, name: str) -> None:
        os.mkfifo(self._home / name)

    def folder(self, name: str) -> None:
        (self._home / name).mkdir()

    def second_name(self, name: str, other: str) -> None:
        os.link(self._home / name, self._home / other)

    def home_mode(self, mode: int) -> None:
        self._home.chmod(mode)

    def lose_home(self) -> None:
        self._home.rename(self._home.with_name("lost"))

    def forge_epoch(self, epoch: int) -> None:
        self._ours.mkdir(mode=0o700, exist_ok=True)
        (self._ours / "epoch").write_text(f"epoch {epoch}\n")

    def epoch(self) -> int:
        path = self._ours / "epoch"
        return int(path.read_text().split()[1]) if path.exists() else 0

    def forge_lock(self, epoch: int) -> None:
        tag, plan, _, who = (self._ours / "lock").read_text().removeprefix("lock ").split(" ", 3)
        (self._ours / "lock").write_text(f"lock {tag} {plan} {epoch} {who}")

    @property
    def _ours(self) -> Path:
        return self._home / ".filestore-agent"

    def end_jira(self) -> None:
        standin.stop(self._home)

    @property
    def _log(self) -> Path:
        (self._home / "log").mkdir(exist_ok=True)
        return self._home / "log" / "atlassian-jira.log"

    def write_log(self, content: bytes) -> None:
        with self._log.open("ab") as log:
            log.write(content)

    def rotate_log(self) -> None:
        for number in range(9, 0, -1):
            older = self._log.with_name(f"{self._log.name}.{number}")
            if older.exists():
                older.rename(self._log.with_name(f"{self._log.name}.{number + 1}"))
        self._log.rename(self._log.with_name(f"{self._log.name}.1"))
        self._log.touch()

    def forget_rotated_logs(self) -> None:
        for path in self._log.parent.glob(f"{self._log.name}.*"):
            path.unlink()

    def cut_log_short(self) -> None:
        os.truncate(self._log, 0)


class MachineHands:
    """Hands on a machine that is only a value."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def write(self, name: str, content: bytes, mode: int = 0o640) -> None:
        self._machine.put(name, content, mode=f"{mode:04o}")

    def read(self, name: str) -> bytes | None:
        entry = self._machine.entries.get(name)
        return entry.content if entry else None

    def mode(self, name: str) -> int:
        return int(self._machine.entries[name].mode, 8)

    def names(self) -> set[str]:
        return set(self._machine.entries)

    def remove(self, name: str) -> None:
        del self._machine.entries[name]

    def symlink(self, name: str, target: str) -> None:
        self._machine.put(name, target.encode(), kind=FileKind.SYMLINK)

    def fifo(self, name: str) -> None:
        self._machine.put(name, b"", kind=FileKind.FIFO)

    def folder(self, name: str) -> None:
        self._machine.put(name, b"", kind=FileKind.DIRECTORY)

    def second_name(self, name: str, other: str) -> None:
        twin = replace(self._machine.entries[name], links=2)
        self._machine.entries |= {name: twin, other: twin}

    def home_mode(self, mode: int) -> None:
        self._machine.home = replace(self._machine.home, mode=f"{mode:04o}")

    def lose_home(self) -> None:
        self._machine.home = replace(self._machine.home, kind=FileKind.ABSENT)

    def forge_epoch(self, epoch: int) -> None:
        self._machine.epoch = epoch

    def epoch(self) -> int:
        return self._machine.epoch

    def forge_lock(self, epoch: int) -> None:
        """Of a lock that it cannot read, a machine only knows that it is there."""
        assert self._machine.lock is not None
        forged = replace(self._machine.lock, epoch=epoch)
        self._machine.lock = forged if epoch <= HIGHEST_EPOCH else lock_in("damaged")[0]

    def end_jira(self) -> None:
        self._machine.stop_jira()

    def write_log(self, content: bytes) -> None:
        self._machine.log.append(content)

    def rotate_log(self) -> None:
        self._machine.log.rotate()

    def forget_rotated_logs(self) -> None:
        del self._machine.log.files[:-1]

    def cut_log_short(self) -> None:
        self._machine.log.cut_short()


def folder_node(home: Path, *, owner: str, group: str, address: str = "127.0.0.1") -> Node:
    """Return a node in a real folder, whose Jira is the stand-in, started and stopped by two commands."""
    port = free_port()
    program = (sys.executable, "-I", "-S", str(Path(standin.__file__)))
    return Node(
        name="jira-1",
        cluster="prod",
        address=address,
        localhome=str(home),
        owner=owner,
        group=group,
        status=StatusEndpoint(port=port),
        service=CommandService(
            start=(*program, "start", str(home), str(port)),
            stop=(*program, "stop", str(home)),
        ),
    )


def free_port() -> int:
    """Return a loopback port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port
