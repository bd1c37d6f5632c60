"""The tasks that connect to nothing: they read the user's files, and what this machine remembers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import InputError
from agent.face import own_command
from agent.flags import EVERY, FORMAT, JUNIT, LISTED, OFFLINE, ROLLOUT, SCHEDULER
from agent.program import Flag
from agent.said import jira_version_in, refuse_form, scheduler_in, template_in
from agent.tasks.registry import task

if TYPE_CHECKING:
    from agent.core.report import Report
    from agent.operations.world import Choice, World

# Every operation is imported inside its task: --help and the offline tasks must not wait for an SSH library.
# ruff: noqa: PLC0415


@task(
    "validate",
    *OFFLINE,
    FORMAT,
    JUNIT,
    Flag(name="strict", kind=bool, help="Warnings count as errors."),
    Flag(name="file", value="FILE", kind=list, help="Check this filestore-config.xml instead; repeatable."),
    Flag(name="jira-version", value="VERSION", help="With --file: the Jira that is to read it, such as 10.3.4."),
    Flag(name="explain", value="CODE", help="Print what a rule code means."),
)
def validate(_: World, choice: Choice, flags: Any) -> Report:
    """Check inventory, template and documents: all findings at once, offline."""
    from agent.operations import validate as operation

    refuse_form(flags)
    if flags.jira_version and not flags.file:
        raise InputError("--jira-version: it belongs to --file; an inventory says its version itself")
    if flags.explain:
        return operation.explain_rule(flags.explain)
    if flags.file:
        return operation.validate_files(tuple(flags.file), strict=flags.strict, jira_version=jira_version_in(flags))
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
