"""Verdicts on clusters as hypothesis draws them: real judgements of real observations, and reports made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from agent.core.drift.facts import cluster_facts, node_facts
from agent.core.drift.view import view_of
from agent.core.drift.words import sentence
from agent.core.judging.cases import cases_of
from agent.core.judging.sight import SilenceKind
from agent.core.judging.standing import judge
from agent.core.observation import LockHolder
from agent.core.report import Report
from agent.core.text.moments import iso
from agent.operations.looking import verdicts
from tests.core.judging.test_cases import SEEN
from tests.core.sightings import look, silent

if TYPE_CHECKING:
    from agent.core.drift.view import ClusterView
    from agent.core.judging.sight import Look

NOW: Final = 1_800_000_000.0
LOCK: Final = LockHolder(holder="kim", host="desk", plan="plan-1", epoch=1, since=iso(NOW - 60))
OLD: Final = replace(LOCK, plan="plan-0", since=iso(NOW - 90_000))

seen = st.one_of(
    st.sampled_from(SilenceKind), st.builds(lambda name: SEEN[name], st.sampled_from(sorted(SEEN))), st.none()
)
locks = st.sampled_from((None, None, LOCK, OLD))
containers = st.sampled_from((None, None, None, "docker"))


@st.composite
def views(draw: st.DrawFn) -> ClusterView:
    """Return the verdict on up to four nodes, some of them held by a rollout or in a container."""
    looks = []
    for number in range(draw(st.integers(0, 4))):
        name, what = f"jira-{number}", draw(seen)
        if what is None or isinstance(what, SilenceKind):
            looks.append(silent(name, what or SilenceKind.UNREACHABLE))
        else:
            looks.append(look(name, replace(what, lock=draw(locks), container=draw(containers))))
    return viewed(*looks)


def viewed(*looks: Look) -> ClusterView:
    """Return the verdict on these looks, an hour being the longest that a step may last."""
    return view_of("example", judge(looks), size=len(looks), now=NOW, patience=3600.0, ended=frozenset())


def split() -> ClusterView:
    """Return the verdict on a cluster that stores in two places while a rollout is at work."""
    return viewed(look("jira-1", replace(SEEN["other bucket"], lock=LOCK)), look("jira-2", SEEN["current"]))


def reported(view: ClusterView) -> Report:
    """Return the report of one check of one cluster."""
    rows = verdicts.rows(view.judgements)
    about = {"checked_at": iso(NOW), "duration_seconds": 0.5, "notes": [], "told": []}
    return Report(
        task="drift",
        cluster=view.cluster,
        outcome=view.outcome,
        sentence=sentence(view),
        nodes=tuple(
            replace(
                row,
                facts={**row.facts, **node_facts(node, None)},
                cases=cases_of(
                    node.judgement,
                    remarks=node.remarks,
                    in_transition=node.in_transition,
                    unproven=node.unproven,
                ),
            )
            for row, node in zip(rows, view.nodes, strict=True)
        ),
        facts={"differences": verdicts.differences(view.judgements), "clusters": [cluster_facts(view) | about]},
    )
