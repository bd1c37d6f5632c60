"""What the nodes tell besides their files: the mode and group to write down, and what of it does not fit together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from agent.core.inventory import word_grammar as words
from agent.core.inventory.unfit import Unfit
from agent.core.judging.versions import version_in_log
from agent.core.observation import Presence
from agent.core.text.names import fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation

USUAL_MODE = "0640"


def mode_of(judgements: Iterable[Judgement]) -> str:
    """Return the mode that all files have, if the inventory may say it; else the usual one."""
    modes = set(_each(judgements, lambda seen: seen.file.mode))
    return _fit(modes.pop() if len(modes) == 1 else "", words.mode) or USUAL_MODE


def group_of(judgements: tuple[Judgement, ...], owner: str) -> str:
    """Return the group that all files have, else that of all homes, else the owner's own by name."""
    for told in (lambda seen: seen.file.group, lambda seen: seen.home.group):
        groups = set(_each(judgements, told))
        group = _fit(groups.pop() if len(groups) == 1 else "", words.user)
        if group:
            return group
    return owner


def versions_in_logs(judgements: Iterable[Judgement]) -> Mapping[str, list[str]]:
    """Return which versions the nodes' own logs tell of, each with its nodes."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for version, names in _by(judgements, lambda _, seen: version_in_log(seen)).items():
        found[version] += names
    return found


def remarks_on(judgements: tuple[Judgement, ...]) -> tuple[str, ...]:
    """Return what a person should know before relying on the inventory, one sentence each."""
    return tuple(f"{fold(names)}: {said}" for told in _TOLD for said, names in _by(judgements, told).items()) + tuple(
        _twice(judgements)
    )


def _owner(judgement: Judgement, seen: Observation) -> str | None:
    owner = seen.file.owner
    if not owner or owner == judgement.node.owner:
        return None
    return (
        f"the file belongs to {printable(owner)}, and the inventory says {judgement.node.owner}; drift shows it as"
        " COSMETIC unless the owner that Jira runs as is another (--owner)"
    )


def _mode(_: Judgement, seen: Observation) -> str | None:
    if not seen.file.mode or _fit(seen.file.mode, words.mode):
        return None
    return f"the file has the mode {seen.file.mode}, which no inventory takes"


def _page(judgement: Judgement, seen: Observation) -> str | None:
    """A status page that does not answer is of no weight here; a restart will hang on it."""
    if seen.process.presence is not Presence.FOUND or seen.status.code is not None:
        return None
    why = printable(seen.status.reason or "no answer")
    return f"Jira runs, and {judgement.node.status.url} does not answer ({why}); correct it with --status-port"


def _unit(judgement: Judgement, seen: Observation) -> str | None:
    if dict(seen.unit).get("LoadState") != "not-found":
        return None
    unit = getattr(judgement.node.service, "unit", "")
    return f"systemd knows no unit {unit}; name it with --unit, or write service: {{start: [...], stop: [...]}}"


def _degraded(judgement: Judgement, seen: Observation) -> str | None:
    if seen.ran_as == judgement.node.owner:
        return None
    return (
        f"looked at as {printable(seen.ran_as)}, since sudo to {judgement.node.owner} was not allowed; doctor shows the"
        " lines that a deploy will need"
    )


def _container(_: Judgement, seen: Observation) -> str | None:
    if not seen.container:
        return None
    return f"a container ({printable(seen.container)}) whose start rewrites the file: a deploy will be refused there"


_TOLD: tuple[Callable[[Judgement, Observation], str | None], ...] = (_owner, _mode, _page, _unit, _degraded, _container)


def _twice(judgements: tuple[Judgement, ...]) -> Iterator[str]:
    for node_id, names in _by(judgements, lambda _, seen: seen.node_id).items():
        if len(names) > 1:
            yield f"{fold(names)}: all have the jira.node.id {printable(node_id)}, which must be each node's own"
    modes = _by(judgements, lambda _, seen: seen.file.mode or None)
    if len(modes) > 1:
        yield "the files differ in mode: " + ", ".join(f"{mode} on {fold(names)}" for mode, names in modes.items())


def _by(
    judgements: Iterable[Judgement], told: Callable[[Judgement, Observation], str | None]
) -> Mapping[str, list[str]]:
    """Return what is told of nodes, each sentence once with the nodes that it is told of."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for it in judgements:
        said = told(it, it.observation) if it.observation else None
        if said:
            found[said].append(it.node.name)
    return found


def _each(judgements: Iterable[Judgement], told: Callable[[Observation], str]) -> Iterator[str]:
    return (said for it in judgements if it.observation and (said := told(it.observation)))


def _fit(text: str, grammar: Callable[[str], str]) -> str | None:
    try:
        return grammar(text)
    except Unfit:
        return None
