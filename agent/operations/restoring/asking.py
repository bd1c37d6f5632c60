"""How is a node asked for an errand, so that whatever is no answer becomes a sentence with the right exit code?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from agent.core.s3.brought import Brought
from agent.core.text.printable import printable
from agent.core.text.secret_shapes import masked
from agent.errors import AgentError, Locked, Outcome, Refused
from agent.node.answers import Lost, Ok, Unreachable
from agent.node.answers import Refused as SaidNo

if TYPE_CHECKING:
    from agent.core.s3.answers import StoreFault
    from agent.node.answers import Answer
    from agent.node.port import Errand, NodePort

T = TypeVar("T", bound=Brought)

MOST_TRIES = 3


class Away(AgentError):  # noqa: N818 - as its siblings
    """The node cannot be reached; nothing happened there."""

    outcome: ClassVar[Outcome] = Outcome.UNREACHABLE


class Silent(AgentError):  # noqa: N818 - as its siblings
    """The node's answer was lost, again and again."""

    outcome: ClassVar[Outcome] = Outcome.PARTIAL


def ask(port: NodePort, errand: Errand, kind: type[T]) -> T:
    """Return what an errand brings; a lost answer is asked for again, since every errand here may be done twice.

    Raises:
        Away, Silent, Refused, Locked: as the answer says.

    """
    answer = port.perform(errand)
    for _ in range(MOST_TRIES - 1):
        if not isinstance(answer, Lost):
            break
        answer = port.perform(errand)
    return brought_in(port.name, answer, kind)


def brought_in(name: str, answer: Answer, kind: type[T]) -> T:
    """Return what an answer brings.

    Raises:
        Away, Silent, Refused, Locked: as the answer says.

    """
    match answer:
        case Ok(observation=seen):
            if isinstance(seen.brought, kind):
                return seen.brought
            raise Silent(f"{name}: the answer brings something else than was asked for; run it again")
        case SaidNo(code="fetching", reason=reason):
            raise Locked(f"{name}: {reason}")
        case SaidNo(reason=reason):
            raise Refused(f"{name}: {reason}")
        case Unreachable(reason=reason):
            raise Away(f"{name}: {reason}")
        case Lost(reason=reason):
            raise Silent(f"{name}: {reason}")


_OURS = frozenset({"no-keys", "no-ranges", "unreachable", "unread"})
"""Words of our own, which no store says."""


def said_by(fault: StoreFault) -> str:
    """Return a store's refusal as words that a terminal may show."""
    words = masked(printable(fault.message, limit=240))
    if fault.code in _OURS and words:
        return words
    return f"{printable(fault.code, limit=60)}{f': {words}' if words else ''}"
