"""How is a plan kept, beside its journal, in a saved plan and on the nodes, so that anybody can go on with it?

Each distinct document stands once, under its digest; steps name it by that. A copy that comes back from a node is
hostile until it has been read: any bytes give a Plan or a ValueError. Sealed bytes show a flipped bit.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from agent import __version__
from agent.core.document import digest_of
from agent.core.planning.plan import Plan
from agent.core.planning.soundness import fault_of
from agent.core.strict_json import dump, parse, sealed, unsealed
from agent.core.text.printable import printable
from agent.core.typed_json import bytes_in, plain, quoted, read_as

FORMAT: Final = 1
CAP: Final = 4 * 1024 * 1024
"""Bytes; a plan for a thousand nodes with one document is a tenth of it."""
_KEYS: Final = ("format", "version", "plan", "documents")


def to_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain JSON values, with the format's number and the version of this program beside it."""
    return {
        "format": FORMAT,
        "version": __version__,
        "plan": plain(plan),
        "documents": {digest: base64.b64encode(held).decode("ascii") for digest, held in bytes_in(plan).items()},
    }


def from_json(value: object) -> Plan:
    """Return the plan that to_json wrote.

    Raises:
        ValueError: it is of a newer format, or something in it is not what to_json writes; the message names it.
    """
    body = _envelope(value)
    documents = _documents(body["documents"])
    plan = read_as(Plan, body["plan"], where="plan", contents=documents)
    _require_sound(plan)
    if set(bytes_in(plan)) != set(documents):
        raise ValueError("documents: one of them belongs to no step")
    return plan


def encode(plan: Plan) -> bytes:
    """Return the plan as sealed bytes, equal for equal plans of one version of this program.

    Raises:
        ValueError: the plan is larger than the cap.
    """
    content = dump(sealed(to_json(plan)))
    if len(content) > CAP:
        raise ValueError(f"the plan is larger than {CAP} bytes")
    return content


def decode(content: bytes) -> Plan:
    """Return the plan that encode wrote; bytes from a node are welcome.

    Raises:
        ValueError: they are anything else.
    """
    value = parse(content, limit=CAP)
    _envelope({key: item for key, item in value.items() if key != "seal"} if isinstance(value, dict) else value)
    return from_json(unsealed(value))


def _envelope(value: object) -> dict[str, Any]:
    """The format is looked at first: a newer one may have other keys, and another seal."""
    if not isinstance(value, dict) or type(value.get("format")) is not int:
        raise ValueError("not a plan: it does not name its format")
    if value["format"] > FORMAT:
        raise ValueError(
            f"written in format {value['format']} by filestore-agent {_version(value)}, newer than this one"
        )
    if value["format"] != FORMAT or set(value) != set(_KEYS) or not isinstance(value["version"], str):
        raise ValueError(f"not a plan of format {FORMAT}")
    return value


def _version(value: dict[str, Any]) -> str:
    said = value.get("version")
    return quoted(said) if isinstance(said, str) else "of no version"


def _documents(value: object) -> dict[str, bytes]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError("documents: not an object of texts")
    documents = {digest: base64.b64decode(text, validate=True) for digest, text in value.items()}
    for digest, content in documents.items():
        if digest_of(content) != digest:
            raise ValueError(f"documents: the bytes are not those of {quoted(digest)}")
    return documents


def _require_sound(plan: Plan) -> None:
    fault = fault_of(plan)
    if fault is not None:
        raise ValueError(printable(fault, limit=200))
