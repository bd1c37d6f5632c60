"""How an event is written as JSON and read back: strictly, so that a journal never means something else later."""

from __future__ import annotations

from dataclasses import MISSING, asdict, fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from agent.core.rollout import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.rollout.events import Event

KINDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(events.Event)}
"""The name of an event in JSON is the name of its class."""


def to_json(event: Event) -> dict[str, Any]:
    """Return an event as plain JSON values: its kind first, then its fields."""
    return {"event": type(event).__name__, **_plain(asdict(event))}


def from_json(value: object) -> Event:
    """Return the event that to_json wrote.

    Raises:
        ValueError: a kind, a field or a type is not what to_json writes; the message names it.
    """
    if not isinstance(value, dict) or not isinstance(value.get("event"), str):
        raise ValueError("an event is an object with the key `event`")  # noqa: TRY004 - one error for one reader
    kind = KINDS.get(value["event"])
    if kind is None:
        raise ValueError(f"there is no event {value['event']!r}")
    rest = {key: item for key, item in value.items() if key != "event"}
    event: Event = _dataclass(kind, rest, value["event"])
    return event


def _plain(value: Any) -> Any:
    """Tuples become lists and words of an enum plain words, all the way down."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def _dataclass(kind: type[Any], value: object, where: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: not an object")  # noqa: TRY004 - one error for one reader
    types = _types_of(kind)
    unknown = sorted(str(key) for key in set(value) - set(types))
    if unknown:
        raise ValueError(f"{where}: unknown key {unknown[0]!r}")
    missing = [name for name in types if name not in value and not _has_default(kind, name)]
    if missing:
        raise ValueError(f"{where}: the key {missing[0]!r} is missing")
    return kind(**{name: _typed(types[name], item, f"{where}.{name}") for name, item in value.items()})


def _typed(wanted: Any, value: object, where: str) -> Any:
    """Return the value as the type that the field asks for; nothing is converted that JSON keeps apart."""
    if get_origin(wanted) in (Union, UnionType):
        return None if value is None else _typed(_without_none(wanted), value, where)
    if get_origin(wanted) is tuple:
        return _several(get_args(wanted)[0], value, where)
    if is_dataclass(wanted) and isinstance(wanted, type):
        return _dataclass(wanted, value, where)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return _word(wanted, value, where)
    return _scalar(wanted, value, where)


def _several(wanted: Any, value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{where}: not a list")  # noqa: TRY004 - one error for one reader
    return tuple(_typed(wanted, item, where) for item in value)


def _word(wanted: type[StrEnum], value: object, where: str) -> StrEnum:
    if not isinstance(value, str) or value not in set(wanted):
        raise ValueError(f"{where}: {value!r} is none of {', '.join(wanted)}")
    return wanted(value)


def _scalar(wanted: type, value: object, where: str) -> object:
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ValueError(f"{where}: not {wanted.__name__}")
    return value


def _without_none(union: Any) -> Any:
    return next(part for part in get_args(union) if part is not NoneType)


def _types_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _has_default(kind: type[Any], name: str) -> bool:
    return any(field.name == name and field.default is not MISSING for field in fields(kind))
