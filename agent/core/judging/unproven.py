"""What could not be proven of a node, and for want of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.in_force import Unknown
from agent.core.judging.on_disk import Hidden
from agent.core.judging.state import State
from agent.core.observation import Presence
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation


def unproven(judgement: Judgement) -> tuple[str, ...]:
    """Return what is open, each as a clause that needs no other; nothing of a node that gave no observation."""
    seen = judgement.observation
    return () if seen is None else tuple(_open_questions(judgement, seen))


def _open_questions(judgement: Judgement, seen: Observation) -> Iterator[str]:
    if seen.ran_as != judgement.node.owner:
        yield from _without_sudo(judgement, seen)
    if isinstance(judgement.on_disk, Hidden):
        yield f"what lies on disk: {judgement.on_disk.reason}"
    if isinstance(judgement.in_force, Unknown):
        yield f"what the running Jira has loaded: {judgement.in_force.reason}"
    if judgement.state is State.UNKNOWN:
        yield f"whether Jira serves: {_no_state(seen)}"


def _without_sudo(judgement: Judgement, seen: Observation) -> Iterator[str]:
    """Say who looked; the folder of ours is open to its owner alone."""
    owner = printable(judgement.node.owner)
    who = f"looked as {printable(seen.ran_as)}, since sudo -n -u {owner} was refused"
    if seen.ours_hidden:
        yield f"who holds the node, and what was committed there: .filestore-agent is {owner}'s alone ({who})"
    else:
        yield f"whether {owner} may write there ({who})"


def _no_state(seen: Observation) -> str:
    page = seen.status
    if page.refused and seen.process.presence is Presence.UNKNOWN:
        return "nobody listens on the status port, and it is not clear whether there is a process"
    if page.code is None:
        return printable(page.reason or "the status page gave no answer")
    return f"the status page said HTTP {page.code} {printable(page.state or '')}".rstrip()
