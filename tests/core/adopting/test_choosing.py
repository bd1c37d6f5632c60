"""What keeps an adoption from believing what it sees: another home, one machine under two names, states that differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.adopting.choosing import Chosen, Obstacle, choose, obstacles_of
from agent.core.adopting.states import kind_of, states_of
from agent.core.document import absent_document
from agent.core.judging.standing import Judgement, judge
from agent.core.observation import FileKind, HomeFacts, Observation
from tests.core.sightings import RUNS, document, file_of, loaded, look, observed, silent

NONE = frozenset[str]()


def judged(**observations: Observation) -> tuple[Judgement, ...]:
    """Judge nodes by name, with nothing in mind that they should have."""
    looks = (look(name, it, absent_document()) for name, it in observations.items())
    return judge(tuple(looks))


def codes(judgements: tuple[Judgement, ...]) -> list[str]:
    return [it.code for it in obstacles_of(judgements)]


@pytest.mark.parametrize(
    ("home", "evidence", "expected"),
    [
        ("/data/jira", "home", ["another-home"]),
        ("/data/jira", "unit", ["another-home"]),
        ("/data/jira", "lock", []),
        ("/srv/jira/", "unit", []),
        (None, "unit", []),
    ],
)
def test_a_process_with_another_home_never_reads_the_file_unless_its_lock_lies_beside_it(
    home: str | None, evidence: str, expected: list[str]
) -> None:
    process = replace(RUNS, home=home, evidence=evidence)
    seen = judged(a=loaded(document(), process=process), b=loaded(document()))

    assert codes(seen) == expected
    assert all("--localhome /data/jira" in it.way and it.names == ("a",) for it in obstacles_of(seen))


def test_two_names_of_one_machine_and_home_are_found_and_two_homes_of_one_machine_are_two_nodes() -> None:
    one, other = (HomeFacts(kind=FileKind.DIRECTORY, owner="jira", device="8", inode=it) for it in "56")
    seen = judged(
        a=loaded(document(), machine_id="m1", home=one),
        b=loaded(document(), machine_id="m1", home=one),
        c=loaded(document(), machine_id="m1", home=other),
        d=loaded(document(), machine_id="m2", home=one),
    )

    assert [(it.code, it.names) for it in obstacles_of(seen)] == [("one-machine", ("a", "b"))]


def test_equal_meaning_is_one_state_and_the_commonest_comes_first() -> None:
    other = document("other-bucket")
    laid_out = document(comment="by another hand")
    seen = judged(a=loaded(other), b=loaded(document()), c=loaded(laid_out), d=observed(file_of(None)))

    assert [state.names for state in states_of(seen)] == [("b", "c"), ("a",), ("d",)]
    decided = choose(seen, like=None, said=NONE)
    assert isinstance(decided, Obstacle)
    assert "--like b for that of b,c" in decided.way
    assert "--like d" not in decided.way


def test_tunings_are_told_as_states_and_decide_nothing() -> None:
    seen = judged(a=loaded(document()), b=loaded(document(concurrency=7)))

    assert len(states_of(seen)) == 2
    assert choose(seen, like=None, said=NONE) == Chosen(meant=seen)


def test_files_in_doubt_are_never_meant_even_if_all_are_the_same() -> None:
    doubtful = b"<filestore-config><filestores/><associations/><extra/></filestore-config>"
    seen = judged(a=observed(file_of(doubtful)), b=observed(file_of(doubtful)))

    decided = choose(seen, like=None, said=NONE)

    assert isinstance(decided, Obstacle)
    assert decided.code == "no-plain-file"


def test_what_was_not_seen_is_grouped_by_its_reason() -> None:
    silences = judge((silent("a"), silent("b"), silent("c", reason="no route to host")))

    assert [(it.code, it.names) for it in obstacles_of(silences)] == [
        ("unreachable", ("a", "b")),
        ("unreachable", ("c",)),
    ]
    assert {str(kind_of(it)) for it in silences} == {"unreachable"}
