"""What the standings of all nodes come to: one outcome and one sentence, for a rollout at work or a silent node too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.drift.landscape import desired_documents, majority
from agent.core.drift.view import view_of
from agent.core.drift.words import sentence, sentence_of_several
from agent.core.judging.standing import SilenceKind, judge
from agent.core.observation import FileFacts, FileKind, LockHolder
from agent.core.text.moments import iso
from agent.errors import Outcome
from tests.core.sightings import RUNS, STARTED, document, file_of, loaded, look, observed, receipt, silent

if TYPE_CHECKING:
    from agent.core.drift.view import ClusterView
    from agent.core.judging.sight import Look

DESIRED, OTHER = document(), document("other-bucket")
NOW = 1_800_000_000.0
LOCK = LockHolder(holder="kim", host="desk", plan="plan-1", epoch=1, since=iso(NOW - 60))
BOMB = observed(file_of(OTHER, changed=STARTED + 100), receipts=(receipt(DESIRED),))
GOOD = loaded(DESIRED)
ELSEWHERE = replace(RUNS, home="/old", evidence="unit")


def view(*looks: Look) -> ClusterView:
    return view_of("prod", judge(looks), size=len(looks), now=NOW, patience=3600.0, ended=frozenset())


@pytest.mark.parametrize(
    ("looks", "outcome", "told"),
    [
        ((look("jira-1", GOOD),), Outcome.OK, "The one node is CURRENT."),
        ((look("jira-1", GOOD), look("jira-2", GOOD)), Outcome.OK, "All 2 nodes are CURRENT."),
        (
            (look("jira-1", GOOD), look("jira-2", BOMB)),
            Outcome.DRIFT,
            "1 of 2 nodes is not as it should be: 1 TIME_BOMB.",
        ),
        (
            (look("jira-1", GOOD), silent("jira-2")),
            Outcome.UNREACHABLE,
            "Nothing is known of 1 of 2 nodes: 1 UNREACHABLE.",
        ),
        (
            (look("jira-1", BOMB), silent("jira-2"), silent("jira-3", SilenceKind.UNKNOWN)),
            Outcome.PARTIAL,
            (
                "1 of 3 nodes is not as it should be: 1 TIME_BOMB; nothing is known of 2 of 3 nodes:"
                " 1 UNREACHABLE, 1 UNKNOWN."
            ),
        ),
        (
            (look("jira-1", GOOD), look("jira-2", replace(BOMB, lock=LOCK))),
            Outcome.OK,
            "A rollout is at work on jira-2: in transition.",
        ),
        (
            (look("jira-1", BOMB), look("jira-2", replace(BOMB, lock=LOCK))),
            Outcome.DRIFT,
            "1 of 2 nodes is not as it should be: 1 TIME_BOMB; a rollout is at work on jira-2: in transition.",
        ),
        (
            (look("jira-1", replace(GOOD, lock=LOCK)), look("jira-2", GOOD)),
            Outcome.OK,
            "All 2 nodes are CURRENT.",
        ),
        (
            (look("jira-1", replace(BOMB, lock=replace(LOCK, since=iso(NOW - 7200)))),),
            Outcome.DRIFT,
            "1 of 1 node is not as it should be: 1 TIME_BOMB.",
        ),
        (
            tuple(
                look(name, replace(GOOD, home=replace(GOOD.home, device="1", inode="2"))) for name in ("a", "b")
            ),
            Outcome.DRIFT,
            "2 of 2 nodes are not as they should be: 2 at fault.",
        ),
        (
            (look("jira-1", replace(BOMB, lock=LOCK, process=ELSEWHERE)), look("jira-2", GOOD)),
            Outcome.DRIFT,
            "1 of 2 nodes is not as it should be: 1 SPLIT.",
        ),
    ],
    ids=[
        "one", "good", "odd", "silent", "all of it", "at work", "beside it", "held and good", "stands still", "twins",
        "a fault in transition",
    ],
)  # fmt: skip
def test_outcome_and_sentence_agree(looks: tuple[Look, ...], outcome: Outcome, told: str) -> None:
    seen = view(*looks)

    assert seen.outcome is outcome
    assert sentence(seen) == told


def test_of_several_clusters_each_that_is_not_good_speaks_for_itself() -> None:
    said = {"prod": "All 3 nodes are CURRENT.", "test": "1 of 2 nodes is not as it should be: 1 SPLIT."}

    assert sentence_of_several(said, frozenset({"prod"})) == (
        "2 clusters: test: 1 of 2 nodes is not as it should be: 1 SPLIT; prod is as it should be."
    )
    assert sentence_of_several(said, frozenset({"prod", "test"})) == "2 clusters: prod,test are as they should be."
    assert sentence_of_several(said, frozenset()).startswith("2 clusters: prod: All 3")


def test_a_rollout_explains_no_silence() -> None:
    hidden = observed(FileFacts(kind=FileKind.HIDDEN), ran_as="ops")
    seen = view(look("jira-1", replace(hidden, lock=LOCK)), look("jira-2", GOOD))

    assert (seen.outcome, seen.nodes[0].in_transition) == (Outcome.PARTIAL, False)
    assert sentence(seen) == "Nothing is known of 1 of 2 nodes: 1 UNKNOWN."


def test_the_majority_is_that_of_meaning_and_of_all_nodes() -> None:
    laid_out = document(comment="another hand")
    looks = (look("jira-1", loaded(OTHER)), look("jira-2", loaded(OTHER)), look("jira-3", GOOD))

    most = majority(judge(looks))
    assert most is not None
    assert (most.nodes, most.digest, most.is_desired) == (("jira-1", "jira-2"), OTHER.digest, False)
    most = majority(judge((look("jira-1", GOOD), look("jira-2", loaded(laid_out)), look("jira-3", GOOD))))
    assert most is not None
    assert (len(most.nodes), most.digest, most.is_desired) == (3, DESIRED.digest, True)


def test_half_of_the_nodes_are_no_majority_and_silent_ones_count() -> None:
    assert majority(judge((look("jira-1", loaded(OTHER)), look("jira-2", GOOD)))) is None
    assert majority(judge((look("jira-1", GOOD), silent("jira-2"), silent("jira-3")))) is None


def test_no_file_can_be_what_most_have() -> None:
    gone = observed(FileFacts(kind=FileKind.ABSENT))
    most = majority(judge((look("jira-1", gone), look("jira-2", gone), look("jira-3", GOOD))))

    assert most is not None
    assert (most.digest, most.is_desired) == ("absent", False)


def test_each_desired_document_is_told_once_the_commonest_first() -> None:
    tuned = document(concurrency=5)
    looks = (look("jira-2", GOOD, tuned), look("jira-10", GOOD), look("jira-9", GOOD))

    assert [(due.nodes, due.digest) for due in desired_documents(judge(looks))] == [
        (("jira-9", "jira-10"), DESIRED.digest),
        (("jira-2",), tuned.digest),
    ]
