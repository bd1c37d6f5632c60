"""What people read below the standings: each thing once, and nothing swallowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.drift.lines import head_lines, tail_lines
from agent.core.drift.view import ClusterView, view_of
from agent.core.judging.standing import judge
from agent.core.observation import FileFacts, FileKind, Observation, Presence, Process, StatusPage
from tests.core.sightings import document, loaded, look, observed

if TYPE_CHECKING:
    from agent.core.judging.sight import Look

DESIRED, OTHER = document(), document("other-bucket")
GOOD = loaded(DESIRED)


def view(*looks: Look, size: int | None = None) -> ClusterView:
    return view_of("prod", judge(looks), size=size or len(looks), now=2e9, patience=60.0, ended=frozenset())


def tail(*looks: Look) -> list[str]:
    return [line.text for line in tail_lines(view(*looks))]


@pytest.mark.parametrize(
    "seen",
    [
        replace(GOOD, ran_as="ops"),
        replace(GOOD, ran_as="ops", ours_hidden=True, receipts=()),
        replace(GOOD, status=StatusPage(reason="timed out")),
        replace(GOOD, process=Process(presence=Presence.UNKNOWN, evidence="several locks")),
        replace(GOOD, ran_as="ops", file=FileFacts(kind=FileKind.HIDDEN)),
    ],
    ids=["without sudo", "without receipts", "no page", "no process", "no file to be seen"],
)
def test_whatever_could_not_be_proven_stands_somewhere_on_the_terminal(seen: Observation) -> None:
    shown = view(look("jira-1", seen), look("jira-2", GOOD))
    node = shown.nodes[0]
    text = " ".join([*(line.text for line in tail_lines(shown)), node.judgement.sentence])

    assert node.unproven
    for what in node.unproven:
        assert what in text or (what.partition(": ")[2] and what.partition(": ")[2] in text)


def test_of_nodes_that_are_as_they_should_be_no_more_is_said() -> None:
    assert tail(look("jira-1", GOOD), look("jira-2", GOOD)) == []


def test_a_remark_on_several_nodes_is_told_once() -> None:
    stray = replace(GOOD, strays=("filestore-config.xml.bak",))

    assert tail(look("jira-1", stray), look("jira-2", stray)) == [
        (
            "  note: jira-[1-2]: beside the file lies filestore-config.xml.bak; Jira does not read that; remove it if"
            " nobody needs it"
        )
    ]


def test_a_majority_that_is_not_what_is_desired_points_at_the_inventory() -> None:
    looks = [look(f"jira-{number}", loaded(OTHER)) for number in (1, 2)]
    told = tail(*looks, look("jira-3", GOOD))

    assert told[-1].startswith("  majority: jira-[1-2] (2 of 3) have what sha256:")
    assert told[-1].endswith(
        "which is not desired: either they are late, or the inventory is (`adopt` writes what they have)"
    )
    gone = [look(f"jira-{number}", observed(FileFacts(kind=FileKind.ABSENT))) for number in (1, 2)]
    assert "have no file" in tail(*gone, look("jira-3", GOOD))[-1]


def test_a_check_of_some_nodes_says_that_a_split_would_not_show() -> None:
    told = [line.text for line in head_lines(view(look("jira-1", GOOD), size=3))]

    assert told[0] == "prod: 1 of 3 nodes"
    assert told[1] == "  whether data goes to two places shows only where all nodes are looked at"
    assert len([line.text for line in head_lines(view(look("jira-1", GOOD)))]) == 2


def test_each_desired_document_has_a_line_where_there_are_several() -> None:
    shown = view(look("jira-1", GOOD), look("jira-2", GOOD, document(concurrency=5)))
    told = [line.text for line in head_lines(shown)][1:]

    assert [text.partition(":")[0] for text in told] == ["  desired on jira-1", "  desired on jira-2"]
