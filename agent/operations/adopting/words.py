"""An adoption told: the states that were found, what differs, why nothing was written, and what drift will show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.adopting.states import Kind, changes_between, kind_of, states_of
from agent.core.judging.standing import Standing
from agent.core.report import Line, NodeRow, Tone
from agent.core.text.names import counted, fold
from agent.operations.looking.verdicts import folded_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.core.adopting.choosing import Chosen, Obstacle
    from agent.core.adopting.states import State
    from agent.core.judging.difference import Change
    from agent.core.judging.standing import Judgement
    from agent.operations.adopting.ground import Ground

PROVEN = frozenset({Standing.CURRENT, Standing.COSMETIC})
"""What runs is what lies on the disk."""


def head(ground: Ground, chosen: Chosen, *, now: str, by_log: str | None) -> tuple[str, ...]:
    """Return the comments that the inventory begins with: when, from which nodes, and what it does not say."""
    odd = (f"  not like that, and left as it is: {it.label} ({it.said})" for it in states_of(chosen.odd))
    return (
        f"Adopted at {now} from what lies on the nodes:",
        *(f"  {it.label}: {', '.join(it.digests)}" for it in states_of(chosen.meant)),
        *([] if chosen.meant else ["  no file anywhere: everything in the shared home"]),
        *odd,
        *([f"  not looked at: {fold(ground.left_out)}; no tuning of its own is known"] if ground.left_out else []),
        *([f"Jira's version is what the log tells of the last start: {by_log}."] if by_log else []),
        "Next: filestore-agent validate, then filestore-agent drift.",
    )


def state_lines(name: str, judgements: tuple[Judgement, ...]) -> tuple[Line, ...]:
    """Return each distinct state with its nodes, and how each of the others differs from the first in meaning."""
    states = states_of(judgements)
    lines = [Line(text=f"{name}: {counted(len(judgements), 'node')} looked at", tone=Tone.TITLE)]
    lines += [Line(text=f"  {it.label}{_count(it)}: {it.said}") for it in states]
    for other in states[1:]:
        changes = changes_between(states[0], other)
        if changes:
            lines.append(Line(text=f"What differs, from {states[0].label} to {other.label}:", tone=Tone.TITLE))
            lines += [Line(text=f"  {change}") for change in changes]
    return tuple(lines)


def _count(state: State) -> str:
    return f" ({len(state.names)} nodes)" if len(state.names) > 1 else ""


def obstacle_lines(obstacles: Iterable[Obstacle]) -> tuple[Line, ...]:
    """Return why nothing was written, each with what to do."""
    return tuple(_obstacle_lines(obstacles))


def _obstacle_lines(obstacles: Iterable[Obstacle]) -> Iterator[Line]:
    for it in obstacles:
        yield Line(text=it.message, tone=Tone.BAD)
        yield Line(text=f"    {it.way}", tone=Tone.QUIET)


def outlook_lines(final: tuple[Judgement, ...], meant: Iterable[str]) -> tuple[Line, ...]:
    """Return what drift will show, and where what runs now is not, or not provably, what was adopted from the disk."""
    wanted = set(meant)
    open_ = [it.node.name for it in final if it.node.name in wanted and it.standing not in PROVEN]
    care = f"On {fold(open_)} it is not proven that Jira runs by what lies on disk; the inventory says what lies there."
    return (
        Line(text="What drift will show:", tone=Tone.TITLE),
        *folded_lines(final),
        *([Line(text=care, tone=Tone.CARE)] if open_ else []),
    )


def bare_rows(judgements: tuple[Judgement, ...]) -> tuple[NodeRow, ...]:
    """Return one row per node without a verdict: there is no document yet that it could be held against."""
    return tuple(
        NodeRow(
            name=it.node.name,
            cluster=it.node.cluster,
            state=str(it.state),
            digest=it.digest,
            reason=None if kind_of(it) is Kind.FILE else it.sentence,
        )
        for it in judgements
    )


def state_facts(judgements: tuple[Judgement, ...]) -> list[dict[str, object]]:
    """Return the distinct states for scripts; changes lead from the first of them."""
    states = states_of(judgements)
    return [_state_facts(it, changes_between(states[0], it)) for it in states]


def _state_facts(state: State, changes: tuple[Change, ...]) -> dict[str, object]:
    return {
        "kind": str(state.kind),
        "nodes": list(state.names),
        "digests": list(state.digests),
        "said": state.said,
        "changes": [{"path": it.path, "before": it.shown_before, "after": it.shown_after} for it in changes],
    }


def obstacle_facts(obstacles: Iterable[Obstacle]) -> list[dict[str, object]]:
    """Return the reasons for scripts."""
    return [{"code": it.code, "nodes": list(it.names), "message": it.message, "way": it.way} for it in obstacles]
