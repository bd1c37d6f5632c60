"""The tasks that change nodes, and the lock that they hold meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.flags import ACTING, CONFIRM, EVENTS, PAUSE, POLICY, READING, ROLLOUT, SAVED, SHAPE, YES
from agent.program import Flag
from agent.said import care_in, consent_in, overriding_words, policy_in, shape_in, template_in
from agent.tasks.registry import task

if TYPE_CHECKING:
    from agent.core.report import Report
    from agent.operations.world import Choice, World

# Every operation is imported inside its task: --help and the offline tasks must not wait for an SSH library.
# ruff: noqa: PLC0415


@task("deploy-config", *ACTING, *SHAPE, *POLICY, SAVED, CONFIRM)
def deploy_config(world: World, choice: Choice, flags: Any) -> Report:
    """Plan, confirm, stage on all nodes; if none objects, commit everywhere and read back."""
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
