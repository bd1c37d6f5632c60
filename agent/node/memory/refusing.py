"""Why does a machine say no? What each verb asks first, in the order of the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.core.filestore import FILE_NAME
from agent.core.observation import FileKind
from agent.node.port import ABSENT
from agent.node.wire.facts import CONTENT_CAP

if TYPE_CHECKING:
    from agent.core.observation import LockHolder
    from agent.node.memory.machine import Machine
    from agent.node.port import LockToken

_STICKY, _FOR_ALL = 0o1000, 0o002
_SLACK_BYTES, _SLACK_INODES = 98304, 6
_KIND_WORDS = {
    FileKind.SYMLINK: "it is a symbolic link",
    FileKind.DIRECTORY: "it is a directory",
    FileKind.FIFO: "it is a FIFO",
    FileKind.OTHER: "it is a device or a socket",
}


class Refusal(Exception):  # noqa: N818 - the machine's "no" on its way to becoming an answer
    """The machine says no and has changed nothing."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def require_tools(machine: Machine) -> None:
    """Refuse where a tool is missing."""
    if machine.missing_tools:
        raise Refusal("missing-tools", " ".join(machine.missing_tools))


def require_safe_home(machine: Machine) -> None:
    """Refuse where the home is not there, or someone else could swap files in it."""
    require_tools(machine)
    home, path = machine.home, machine.node.localhome
    if home.kind is FileKind.SYMLINK:
        raise Refusal("home-unsafe", f"{path} is a symbolic link")
    if home.kind is not FileKind.DIRECTORY:
        raise Refusal("no-home", path)
    if home.owner != machine.node.owner:
        raise Refusal("home-unsafe", f"{path} belongs to {home.owner}")
    if int(home.mode, 8) & (_STICKY | _FOR_ALL) == _FOR_ALL:
        raise Refusal("home-unsafe", f"{path} may be written by everybody")


def require_room(machine: Machine, length: int) -> None:
    """Refuse where a document of this length would not fit, or nothing may be written."""
    home = machine.home
    if home.free_bytes is not None and home.free_bytes < 2 * length + _SLACK_BYTES:
        raise Refusal("no-space", f"{home.free_bytes} bytes are free")
    if home.free_inodes is not None and home.free_inodes < _SLACK_INODES:
        raise Refusal("no-inodes", f"{home.free_inodes} are free")
    if not home.writable:
        raise Refusal("read-only", f"{machine.node.localhome} may not be written")


def require_lock(machine: Machine, token: LockToken) -> None:
    """Refuse unless the lock is the token's."""
    if machine.home.kind is not FileKind.DIRECTORY:
        require_safe_home(machine)
    if machine.lock is None:
        raise Refusal("not-ours", "nobody holds it")
    if not holds(machine.lock, token):
        raise Refusal("not-ours", "another rollout holds it")


def holds(lock: LockHolder, token: LockToken) -> bool:
    """Whether a lock is the token's."""
    return (lock.plan, lock.epoch) == (token.plan, token.epoch)


def require_expected(machine: Machine, expected: str) -> None:
    """Refuse where another file lies there than was expected."""
    found = _digest_on_disk(machine)
    if found != expected:
        raise Refusal("changed", f"expected {expected}, found {found}")


def _digest_on_disk(machine: Machine) -> str:
    entry = machine.entries.get(FILE_NAME)
    if entry is None:
        return ABSENT
    if entry.kind is not FileKind.REGULAR:
        raise Refusal("not-a-file", _KIND_WORDS[entry.kind])
    if entry.links != 1:
        raise Refusal("hard-link", f"it has {entry.links} names")
    if len(entry.content) > CONTENT_CAP:
        raise Refusal("changed", f"it has {len(entry.content)} bytes, more than any filestore-config.xml")
    return digest_of(entry.content)
