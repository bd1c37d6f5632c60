"""The tasks that look at nodes and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import InputError
from agent.flags import (
    CHECKS,
    DESCRIBING,
    JUNIT,
    LISTED,
    METRICS,
    OVERRIDES,
    POLICY,
    PREFLIGHT,
    READING,
    SHAPE,
    VALID_FOR,
    WITHOUT_REST,
)
from agent.program import Flag
from agent.said import described_in, keeper_in, overriding_words, policy_in, shape_in, template_in
from agent.tasks.registry import task

if TYPE_CHECKING:
    from agent.core.report import Report
    from agent.operations.world import Choice, World

# Every operation is imported inside its task: --help and the offline tasks must not wait for an SSH library.
# ruff: noqa: PLC0415


@task("doctor", *READING, JUNIT)
def doctor(world: World, choice: Choice, flags: Any) -> Report:
    """Can it work: login, sudo, localhome, tools, status page, service, on every node."""
    from agent.operations.doctor import doctor as operation

    return operation(world, choice, template=template_in(flags))


@task(
    "adopt",
    *READING,
    Flag(
        name="nodes",
        value="NODES",
        help="Machines of which there is no inventory yet: names, ranges jira-[1-3]; comma separated.",
    ),
    Flag(name="name", value="NAME", help="What the cluster is called, where --out does not say it."),
    Flag(
        name="out",
        value="FILE",
        help="File that gets the inventory, such as clusters/prod.yml; never one that is there.",
    ),
    Flag(name="like", value="NODE", help="Where the nodes differ: this one's file is what is meant."),
    Flag(
        name="empty", kind=bool, help="Where no node has a file: an inventory that keeps everything in the shared home."
    ),
    *DESCRIBING,
    example="--nodes 'jira-[1-3].example.com' --out clusters/prod.yml",
    page="docs/adopt.md",
)
def adopt(world: World, choice: Choice, flags: Any) -> Report:
    """Write the inventory that reproduces what the nodes have; refuses to guess where they differ."""
    from agent.operations.adopt import Wish
    from agent.operations.adopt import adopt as operation

    wish = Wish(
        nodes=flags.nodes,
        name=flags.name,
        out=Path(flags.out) if flags.out else None,
        like=flags.like,
        said=frozenset({"--empty"} if flags.empty else ()),
        settings=described_in(flags),
    )
    return operation(world, choice, wish, template=template_in(flags))


@task("status", *READING, WITHOUT_REST)
def status(world: World, choice: Choice, flags: Any) -> Report:
    """Versions, states, uptime, standing of every node, who holds the lock, and a rollout in progress."""
    from agent.operations import status as operation

    look = operation.status_without_rest if flags.without_rest else operation.status
    return look(world, choice, template=template_in(flags))


@task("drift", *READING, JUNIT, METRICS, *CHECKS)
def drift(world: World, choice: Choice, flags: Any) -> Report:
    """Observe, judge and fold: is every node as it should be? Changes nothing."""
    if flags.history:
        return _drift_history(world, choice, flags)
    if flags.last:
        raise InputError("--last: it belongs to --history; say both")
    from agent.operations.drift import drift as operation

    return operation(world, choice, template=template_in(flags), on_change=flags.on_change, notify=not flags.no_notify)


def _drift_history(world: World, choice: Choice, flags: Any) -> Report:
    """What was seen before; what is about a check of now does not go with it."""
    if flags.on_change or flags.no_notify or flags.junit or flags.metrics:
        raise InputError(
            "--history makes no check, so --on-change, --no-notify, --junit and --metrics do not go with it"
        )
    from agent.operations.proposal.policy import read_count

    last = read_count("--last", flags.last) or LISTED
    from agent.operations.drift_history import drift_history as operation

    return operation(world, choice, last=last)


@task(
    "plan",
    *READING,
    JUNIT,
    *OVERRIDES,
    *SHAPE,
    *POLICY,
    PREFLIGHT,
    Flag(name="rolling-restart", kind=bool, help="Plan what rolling-restart would do instead."),
    Flag(name="all", kind=bool, help="With --rolling-restart: every node, not only those that need it."),
    Flag(name="out", value="FILE", help="File that gets the plan, for --plan of the task that does it."),
    Flag(
        name="valid-for",
        value="TIME",
        help=f"How long the saved plan holds: 30m, 2h, at most 168h (default {VALID_FOR}).",
    ),
)
def plan(world: World, choice: Choice, flags: Any) -> Report:
    """What deploy-config would do: standings, differences, class, order with reasons, capacity at each step."""
    from agent.operations import plan as operation
    from agent.operations.buckets.beside_plan import ask_buckets, ask_nobody

    shape = shape_in(flags)
    words = {
        "template": template_in(flags),
        "said": overriding_words(flags),
        "policy": policy_in(flags),
        "keep": keeper_in(choice, flags),
        "preflight": ask_buckets if flags.preflight else ask_nobody,
    }
    if not flags.rolling_restart:
        if flags.all:
            raise InputError("--all: it belongs to --rolling-restart; say both")
        return operation.plan(world, choice, shape=shape, **words)
    if flags.restart or flags.together or flags.no_restart:
        raise InputError(
            "--rolling-restart brings no file, so --restart, --together and --no-restart do not go with it"
        )
    restart = operation.plan_restart_of_every_node if flags.all else operation.plan_restart_of_pending_nodes
    return restart(world, choice, **words)
