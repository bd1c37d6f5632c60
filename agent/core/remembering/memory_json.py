"""How is a memory written down? As one sealed JSON object; what is not what was written is refused with the reason.

Every later format keeps the seal (core/strict_json): a file that does not fit its seal is damaged, whatever it says of
its format, and one that fits and has a later format belongs to a newer program.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from agent.core.altered import altered
from agent.core.remembering.flapping import CHECKS
from agent.core.remembering.memory import MOST_CHANGES, Change, Memory, NodeMemory, Told
from agent.core.strict_json import dump, parse, sealed, unsealed
from agent.core.text.moments import LAST
from agent.core.typed_json import plain, read_as

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Final = 1
LIMIT: Final = 8 * 1024 * 1024
"""Bytes; a thousand nodes with as long a past as is kept, and ten receivers, need a quarter of it."""


class NewerFormatError(ValueError):
    """The memory was written by a newer program: it is whole, and not ours to replace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """What a memory holds beside its nodes, changes and receivers."""

    cluster: str
    checked_at: float | None
    outcome: str | None
    unmade: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saying:
    at: float
    unmade: bool


def encode(memory: Memory) -> bytes:
    """Return the bytes of a memory, at most LIMIT of them: of a past that is too long, the earliest changes go.

    Raises:
        ValueError: the nodes alone are too many, or a number in it is not finite.
    """
    for kept in (MOST_CHANGES, MOST_CHANGES // 4, 0):
        content = dump(sealed(_plain(altered(memory, changes=memory.changes[:kept]))))
        if len(content) <= LIMIT:
            return content
    raise ValueError(f"larger than {LIMIT} bytes")


def decode(content: bytes, cluster: str) -> Memory:
    """Return the memory of a cluster from its bytes.

    Raises:
        NewerFormatError: a newer program wrote it.
        ValueError: it is not what encode() writes, or is the memory of another cluster.
    """
    body = unsealed(parse(content, limit=LIMIT))
    if type(body.get("format")) is int and body["format"] > FORMAT:
        raise NewerFormatError(f"format {body['format']} is newer than this program, which knows {FORMAT}")
    if body.pop("format", None) != FORMAT:
        raise ValueError("not a memory of drift checks")
    memory = _read(body)
    _require_sound(memory)
    if memory.cluster != cluster:
        raise ValueError("the memory of another cluster")
    return memory


def _plain(memory: Memory) -> dict[str, Any]:
    head = _Head(
        cluster=memory.cluster,
        checked_at=memory.checked_at,
        outcome=memory.outcome,
        unmade=memory.unmade,
    )
    return {
        "format": FORMAT,
        **plain(head),
        "nodes": {name: plain(node) for name, node in memory.nodes.items()},
        "changes": [plain(change) for change in memory.changes],
        "told": {
            key: {"at": it.at, "unmade": it.unmade, "conditions": dict(it.conditions)}
            for key, it in memory.told.items()
        },
    }


def _read(body: dict[str, Any]) -> Memory:
    """Mappings are read here, all else by the types of the fields."""
    nodes, told = _object(body.pop("nodes", None), "nodes"), _object(body.pop("told", None), "told")
    changes = body.pop("changes", None)
    if not isinstance(changes, list):
        raise ValueError("memory.changes: not a list")  # noqa: TRY004 - one error for one reader
    return Memory(
        **asdict(read_as(_Head, body, where="memory")),
        nodes={name: read_as(NodeMemory, node, where="memory.nodes") for name, node in nodes.items()},
        changes=tuple(read_as(Change, change, where="memory.changes") for change in changes),
        told={key: _told(value) for key, value in told.items()},
    )


def _told(value: object) -> Told:
    body = dict(_object(value, "told"))
    conditions = _object(body.pop("conditions", None), "told.conditions")
    if not all(isinstance(condition, str) for condition in conditions.values()):
        raise ValueError("memory.told.conditions: not text")
    said = read_as(_Saying, body, where="memory.told")
    return Told(at=said.at, unmade=said.unmade, conditions=conditions)


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"memory.{where}: not an object")  # noqa: TRY004 - one error for one reader
    return value


def _require_sound(memory: Memory) -> None:
    """What the types allow and no check has ever left behind: it would make nonsense of every duration."""
    if memory.checked_at is None or not 0 <= memory.checked_at <= LAST:
        raise ValueError("memory.checked_at: not a moment of a check")
    if not all(0 <= moment <= memory.checked_at for moment in _moments(memory)):
        raise ValueError("a moment in it is later than its last check")
    if any(node.first_seen > node.last_seen for node in memory.nodes.values()):
        raise ValueError("memory.nodes: seen last before it was seen first")
    if len(memory.changes) > MOST_CHANGES or any(len(node.recent) > CHECKS for node in memory.nodes.values()):
        raise ValueError("it looks back further than any memory does")


def _moments(memory: Memory) -> Iterator[float]:
    yield from (change.at for change in memory.changes)
    yield from (told.at for told in memory.told.values())
    for node in memory.nodes.values():
        yield from (it for it in (node.first_seen, node.last_seen, node.last_good) if it is not None)
