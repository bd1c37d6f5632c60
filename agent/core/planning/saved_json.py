"""How is a saved plan written into a file and read back, so that an edit by hand is seen and nothing is guessed?"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import datetime
from typing import Final

from agent.core.planning import plan_json
from agent.core.planning.binding import SavedPlan
from agent.core.strict_json import parse, sealed, unsealed
from agent.core.typed_json import bytes_in, plain, quoted, read_as

KIND: Final = "filestore-agent saved plan"
FORMAT: Final = 1
CAP: Final = 8 * 1024 * 1024
"""Bytes: a plan of its own largest size, laid out for people, and what it is bound to."""
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def encode(saved: SavedPlan) -> bytes:
    """Return the content of the file: sealed, and laid out so that people and diffs can read it.

    Raises:
        ValueError: it is larger than the cap, or would not be read back: a moment is not one.
    """
    _require_sound(saved)
    bound = {it.name: plain(getattr(saved, it.name)) for it in fields(saved) if it.name != "plan"}
    body = {"kind": KIND, "format": FORMAT, **bound, "plan": plan_json.to_json(saved.plan)}
    content = json.dumps(sealed(body), ensure_ascii=True, allow_nan=False, indent=2).encode("ascii") + b"\n"
    if len(content) > CAP:
        raise ValueError(f"the plan is larger than {CAP} bytes")
    return content


def decode(content: bytes) -> SavedPlan:
    """Return the saved plan that encode wrote.

    Raises:
        ValueError: the bytes are anything else; a newer format is told by its name, an edit as an edit.
    """
    value = parse(content, limit=CAP)
    _require_format(value)
    body = {key: item for key, item in unsealed(value).items() if key not in {"kind", "format"}}
    plan = plan_json.from_json(body.get("plan"))
    saved = read_as(SavedPlan, {**body, "plan": plain(plan)}, where="saved plan", contents=bytes_in(plan))
    _require_sound(saved)
    return saved


def _require_format(value: object) -> None:
    if not isinstance(value, dict) or value.get("kind") != KIND or type(value.get("format")) is not int:
        raise ValueError("not a saved plan")
    if value["format"] > FORMAT:
        version = value.get("version")
        by = f" by filestore-agent {quoted(version)}" if isinstance(version, str) else ""
        raise ValueError(f"written in format {value['format']}{by}; this one reads up to {FORMAT}")
    if value["format"] != FORMAT:
        raise ValueError(f"there is no format {value['format']}")


def _require_sound(saved: SavedPlan) -> None:
    for moment in (saved.made_at, saved.expires_at):
        _require_moment(moment)
    if (saved.plan.cluster, saved.plan.change) != (saved.cluster, saved.change):
        raise ValueError("the plan in it is of another cluster or class than it says")
    if len({node.name for node in saved.nodes}) != len(saved.nodes):
        raise ValueError("nodes: one of them stands there twice")
    if len(dict(saved.inputs)) != len(saved.inputs):
        raise ValueError("inputs: one of them stands there twice")


def _require_moment(text: str) -> None:
    """Only moments of one form compare as they are written."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a moment such as 2026-01-31T12:00:00Z")
    datetime.fromisoformat(text)
