"""Judgements as rows for scripts and as folded lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.drift.view import OUTCOMES
from agent.core.judging.folding import fold_states
from agent.core.judging.in_force import Unknown
from agent.core.judging.renaming import CAN_WAIT, NOTHING_ELSE, told
from agent.core.judging.standing import Judgement, Standing
from agent.core.report import Line, NodeRow, Tone, columns
from agent.core.text.names import fold
from agent.errors import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agent.core.judging.difference import Change
    from agent.core.judging.folding import Group
    from agent.core.observation import Observation

_TONES = {
    Standing.CURRENT: Tone.GOOD,
    Standing.COSMETIC: Tone.QUIET,
    Standing.RESTART_PENDING: Tone.CARE,
    Standing.DRIFTED: Tone.CARE,
}


_OF_THE_FILE = frozenset({Standing.DRIFTED, Standing.TIME_BOMB})
"""All that is wrong is what the file says."""


def rows(judgements: Iterable[Judgement]) -> tuple[NodeRow, ...]:
    """Return one row per node, with all that a script may want to know of it."""
    return tuple(
        NodeRow(
            name=judgement.node.name,
            cluster=judgement.node.cluster,
            standing=str(judgement.standing),
            state=str(judgement.state),
            digest=judgement.digest,
            desired_digest=judgement.desired_digest,
            reason=judgement.sentence,
            facts={**_verdict_facts(judgement), **_observed_facts(judgement.observation)},
        )
        for judgement in judgements
    )


def verdict_of(judgements: Iterable[Judgement]) -> frozenset[Outcome]:
    """Return what each node's standing means for the exit code."""
    return frozenset(OUTCOMES.get(judgement.standing, Outcome.DRIFT) for judgement in judgements)


def is_whole(judgements: tuple[Judgement, ...]) -> bool:
    """Tell whether every node is known and all of them send the data to the same places.

    What is in force but not known stands beside what is known as another place.
    """
    if any(judgement.standing in {Standing.UNREACHABLE, Standing.UNKNOWN} for judgement in judgements):
        return False
    places = {None if isinstance(it.in_force, Unknown) else it.effective_routing for it in judgements}
    return len(places) <= 1


def folded_lines(
    judgements: tuple[Judgement, ...], *, besides: Callable[[Group], Iterable[Line]] = lambda _: ()
) -> tuple[Line, ...]:
    """Return a line per distinct verdict with its nodes, most severe first, and below it what is to be said besides."""
    groups = fold_states(judgements)
    table = columns([(str(group.standing), group.label, str(group.state), group.reason) for group in groups])
    lines = []
    for text, group in zip(table, groups, strict=True):
        tone = _TONES.get(group.standing, Tone.BAD)
        lines.append(Line(text=f"  {text}", tone=tone))
        lines += [Line(text=f"      {consequence}", tone=tone) for consequence in group.consequences]
        if group.detail:
            lines.append(Line(text=f"      {group.detail}", tone=Tone.QUIET))
        lines += besides(group)
    return tuple(lines)


def difference_lines(judgements: tuple[Judgement, ...]) -> tuple[Line, ...]:
    """Return what differs by meaning between disk and desired, once per distinct difference."""
    lines: list[Line] = []
    worse = {it.node.name for it in judgements if it.standing not in _OF_THE_FILE}
    for changes, names in _distinct_differences(judgements).items():
        harmless = CAN_WAIT if worse.isdisjoint(names) else NOTHING_ELSE
        lines.append(
            Line(text=f"What differs on {fold(names)}, from what is there to what should be:", tone=Tone.TITLE)
        )
        lines += [Line(text=f"  {text}") for text in told(changes, harmless=harmless)]
    return tuple(lines)


def differences(judgements: tuple[Judgement, ...]) -> list[dict[str, object]]:
    """Return the same differences for scripts."""
    return [
        {
            "nodes": list(names),
            "changes": [
                {"path": change.path, "before": change.shown_before, "after": change.shown_after} for change in changes
            ],
        }
        for changes, names in _distinct_differences(judgements).items()
    ]


def _distinct_differences(judgements: tuple[Judgement, ...]) -> Mapping[tuple[Change, ...], tuple[str, ...]]:
    found: dict[tuple[Change, ...], tuple[str, ...]] = {}
    for group in fold_states(judgements):
        if group.changes:
            found[group.changes] = (*found.get(group.changes, ()), *group.names)
    return found


def _verdict_facts(judgement: Judgement) -> dict[str, object]:
    return {
        "in_force": judgement.in_force_text,
        "needs_restart": judgement.needs_restart,
        "consequence": judgement.consequence,
        "blemishes": list(judgement.blemishes),
        "routing": _routing(judgement),
        "file_findings": [finding.message for finding in judgement.findings],
    }


def _routing(judgement: Judgement) -> dict[str, object] | None:
    routing = judgement.effective_routing
    return None if routing is None else {str(target): str(place) for target, place in routing.items()}


def _observed_facts(observation: Observation | None) -> dict[str, object]:
    if observation is None:
        return dict.fromkeys(("http_code", "http_state", "process", "node_id", "ran_as", "lock"))
    lock = observation.lock
    return {
        "http_code": observation.status.code,
        "http_state": observation.status.state,
        "process": {
            "presence": str(observation.process.presence),
            "pid": observation.process.pid,
            "start_ticks": observation.process.start_ticks,
            "evidence": observation.process.evidence,
        },
        "node_id": observation.node_id,
        "ran_as": observation.ran_as,
        "lock": None
        if lock is None
        else {"holder": lock.holder, "host": lock.host, "plan": lock.plan, "epoch": lock.epoch, "since": lock.since},
    }
