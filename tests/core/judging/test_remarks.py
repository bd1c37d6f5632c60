"""What is noticed beside the standing: each with its code, and only a fault changes the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.judging.origin import Origin, origins
from agent.core.judging.remarks import Severity, remarks
from agent.core.judging.standing import judge
from agent.core.observation import FileFacts, FileKind, LockHolder, Presence, Process
from tests.core.sightings import RUNS, document, down, file_of, loaded, look, observed, receipt, silent

if TYPE_CHECKING:
    from agent.core.judging.remarks import Remark
    from agent.core.observation import Observation

DESIRED, OTHER = document(), document("other-bucket")
LOCK = LockHolder(holder="kim", host="desk", plan="p", epoch=1, since="2026-01-02T03:04:05Z")


def noticed(*seen: Observation) -> dict[str, tuple[Remark, ...]]:
    judgements = judge(tuple(look(f"jira-{i}", it) for i, it in enumerate(seen, start=1)))
    return dict(remarks(judgements, origins(judgements)))


def codes(*seen: Observation) -> list[str]:
    return [remark.code for remark in noticed(*seen)["jira-1"]]


def test_of_a_node_that_is_as_it_should_be_nothing_is_remarked() -> None:
    assert noticed(loaded(DESIRED), loaded(DESIRED, machine_id="2")) == {"jira-1": (), "jira-2": ()}


@pytest.mark.parametrize(
    ("seen", "code", "severity", "words"),
    [
        (
            loaded(DESIRED, process=replace(RUNS, home="/old", evidence="unit")),
            "other-home",
            Severity.FAULT,
            "runs with the home /old, so it never reads what is pushed to /srv/jira",
        ),
        (
            loaded(DESIRED, process=Process(presence=Presence.NONE, elsewhere=("/old", "/older"))),
            "other-home",
            Severity.FAULT,
            "/old or /older",
        ),
        (replace(loaded(DESIRED), container="docker"), "container", Severity.NOTE, "(docker)"),
        (
            loaded(DESIRED, home=replace(loaded(DESIRED).home, filesystem="nfs")),
            "networked-localhome",
            Severity.NOTE,
            "nfs",
        ),
        (observed(file_of(OTHER)), "foreign-file", Severity.NOTE, "never deployed by this tool"),
        (replace(loaded(DESIRED), leftovers=(".x.tmp",)), "leftovers", Severity.NOTE, "1 temporary file"),
        (
            replace(loaded(DESIRED), strays=("a", "b", "c", "d")),
            "strays",
            Severity.NOTE,
            "a, b, c and 1 more",
        ),
        (
            replace(loaded(DESIRED), file=replace(file_of(DESIRED), links=2)),
            "hard-links",
            Severity.NOTE,
            "2 hard links",
        ),
        (
            down(replace(file_of(OTHER), mode="0666"), receipts=(receipt(OTHER),)),
            "attributes",
            Severity.NOTE,
            "mode 0666 instead of 0640",
        ),
    ],
    ids=lambda it: it if isinstance(it, str) else None,
)
def test_each_thing_is_remarked_once_with_its_code_and_a_hint(
    seen: Observation, code: str, severity: Severity, words: str
) -> None:
    (remark,) = noticed(seen)["jira-1"]

    assert (remark.code, remark.severity) == (code, severity)
    assert words in remark.message
    assert remark.hint


def test_another_home_is_none_where_no_page_answers() -> None:
    assert codes(down(file_of(DESIRED), process=Process(presence=Presence.NONE, elsewhere=("/other-jira",)))) == []


def test_two_names_of_one_machine_are_told_once_and_nothing_follows_from_it() -> None:
    twin = replace(
        loaded(DESIRED, machine_id="m", node_id="node1"), home=replace(loaded(DESIRED).home, device="1", inode="2")
    )
    told = noticed(twin, twin)

    assert [remark.code for remark in told["jira-1"]] == ["one-machine"]
    assert told["jira-1"] == told["jira-2"]
    assert told["jira-1"][0].message == "jira-[1-2] are one machine with one localhome"


def test_a_node_id_that_a_third_node_has_as_well_is_told_beside_the_twins() -> None:
    home = replace(loaded(DESIRED).home, device="1", inode="2")
    twin = replace(loaded(DESIRED, machine_id="m", node_id="node1"), home=home)
    third = loaded(DESIRED, machine_id="n", node_id="node1")
    told = noticed(twin, twin, third)

    assert [[remark.code for remark in told[name]] for name in ("jira-1", "jira-2", "jira-3")] == [
        ["one-machine", "same-node-id"],
        ["one-machine", "same-node-id"],
        ["same-node-id"],
    ]


def test_faults_come_before_notes() -> None:
    seen = replace(loaded(DESIRED, process=replace(RUNS, home="/old", evidence="unit")), container="docker")

    assert codes(seen) == ["other-home", "container"]


def test_what_a_rollout_has_staged_is_not_left_over() -> None:
    assert codes(replace(loaded(DESIRED), leftovers=(".x.tmp",), lock=LOCK)) == []


def test_of_a_node_that_was_not_seen_nothing_is_remarked() -> None:
    judgements = judge((silent("jira-1"),))
    assert remarks(judgements, origins(judgements)) == {"jira-1": ()}


@pytest.mark.parametrize(
    ("seen", "origin"),
    [
        (observed(file_of(OTHER), receipts=(receipt(OTHER),)), Origin.OURS),
        (observed(file_of(OTHER)), Origin.FOREIGN),
        (observed(file_of(OTHER), receipts=(receipt(DESIRED, after=OTHER),)), Origin.FOREIGN),
        (observed(file_of(DESIRED)), Origin.OURS),
        (replace(observed(file_of(OTHER)), ours_hidden=True), Origin.UNKNOWN),
        (observed(FileFacts(kind=FileKind.ABSENT)), Origin.ABSENT),
        (observed(FileFacts(kind=FileKind.FIFO)), Origin.UNKNOWN),
    ],
    ids=["committed", "foreign", "what a commit replaced", "as desired", "receipts not read", "absent", "no file"],
)
def test_a_file_is_ours_if_a_receipt_knows_it_or_it_is_what_is_desired(seen: Observation, origin: Origin) -> None:
    assert origins(judge((look("jira-1", seen),)))["jira-1"] is origin


def test_a_file_of_ours_that_somebody_copied_to_another_node_is_still_ours() -> None:
    judgements = judge((look("jira-1", observed(file_of(OTHER))), look("jira-2", loaded(OTHER))))

    assert origins(judgements)["jira-1"] is Origin.OURS
