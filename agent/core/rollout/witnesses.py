"""Is a node that was told to start ready, by all who can tell? Its own page first, then its checks, then another node.

Jira's REST pages are asked only where the inventory has a token. What they do not say yet is waited for; a failing
check of the file stores is final, since it is the bucket's or the permissions' and will hit every node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.state import State, state_of
from agent.core.rollout.evidence import Readiness, judge_readiness
from agent.core.rollout.members import fault_of_membership

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.observation import HealthCheck, Observation
    from agent.core.planning.plan import Plan
    from agent.core.rollout.moves import AwaitReady
    from agent.core.rollout.progress import Progress


def judge_witnesses(
    plan: Plan, progress: Progress, move: AwaitReady, looks: Mapping[str, Observation | str]
) -> tuple[Readiness, str]:
    """Return whether these looks are good ones, and why not."""
    own = looks[move.node]
    if isinstance(own, str):
        return Readiness.NOT_YET, own
    verdict, reason = judge_readiness(progress, own)
    if verdict is not Readiness.GOOD or not plan.consults:
        return verdict, reason
    return _by_its_pages(progress, own) or _by_another(progress, move, looks) or (Readiness.GOOD, "")


def failing_check(own: Observation) -> HealthCheck | None:
    """Return the first of Jira's own checks of its filestores that fails, where they were asked."""
    checks = (own.rest.checks or ()) if own.rest else ()
    return next((check for check in checks if not check.healthy), None)


def _by_its_pages(progress: Progress, own: Observation) -> tuple[Readiness, str] | None:
    rest = own.rest
    if rest is None or rest.checks is None or rest.index is None:
        told = rest.faults[0] if rest and rest.faults else "they were not answered"
        return Readiness.NOT_YET, f"Jira's own pages cannot be read: {told}"
    wanted = progress.step.node_id
    if wanted and rest.index.node_id not in (None, wanted):
        return Readiness.NOT_YET, f"the page was answered by {rest.index.node_id}, another node than {wanted}"
    failing = failing_check(own)
    if failing is not None:
        return Readiness.NEVER, f"Jira's own check {failing.name!r} fails: {failing.reason or 'no reason given'}"
    return None if rest.index.readable else (Readiness.NOT_YET, "the node's index is not readable yet")


def _by_another(
    progress: Progress, move: AwaitReady, looks: Mapping[str, Observation | str]
) -> tuple[Readiness, str] | None:
    """Of the others' lists that can be read the worst word wins; where nobody else serves, nobody else can tell."""
    node_id = progress.step.node_id
    able = [name for name in move.witnesses if not _tells_nothing(looks[name])]
    if node_id is None or not able:
        return None
    telling = [name for name in able if _has_list(looks[name])] or able[:1]
    faults = (_fault_seen_by(name, node_id, looks[name]) for name in telling)
    fault = next((fault for fault in faults if fault), None)
    return (Readiness.NOT_YET, fault) if fault else None


def _tells_nothing(look: Observation | str) -> bool:
    """A Jira that is known not to serve has no pages; one that did not answer may have."""
    return not isinstance(look, str) and state_of(look) not in (State.RUNNING, State.UNKNOWN)


def _has_list(look: Observation | str) -> bool:
    return not isinstance(look, str) and look.rest is not None and look.rest.members is not None


def _fault_seen_by(name: str, node_id: str, look: Observation | str) -> str | None:
    return f"{name} cannot be asked: {look}" if isinstance(look, str) else fault_of_membership(node_id, look)
