"""The whole story on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.program import Flag
from agent.tasks.registry import task

if TYPE_CHECKING:
    from agent.core.report import Report
    from agent.operations.world import Choice, World

# Every operation is imported inside its task: --help and the offline tasks must not wait for an SSH library.
# ruff: noqa: PLC0415


@task("demo", Flag(name="quiet", short="q", kind=bool, help="Only the verdict."))
def demo(world: World, _: Choice, __: Any) -> Report:
    """An embedded three-node cluster on this machine, and the whole story on it."""
    from agent.lab.story import tell_story

    return tell_story(world.tell)
