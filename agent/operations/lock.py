"""Who holds the cluster; and, on request, free it after showing the evidence.

It works with a broken inventory too, on every node that can be told and reached: when all else has gone wrong, this
must still be answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.finding import errors_among
from agent.core.report import Report, Tone, finding_lines
from agent.core.text.names import counted, fold
from agent.errors import Outcome, weightiest
from agent.node.port import Observe
from agent.operations.commands import command
from agent.operations.confirming import confirm
from agent.operations.inputs.clusters import trusted_nodes
from agent.operations.locks.holding import holdings, next_for, ways_on
from agent.operations.locks.releasing import carry_out, orders
from agent.operations.locks.seen import LockSeen
from agent.operations.locks.words import Released, evidence, facts, fences, not_seen, rows, sentence
from agent.operations.looking.gathering import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.core.node import Node
    from agent.node.port import Answer, NodePort
    from agent.operations.inputs.trusting import Trusted
    from agent.operations.locks.holding import Holding
    from agent.operations.locks.releasing import Order
    from agent.operations.world import Choice, World

_LAST = "Release only if nobody will resume: what was begun stays as it is, and a rollout that still runs is refused."

_BUILT_IN = (
    "what defaults.yml says of owner, homes and ssh is not known; the built-in defaults stand in for it: "
    "a node that does not answer may answer once that file is mended"
)


def show_lock(world: World, choice: Choice, *, template: Path | None = None) -> Report:
    """Tell who holds the selected nodes; the outcome is locked if anybody does. The template is not looked at.

    Raises:
        InputError: no node can be told from the user's files; nothing was connected.

    """
    del template
    cluster = _trusted(world, choice)
    with world.dial() as port_of:
        seen = _look(port_of, cluster, choice)
    held = holdings(world, cluster.name, seen.held)
    return Report(
        task="lock",
        cluster=cluster.name,
        outcome=weightiest(seen.verdicts),
        sentence=sentence(seen),
        findings=cluster.findings,
        quiet_findings=True,
        nodes=rows(seen),
        facts=facts(seen, held),
        lines=(*evidence(held), *not_seen(seen), *ways_on(held, choice)),
        next_command=next_for(held, choice),
    )


def release_lock(world: World, choice: Choice, *, yes: bool, template: Path | None = None) -> Report:
    """Free the selected nodes from whoever holds them, and fence that holder on all of them by raising the epoch.

    Raises:
        InputError: no node can be told from the user's files; nothing was connected.
        Refused: nobody confirmed.

    """
    del template
    cluster = _trusted(world, choice)
    with world.dial() as port_of:
        before = _look(port_of, cluster, choice)
        asked: Mapping[str, Order] = {}
        answers: Mapping[str, Answer] = {}
        held = holdings(world, cluster.name, before.held)
        if held:
            for line in (*evidence(held), *not_seen(before)):
                world.progress(line.text, line.tone)
            names = fold(node.name for node in before.held)
            confirm(world, f"{_LAST} Free {names}?", yes=yes)
            asked = orders(world, before.answers)
            reached = tuple(node for node in cluster.nodes if node.name in asked)
            answers = gather(lambda node: carry_out(port_of(node), asked[node.name]), reached, forks=choice.forks)
    after = LockSeen(cluster=cluster, answers={**before.answers, **answers})
    return _told_of(world, choice, held, Released(orders=asked, before=before, after=after))


def _told_of(world: World, choice: Choice, old: tuple[Holding, ...], released: Released) -> Report:
    after = released.after
    left = holdings(world, after.cluster.name, after.held)
    verdicts = {*after.verdicts, *([Outcome.PARTIAL] if old and released.open else [])}
    return Report(
        task="lock",
        cluster=after.cluster.name,
        outcome=weightiest(verdicts),
        sentence=sentence(after, released.freed),
        findings=after.cluster.findings,
        quiet_findings=True,
        nodes=rows(after),
        facts=facts(after, left, released),
        lines=(*evidence(left), *not_seen(after), *(fences(old, released) if old else ()), *ways_on(left, choice)),
        next_command=next_for(left, choice) or (command("drift", choice) if released.freed and not left else None),
    )


def _trusted(world: World, choice: Choice) -> Trusted:
    """Read what can be trusted; what is wrong is told at once, since it may explain what is seen."""
    cluster = trusted_nodes(choice)
    faults = errors_among(cluster.findings)
    if faults:
        count = counted(len(faults), "error")
        world.progress(f"{choice.inventory}: {count}; looking at the nodes that can be told all the same", Tone.CARE)
        for line in finding_lines(faults):
            world.progress(line.text, line.tone)
    if cluster.lacks_defaults:
        world.progress(_BUILT_IN, Tone.CARE)
    return cluster


def _look(port_of: Callable[[Node], NodePort], cluster: Trusted, choice: Choice) -> LockSeen:
    answers = gather(lambda node: port_of(node).perform(Observe()), cluster.nodes, forks=choice.forks)
    return LockSeen(cluster=cluster, answers=answers)
