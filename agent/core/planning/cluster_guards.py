"""What does the cluster itself, asked by REST, say against a plan? Guards on its own view of its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.state import State
from agent.core.planning.members import outside, strangers, word_for
from agent.core.planning.objection import Case, Objection
from agent.core.text.names import fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.observation import Observation, RestView

STABLE = "STABLE"
_WITHOUT_REST = ("--without-rest",)


def unknown_members(case: Case) -> Iterator[Objection]:
    """A node that nobody manages would keep its file, or is down already."""
    for member in strangers(case.judgements):
        if member.alive:
            meaning = "it would go on with the file that it has"
            cure = "add it to the inventory, or say --allow-partial"
        else:
            meaning = "it counts as down"
            cure = "add it to the inventory, remove it in Jira if it is gone for good, or say --allow-partial"
        told = f"the cluster lists this node ({word_for(member)}) and the inventory lacks it: {meaning}"
        sentence = f"{printable(member.node_id)}: {told}; {cure}"
        yield Objection(code="unknown-member", sentence=sentence, flags=("--allow-partial",))


def nodes_outside_the_cluster(case: Case) -> Iterator[Objection]:
    """The heartbeat of a node that has just started may lag by five minutes (Atlassian, beehive)."""
    for name, word in outside(case.judgements) if case.restarts else ():
        told = f"its own status page says RUNNING, and the cluster does not see it ({word})"
        cure = "wait five minutes and plan again; if it stays so, look into that node's log"
        yield Objection(code="not-in-cluster", sentence=f"{name}: {told}; {cure}")


def upgrades_under_way(case: Case) -> Iterator[Objection]:
    """Inferred, Atlassian does not say it: a restart amid a zero-downtime upgrade could be taken for part of it."""
    states: dict[str, list[str]] = {}
    for name, view in _views(case):
        if view.upgrade not in {None, STABLE}:
            states.setdefault(printable(view.upgrade or ""), []).append(name)
    for state, names in states.items():
        told = f"a zero-downtime upgrade of Jira is under way ({state})"
        sentence = f"{fold(names)}: {told}; finish or cancel it, or say --without-rest if it is none"
        yield Objection(code="upgrade", sentence=sentence, flags=_WITHOUT_REST)


def pages_refused(case: Case) -> Iterator[Objection]:
    """Of a node that runs: what cannot be asked now could not be asked after its restart either."""
    running = {it.node.name for it in case.judgements if it.state is State.RUNNING}
    for name, view in _views(case):
        if view.faults and name in running:
            told = f"its REST pages cannot be read ({printable('; '.join(view.faults))})"
            cure = "let jira.rest.token be an administrator's, or say --without-rest to go by /status alone"
            yield Objection(code="rest-refused", sentence=f"{name}: {told}; {cure}", flags=_WITHOUT_REST)


def pages_of_another(case: Case) -> Iterator[Objection]:
    """A balancer, or a wrong port, lets one node answer in the name of another."""
    for name, seen, view in _observed(case):
        answers = view.index.node_id if view.index is not None else None
        if answers and seen.node_id and answers != seen.node_id:
            told = f"its status address is answered by node {printable(answers)}, not by {printable(seen.node_id)}"
            cure = "correct jira.status in the inventory: the node's own port, never the balancer's"
            yield Objection(code="other-node", sentence=f"{name}: {told}; {cure}")


def _views(case: Case) -> Iterator[tuple[str, RestView]]:
    """What counts only where something restarts; a commit alone asks nothing of the cluster."""
    if not case.restarts:
        return iter(())
    return ((name, view) for name, _, view in _observed(case))


def _observed(case: Case) -> Iterator[tuple[str, Observation, RestView]]:
    for it in case.judgements:
        if it.observation is not None and it.observation.rest is not None:
            yield it.node.name, it.observation, it.observation.rest
