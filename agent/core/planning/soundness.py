"""Does a plan hold together? What another machine hands over as one may be well-formed and still mean harm."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from agent.core.document import digest_of
from agent.core.planning.plan import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.planning.plan import Plan

LONGEST: Final = 30 * 86400.0
"""Seconds that anything is waited for at most: no inventory asks for more, and no clock has trouble with it."""
MOST: Final = 10_000
"""Nodes, turns, looks in a row: beyond any cluster."""


def fault_of(plan: Plan) -> str | None:
    """Return the first thing that does not hold together, or None."""
    return next(chain(_of_nodes(plan), _of_documents(plan), _of_terms(plan)), None)


def _of_nodes(plan: Plan) -> Iterator[str]:
    names = [*(step.node for step in plan.steps), *plan.bystanders]
    if len({step.node for step in plan.steps}) != len(plan.steps):
        yield "plan.steps: a node stands there twice"
    elif len(set(names)) != len(names):
        yield "plan.bystanders: a node stands there twice, or has a step"


def _of_documents(plan: Plan) -> Iterator[str]:
    """What a step would stage must be what it says."""
    for step in plan.steps:
        if step.document is not None and not _names(step.digest, step.document):
            yield f"plan.steps: the document of {step.node!r} is not the one that its digest names"
    if not all(_names(digest, content) for digest, content in plan.previous):
        yield "plan.previous: a document is not the one that its digest names"


def _of_terms(plan: Plan) -> Iterator[str]:
    patience = plan.patience
    waits = {
        "ready_timeout": patience.ready_timeout,
        "ready_interval": patience.ready_interval,
        "stop_timeout": patience.stop_timeout,
        "appear_timeout": patience.appear_timeout,
        "return_timeout": patience.return_timeout,
        **{f"hook {it.run[:1]}": it.timeout for it in (plan.before_stop, plan.after_ready) if it is not None},
    }
    yield from (f"plan.patience: {name} is out of bounds" for name, it in waits.items() if not 0 < it <= LONGEST)
    counts = {"budget": plan.budget, "patience.ready_streak": patience.ready_streak}
    yield from (f"plan.{name} is out of bounds" for name, it in counts.items() if not 1 <= it <= MOST)
    if not 0 <= plan.max_failures <= MOST:
        yield "plan.max_failures is out of bounds"
    if not all(0 <= step.turn <= MOST for step in plan.steps):
        yield "plan.steps: a turn is out of bounds"


def _names(digest: str, content: bytes) -> bool:
    """Tell whether a digest is that of a document; no document is b"" and "absent"."""
    return content == b"" if digest == ABSENT else digest_of(content) == digest
