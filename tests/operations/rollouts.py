"""Rollouts that break off where a test says, and what comes after: other workstations, resume, abort, rollback."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from agent.core.filestore import FILE_NAME
from agent.core.planning.plan import Shape
from agent.edges.journal import rollouts
from agent.operations.abort import abort
from agent.operations.consent import Consent
from agent.operations.deploy import deploy
from agent.operations.restart import restart_every_node, restart_pending_nodes
from agent.operations.resume import resume
from agent.operations.rollback import rollback
from tests.operations.contract import as_json
from tests.operations.world import HURRIED, OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.report import Report
    from agent.node.memory.machine import Temper
    from agent.node.port import Request
    from agent.operations.proposal.policy import Policy
    from agent.operations.world import World

YES = Consent(yes=True)
NAMED = Consent(yes=True, name="prod")
WAYS = {
    Shape.COMMIT: "--no-restart",
    Shape.ROLLING: "--restart",
    Shape.TOGETHER: "--together",
    Shape.RESTART: "--all",
}


class Killed(BaseException):
    """The controller is gone from one instant to the next, as by kill -9: nothing of it gets to say a word."""


@dataclass(slots=True)
class Death:
    """Strikes the controller at one request, before or after the node has carried it out."""

    request: type[Request]
    node: str | None = None
    spared: int = 0

    def __call__(self, node: str, request: Request) -> None:
        """Count the requests that are meant, and die at the one after those that are spared."""
        if type(request) is not self.request or self.node not in (None, node):
            return
        if not self.spared:
            raise Killed
        self.spared -= 1


def elsewhere(there: Yard, *answers: str, terminal: bool = True) -> World:
    """Return the world of another workstation, which has no journal of ours."""
    world = there.world(*answers, terminal=terminal)
    return replace(world, state_folder=there.folder / "elsewhere", user="lee", host="laptop")


def tuned(tmp_path: Path, temper: Temper | None = None) -> Yard:
    """Return nodes that are to be given another max-concurrency."""
    there = yard(tmp_path, temper=temper)
    there.rewrite(TUNED + HURRIED)
    return there


def rerouted(tmp_path: Path) -> Yard:
    """Return nodes that are to be given another bucket."""
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)
    return there


def roll_out(
    there: Yard,
    shape: Shape = Shape.ROLLING,
    *,
    world: World | None = None,
    consent: Consent = NAMED,
    limit: str | None = None,
    policy: Policy | None = None,
) -> Report:
    """Begin a rollout, one request at a time."""
    choice = replace(there.choice(limit=limit), forks=1)
    world = world or there.world()
    if shape is Shape.RESTART:
        report = restart_every_node(world, choice, template=None, said=frozenset(), consent=consent, policy=policy)
    else:
        report = deploy(
            world, choice, template=None, shape=shape, said=frozenset({WAYS[shape]}), consent=consent, policy=policy
        )
    as_json(report)
    return report


def restart_pending(there: Yard, world: World | None = None) -> Report:
    """Restart what needs it."""
    choice = replace(there.choice(), forks=1)
    return restart_pending_nodes(world or there.world(), choice, template=None, said=frozenset(), consent=NAMED)


def break_off(
    there: Yard,
    shape: Shape = Shape.ROLLING,
    *,
    before: Callable[[str, Request], None] | None = None,
    after: Callable[[str, Request], None] | None = None,
    limit: str | None = None,
) -> str:
    """Begin a rollout and kill its controller at that request; return the plan's name."""
    dying(there, lambda: roll_out(there, shape, limit=limit), before=before, after=after)
    return last_plan(there)


def break_off_at(there: Yard, shape: Shape, death: Death, side: str) -> str:
    """The same, before or after that request; the death given can be used again."""
    fresh = replace(death)
    return break_off(there, shape, before=fresh) if side == "before" else break_off(there, shape, after=fresh)


def dying(
    there: Yard,
    deed: Callable[[], Report],
    *,
    before: Callable[[str, Request], None] | None = None,
    after: Callable[[str, Request], None] | None = None,
) -> None:
    """Do something whose controller is killed at that request."""
    there.before, there.after = before or _nothing, after or _nothing
    try:
        with pytest.raises(Killed):
            deed()
    finally:
        there.before = there.after = _nothing
    there.requests.clear()
    there.told.clear()


def _nothing(node: str, request: Request) -> None:
    del node, request


def go_on(
    there: Yard,
    world: World | None = None,
    *,
    consent: Consent = YES,
    pause_after: int | None = None,
) -> Report:
    """Resume what is unfinished."""
    choice = replace(there.choice(), forks=1)
    report = resume(world or there.world(), choice, template=None, consent=consent, pause_after=pause_after)
    as_json(report)
    return report


def put_back(
    there: Yard, world: World | None = None, *said: str, consent: Consent = NAMED, exclude: str | None = None
) -> Report:
    """Abort what is unfinished."""
    choice = replace(there.choice(exclude=exclude), forks=1)
    report = abort(world or there.world(), choice, template=None, said=frozenset(said), consent=consent)
    as_json(report)
    return report


def roll_back(
    there: Yard,
    shape: Shape = Shape.ROLLING,
    *said: str,
    world: World | None = None,
    consent: Consent = NAMED,
    rollout: str | None = None,
    limit: str | None = None,
    exclude: str | None = None,
    policy: Policy | None = None,
) -> Report:
    """Roll a past rollout back."""
    choice = replace(there.choice(limit=limit, exclude=exclude), forks=1)
    words = frozenset({WAYS[shape], *said})
    report = rollback(
        world or there.world(),
        choice,
        template=None,
        said=words,
        consent=consent,
        shape=shape,
        rollout=rollout,
        policy=policy,
    )
    as_json(report)
    return report


def last_plan(there: Yard, folder: str = "state") -> str:
    """Return the name of the plan that was begun last on a workstation."""
    return rollouts(there.folder / folder / "rollouts" / "prod")[0][0]


def acts(there: Yard) -> list[tuple[str, str]]:
    """Return what was done to the nodes' files and services, in its order."""
    kinds = {"Stop", "Commit", "Restore", "Start"}
    return [(name, type(it).__name__) for name, it in there.requests if type(it).__name__ in kinds]


def files(there: Yard) -> dict[str, bytes | None]:
    """Return the file of each node."""
    found = {name: node.machine.entries.get(FILE_NAME) for name, node in there.nodes.items()}
    return {name: entry.content if entry is not None else None for name, entry in found.items()}


def locks(there: Yard) -> dict[str, str]:
    """Return which plan holds each node that is held."""
    return {name: node.machine.lock.plan for name, node in there.nodes.items() if node.machine.lock is not None}


def starts(there: Yard) -> dict[str, int | None]:
    """Return when the Jira of each node was started, by its own clock; None where none runs."""
    return {name: node.machine.jira.ticks if node.machine.jira else None for name, node in there.nodes.items()}
