"""What does the cluster itself say of its nodes, and how does that fit with what each of them says?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.state import State
from agent.core.text.names import natural
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Member

ACTIVE = "ACTIVE"


def is_serving(member: Member) -> bool:
    """Tell whether the cluster takes a node for a working one: ACTIVE and alive together (Atlassian, REST API)."""
    return member.state == ACTIVE and member.alive


def word_for(member: Member) -> str:
    """Return a member's state as the cluster lists it."""
    return f"{printable(member.state)}, {'alive' if member.alive else 'not alive'}"


def strangers(judgements: Iterable[Judgement]) -> tuple[Member, ...]:
    """Return the members that no node of the inventory is, those that are not alive first, in the order of their ids.

    A node that was not seen has an id that we do not know, so each such node accounts for one member: first for one
    that is not alive, since a dead machine is the likelier not to answer.
    """
    judged = tuple(judgements)
    return _unmatched(judged)[_unseen(judged) :]


def stand_ins(judgements: Iterable[Judgement]) -> tuple[Member, ...]:
    """Return the members that are taken for the nodes that were not seen."""
    judged = tuple(judgements)
    return _unmatched(judged)[: _unseen(judged)]


def outside(judgements: Iterable[Judgement]) -> tuple[tuple[str, str], ...]:
    """Return each node that says RUNNING of itself and is not in the cluster, with how the cluster lists it."""
    judged = tuple(judgements)
    listed = _listed(judged)
    found = []
    for it in judged if listed else ():
        node_id = it.observation.node_id if it.observation is not None else None
        if it.state is State.RUNNING and node_id and not (node_id in listed and is_serving(listed[node_id])):
            member = listed.get(node_id)
            found.append((it.node.name, word_for(member) if member else "not listed at all"))
    return tuple(found)


def _unmatched(judgements: tuple[Judgement, ...]) -> tuple[Member, ...]:
    known = {it.observation.node_id for it in judgements if it.observation is not None}
    others = [member for node_id, member in _listed(judgements).items() if node_id not in known]
    return tuple(sorted(others, key=lambda member: (member.alive, natural(member.node_id))))


def _unseen(judgements: tuple[Judgement, ...]) -> int:
    return sum(it.observation is None or not it.observation.node_id for it in judgements)


def _listed(judgements: tuple[Judgement, ...]) -> dict[str, Member]:
    """Every member by its id; where the nodes' lists differ, the worse word counts."""
    listed: dict[str, Member] = {}
    for it in judgements:
        rest = it.observation.rest if it.observation is not None else None
        for member in (rest.members or ()) if rest is not None else ():
            if member.node_id not in listed or is_serving(listed[member.node_id]):
                listed[member.node_id] = member
    return listed
