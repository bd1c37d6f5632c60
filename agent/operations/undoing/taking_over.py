"""How are nodes taken from a rollout that somebody else may still conduct? It is brought to a standstill, first of all.

What puts it back then takes its locks over, one by one and in their place; where there is nothing to put back, the
nodes are set free and fenced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.plan_json import encode
from agent.core.rollout.evidence import digest_on_disk, process_in
from agent.core.text.names import fold
from agent.core.text.printable import printable
from agent.errors import Refused, Unsettled
from agent.node.port import Claim, Discard, LockToken, Ok, Recall
from agent.operations.locks.epochs import next_epoch
from agent.operations.locks.releasing import carry_out, is_fenced, orders
from agent.operations.looking.gathering import gather, observation_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.judging.standing import Judgement
    from agent.core.node import Node
    from agent.core.observation import LockHolder, Observation
    from agent.node.port import Answer
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.rollout.rolling_out import Ports
    from agent.operations.unfinished.choosing import Unfinished
    from agent.operations.world import World


def take_over(
    world: World,
    cluster: ClusterInput,
    found: Unfinished,
    ports: Ports,
    judgements: tuple[Judgement, ...],
    *,
    forks: int,
) -> None:
    """Take a rollout's locks in its own name, so that its controller is refused, and remove what it has staged.

    Only then is it asked whether the nodes are as they were judged. Whatever comes, the nodes stay locked, and each
    has the plan that says what is to be put back.

    Raises:
        Refused: a node is not as it was judged any more; the rollout stands still, and is held by us.
        Unsettled: a node that it held, or has a step for, does not answer, or is another's.

    """
    plan, nodes = found.plan, _nodes(cluster, found)
    recalled = gather(lambda node: ports[node.name].perform(Recall()), nodes, forks=forks)
    claim = _claim(world, found, recalled)
    gather(lambda node: ports[node.name].perform(claim), _held(nodes, recalled, plan.id), forks=forks)
    seen = gather(lambda node: ports[node.name].perform(Recall()), nodes, forks=forks)
    _require_as_judged(found, judgements, seen)
    tidy = _held(nodes, seen, plan.id)
    gather(lambda node: ports[node.name].perform(Discard(token=_token(seen[node.name]))), tidy, forks=forks)
    strange = {name: _why(seen[name]) for name in _needed(found, nodes) if not _is_still(seen[name], plan.id)}
    _require_none(found, strange)


def set_free(world: World, cluster: ClusterInput, found: Unfinished, ports: Ports, *, forks: int) -> None:
    """Free all nodes of a rollout, and let none of them take its controller's word again.

    A node that it never held is fenced as well, since a claim may be on its way; there it is enough to have tried.

    Raises:
        Unsettled: a node that it held, or has a step for, does not say that it is free of it now.

    """
    plan, nodes = found.plan, _nodes(cluster, found)
    seen = gather(lambda node: ports[node.name].perform(Recall()), nodes, forks=forks)
    wanted = orders(world, {name: answer for name, answer in seen.items() if not _is_anothers(answer, plan.id)})
    due = tuple(node for node in nodes if node.name in wanted)
    freed = gather(lambda node: carry_out(ports[node.name], wanted[node.name]), due, forks=forks)
    answers = {**seen, **freed}
    held = {
        name: _why(answers[name])
        for name in (*_needed(found, nodes), *(it.name for it in _held(nodes, seen, plan.id)))
        if name not in wanted or not is_fenced(answers[name], wanted[name])
    }
    _require_none(found, held)


def _nodes(cluster: ClusterInput, found: Unfinished) -> tuple[Node, ...]:
    names = {step.node for step in found.plan.steps} | set(found.plan.bystanders)
    return tuple(node for node in cluster.watched if node.name in names)


def _needed(found: Unfinished, nodes: tuple[Node, ...]) -> list[str]:
    """Return those that must not be left to it."""
    needed = {*found.holders, *(step.node for step in found.plan.steps)}
    return sorted(needed & {node.name for node in nodes})


def _claim(world: World, found: Unfinished, seen: Mapping[str, Answer]) -> Claim:
    """Whoever conducts it is refused from here on; what comes of each claim shows in the look after it."""
    epoch = next_epoch({name: it for name, answer in seen.items() if (it := observation_in(answer)) is not None})
    return Claim(
        token=LockToken(plan=found.plan.id, epoch=epoch),
        holder=world.user,
        host=world.host,
        since=world.clock.now_iso(),
        plan_copy=encode(found.plan),
    )


def _held(nodes: tuple[Node, ...], seen: Mapping[str, Answer], plan_id: str) -> tuple[Node, ...]:
    return tuple(node for node in nodes if _lock_of(seen[node.name], plan_id) is not None)


def _token(answer: Answer) -> LockToken:
    """What stays behind if nothing can be discarded does no harm: the next document staged there replaces it."""
    seen = observation_in(answer)
    lock = seen.lock if seen is not None else None
    return LockToken(plan=lock.plan if lock else "", epoch=lock.epoch if lock else 0)


def _require_as_judged(found: Unfinished, judgements: tuple[Judgement, ...], seen: Mapping[str, Answer]) -> None:
    """What was agreed to was made from how the nodes were then."""
    steps = {step.node for step in found.plan.steps}
    then = {it.node.name: it.observation for it in judgements if it.node.name in steps and it.observation is not None}
    now = {name: it for name in then if name in seen and (it := observation_in(seen[name])) is not None}
    other = [name for name, it in now.items() if _traits(it) != _traits(then[name])]
    if other:
        raise Refused(
            f"{found.plan.cluster}: the rollout {found.plan.id} has gone on at {fold(other)} meanwhile; it stands still"
            " now, its nodes are held for you, and nothing was put back yet: run `abort` again"
        )


def _traits(seen: Observation) -> tuple[object, ...]:
    return digest_on_disk(seen), seen.process.presence, process_in(seen)


def _lock_of(answer: Answer, plan_id: str) -> LockHolder | None:
    seen = observation_in(answer)
    return seen.lock if seen is not None and seen.lock is not None and seen.lock.plan == plan_id else None


def _is_still(answer: Answer, plan_id: str) -> bool:
    """Tell whether the node says that it is free, or held by this rollout: then the lock can be taken over."""
    return observation_in(answer) is not None and not _is_anothers(answer, plan_id)


def _is_anothers(answer: Answer, plan_id: str) -> bool:
    """A rollout that has come meanwhile is nobody's to end here."""
    seen = observation_in(answer)
    return seen is not None and seen.lock is not None and seen.lock.plan != plan_id


def _require_none(found: Unfinished, missing: Mapping[str, str]) -> None:
    if missing:
        told = "; ".join(f"{name}: {why}" for name, why in sorted(missing.items()))
        raise Unsettled(
            f"{found.plan.cluster}: {fold(missing)} could not be taken over from the rollout {found.plan.id} ({told});"
            " no file was changed; see to that, then run `abort` again"
        )


def _why(answer: Answer) -> str:
    """The node's own words; where it said yes, it is held all the same."""
    seen = observation_in(answer)
    if isinstance(answer, Ok) and seen is not None and seen.lock is not None:
        return printable(f"held by {seen.lock.holder}@{seen.lock.host} for plan {seen.lock.plan}", limit=200)
    return "it does not say that it is free" if isinstance(answer, Ok) else printable(answer.reason, limit=200)
