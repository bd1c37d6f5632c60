"""Which settings of values files stand where the chart does not look: a name misspelt, a level too deep or too high?

Of a name that is nearly the chart's own a warning tells, whatever stands beside it: the chart drops it without a word.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

from agent.core.importing.codes import Code, error, warning
from agent.core.importing.env_text import is_ours
from agent.core.inventory.written import dotted
from agent.core.text.shown import plainly
from agent.core.text.suggest import closest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.finding import Finding
    from agent.core.inventory.written import Written

JIRA: Final = "jira"
STORAGE: Final = (JIRA, "s3Storage")
EXTRA: Final = (JIRA, "additionalEnvironmentVariables")
_DEEPEST: Final = 6
"""How far down settings are looked for that do not stand where the chart looks."""
_MOST_LOOKED_AT: Final = 20_000
_MOST_NEAR: Final = 20
_PLAIN: Final = re.compile("[A-Za-z_][A-Za-z0-9_]{0,62}")
_WRITABLE: Final = re.compile("[A-Za-z0-9_-]{1,63}")


def near_misses(root: Written | None) -> tuple[Finding, ...]:
    """Return a warning for each key that is nearly the chart's, at the root and below what is nearly jira."""
    found: list[Finding] = []
    for key, value in _entries(root):
        if _is_storage(key):
            found.append(_ignored((key,), value, STORAGE))
        if _bare(key) == JIRA:
            found += _near_below(key, value)
    return tuple(found[:_MOST_NEAR])


def _near_below(above: str, jira: Written) -> Iterator[Finding]:
    for key, value in _entries(jira):
        path = (above, key)
        if _is_storage(key) and path != STORAGE:
            yield _ignored(path, value, STORAGE)
        elif _is_extra(key) and path != EXTRA and _sets_ours(value):
            yield _ignored(path, value, EXTRA)


def _ignored(path: tuple[str, ...], value: Written, meant: tuple[str, ...]) -> Finding:
    *above, key = path
    there = dotted(tuple(above)) or "the root"
    message = f"{there} has no key {plainly(key)}: the chart ignores it"
    word = meant[-1] if tuple(above) == meant[:-1] else dotted(meant)
    if above and above[0] != JIRA:
        message = f"{plainly(dotted(path))} stands under {plainly(above[0])}, not {JIRA}: the chart ignores it"
    return warning(Code.UNKNOWN, value.key_place or value.place, message, f'did you mean "{word}"?')


def _is_storage(key: str) -> bool:
    return "s3" in _bare(key) and closest(_bare(key), (STORAGE[-1],)) is not None


def _is_extra(key: str) -> bool:
    return "env" in _bare(key) and closest(_bare(key), (EXTRA[-1],)) is not None


def _sets_ours(value: Written) -> bool:
    items = value.content if isinstance(value.content, tuple) else ()
    return any(is_ours(item.words("name") or "") for item in items)


def _bare(key: str) -> str:
    return "".join(letter for letter in key[:100].casefold() if letter.isalnum())


def _entries(value: Written | None) -> tuple[tuple[str, Written], ...]:
    return tuple(value.content.items()) if value is not None and isinstance(value.content, Mapping) else ()


def places_of_storage(root: Written | None) -> tuple[tuple[tuple[str, ...], Written], ...]:
    """Find each s3Storage where the chart does not look; of those that set nothing only if there are no others."""
    found = tuple(islice(_storages(root), _MOST_NEAR))
    return tuple(it for it in found if _sets_something(it[1])) or found


def _storages(root: Written | None) -> Iterator[tuple[tuple[str, ...], Written]]:
    """Look at each value once, however often it is repeated."""
    seen = set[int]()
    waiting: list[tuple[tuple[str, ...], Written]] = [] if root is None else [((), root)]
    for path, value in waiting:
        if id(value) in seen or not isinstance(value.content, Mapping) or len(path) >= _DEEPEST:
            continue
        seen.add(id(value))
        if len(seen) > _MOST_LOOKED_AT:
            return
        for key, below in value.content.items():
            here = (*path, key)
            if key == STORAGE[-1] and here != STORAGE:
                yield here, below
            else:
                waiting.append((here, below))


def _sets_something(storage: Written) -> bool:
    return any(leaf.text for _, target in _entries(storage) for _, leaf in _entries(target))


def umbrella_of(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the key under which a chart around this one keeps its values; nothing where none does."""
    return path[: -len(STORAGE)] if path[-len(STORAGE) :] == STORAGE else ()


def elsewhere(path: tuple[str, ...], found: Written, file: str, *, files: int) -> Finding:
    """Return the error for s3Storage at a path where the chart does not look, with what helps."""
    message = f"the chart looks for {dotted(STORAGE)}, and s3Storage stands under {dotted(path[:-1]) or 'the root'}"
    hint = f"did you mean {dotted(STORAGE)}?"
    above = umbrella_of(path)
    if above:
        part = f"{dotted(above)}{_by(above, file, files)}"
        hint = f"these are the values of a chart around it; give what stands under {part}"
    return error(Code.ELSEWHERE, found.key_place or found.place, message, hint)


def _by(above: tuple[str, ...], file: str, files: int) -> str:
    """How that part is cut out; keys that a shell or yq might read in another way are left to the user."""
    if not all(map(_WRITABLE.fullmatch, above)):
        return " alone"
    keys = ".".join(key if _PLAIN.fullmatch(key) else f'"{key}"' for key in above)
    source = "" if file.startswith("(") else f" {shlex.quote(file)}"
    cut = f"yq {shlex.quote(f'.{keys}')}{source}"
    if files > 1:
        return f": {cut} > FILE, and --helm FILE in its place"
    return f": {cut} | filestore-agent import-config --helm - ..."
