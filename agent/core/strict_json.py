"""How is JSON read that somebody else may have written? Whole and within bounds, or not at all.

A sealed object carries the sha256 of its own canonical form, so that a flipped bit or an edit by hand is seen. The
seal is no signature: whoever edits on purpose can seal anew.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

from agent.core.document import digest_of

SEAL: Final = "seal"
_MOST_DIGITS: Final = 18
"""No number of ours is longer, and any of so many digits fits in 64 bits and in a float."""


def parse(content: bytes, *, limit: int) -> Any:
    """Return the value that the bytes stand for: ASCII, every key once, numbers of a size that can be worked with.

    Raises:
        ValueError: they are more than limit bytes, or not such JSON; nothing else is ever raised.
    """
    if len(content) > limit:
        raise ValueError(f"larger than {limit} bytes")
    try:
        value = json.loads(
            content.decode("ascii"),
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_no_constant,
            object_pairs_hook=_each_key_once,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair would fail us at any later place
    except RecursionError:
        raise ValueError("nested too deep") from None
    return value


def dump(value: object) -> bytes:
    """Return the canonical form of a JSON value: ASCII, compact, keys in order, equal for equal values.

    Raises:
        ValueError: a number in it is not finite.
    """
    return json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":")).encode("ascii")


def sealed(body: dict[str, Any]) -> dict[str, Any]:
    """Return an object together with its seal."""
    return {**body, SEAL: digest_of(dump(body))}


def unsealed(value: object) -> dict[str, Any]:
    """Return what sealed() was given.

    Raises:
        ValueError: there is no seal, or it does not fit.
    """
    if not isinstance(value, dict) or not isinstance(value.get(SEAL), str):
        raise ValueError("it has no seal")  # noqa: TRY004 - one error for one reader
    body = {key: item for key, item in value.items() if key != SEAL}
    if value[SEAL] != digest_of(dump(body)):
        raise ValueError("its seal does not fit; it was edited by hand, or damaged")
    return body


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made
