"""How careful a rollout is to be, by the words of this command line, which go before those of the inventory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from agent.core.inventory import word_grammar
from agent.core.inventory.selection import select
from agent.core.inventory.unfit import Unfit
from agent.core.text.printable import printable
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.node import Node

LONGEST_REASON: Final = 200
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What was said for this rollout alone; None leaves it to the inventory.

    canary is a count, or names written as for --limit (a tuple once they have been looked up); max_unavailable a count
    or a share such as 25%; the rollout halts after pause_after nodes; reason is kept in the journal.
    """

    canary: int | str | tuple[str, ...] | None = None
    max_unavailable: int | str | None = None
    pause_after: int | None = None
    reason: str = ""
    without_rest: bool = False

    @property
    def said(self) -> frozenset[str]:
        """The word among these that overrides a guard."""
        return frozenset({"--without-rest"} if self.without_rest else ())

    @property
    def words(self) -> tuple[str, ...]:
        """The others as they are written on a command line."""
        canary = ",".join(self.canary) if isinstance(self.canary, tuple) else self.canary
        flags = (
            ("--canary", canary),
            ("--max-unavailable", self.max_unavailable),
            ("--pause-after", self.pause_after),
            ("--reason", self.reason or None),
        )
        return tuple(word for flag, value in flags if value is not None for word in (flag, str(value)))


def read_policy(
    *,
    canary: str | None = None,
    max_unavailable: str | None = None,
    pause_after: str | None = None,
    reason: str | None = None,
    without_rest: bool = False,
) -> Policy:
    """Return the policy that these words spell, by the inventory's own grammar.

    Raises:
        InputError: one of them is outside it.

    """
    counted = canary is not None and canary.lstrip("-").isdigit()
    return Policy(
        canary=_read("--canary", canary, lambda text: word_grammar.number(text, least=0)) if counted else canary,
        max_unavailable=_read("--max-unavailable", max_unavailable, word_grammar.budget),
        pause_after=read_count("--pause-after", pause_after),
        reason=_reason(reason or ""),
        without_rest=without_rest,
    )


def read_count(flag: str, said: str | None) -> int | None:
    """Return the number, from 1, that a flag was given; None where it was not said.

    Raises:
        InputError: it is no such number.

    """
    return _read(flag, said, lambda text: word_grammar.number(text, least=1))


def read_duration(flag: str, said: str) -> float:
    """Return the seconds that a flag was given as 30s, 5m or 2h.

    Raises:
        InputError: it is no duration.

    """
    return _read(flag, said, word_grammar.duration) or 0.0


def looked_up(policy: Policy, nodes: tuple[Node, ...]) -> Policy:
    """Return the policy with the canary's names as the cluster's nodes have them; to be called before any connection.

    Raises:
        InputError: a name is no node of the cluster.

    """
    if not isinstance(policy.canary, str):
        return policy
    try:
        chosen = select(nodes, policy.canary, None)
    except InputError as error:
        raise InputError(f"--canary: {str(error).removeprefix('--limit: ')}") from None
    return replace(policy, canary=tuple(node.name for node in chosen))


def _read(flag: str, said: str | None, grammar: Callable[[str], _Value]) -> _Value | None:
    try:
        return None if said is None else grammar(said)
    except Unfit as reason:
        raise InputError(f"{flag}: {reason.message}; {reason.hint}") from None


def _reason(text: str) -> str:
    """It is shown to others, from the journal and from the nodes."""
    if len(text) > LONGEST_REASON:
        raise InputError(f"--reason: it has {len(text)} letters; write at most {LONGEST_REASON}")
    if printable(text) != text:
        raise InputError(f"--reason: {printable(text)} holds what cannot be shown on one line; write printable text")
    return text
