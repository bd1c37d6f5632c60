"""The cases of a node are its standing in pieces: both tell the same, and the names never change."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.judging.cases import NAMES, case_of_check, cases_of
from agent.core.judging.checkup import Check, Health
from agent.core.judging.sight import SilenceKind
from agent.core.judging.standing import Judgement, Standing, judge
from agent.core.observation import FileFacts, FileKind, Process
from agent.core.report import Case, Result
from tests.core.sightings import document, down, file_of, loaded, look, observed, receipt, silent

RIGHT, OTHER, TUNED = document(), document("other-bucket"), document(concurrency=9)
BROKEN = b"<filestore-config"
SEEN = {
    "current": loaded(RIGHT),
    "other bucket": loaded(OTHER),
    "tuned": loaded(TUNED),
    "time bomb": observed(file_of(OTHER), receipts=(receipt(RIGHT), receipt(OTHER, after=RIGHT, ticks=60_000))),
    "not loaded": observed(file_of(RIGHT), receipts=(receipt(OTHER), receipt(RIGHT, after=OTHER, ticks=60_000))),
    "down": down(file_of(RIGHT)),
    "down and wrong": down(file_of(OTHER)),
    "other layout": loaded(document(comment="another hand")),
    "other owner": replace(loaded(RIGHT), file=replace(file_of(RIGHT), owner="root", mode="0666")),
    "broken": observed(file_of(BROKEN)),
    "a link": observed(FileFacts(kind=FileKind.SYMLINK)),
    "hidden": observed(FileFacts(kind=FileKind.HIDDEN), ran_as="ops"),
    "no file": observed(FileFacts(kind=FileKind.ABSENT)),
    "another's process": replace(
        loaded(RIGHT), process=replace(loaded(RIGHT).process, home="/elsewhere", evidence="unit")
    ),
    "no process known": replace(loaded(RIGHT), process=Process(presence=loaded(RIGHT).process.presence)),
}
sights = st.sampled_from([*SEEN, *SilenceKind])


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A remark."""

    severity: str
    message: str
    hint: str | None = None


NOTE = Odd(severity="note", message="a temporary file lies there", hint="remove it")
FAULT = Odd(severity="fault", message="jira-1 and jira-2 are one machine")


def _judged(*seen: str | SilenceKind) -> tuple[Judgement, ...]:
    return judge(
        tuple(
            silent(f"jira-{at}", it) if isinstance(it, SilenceKind) else look(f"jira-{at}", SEEN[it])
            for at, it in enumerate(seen)
        )
    )


def _by_name(*cases: Case) -> dict[str, Case]:
    return {case.name: case for case in cases}


def _bad(cases: tuple[Case, ...]) -> list[str]:
    return [case.name for case in cases if case.result in {Result.FAILED, Result.ERROR}]


@given(seen=st.lists(sights, min_size=1, max_size=4))
def test_current_has_no_bad_case_and_anything_else_has_one(seen: list[str | SilenceKind]) -> None:
    for judgement in _judged(*seen):
        cases = cases_of(judgement, remarks=(NOTE,), unproven=("the owner",))
        assert bool(_bad(cases)) is (judgement.standing is not Standing.CURRENT), judgement.standing
        assert tuple(case.name for case in cases) == NAMES


@given(seen=st.lists(sights, min_size=1, max_size=4))
def test_what_a_rollout_changes_right_now_is_skipped_and_not_bad(seen: list[str | SilenceKind]) -> None:
    for judgement in _judged(*seen):
        before, meanwhile = cases_of(judgement), cases_of(judgement, remarks=(NOTE,), in_transition=True)
        assert _bad(meanwhile) == []
        bad = set(_bad(before))
        told = [it.message for it in meanwhile if it.name in bad]
        assert all(message.startswith("in transition: ") for message in told)


def test_a_fault_is_one_also_while_a_rollout_is_at_work() -> None:
    assert _bad(cases_of(_judged("other bucket")[0], remarks=(FAULT,), in_transition=True)) == ["nothing else is odd"]


@given(seen=st.lists(sights, min_size=1, max_size=4))
def test_every_bad_case_says_why(seen: list[str | SilenceKind]) -> None:
    for judgement in _judged(*seen):
        cases = _by_name(*cases_of(judgement))
        assert all(cases[name].message for name in _bad(tuple(cases.values())))
        assert judgement.standing is Standing.CURRENT or any(
            str(judgement.standing) in case.message or case.message == ", ".join(judgement.blemishes)
            for case in cases.values()
        )


def test_all_standings_are_met_by_these_tests() -> None:
    mixed = {it.standing for it in _judged(*SEEN, *SilenceKind)}
    alone = {_judged(name)[0].standing for name in SEEN}

    assert mixed | alone == set(Standing)


@pytest.mark.parametrize(
    ("seen", "bad"),
    [
        (("current",), []),
        ((SilenceKind.UNREACHABLE,), ["reachable"]),
        ((SilenceKind.UNKNOWN,), ["file can be looked at"]),
        (("hidden",), ["file can be looked at"]),
        (("broken",), ["file can be loaded"]),
        (("a link",), ["file can be loaded"]),
        (("other bucket", "current"), ["file is right", "file is in force", "data goes where it should"]),
        (("time bomb",), ["file is right"]),
        (("tuned",), ["file is right", "file is in force"]),
        (("down",), ["file is in force"]),
        (("other layout",), ["file attributes"]),
        (("other owner",), ["file attributes"]),
    ],
)
def test_the_case_that_is_bad_says_where_to_look(seen: tuple[str | SilenceKind, ...], bad: list[str]) -> None:
    assert _bad(cases_of(_judged(*seen)[0])) == bad


def test_what_cannot_be_seen_is_an_error_and_what_is_seen_to_be_wrong_a_failure() -> None:
    def result(seen: str | SilenceKind) -> set[Result]:
        return {case.result for case in cases_of(_judged(seen)[0])} & {Result.FAILED, Result.ERROR}

    assert result(SilenceKind.UNREACHABLE) == result(SilenceKind.UNKNOWN) == result("hidden") == {Result.ERROR}
    assert result("broken") == result("tuned") == result("down") == {Result.FAILED}


def test_what_cannot_be_told_after_a_silence_is_skipped() -> None:
    cases = cases_of(_judged(SilenceKind.UNREACHABLE)[0])

    assert [case.result for case in cases[:7]] == [Result.ERROR, *[Result.SKIPPED] * 6]


def test_a_file_that_differs_shows_the_difference_and_a_split_its_consequence() -> None:
    cases = _by_name(*cases_of(_judged("other bucket", "current")[0]))

    assert "bucket-name: other-bucket -> backup-bucket" in cases["file is right"].detail
    assert cases["data goes where it should"].detail.startswith("backups of jira-0 go to bucket other-bucket")


def test_faults_fail_and_notes_are_told_beside() -> None:
    judgement = _judged("current")[0]
    odd = _by_name(*cases_of(judgement, remarks=(NOTE, FAULT)))["nothing else is odd"]
    fine = _by_name(*cases_of(judgement, remarks=(NOTE,)))["nothing else is odd"]

    assert (odd.result, odd.message) == (Result.FAILED, "jira-1 and jira-2 are one machine")
    assert odd.detail == "note: a temporary file lies there (remove it)\nfault: jira-1 and jira-2 are one machine"
    assert fine.result is Result.PASSED


def test_what_could_not_be_proven_is_skipped_with_its_words() -> None:
    case = cases_of(_judged("current")[0], unproven=("the mode", "the process"))[-1]

    assert (case.result, case.message) == (Result.SKIPPED, "the mode; the process")


@pytest.mark.parametrize(
    ("what", "health", "result"),
    [
        ("disk", Health.GOOD, Result.PASSED),
        ("disk", Health.CARE, Result.PASSED),
        ("disk", Health.BAD, Result.FAILED),
        ("connection", Health.BAD, Result.ERROR),
    ],
)
def test_a_check_of_doctor_is_a_case_of_which_only_what_is_bad_counts(
    what: str, health: Health, result: Result
) -> None:
    case = case_of_check(Check(what=what, health=health, seen="seen", cure="cure"))

    assert (case.name, case.result) == (what, result)
    assert result is Result.PASSED or (case.message, case.detail) == ("seen", "cure")
