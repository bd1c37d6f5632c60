"""How does a function become a task of `fab` and `filestore-agent`?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.face import perform
from agent.program import Flag, FlagTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.report import Report
    from agent.operations.world import Choice, World

REGISTERED: dict[str, FlagTask] = {}
"""The tasks by their names, as their rooms have made them."""


def task(
    name: str, *flags: Flag, example: str = "", page: str = ""
) -> Callable[[Callable[[World, Choice, Any], Report]], FlagTask]:
    """Register a function as a task: it gets the world, the choice of nodes and the values of its flags.

    Its help ends with an example, the words after the task's name, and with the page of docs that says more.
    """

    def register(function: Callable[[World, Choice, Any], Report]) -> FlagTask:
        def body(context: Any, **values: Any) -> None:
            perform(name, function, context, values)

        body.__doc__ = function.__doc__
        made = FlagTask(body, name=name, flags=flags, example=example, page=page)
        REGISTERED[name] = made
        return made

    return register
