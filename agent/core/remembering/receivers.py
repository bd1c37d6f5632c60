"""Who is told, in words that hold no secret: a receiver's key in the memory, its name for people, its command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.document import digest_of
from agent.core.text.shown import plainly

if TYPE_CHECKING:
    from agent.core.inventory.model import Receiver

_KEY_LETTERS: Final = len("sha256:") + 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the news did not arrive, in words that hold no secret; again: whether another try may help."""

    reason: str
    again: bool


def key_of(receiver: Receiver) -> str:
    """Return what a receiver is remembered by: the same words are the same receiver, wherever they stand."""
    words = "\0".join(receiver.run) if receiver.run else f"\0webhook\0{receiver.webhook}"
    return digest_of(words.encode("utf-8", "surrogatepass"))[:_KEY_LETTERS]


def name_of(receiver: Receiver) -> str:
    """Return how a receiver is spoken of: by its program, or by the reference, which is not the address."""
    return plainly(receiver.run[0]) if receiver.run else f"webhook {plainly(receiver.webhook or '')}"


def words_for(receiver: Receiver, cluster: str) -> tuple[str, ...]:
    """Return the words of a command; {cluster} is filled, and all other braces stay as they are."""
    return tuple(word.replace("{cluster}", cluster) for word in receiver.run or ())
