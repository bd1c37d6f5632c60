"""How is a difference told to people? A filestore that only has another id is one line, and no rebuild."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.judging.difference import NOTHING
from agent.core.text.printable import printable
from agent.core.text.secret_shapes import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agent.core.judging.difference import Change

    Settings = Mapping[str, str]

_STORES: Final = "filestores."
_LINKS: Final = "associations."
CAN_WAIT: Final = "nothing else changes, and it can wait"
NOTHING_ELSE: Final = "nothing else changes in the file"
"""For a node whose file is not all that is wrong."""


def told(changes: tuple[Change, ...], *, harmless: str = CAN_WAIT) -> tuple[str, ...]:
    """Return the lines for a difference; each change that a new name explains is told by the name alone.

    harmless is what is said where there are new names and nothing else.
    """
    names = dict(_renamed(changes))
    rest = tuple(str(change) for change in changes if not _is_explained(change, names))
    lines = tuple(f"filestore {_shown(old)} is now called {_shown(new)}" for old, new in names.items())
    if not lines or rest:
        return (*lines, *rest)
    return (f"{lines[0]}; {harmless}",) if len(lines) == 1 else (*lines, harmless)


def _renamed(changes: tuple[Change, ...]) -> Iterator[tuple[str, str]]:
    """Give each id that goes with the id that comes with the very same settings and targets, where only one does."""
    gone = _settings((change.path, change.before) for change in changes if change.after == NOTHING)
    come = _settings((change.path, change.after) for change in changes if change.before == NOTHING)
    for old, settings in gone.items():
        heirs = [new for new, other in come.items() if other == settings]
        twins = [other for other, its in gone.items() if its == settings]
        if "bucket-name" in settings and len(heirs) == len(twins) == 1 and _targets_follow(changes, old, heirs[0]):
            yield old, heirs[0]


def _settings(values: Iterable[tuple[str, str]]) -> Mapping[str, Settings]:
    """Group values by filestore; an id may hold dots, the name of a setting none."""
    found: dict[str, dict[str, str]] = {}
    for path, value in values:
        if path.startswith(_STORES):
            id_, _, key = path.removeprefix(_STORES).rpartition(".")
            found.setdefault(id_, {})[key] = value
    return found


def _targets_follow(changes: tuple[Change, ...], old: str, new: str) -> bool:
    links = [change for change in changes if change.path.startswith(_LINKS)]
    return all((change.before == old) == (change.after == new) for change in links)


def _is_explained(change: Change, names: Mapping[str, str]) -> bool:
    if change.path.startswith(_LINKS):
        return names.get(change.before) == change.after
    id_ = change.path.removeprefix(_STORES).rpartition(".")[0]
    return (id_ in names and change.after == NOTHING) or (id_ in names.values() and change.before == NOTHING)


def _shown(name: str) -> str:
    return masked(printable(name))
