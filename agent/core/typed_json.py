"""How is a frozen value written as JSON and read back: strictly, by the types of its fields, so that nothing drifts.

Bytes are not written where they stand, but as their digest; whoever writes the value keeps the bytes themselves once
for each digest, and hands them to the reader.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from agent.core.document import digest_of
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

Read = TypeVar("Read")
_LARGEST = 2**53
"""A float holds every whole number up to here exactly."""


def plain(value: Any) -> Any:
    """Return a value as plain JSON values, all the way down: an object of each dataclass, a list of each tuple."""
    if is_dataclass(value) and not isinstance(value, type):
        return {it.name: plain(getattr(value, it.name)) for it in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return digest_of(value)
    return str(value) if isinstance(value, StrEnum) else value


def bytes_in(value: Any) -> dict[str, bytes]:
    """Return the bytes that a value holds, each once, by their digest."""
    if isinstance(value, bytes):
        return {digest_of(value): value}
    if is_dataclass(value) and not isinstance(value, type):
        return _merged(bytes_in(getattr(value, it.name)) for it in fields(value))
    return _merged(map(bytes_in, value)) if isinstance(value, tuple) else {}


def read_as(kind: type[Read], value: object, *, where: str, contents: Mapping[str, bytes] | None = None) -> Read:
    """Return the dataclass that plain() wrote; contents holds the bytes by their digest.

    Raises:
        ValueError: a key, a type or a word is not what plain() writes; the message names it.
    """
    made: Read = _Reader(contents=contents or {}).record(kind, value, where)
    return made


def quoted(text: str) -> str:
    """Return text from outside as a message may show it."""
    return repr(printable(text, limit=60))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Nothing is converted that JSON keeps apart; a missing key is an error unless its field has a default."""

    contents: Mapping[str, bytes] = field(repr=False)

    def record(self, kind: type[Any], value: object, where: str) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{where}: not an object")  # noqa: TRY004 - one error for one reader
        types = _types_of(kind)  # type: ignore[arg-type]  # a class can be hashed; mypy looks at its instances
        unknown = sorted(str(key) for key in set(value) - set(types))
        if unknown:
            raise ValueError(f"{where}: unknown key {quoted(unknown[0])}")
        missing = [name for name in types if name not in value and name not in _defaults_of(kind)]  # type: ignore[arg-type]  # as above
        if missing:
            raise ValueError(f"{where}: the key {missing[0]!r} is missing")
        return kind(**{name: self.typed(types[name], item, f"{where}.{name}") for name, item in value.items()})

    def typed(self, wanted: Any, value: object, where: str) -> Any:
        if get_origin(wanted) in (Union, UnionType):
            return None if value is None else self.typed(_without_none(wanted), value, where)
        if get_origin(wanted) is tuple:
            return self.several(get_args(wanted), value, where)
        if is_dataclass(wanted) and isinstance(wanted, type):
            return self.record(wanted, value, where)
        if isinstance(wanted, type) and issubclass(wanted, StrEnum):
            return _word(wanted, value, where)
        return self.content(value, where) if wanted is bytes else _scalar(wanted, value, where)

    def several(self, wanted: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
        """A tuple of any length has one type and an ellipsis; one of a fixed length has a type for each place."""
        if not isinstance(value, list):
            raise ValueError(f"{where}: not a list")  # noqa: TRY004 - one error for one reader
        each = (wanted[0],) * len(value) if wanted[-1] is Ellipsis else wanted
        if len(each) != len(value):
            raise ValueError(f"{where}: not a list of {len(each)}")
        return tuple(self.typed(kind, item, where) for kind, item in zip(each, value, strict=True))

    def content(self, value: object, where: str) -> bytes:
        if not isinstance(value, str) or value not in self.contents:
            raise ValueError(f"{where}: not the digest of a document that is here")
        return self.contents[value]


def _word(wanted: type[StrEnum], value: object, where: str) -> StrEnum:
    if not isinstance(value, str):
        raise ValueError(f"{where}: not a word")  # noqa: TRY004 - one error for one reader
    if value not in set(wanted):
        raise ValueError(f"{where}: {quoted(value)} is none of {', '.join(wanted)}")
    return wanted(value)


def _scalar(wanted: type, value: object, where: str) -> object:
    if wanted is float and type(value) is int and abs(value) <= _LARGEST:
        return float(value)
    if type(value) is not wanted:
        raise ValueError(f"{where}: not {wanted.__name__}")
    return value


def _merged(found: Any) -> dict[str, bytes]:
    return {digest: content for each in found for digest, content in each.items()}


def _without_none(union: Any) -> Any:
    return next(part for part in get_args(union) if part is not NoneType)


@cache
def _types_of(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


@cache
def _defaults_of(kind: type[Any]) -> frozenset[str]:
    return frozenset(it.name for it in fields(kind) if it.default is not MISSING or it.default_factory is not MISSING)
