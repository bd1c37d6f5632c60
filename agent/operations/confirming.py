"""The yes of a person: asked at a terminal, or given by a flag; without either it is a no."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.errors import Interrupted, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.operations.world import World


def confirm(world: World, question: str, *, yes: bool) -> None:
    """Get a plain yes.

    Raises:
        Refused: the answer was not yes, or nobody is there to ask and --yes was not said.

    """
    if yes:
        return
    if world.ask is None:
        raise Refused(f"{question} Nobody is at a terminal to answer; say --yes")
    if world.ask(f"{question} [yes/no] ").strip() not in {"y", "yes"}:
        raise Refused("Not confirmed; nothing was changed")


def confirm_by_name(world: World, question: str, *, name: str, given: str | None) -> None:
    """Get the cluster's name typed, for a change of where data is stored; --yes does not cover it.

    Raises:
        Refused: another word was typed or given, or nobody is there to ask and --confirm was not said.

    """
    if given is None and world.ask is None:
        raise Refused(f"{question} Nobody is at a terminal to type the cluster's name; say --confirm {name}")
    answer = (
        given if given is not None or world.ask is None else world.ask(f"{question} Type the cluster's name: ").strip()
    )
    if answer != name:
        raise Refused(f"Not confirmed: the cluster is {name!r}, not {answer!r}; nothing was changed")


@contextmanager
def at_the_question(cluster: str) -> Iterator[None]:
    """Tell whoever leaves at a question that nothing was changed.

    Raises:
        Interrupted: somebody left.

    """
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"{cluster}: interrupted at the question; nothing was changed") from None
