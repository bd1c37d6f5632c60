"""The tasks about the buckets behind the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.errors import InputError
from agent.flags import FROM_WORKSTATION, JUNIT, READING, RESTORING
from agent.said import template_in
from agent.tasks.registry import task

if TYPE_CHECKING:
    from agent.core.report import Report
    from agent.operations.world import Choice, World

# Every operation is imported inside its task: --help and the offline tasks must not wait for an SSH library.
# ruff: noqa: PLC0415


@task("preflight-s3", *READING, JUNIT, FROM_WORKSTATION, example="--cluster prod", page="docs/preflight-s3.md")
def preflight_s3(world: World, choice: Choice, flags: Any) -> Report:
    """From each node, with its own identity: what Jira will be able to do with each bucket."""
    from agent.operations import preflight_s3 as operation

    if flags.from_workstation:
        return operation.preflight_from_workstation(choice, template=template_in(flags))
    return operation.preflight_from_nodes(world, choice, template=template_in(flags))


@task("restore-backup", *READING, *RESTORING)
def restore_backup(world: World, choice: Choice, flags: Any) -> Report:
    """List the backups in the bucket; a node fetches one by itself into the shared home's import folder."""
    from agent.operations import restore as operation
    from agent.operations.restoring.way import Wish

    wish = Wish(
        backup=flags.backup,
        node=flags.node,
        yes=flags.yes,
        from_workstation=flags.from_workstation,
        only_list=flags.list,
    )
    if flags.list and (flags.backup or flags.yes):
        raise InputError("--list: it fetches nothing, so --backup and --yes do not go with it")
    act = operation.list_backups if flags.list else operation.restore_backup
    return act(world, choice, wish, template=template_in(flags))
