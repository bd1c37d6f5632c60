"""Plans of any content that hold together: what a step stages is what its digest names, each node has one step."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from agent.core.document import digest_of
from agent.core.observation import Incarnation
from agent.core.planning.plan import ABSENT, Hook, Patience, Plan, Step
from agent.core.planning.soundness import LONGEST, MOST

if TYPE_CHECKING:
    from collections.abc import Iterable

_CONTENTS = (b"<one/>", b"<two/>", b"\x00\xff" * 40)
_seconds = st.floats(allow_nan=False, allow_infinity=False) | st.just(60.0)
_waits = st.floats(0.001, LONGEST)
_counts = st.integers(1, MOST)
_patience = st.builds(
    Patience,
    ready_timeout=_waits,
    ready_streak=_counts,
    ready_interval=_waits,
    stop_timeout=_waits,
    appear_timeout=_waits,
    return_timeout=_waits,
)
_numbers = st.integers(1 - 10**18, 10**18 - 1)


def plans() -> st.SearchStrategy[Plan]:
    """Return plans with any value in every field."""
    drawn = _any_of(
        Plan,
        steps=st.lists(_steps(), max_size=4).map(_one_per_node),
        budget=_counts,
        max_failures=st.integers(0, MOST),
        patience=_patience,
        before_stop=st.none() | _any_of(Hook, timeout=_waits),
        after_ready=st.none() | _any_of(Hook, timeout=_waits),
        previous=st.lists(st.sampled_from([(digest_of(it), it) for it in _CONTENTS]), max_size=3).map(tuple),
    )
    return drawn.map(_without_twins)


def _steps() -> st.SearchStrategy[Step]:
    step = _any_of(Step, turn=st.integers(0, MOST), document=st.none(), process=st.none() | _any_of(Incarnation))
    return st.builds(_with_document, step, st.sampled_from((None, b"", *_CONTENTS)))


def _any_of(kind: type[Any], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw every field, those with a default too; numbers are those that JSON carries safely."""
    known = {"float": _seconds, "int": _numbers, "int | None": st.none() | _numbers}
    drawn = {it.name: known.get(str(it.type), ...) for it in fields(kind) if it.name not in given}
    return st.builds(kind, **drawn, **given)


def _with_document(step: Step, document: bytes | None) -> Step:
    if document is None:
        return step
    return replace(step, document=document, digest=digest_of(document) if document else ABSENT)


def _one_per_node(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple({step.node: step for step in steps}.values())


def _without_twins(plan: Plan) -> Plan:
    named = {step.node for step in plan.steps}
    return replace(plan, bystanders=tuple(dict.fromkeys(name for name in plan.bystanders if name not in named)))
