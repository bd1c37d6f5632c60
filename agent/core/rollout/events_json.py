"""How an event is written as JSON and read back: strictly, so that a journal never means something else later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from agent.core.rollout import events
from agent.core.typed_json import plain, quoted, read_as

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.rollout.events import Event

KINDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(events.Event)}
"""The name of an event in JSON is the name of its class."""


def to_json(event: Event) -> dict[str, Any]:
    """Return an event as plain JSON values: its kind first, then its fields."""
    return {"event": type(event).__name__, **plain(event)}


def from_json(value: object) -> Event:
    """Return the event that to_json wrote.

    Raises:
        ValueError: a kind, a field or a type is not what to_json writes; the message names it.
    """
    if not isinstance(value, dict) or not isinstance(value.get("event"), str):
        raise ValueError("an event is an object with the key `event`")  # noqa: TRY004 - one error for one reader
    kind = KINDS.get(value["event"])
    if kind is None:
        raise ValueError(f"there is no event {quoted(value['event'])}")
    rest = {key: item for key, item in value.items() if key != "event"}
    event: Event = read_as(kind, rest, where=value["event"])
    return event
