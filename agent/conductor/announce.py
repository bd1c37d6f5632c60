"""Who hears of an event, and in which order: the journal first and without mercy, everybody else behind a fence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.core.rollout.events import Event


def announce(listeners: Sequence[Callable[[Event], None]]) -> Callable[[Event], None]:
    """Return one voice for several listeners, the first of which is the journal.

    What the journal raises reaches the conductor and ends the rollout. Another listener that raises is left out from
    then on: a display that has broken cannot stop a rollout, and does not get to break again at every event.
    """
    journal, *displays = listeners

    def emit(event: Event) -> None:
        journal(event)
        for display in tuple(displays):
            try:
                display(event)
            except Exception:  # noqa: BLE001 - the fence: whatever breaks in a display is the display's own affair
                displays.remove(display)

    return emit
