"""Has anybody else changed a node since a rollout was broken off? Then it is neither gone on with nor put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.rollout.evidence import digest_on_disk
from agent.core.rollout.progress import is_finished
from agent.core.rollout.recall import is_reached
from agent.core.text.brief import short_digest
from agent.core.text.names import fold
from agent.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.core.observation import Observation
    from agent.core.planning.plan import Step
    from agent.operations.unfinished.choosing import Unfinished


def require_as_left(found: Unfinished, seen: Mapping[str, Observation], *, finished: bool = True) -> None:
    """Insist that every node's file is one of the rollout's own: what it brings, or what lay there before.

    Where finished counts, a node that is done by the journal here must still have what it was brought. A node that
    was not seen is passed over, since the rollout itself looks before it does anything there.

    Raises:
        Refused: a file is another one.

    """
    done = _done(found) if finished else frozenset()
    strange = [it for step in found.plan.steps for it in _strange(step, seen.get(step.node), is_done=step.node in done)]
    if strange and not found.holders and _is_as_before(found, seen):
        raise Refused(
            f"{found.plan.cluster}: nothing to go on with: nobody holds the nodes, and each has its file of before the"
            f" rollout {found.plan.id}, so it was put back elsewhere; see `drift`"
        )
    if strange:
        raise Refused(
            f"{found.plan.cluster}: somebody else has changed the file since the rollout {found.plan.id}"
            f" ({'; '.join(strange)}); nothing was changed now: look with `drift`, put the file right by hand, or free"
            " what is locked with `lock --release` and deploy what you want"
        )


def require_unclaimed(found: Unfinished, seen: Mapping[str, Observation]) -> None:
    """Insist that nobody has claimed a node since a rollout let go of all of them, by the journal here.

    Raises:
        Refused: somebody has, or a node that it has a step for does not say.

    """
    if found.holders or found.past is None:
        return
    cluster, plan = found.plan.cluster, found.plan
    silent = [step.node for step in plan.steps if step.node not in seen]
    if silent:
        raise Refused(
            f"{cluster}: nobody holds the nodes, and {fold(silent)} did not answer, so that it is not known whether"
            f" somebody has claimed them since the rollout {plan.id}; look with `doctor`, then say the same again"
        )
    since = claimed_since(found, seen)
    if since and _is_reached(found, seen):
        raise Refused(
            f"{cluster}: nothing to go on with: nobody holds the nodes, and each is as the rollout {plan.id} would have"
            " left it, so it was ended elsewhere; see `drift`"
        )
    if since:
        raise Refused(f"{cluster}: {since}; look with `drift`, then plan again")


def require_not_ended_elsewhere(found: Unfinished, seen: Mapping[str, Observation]) -> None:
    """Insist that a rollout that is to be put back was not carried to its end by somebody else: that is no remainder.

    Raises:
        Refused: it was.

    """
    if claimed_since(found, seen) and _is_reached(found, seen):
        cluster, plan = found.plan.cluster, found.plan.id
        raise Refused(
            f"{cluster}: nothing to put back: nobody holds the nodes, and each is as the rollout {plan} would have left"
            f" it, so it was ended elsewhere; to undo it all the same: rollback --rollout {plan}"
        )


def claimed_since(found: Unfinished, seen: Mapping[str, Observation]) -> str:
    """Say which nodes have been claimed since a rollout let go of them all, by the journal here; empty where none."""
    plan = found.plan
    if found.holders:
        return ""
    concerned = {*(step.node for step in plan.steps), *plan.bystanders} & seen.keys()
    ahead = [name for name in sorted(concerned) if seen[name].epoch > found.epoch]
    if not ahead:
        return ""
    latest = max(seen[name].epoch for name in ahead)
    return (
        f"the nodes have been claimed since the rollout {plan.id}, or freed of it ({fold(ahead)}: epoch {latest}, the"
        f" last one known here is {found.epoch}), and nobody holds them now"
    )


def _is_reached(found: Unfinished, seen: Mapping[str, Observation]) -> bool:
    so_far = found.so_far
    return so_far is not None and all(
        step.node in seen and is_reached(found.plan, so_far.steps[step.node], seen[step.node])
        for step in found.plan.steps
    )


def _strange(step: Step, seen: Observation | None, *, is_done: bool) -> Iterator[str]:
    on_disk = digest_on_disk(seen) if seen is not None else None
    allowed = (step.digest,) if is_done else tuple(dict.fromkeys((step.expected, step.digest)))
    if on_disk is not None and on_disk not in allowed:
        expected = " or ".join(map(short_digest, allowed))
        yield f"{step.node}: expected {expected}, found {short_digest(on_disk)}"


def _is_as_before(found: Unfinished, seen: Mapping[str, Observation]) -> bool:
    """Tell whether every node that it has a step for was seen, with what lay there before it."""
    return all(step.node in seen and digest_on_disk(seen[step.node]) == step.expected for step in found.plan.steps)


def _done(found: Unfinished) -> frozenset[str]:
    so_far = found.so_far
    if so_far is None:
        return frozenset()
    return frozenset(node for node, it in so_far.steps.items() if is_finished(so_far.plan, it))
