"""The tasks, one function each: words in, one operation, a report out; under `fab` and `filestore-agent` alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection

from agent import program
from agent.core.planning.plan import Shape
from agent.errors import InputError
from agent.face import perform
from agent.operations.consent import Consent
from agent.program import Flag, FlagTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.core.report import Report
    from agent.operations.world import Choice, World

# Every operation is imported inside its task: --help and the offline tasks must not wait for an SSH library.
# ruff: noqa: PLC0415

OFFLINE = (
    Flag(name="inventory", help="Folder of cluster files (default inventory/, or FILESTORE_AGENT_INVENTORY)."),
    Flag(name="cluster", kind=list, help="Cluster, needed where there are several; repeatable or 'all' for reading."),
    Flag(name="limit", help="Only these nodes: names, ranges jira-[1-3], @tag, globs; comma separated."),
    Flag(name="exclude", help="All but these nodes, written as for --limit."),
    Flag(name="template", help="Template (default templates/filestore-config.xml.j2, else the one shipped)."),
    Flag(name="json", kind=bool, help="One JSON document on stdout."),
    Flag(name="quiet", short="q", kind=bool, help="Only the verdict."),
    Flag(name="verbose", short="v", kind=bool, help="Tell of each request, its answer and how long it took."),
)
READING = (*OFFLINE, Flag(name="forks", help="Nodes talked to at the same time (default 32)."))
ACTING = (
    *READING,
    Flag(name="yes", short="y", kind=bool, help="Do not ask; never covers a change of routing."),
    Flag(name="events", help="File that gets one JSON object per event."),
    Flag(name="allow-partial", kind=bool, help="Go on without the nodes that --limit or --exclude leave out."),
    Flag(name="accept-downtime", kind=bool, help="Restart although no other node would serve meanwhile."),
    Flag(name="skip-hooks", kind=bool, help="Restart without the inventory's drain hooks, which are not run yet."),
)
CONFIRM = Flag(name="confirm", help="The cluster's name: confirms a change of routing.")
SHAPE = (
    Flag(name="restart", kind=bool, help="Stage everywhere, then node by node: stop, commit, start, verify."),
    Flag(name="together", kind=bool, help="Stage everywhere, then stop all, commit all, start all."),
    Flag(name="no-restart", kind=bool, help="Commit a change of routing and leave the restart for later."),
)

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
    Flag(name="strict", kind=bool, help="Warnings count as errors."),
    Flag(name="file", kind=list, help="Check this filestore-config.xml instead; repeatable."),
    Flag(name="explain", help="Print what a rule code means."),
)
def validate(_: World, choice: Choice, flags: Any) -> Report:
    """Check inventory, template and documents: all findings at once, offline."""
    from agent.operations import validate as operation

    if flags.explain:
        return operation.explain_rule(flags.explain)
    if flags.file:
        return operation.validate_files(tuple(flags.file), strict=flags.strict)
    return operation.validate(choice, template=_template(flags), strict=flags.strict)


@task("render", *OFFLINE, Flag(name="out", help="Folder that gets CLUSTER/NODE/filestore-config.xml."))
def render(_: World, choice: Choice, flags: Any) -> Report:
    """Write each cluster's documents to a folder, or print one: offline."""
    from agent.operations.render import render as operation

    return operation(choice, template=_template(flags), out=Path(flags.out) if flags.out else None)


@task("doctor", *READING)
def doctor(world: World, choice: Choice, flags: Any) -> Report:
    """Can it work: login, sudo, localhome, tools, status page, service, on every node."""
    from agent.operations.doctor import doctor as operation

    return operation(world, choice, template=_template(flags))


@task("status", *READING)
def status(world: World, choice: Choice, flags: Any) -> Report:
    """States, uptime, standing of every node, and who holds the lock."""
    from agent.operations.status import status as operation

    return operation(world, choice, template=_template(flags))


@task("drift", *READING)
def drift(world: World, choice: Choice, flags: Any) -> Report:
    """Observe, judge and fold: is every node as it should be? Changes nothing."""
    from agent.operations.drift import drift as operation

    return operation(world, choice, template=_template(flags))


@task("plan", *READING, *SHAPE)
def plan(world: World, choice: Choice, flags: Any) -> Report:
    """What deploy-config would do: standings, differences, class, order with reasons."""
    from agent.operations.plan import plan as operation

    return operation(world, choice, template=_template(flags), shape=_shape(flags), said=_said(flags))


@task("deploy-config", *ACTING, *SHAPE, CONFIRM)
def deploy_config(world: World, choice: Choice, flags: Any) -> Report:
    """Plan, confirm, stage on all nodes, all vote, commit everywhere, read back."""
    from agent.operations.deploy import deploy as operation

    return operation(
        world, choice, template=_template(flags), shape=_shape(flags), said=_said(flags), consent=_consent(flags)
    )


@task("rolling-restart", *ACTING, CONFIRM, Flag(name="all", kind=bool, help="Every node, not only those that need it."))
def rolling_restart(world: World, choice: Choice, flags: Any) -> Report:
    """Restart what is RESTART_PENDING, one node at a time, gated on health."""
    from agent.operations import restart as operation

    restart = operation.restart_every_node if flags.all else operation.restart_pending_nodes
    return restart(world, choice, template=_template(flags), said=_said(flags), consent=_consent(flags))


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
        return operation.release_lock(world, choice, template=_template(flags), yes=flags.yes)
    return operation.show_lock(world, choice, template=_template(flags))


@task("demo", Flag(name="quiet", short="q", kind=bool, help="Only the verdict."))
def demo(world: World, _: Choice, __: Any) -> Report:
    """An embedded three-node cluster on this machine, and the whole story on it."""
    from agent.lab.story import tell_story

    return tell_story(world.tell)


def main() -> None:
    """Run the installed command."""
    program.run(namespace)


def _template(flags: Any) -> Path | None:
    return Path(flags.template) if flags.template else None


def _shape(flags: Any) -> Shape:
    ways = {"--restart": flags.restart, "--together": flags.together, "--no-restart": flags.no_restart}
    chosen = [name for name, said in ways.items() if said]
    if len(chosen) > 1:
        raise InputError(f"{' and '.join(chosen)} contradict each other; say one")
    return {"--restart": Shape.ROLLING, "--together": Shape.TOGETHER}.get("".join(chosen), Shape.COMMIT)


def _said(flags: Any) -> frozenset[str]:
    """The overriding words that the user has said, as guards know them."""
    words: Mapping[str, Any] = vars(flags)
    overriding = ("restart", "together", "no_restart", "allow_partial", "accept_downtime", "skip_hooks")
    return frozenset(f"--{word.replace('_', '-')}" for word in overriding if words.get(word))


def _consent(flags: Any) -> Consent:
    words = vars(flags)
    events = words.get("events")
    return Consent(yes=flags.yes, name=words.get("confirm"), events=Path(events) if events else None)
