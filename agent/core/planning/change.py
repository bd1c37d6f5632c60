"""What does bringing the nodes to their documents mean for the users of Jira? One class, by the judgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.in_force import Known
from agent.core.judging.standing import Standing
from agent.core.routing import ChangeClass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.judging.standing import Judgement

OUT_OF_REACH = frozenset({Standing.UNREACHABLE, Standing.UNKNOWN})
_CLASSES = {
    Standing.CURRENT: ChangeClass.NONE,
    Standing.COSMETIC: ChangeClass.COSMETIC,
    Standing.RESTART_PENDING: ChangeClass.TUNING,
    Standing.DRIFTED: ChangeClass.TUNING,
}


def change_class(judgements: Iterable[Judgement]) -> ChangeClass:
    """Return what bringing these nodes to their documents means for the users of Jira.

    A routing that most nodes would have to change to is a change of routing, even where the nodes also disagree: those
    that differ do not stand out. Otherwise a node that stands out makes it a repair.
    """
    judged = tuple(judgements)
    if introduces_routing(judged):
        return ChangeClass.ROUTING
    severity = list(ChangeClass).index
    classes = (_CLASSES.get(it.standing, ChangeClass.REPAIR) for it in judged if it.standing not in OUT_OF_REACH)
    return max(classes, key=severity, default=ChangeClass.NONE)


def introduces_routing(judgements: Iterable[Judgement]) -> bool:
    """Whether more nodes' data goes elsewhere than desired than is proven to go there already.

    One node that has the desired routing does not make it the cluster's: it may be what an abandoned rollout, or a
    copy by hand, has left behind. A file that no process is proven to have loaded counts for nothing.
    """
    judged = tuple(judgements)
    elsewhere = sum(judgement.effective_routing not in {None, judgement.desired_routing} for judgement in judged)
    return elsewhere > sum(_goes_there(judgement) for judgement in judged)


def proven(judgement: Judgement) -> Known | None:
    """Return what the node's process has loaded where that is proven; a likely reading (a caveat) does not count."""
    loaded = judgement.in_force
    return loaded if isinstance(loaded, Known) and loaded.caveat is None else None


def _goes_there(judgement: Judgement) -> bool:
    loaded = proven(judgement)
    return loaded is not None and loaded.routing == judgement.desired_routing
