"""Who holds the cluster; and, on request, free it after showing the evidence."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from agent.core.judging.state import State, state_of
from agent.core.report import Line, NodeRow, Report, Tone
from agent.core.text.names import fold
from agent.errors import Outcome, weightiest
from agent.node.port import LockToken, Lost, Observe, Ok, Refused, Release, Unreachable
from agent.operations.commands import command
from agent.operations.confirming import confirm
from agent.operations.inputs import one_cluster, reachable_inputs
from agent.operations.last_word import last_word
from agent.operations.looking import gather, observation_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.core.node import Node
    from agent.core.observation import LockHolder
    from agent.node.port import Answer, NodePort
    from agent.operations.inputs import ClusterInput
    from agent.operations.world import Choice, World


def show_lock(world: World, choice: Choice, *, template: Path | None) -> Report:
    """Tell who holds the selected nodes; the outcome is locked if anybody does.

    Raises:
        InputError: the user's files are wrong; nothing was connected.

    """
    cluster = one_cluster(reachable_inputs(choice, template=template))
    with world.dial() as port_of:
        answers = _look(port_of, cluster, choice)
    return _told(world, cluster, answers, choice)


def release_lock(world: World, choice: Choice, *, template: Path | None, yes: bool) -> Report:
    """Free the selected nodes from whoever holds them, and fence that holder by raising the epoch.

    Raises:
        InputError: the user's files are wrong; nothing was connected.
        Refused: nobody confirmed.

    """
    cluster = one_cluster(reachable_inputs(choice, template=template))
    with world.dial() as port_of:
        before = _look(port_of, cluster, choice)
        if _holders(before):
            for line in _evidence(world, cluster, before):
                world.progress(line.text, line.tone)
            confirm(world, "Free these nodes? A rollout that still runs there is refused at its next step.", yes=yes)
        releases = _releases(before)
        held = tuple(node for node in cluster.selected if node.name in releases)
        freed = gather(lambda node: port_of(node).perform(releases[node.name]), held, forks=choice.forks)
    done = tuple(name for name, answer in freed.items() if isinstance(answer, Ok))
    return _told(world, cluster, {**before, **freed}, choice, freed=done)


def _look(port_of: Callable[[Node], NodePort], cluster: ClusterInput, choice: Choice) -> Mapping[str, Answer]:
    return gather(lambda node: port_of(node).perform(Observe()), cluster.selected, forks=choice.forks)


def _releases(answers: Mapping[str, Answer]) -> dict[str, Release]:
    """What each held node is asked: to drop exactly the lock that was shown, and to accept only later epochs."""
    seen = {name: observation_in(answer) for name, answer in answers.items()}
    epoch = 1 + max((observation.epoch for observation in seen.values() if observation), default=0)
    return {
        name: Release(token=LockToken(plan=observation.lock.plan, epoch=observation.lock.epoch), raise_epoch=epoch)
        for name, observation in seen.items()
        if observation and observation.lock
    }


def _holders(answers: Mapping[str, Answer]) -> dict[LockHolder, list[str]]:
    """Who holds which nodes; one holder claims each at a moment of its own, of which the first is told."""
    found: dict[tuple[str, str, str, int], dict[str, LockHolder]] = {}
    for name, answer in answers.items():
        seen = observation_in(answer)
        if seen and seen.lock:
            lock = seen.lock
            found.setdefault((lock.holder, lock.host, lock.plan, lock.epoch), {})[name] = lock
    return {min(held.values(), key=lambda lock: lock.since): list(held) for held in found.values()}


def _evidence(world: World, cluster: ClusterInput, answers: Mapping[str, Answer]) -> tuple[Line, ...]:
    """For each holder: what it holds, how Jira is there right now, and what the journal on this host says last."""
    lines: list[Line] = []
    for holder, names in _holders(answers).items():
        held = f"held by {holder.holder}@{holder.host} since {holder.since} (plan {holder.plan}, epoch {holder.epoch})"
        lines.append(Line(text=f"{fold(names)}: {held}", tone=Tone.CARE))
        lines.append(Line(text=f"  Jira there is {_states(names, answers)}", tone=Tone.CARE))
        if holder.host == world.host:
            word = last_word(world.state_folder / "rollouts" / cluster.name, holder.plan)
            lines += [Line(text=f"  {word}", tone=Tone.CARE)] if word else []
    return tuple(lines)


def _states(names: list[str], answers: Mapping[str, Answer]) -> str:
    """What Jira does on each node as it was last seen: one that is down or starting may be in the middle of a step."""
    by_state: dict[State, list[str]] = {state: [] for state in State}
    for name in names:
        by_state[state_of(observation_in(answers[name]))].append(name)
    return ", ".join(f"{state} on {fold(found)}" for state, found in by_state.items() if found)


def _told(
    world: World, cluster: ClusterInput, answers: Mapping[str, Answer], choice: Choice, *, freed: tuple[str, ...] = ()
) -> Report:
    holders = _holders(answers)
    silent = {name: answer.reason for name, answer in answers.items() if isinstance(answer, Unreachable | Lost)}
    refusing = {name: answer.reason for name, answer in answers.items() if isinstance(answer, Refused)}
    return Report(
        task="lock",
        cluster=cluster.name,
        outcome=weightiest(_verdicts(answers)),
        sentence=_sentence(holders, silent, freed),
        nodes=tuple(_row(cluster, name, answer) for name, answer in answers.items()),
        facts={"freed": list(freed)},
        lines=(
            *_evidence(world, cluster, answers),
            *(Line(text=f"{name}: {reason}", tone=Tone.BAD) for name, reason in {**silent, **refusing}.items()),
        ),
        next_command=command("lock", choice, "--release") if holders else None,
    )


def _verdicts(answers: Mapping[str, Answer]) -> frozenset[Outcome]:
    kinds = {Unreachable: Outcome.UNREACHABLE, Lost: Outcome.PARTIAL}
    found = {kinds.get(type(answer), Outcome.OK) for answer in answers.values()}
    return frozenset({*found, Outcome.LOCKED} if _holders(answers) else found)


def _sentence(holders: Mapping[LockHolder, list[str]], silent: Mapping[str, str], freed: tuple[str, ...]) -> str:
    said = [f"Freed: {fold(freed)}."] if freed else []
    said += [f"Held: {fold(name for names in holders.values() for name in names)}."] if holders else []
    said += [f"Not known: {fold(silent)}."] if silent else []
    return " ".join(said) or "Nobody holds the lock."


def _row(cluster: ClusterInput, name: str, answer: Answer) -> NodeRow:
    seen = observation_in(answer)
    lock = seen.lock if seen else None
    return NodeRow(
        name=name,
        cluster=cluster.name,
        state=str(state_of(seen)),
        reason=None if isinstance(answer, Ok) else answer.reason,
        facts={"lock": asdict(lock) if lock else None, "epoch": seen.epoch if seen else None},
    )
