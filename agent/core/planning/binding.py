"""What is a saved plan bound to, and which of these things have moved since it was made?

A plan that somebody has read and agreed to is carried out as it was read, or not at all: it holds only as long as all
that it was made from is still so. Moments are told by the clock of the workstation that looks, and by no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.planning.plan import Plan  # noqa: TC001 - saved_json reads the types of fields
from agent.core.routing import ChangeClass  # noqa: TC001 - as above
from agent.core.text.brief import short_digest
from agent.core.text.names import fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.core.planning.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundNode:
    """One node of the cluster, with its part in the plan or without.

    host_key is what the machine proved to be (NodePort.identity), digest that of its file ("absent" where there is
    none); None where it was not asked or did not answer, which binds as well: not known then must be not known now.
    """

    name: str
    host_key: str | None
    digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan, and what it holds for; the moments are ISO 8601 in UTC, to the second.

    version is that of the program; inputs are digests by name (inventory, documents), so that a refusal can say which
    moved; limit, exclude and said are the user's own words, with which the plan is to be carried out.
    """

    version: str
    cluster: str
    made_at: str
    expires_at: str
    inputs: tuple[tuple[str, str], ...]
    nodes: tuple[BoundNode, ...]
    limit: str | None
    exclude: str | None
    said: tuple[str, ...]
    change: ChangeClass
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The same things as they are found now; plan is what would be made now, with the saved selection and words."""

    version: str
    cluster: str
    at: str
    inputs: tuple[tuple[str, str], ...]
    nodes: tuple[BoundNode, ...]
    change: ChangeClass
    plan: Plan


def moved(saved: SavedPlan, now: Now) -> tuple[str, ...]:
    """Return a sentence, *who: what (facts)*, for each thing that has moved; none means that the plan holds.

    Of another cluster nothing else is compared. What speaks against carrying it out is another question (guards).
    """
    general = (*_program(saved, now), *_expiry(saved, now))
    if saved.cluster != now.cluster:
        return (*general, f"the plan: it was made for the cluster {saved.cluster}, not for {now.cluster}")
    return (*general, *_inputs(saved, now), *_nodes(saved, now), *_kind(saved, now), *_steps(saved.plan, now.plan))


def _program(saved: SavedPlan, now: Now) -> tuple[str, ...]:
    if saved.version == now.version:
        return ()
    return (f"filestore-agent: the plan was made by version {saved.version} (this is {now.version})",)


def _expiry(saved: SavedPlan, now: Now) -> tuple[str, ...]:
    """Moments of one form and one zone compare as they are written."""
    if now.at < saved.expires_at:
        return ()
    return (f"the plan: it expired at {saved.expires_at} (made at {saved.made_at}; it is {now.at} here)",)


def _inputs(saved: SavedPlan, now: Now) -> tuple[str, ...]:
    then, current = dict(saved.inputs), dict(now.inputs)
    return tuple(
        f"{name}: changed since the plan was made ({_then_and_now(then.get(name), current.get(name))})"
        for name in dict.fromkeys((*then, *current))
        if then.get(name) != current.get(name)
    )


def _nodes(saved: SavedPlan, now: Now) -> tuple[str, ...]:
    then, current = _by_name(saved.nodes), _by_name(now.nodes)
    gone = [f"{fold(then.keys() - current)}: no longer in the cluster"] if then.keys() - current else []
    new = (
        [f"{fold(current.keys() - then)}: added to the cluster since the plan was made"]
        if current.keys() - then
        else []
    )
    return (*gone, *new, *_folded((name, _node(then[name], current[name])) for name in then if name in current))


def _folded(told: Iterable[tuple[str, Iterable[str]]]) -> tuple[str, ...]:
    """What is told alike of several nodes is told once."""
    names: dict[str, list[str]] = {}
    for name, words in told:
        for word in words:
            names.setdefault(word, []).append(name)
    return tuple(f"{fold(alike)}: {word}" for word, alike in names.items())


def _node(then: BoundNode, current: BoundNode) -> Iterable[str]:
    if then.host_key != current.host_key:
        facts = f"expected {then.host_key or 'none known'}, found {current.host_key or 'none known'}"
        yield f"another host key than when the plan was made ({facts})"
    if then.digest != current.digest:
        facts = _then_and_now(then.digest, current.digest)
        yield f"filestore-config.xml changed since the plan was made ({facts})"


def _by_name(nodes: Iterable[BoundNode]) -> Mapping[str, BoundNode]:
    return {node.name: node for node in nodes}


def _then_and_now(then: str | None, current: str | None) -> str:
    return f"expected {_digest(then)}, found {_digest(current)}"


def _digest(digest: str | None) -> str:
    return "not known" if digest is None else short_digest(digest)


def _kind(saved: SavedPlan, now: Now) -> Iterable[str]:
    if saved.change is not now.change:
        yield f"the class of the change: it was {saved.change}, and is {now.change} now"
    if saved.plan.shape is not now.plan.shape:
        yield f"the way: it was {saved.plan.shape}, and is {now.plan.shape} now"


def _steps(then: Plan, current: Plan) -> tuple[str, ...]:
    """What each node gets comes first; the order is compared where the same nodes have a step."""
    before, after = ({step.node: _deed(step) for step in plan.steps} for plan in (then, current))
    idle, due = before.keys() - after, after.keys() - before
    other = [name for name in before if name in after and before[name] != after[name]]
    said = [f"{fold(idle)}: nothing is due there any more"] if idle else []
    said += [f"{fold(due)}: something is due there now, and was not when the plan was made"] if due else []
    said += _folded((name, [f"another step is due ({before[name]} then, {after[name]} now)"]) for name in other)
    return (*said, *_order(then, current)) if not (idle or due) else tuple(said)


def _deed(step: Step) -> str:
    restart = " and a restart" if step.restart else ""
    return f"{short_digest(step.digest)} by a commit{restart}" if step.document is not None else "a restart"


def _order(then: Plan, current: Plan) -> Iterable[str]:
    was, now = ([(step.turn, step.node) for step in plan.steps] for plan in (then, current))
    if was != now:
        yield f"the order: it was {_in_order(then)}, and is {_in_order(current)} now"


def _in_order(plan: Plan) -> str:
    """Nodes of one turn are told together: they may go at the same time."""
    turns: dict[int, list[str]] = {}
    for step in plan.steps:
        turns.setdefault(step.turn, []).append(step.node)
    return printable(", then ".join(" ".join(turns[turn]) for turn in sorted(turns)), limit=300)
