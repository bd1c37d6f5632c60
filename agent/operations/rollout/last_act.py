"""What was being done last, for the sentence of someone who cannot wait for its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.rollout.events import MoveStarted
from agent.core.rollout.telling import doing

if TYPE_CHECKING:
    from agent.core.rollout.events import Event


class LastAct:
    """A listener that remembers the last act that was begun."""

    def __init__(self) -> None:
        self._begun: MoveStarted | None = None

    def hear(self, event: Event) -> None:
        """Remember an act that begins."""
        if isinstance(event, MoveStarted):
            self._begun = event

    @property
    def are_none(self) -> bool:
        """Whether no act has been begun, so that no node can have changed."""
        return self._begun is None

    def in_flight(self) -> str:
        """Return what may still be going on, in words."""
        if self._begun is None:
            return "nothing had been begun"
        return f"the last act was {doing(self._begun.act, self._begun.nodes)}, which may go on by itself"
