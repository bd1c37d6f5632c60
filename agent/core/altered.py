"""How is a value changed that never changes? By a copy of it with other fields, quickly: a rollout is folded so often.

`dataclasses.replace` reads and sets each field by name; for a value of twenty-four fields that is most of what a step
of a rollout costs, and the simulator takes millions of them. This one does the same in half the time.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["altered"]

if TYPE_CHECKING:
    # The type checker knows what replace does with the fields of a dataclass; this does the same with them.
    from dataclasses import replace as altered
else:

    def altered(value: Any, /, **changes: Any) -> Any:
        """Return a copy with these fields changed; for slotted dataclasses that check nothing when they are made.

        Raises:
            AttributeError: there is no such field.
        """
        setters, values_of = _access(type(value))
        copy = object.__new__(type(value))
        for set_field, field in zip(setters, values_of(value), strict=True):
            set_field(copy, field)
        for name, field in changes.items():
            object.__setattr__(copy, name, field)
        return copy


@cache
def _access(kind: type) -> tuple[tuple[Any, ...], attrgetter[Any]]:
    """Return what sets each field of a class, and what reads them all."""
    names = [field.name for field in fields(kind)]
    return tuple(getattr(kind, name).__set__ for name in names), attrgetter(*names)
