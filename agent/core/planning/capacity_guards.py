"""Would too few nodes serve while a plan restarts them, or could nobody tell? Guards on capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.state import State
from agent.core.planning.objection import Case, Objection
from agent.core.planning.plan import Shape
from agent.core.text.names import fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation
    from agent.core.planning.plan import Plan

_ON_ITS_WAY = {State.STARTING: "starting", State.MAINTENANCE: "reindexing (maintenance)"}
_ROLLING = frozenset({Shape.ROLLING, Shape.RESTART})


def states_unknown(case: Case) -> Iterator[Objection]:
    """Without a status page nobody could tell when the node is ready again."""
    for step, judgement, seen in case.observed:
        if step.restart and judgement.state is State.UNKNOWN:
            told = f"the status page does not say whether Jira runs ({_page(seen)})"
            sentence = f"{step.node}: {told}; correct jira.status in the inventory, or wait and plan again"
            yield Objection(code="status-unknown", sentence=sentence)


def _page(seen: Observation) -> str:
    page = seen.status
    said = page.reason or ("connection refused" if page.refused else f"HTTP {page.code} {page.state}")
    return printable(said)


def nodes_on_their_way(case: Case) -> Iterator[Objection]:
    """Whoever stops a node that starts or reindexes makes it begin anew, and holds up all that wait for its lock."""
    for step, judgement in case.pairs:
        if step.restart and judgement.state in _ON_ITS_WAY:
            told = f"Jira is {_ON_ITS_WAY[judgement.state]}, and a node that is on its way is not stopped"
            yield Objection(code="busy", sentence=f"{step.node}: {told}; wait until it serves, then plan again")


def too_few_running(case: Case) -> Iterator[Objection]:
    """Before a running node is stopped, the budget must hold and another node must run (or be started by then)."""
    stopped = [step.node for step in case.plan.steps if step.restart and step.running]
    if not stopped or case.plan.shape not in _ROLLING:
        return
    idle = _idle(case.plan, case.judgements)
    down, alone = idle.union(case.plan.absent), len(case.judgements) - len(idle) == 1
    # Where the budget is short only because one node must serve, the downtime is the reason, and that flag the cure.
    if len(down) + 1 > (case.budget.asked if alone else case.plan.budget):
        yield _over_budget(case, down)
    if alone:
        sentence = f"{stopped[0]}: no other node runs, so its restart is a downtime; say --accept-downtime to accept it"
        yield Objection(code="downtime", sentence=sentence, flags=("--accept-downtime",))


def down_at_once(plan: Plan, judgements: tuple[Judgement, ...]) -> int:
    """Return how many nodes are down while this plan restarts one: those that it leaves as they are, and that one."""
    return len(_idle(plan, judgements).union(plan.absent)) + 1


def _idle(plan: Plan, judgements: tuple[Judgement, ...]) -> set[str]:
    due = {step.node for step in plan.steps if step.restart}
    return {it.node.name for it in judgements if it.state is not State.RUNNING and it.node.name not in due}


def _over_budget(case: Case, down: set[str]) -> Objection:
    sentence = (
        f"{fold(down)}: not known to be running, and stopping one more makes {len(down) + 1} down at once"
        f" (max-unavailable allows {case.budget.told}); bring them up first, or allow more by --max-unavailable"
    )
    return Objection(code="budget", sentence=sentence)


def budgets_that_spare_nobody(case: Case) -> Iterator[Objection]:
    """A cluster of one has a guard of its own: there the count of 1 is nothing that anybody chose."""
    count = len(case.judgements)
    if case.plan.shape in _ROLLING and case.restarts and 1 < count <= case.budget.asked:
        sentence = (
            f"{case.plan.cluster}: max-unavailable {case.budget.asked} would let all {count} nodes be down at once;"
            f" allow at most {count - 1}, or say --accept-downtime"
        )
        yield Objection(code="max-unavailable", sentence=sentence, flags=("--accept-downtime",))
