"""What does a hook run with, and what is kept of what it says? Words filled, variables named, text made harmless."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.core.inventory.word_grammar import PLACEHOLDERS
from agent.core.text.printable import printable_lines
from agent.core.text.secret_shapes import masked

if TYPE_CHECKING:
    from agent.core.node import Node
    from agent.core.rollout.hooks import HookCall

PREFIX: Final = "FILESTORE_AGENT_"
KEPT: Final = 8 * 1024
"""Bytes that are kept of the beginning of what a hook says, and as many of its end; of its text no more than those."""
_LETTERS: Final = 4
"""The most that one byte becomes: what is no text, or moves a terminal, is written as an escape."""
_PLACEHOLDER = re.compile(rf"\{{({'|'.join(PLACEHOLDERS)})\}}")
_NOT_OF_A_NAME = re.compile(r"[^A-Z0-9_]")


def filled(call: HookCall, node: Node) -> HookCall:
    """Return the call as it is run for a node: placeholders filled, once, and the facts that every hook is told.

    All other braces stay as they are. A fact that the call brings itself stands.
    """
    values = {"node": node.name, "address": node.address, "cluster": node.cluster}
    words = tuple(_PLACEHOLDER.sub(lambda found: values[found[1]], word) for word in call.hook.run)
    facts = {
        **{name.upper(): value for name, value in values.items()},
        "HOOK": call.name,
        "TIMEOUT": f"{call.hook.timeout:.0f}",
        **dict(call.facts),
    }
    return replace(call, hook=replace(call.hook, run=words), facts=tuple(facts.items()))


def variables(call: HookCall) -> dict[str, str]:
    """Return the call's facts as environment variables; a name holds nothing that a shell could take for more."""
    return {PREFIX + _NOT_OF_A_NAME.sub("_", name.upper()): value for name, value in call.facts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a hook has said so far, stdout and stderr together: its beginning and its end, whatever its length."""

    head: bytes = b""
    tail: bytes = b""
    left_out: int = 0

    def and_then(self, piece: bytes) -> Said:
        """Return the same with some more said."""
        room = KEPT - len(self.head)
        tail = self.tail + piece[room:]
        dropped = max(0, len(tail) - KEPT)
        return Said(head=self.head + piece[:room], tail=tail[dropped:], left_out=self.left_out + dropped)

    @property
    def text(self) -> str:
        """The same as printable lines, what looks like a credential masked; twice KEPT bytes, and a line between."""
        if self.left_out:
            return _both_ends(_legible(self.head), _legible(self.tail), self.left_out)
        whole = _legible(self.head + self.tail)
        half = len(whole) // 2
        return whole.decode() if len(whole) <= 2 * KEPT else _both_ends(whole[:half], whole[half:], 0)


def _legible(said: bytes) -> bytes:
    text = said.decode("utf-8", "backslashreplace").replace("\r\n", "\n").strip("\n")
    return printable_lines(masked(text), limit=2 * _LETTERS * KEPT).encode()


def _both_ends(head: bytes, tail: bytes, left_out: int) -> str:
    """Cut what has become too long by its escapes, and tell how much is missing: of what was said, not of the text."""
    cut = max(0, len(head) - KEPT) + max(0, len(tail) - KEPT)
    missing = f"at least {left_out + cut // _LETTERS}" if cut else f"{left_out}"
    return f"{head[:KEPT].decode(errors='ignore')}\n[{missing} bytes left out]\n{tail[-KEPT:].decode(errors='ignore')}"
