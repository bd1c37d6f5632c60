"""The tasks, one function each: words in, one operation, a report out; under `fab` and `filestore-agent` alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection

from agent import program
from agent.errors import InputError
from agent.face import own_command, perform
from agent.flags import (
    ACTING,
    CHECKS,
    CONFIRM,
    DESCRIBING,
    EVENTS,
    EVERY,
    JUNIT,
    LISTED,
    METRICS,
    OFFLINE,
    OVERRIDES,
    PAUSE,
    POLICY,
    READING,
    ROLLOUT,
    SAVED,
    SCHEDULER,
    SHAPE,
    VALID_FOR,
    WITHOUT_REST,
    YES,
)
from agent.program import Flag, FlagTask
from agent.said import (
    care_in,
    consent_in,
    keeper_in,
    overriding_words,
    policy_in,
    scheduler_in,
    shape_in,
    template_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.report import Report
    from agent.operations.world import Choice, World

# Every operation is imported inside its task: --help and the offline tasks must not wait for an SSH library.
# ruff: noqa: PLC0415

namespace = Collection()


def task(name: str, *flags: Flag) -> Callable[[Callable[[World, Choice, Any], Report]], FlagTask]:
    """Register a function as a task: it gets the world, the choice of nodes and the values of its flags."""

    def register(function: Callable[[World, Choice, Any], Report]) -> FlagTask:
        def body(context: Any, **values: Any) -> None:
            perform(name, function, context, values)

        body.__doc__ = function.__doc__
        made = FlagTask(body, name=name, flags=flags)
        namespace.add_task(made, name=name)
        return made

    return register


@task(
    "validate",
    *OFFLINE,
    JUNIT,
    Flag(name="strict", kind=bool, help="Warnings count as errors."),
    Flag(name="file", value="FILE", kind=list, help="Check this filestore-config.xml instead; repeatable."),
    Flag(name="explain", value="CODE", help="Print what a rule code means."),
)
def validate(_: World, choice: Choice, flags: Any) -> Report:
    """Check inventory, template and documents: all findings at once, offline."""
    from agent.operations import validate as operation

    if flags.explain:
        return operation.explain_rule(flags.explain)
    if flags.file:
        return operation.validate_files(tuple(flags.file), strict=flags.strict)
    return operation.validate(choice, template=template_in(flags), strict=flags.strict)


@task(
    "render",
    *OFFLINE,
    JUNIT,
    Flag(name="out", value="FOLDER", help="Folder that gets CLUSTER/NODE/filestore-config.xml."),
)
def render(_: World, choice: Choice, flags: Any) -> Report:
    """Write each cluster's documents to a folder, or print one: offline."""
    from agent.operations.render import render as operation

    return operation(choice, template=template_in(flags), out=Path(flags.out) if flags.out else None)


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
)
def adopt(world: World, choice: Choice, flags: Any) -> Report:
    """Write the inventory that reproduces what the nodes have; refuses to guess where they differ."""
    from agent.operations.adopt import Wish
    from agent.operations.adopt import adopt as operation

    said = {flag.name: value for flag in DESCRIBING if (value := vars(flags)[flag.name.replace("-", "_")])}
    wish = Wish(
        nodes=flags.nodes,
        name=flags.name,
        out=Path(flags.out) if flags.out else None,
        like=flags.like,
        said=frozenset({"--empty"} if flags.empty else ()),
        settings=said,
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


@task(
    "plan",
    *READING,
    JUNIT,
    *OVERRIDES,
    *SHAPE,
    *POLICY,
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

    shape = shape_in(flags)
    words = {
        "template": template_in(flags),
        "said": overriding_words(flags),
        "policy": policy_in(flags),
        "keep": keeper_in(choice, flags),
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


@task("deploy-config", *ACTING, *SHAPE, *POLICY, SAVED, CONFIRM)
def deploy_config(world: World, choice: Choice, flags: Any) -> Report:
    """Plan, confirm, stage on all nodes, all vote, commit everywhere, read back."""
    from agent.operations.deploy import deploy as operation

    return operation(
        world,
        choice,
        template=template_in(flags),
        shape=shape_in(flags),
        said=overriding_words(flags),
        consent=consent_in(flags),
        **care_in(flags),
    )


@task(
    "rolling-restart",
    *ACTING,
    *POLICY,
    SAVED,
    CONFIRM,
    Flag(name="all", kind=bool, help="Every node, not only those that need it."),
)
def rolling_restart(world: World, choice: Choice, flags: Any) -> Report:
    """Restart what is RESTART_PENDING, in batches within the budget, gated on health."""
    from agent.operations import restart as operation

    restart = operation.restart_every_node if flags.all else operation.restart_pending_nodes
    return restart(
        world,
        choice,
        template=template_in(flags),
        said=overriding_words(flags),
        consent=consent_in(flags),
        **care_in(flags),
    )


@task("resume", *READING, YES, EVENTS, PAUSE, CONFIRM)
def resume(world: World, choice: Choice, flags: Any) -> Report:
    """Go on with a rollout that was interrupted or has halted, from this or another workstation."""
    from agent.operations.proposal.policy import read_count

    pause_after = read_count("--pause-after", flags.pause_after)
    from agent.operations.resume import resume as operation

    return operation(world, choice, template=template_in(flags), consent=consent_in(flags), pause_after=pause_after)


@task("abort", *ACTING, *POLICY, CONFIRM)
def abort(world: World, choice: Choice, flags: Any) -> Report:
    """Put back what an unfinished rollout did, on every node that it changed."""
    from agent.operations.abort import abort as operation

    return operation(
        world,
        choice,
        template=template_in(flags),
        said=overriding_words(flags),
        consent=consent_in(flags),
        policy=policy_in(flags),
    )


@task("rollback", *ACTING, *SHAPE, *POLICY, ROLLOUT, CONFIRM)
def rollback(world: World, choice: Choice, flags: Any) -> Report:
    """Put the documents back that lay there before a rollout; where there was no file, there is none again."""
    from agent.operations.rollback import rollback as operation

    return operation(
        world,
        choice,
        template=template_in(flags),
        said=overriding_words(flags),
        consent=consent_in(flags),
        shape=shape_in(flags),
        policy=policy_in(flags),
        rollout=flags.rollout,
    )


@task(
    "history",
    *OFFLINE,
    ROLLOUT,
    Flag(name="last", value="COUNT", help=f"How many rollouts are listed, the latest first (default {LISTED})."),
)
def history(world: World, choice: Choice, flags: Any) -> Report:
    """Past rollouts, or one in detail: who changed which node from what to what, why, with which result."""
    from agent.operations.proposal.policy import read_count

    last = read_count("--last", flags.last) or LISTED
    from agent.operations.history import history as operation

    return operation(world, choice, rollout=flags.rollout, last=last)


@task(
    "lock",
    *READING,
    Flag(name="release", kind=bool, help="Free the nodes after showing who holds them."),
    Flag(name="yes", short="y", kind=bool, help="Do not ask."),
)
def lock(world: World, choice: Choice, flags: Any) -> Report:
    """Who holds the cluster; --release shows the evidence and frees it."""
    from agent.operations import lock as operation

    if flags.release:
        return operation.release_lock(world, choice, template=template_in(flags), yes=flags.yes)
    return operation.show_lock(world, choice, template=template_in(flags))


@task(
    "schedule",
    *OFFLINE,
    *SCHEDULER,
    Flag(name="every", value="TIME", help=f"How often: 10m, 1h, 6h (default {EVERY})."),
    Flag(name="metrics", value="FILE", help="The file that each check writes its metrics to."),
    Flag(name="user", value="NAME", help="For the whole system, run as this user: a system's unit, a file of cron.d."),
    Flag(name="out", value="FOLDER", help="Folder that gets the files; without it they are printed."),
)
def schedule(world: World, choice: Choice, flags: Any) -> Report:
    """What runs drift again and again: a systemd timer, a cron line, a pipeline. Offline; installs nothing."""
    from agent.operations.proposal.policy import read_duration

    every = read_duration("--every", flags.every or EVERY)
    from agent.operations.schedule import Wish
    from agent.operations.schedule import schedule as operation

    wish = Wish(
        scheduler=scheduler_in(flags),
        every=every,
        program=own_command(),
        metrics=flags.metrics,
        user=flags.user,
        out=Path(flags.out) if flags.out else None,
    )
    return operation(world, choice, wish, template=template_in(flags))


@task("demo", Flag(name="quiet", short="q", kind=bool, help="Only the verdict."))
def demo(world: World, _: Choice, __: Any) -> Report:
    """An embedded three-node cluster on this machine, and the whole story on it."""
    from agent.lab.story import tell_story

    return tell_story(world.tell)


def main() -> None:
    """Run the installed command."""
    program.run(namespace)


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
