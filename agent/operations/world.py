"""What an operation may use of the outside, handed in by the face: environment, folders, clock, terminal, the door."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from agent.core.node import Node
    from agent.core.report import Tone
    from agent.edges.clock import SystemClock
    from agent.node.port import NodePort


class Dial(Protocol):
    """Opens the door to nodes; what it opened is closed when the block ends."""

    def __call__(self) -> AbstractContextManager[Callable[[Node], NodePort]]:
        """Return a context that gives a port for each node asked for."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The outside of one task: progress goes to stderr, tell to stdout; ask is None where nobody is there to answer."""

    environment: Mapping[str, str]
    state_folder: Path
    clock: SystemClock
    progress: Callable[[str, Tone], None]
    tell: Callable[[str, Tone], None]
    ask: Callable[[str], str] | None
    dial: Dial
    user: str
    host: str

    @property
    def memory_folder(self) -> Path:
        """Where the memories of drift checks lie, one file for each cluster."""
        return self.state_folder / "drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which part of the estate a task is about, in the user's own words; forks bounds the nodes talked to at once.

    The _flag values are what was typed, for commands that repeat it; the folder may also come from the environment.
    """

    inventory: Path
    inventory_flag: str | None = None
    template_flag: str | None = None
    clusters: tuple[str, ...] = ()
    limit: str | None = None
    exclude: str | None = None
    forks: int = 32


def state_folder(environment: Mapping[str, str]) -> Path:
    """Return where this user's journals live (XDG base directory specification; HOME may be unset under cron)."""
    base = Path(environment.get("XDG_STATE_HOME", ""))
    root = base if base.is_absolute() else _home(environment) / ".local" / "state"
    return root / "filestore-agent"


def whole(path: str | Path) -> str:
    """Return a path from the root, for whoever stands in another folder.

    Links stay as they are, since one that is switched to another release is meant to be; only .. has to be looked up.
    """
    here = Path(path)
    return str(here.resolve() if ".." in here.parts else here.absolute())


def _home(environment: Mapping[str, str]) -> Path:
    """A HOME that is empty or relative would scatter journals over working folders: ask the system then."""
    said = Path(environment.get("HOME", ""))
    if said.is_absolute():
        return said
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path("/")
