"""A mapping as the YAML of format 1: block style, in the order given; whatever YAML could misread stands in quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN: Final = re.compile(r"(?:~?/\.?)?[A-Za-z](?:[A-Za-z0-9_./@:-]*[A-Za-z0-9_/-])?")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.\[\],-]*")
_MISREAD: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What YAML 1.1 takes for something else than text, in any case."""


def yaml_text(mapping: Mapping[str, object]) -> str:
    """Return the mapping as YAML; values are text, whole numbers, lists and further mappings."""
    return "".join(f"{line}\n" for line in _lines(mapping, ""))


def _lines(mapping: Mapping[str, object], margin: str) -> Iterator[str]:
    for key, value in mapping.items():
        name = f"{margin}{_text(key, _PLAIN_KEY)}:"
        if isinstance(value, Mapping) and value:
            yield name
            yield from _lines(value, f"{margin}  ")
        else:
            yield f"{name} {_value(value)}"


def _value(value: object) -> str:
    """JSON's lists, empty mappings and numbers are YAML's in the short form."""
    return _text(value, _PLAIN) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(text: str, plain: re.Pattern[str]) -> str:
    """JSON's strings are YAML's double-quoted ones; text that no quotes are needed for goes without."""
    if plain.fullmatch(text) and text.casefold() not in _MISREAD:
        return text
    return json.dumps(text, ensure_ascii=False)
