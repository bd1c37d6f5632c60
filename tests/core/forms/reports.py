"""Reports of any kind as hypothesis draws them: every outcome, every standing, and words that no form can bear."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from agent.core.finding import Finding, Place, Severity
from agent.core.judging.standing import Standing
from agent.core.judging.state import State
from agent.core.report import Case, NodeRow, Report, Result
from agent.errors import Outcome, weightiest

NASTY = "\x00\x07\x1b[31m\n\r\t<&\"'>]]> \\n{}=,\u0085\u2028\u202e\ud800\udfff\ufffe\uffff\U0001f600é"
words = st.one_of(st.text(max_size=12), st.text(alphabet=NASTY, max_size=8), st.just(""))
names = st.one_of(st.sampled_from(("jira-1", "jira-2", "jira-3.example.com")), words)
clusters = st.one_of(st.sampled_from(("prod", "test")), words)
moments = st.one_of(st.none(), st.just("2026-11-22T20:31:00Z"), st.just("2001-02-03T04:05:06+09:00"), words)
numbers = st.one_of(st.floats(), st.integers(), st.just(1.25))

cases = st.builds(Case, name=words, result=st.sampled_from(Result), message=words, detail=words)
findings = st.builds(
    Finding,
    rule=st.just("FS101"),
    severity=st.sampled_from(Severity),
    message=words,
    place=st.builds(Place, file=words, line=st.none() | st.integers(1, 9), column=st.none()),
    hint=st.none() | words,
    cluster=st.none() | clusters,
)
remarks = st.fixed_dictionaries({"severity": st.sampled_from(("note", "fault")), "code": words, "message": words})
facts_of_a_node = st.fixed_dictionaries(
    {},
    optional={
        "needs_restart": st.booleans(),
        "in_transition": st.booleans(),
        "flapping": st.booleans(),
        "since": moments,
        "first_seen": moments,
        "last_good": moments,
        "remarks": st.lists(remarks, max_size=3),
    },
)
rows = st.builds(
    NodeRow,
    name=names,
    cluster=clusters,
    standing=st.none() | st.sampled_from([str(it) for it in Standing]),
    state=st.sampled_from([str(it) for it in State]),
    reason=st.none() | words,
    facts=facts_of_a_node,
    cases=st.lists(cases, max_size=3).map(tuple),
)


@st.composite
def reports(draw: st.DrawFn, task: str = "drift") -> Report:
    """Return any report; where it tells of its clusters its outcome is the weightiest of theirs."""
    told: list[dict[str, Any]] = [
        {
            "cluster": name,
            "outcome": str(draw(st.sampled_from(Outcome))),
            "checked_at": draw(moments),
            "duration_seconds": draw(numbers),
            "sentence": draw(words),
        }
        for name in draw(st.lists(clusters, max_size=3, unique=True))
    ]
    outcome = weightiest(Outcome(it["outcome"]) for it in told) if told else draw(st.sampled_from(Outcome))
    facts: dict[str, object] = {"clusters": told} if told else draw(st.sampled_from(OTHER_FACTS))
    return Report(
        task=task,
        outcome=outcome,
        sentence=draw(words),
        cluster=draw(st.none() | clusters),
        findings=tuple(draw(st.lists(findings, max_size=4))),
        nodes=tuple(draw(st.lists(rows, max_size=4))),
        facts=facts,
    )


OTHER_FACTS: tuple[dict[str, object], ...] = (
    {},
    {"clusters": ["prod", "test"], "strict": True},
    {"files": ["a.xml", "a.xml", "b\x1b.xml"], "strict": False},
    {"clusters": 3, "files": None},
)
