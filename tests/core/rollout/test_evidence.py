"""What a look proves about an act of ours: a commit that is whole, a process that is new, a node that is ready."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.observation import FileKind, Incarnation, Receipt
from agent.core.planning.plan import ABSENT, Shape
from agent.core.rollout.evidence import (
    Readiness,
    digest_on_disk,
    fault_of_commit,
    is_younger,
    judge_readiness,
    process_in,
    receipt_in,
)
from agent.core.rollout.progress import Progress
from agent.core.rollout.table import StepState
from tests.core.rollout.situations import BEFORE, BOOT, COMMITTED_AT, NOW_RUNNING, RECEIPT, at, gone, hidden, look
from tests.simulator.cluster import NEW_DIGEST, OLD_DIGEST, step_for

STEP = step_for("jira-1")
COMMITTED = at(StepState.WARMING, committed=True, wrote=True, started=True, process=BEFORE, receipt=COMMITTED_AT)


def test_a_process_younger_than_the_receipt_that_runs_is_a_good_look() -> None:
    assert judge_readiness(COMMITTED, look()) == (Readiness.GOOD, "")


@pytest.mark.parametrize("ticks", [60, 100])
def test_a_process_not_younger_than_the_receipt_is_not_ready_and_a_tie_proves_nothing(ticks: int) -> None:
    assert judge_readiness(COMMITTED, look(ticks=ticks)) == (
        Readiness.NOT_YET,
        "the process is not younger than the file",
    )


def test_a_process_of_a_later_boot_is_younger_whatever_its_ticks() -> None:
    assert judge_readiness(COMMITTED, look(ticks=1, boot="another"))[0] is Readiness.GOOD


def test_the_process_from_before_the_stop_is_never_ready() -> None:
    bare = replace(step_for("jira-1", shape=Shape.RESTART), expected=NEW_DIGEST, digest=NEW_DIGEST)
    without = replace(COMMITTED, step=bare, lies=NEW_DIGEST, wrote=False, receipt=None)
    assert "before the stop" in judge_readiness(without, look(ticks=50))[1]
    assert judge_readiness(without, look(ticks=51))[0] is Readiness.GOOD


@pytest.mark.parametrize(
    ("code", "state", "verdict"),
    [
        (200, "STARTING", Readiness.NOT_YET),
        (503, "MAINTENANCE", Readiness.NOT_YET),
        (503, "RUNNING", Readiness.NOT_YET),
        (200, "ERROR", Readiness.NOT_YET),
        (500, "ERROR", Readiness.NEVER),
    ],
)
def test_only_200_and_running_together_are_good_and_500_error_is_final(
    code: int, state: str, verdict: Readiness
) -> None:
    assert judge_readiness(COMMITTED, look(code=code, state=state))[0] is verdict


def test_a_jira_that_locked_itself_names_the_log_to_look_into() -> None:
    assert "log/atlassian-jira.log" in judge_readiness(COMMITTED, look(code=500, state="ERROR"))[1]


def test_a_process_that_cannot_be_named_is_not_ready() -> None:
    assert process_in(look(ticks=None)) is None
    assert judge_readiness(COMMITTED, look(ticks=None))[0] is Readiness.NOT_YET
    assert judge_readiness(COMMITTED, look(boot=""))[0] is Readiness.NOT_YET


def test_a_file_that_changed_after_the_commit_makes_running_worthless() -> None:
    seen = look()
    changed = replace(seen, file=replace(seen.file, digest="sha256:foreign"))
    assert judge_readiness(COMMITTED, changed)[0] is Readiness.NEVER


def test_a_file_that_cannot_be_read_for_once_is_waited_for() -> None:
    seen = look()
    hidden = replace(seen, file=replace(seen.file, kind=FileKind.HIDDEN, digest=None))
    assert judge_readiness(COMMITTED, hidden) == (Readiness.NOT_YET, "the file cannot be read")


def test_a_whole_commit_has_no_fault() -> None:
    assert fault_of_commit(STEP, look()) is None


@pytest.mark.parametrize(
    ("fact", "value", "complaint"),
    [
        ("digest", OLD_DIGEST, f"the file is {OLD_DIGEST}"),
        ("digest", None, "unreadable"),
        ("mode", "0666", "the file's mode is 0666 instead of 0640"),
        ("owner", "root", "the file's owner is root instead of jira"),
        ("group", "", "the file's group is unknown instead of jira"),
    ],
)
def test_what_is_wrong_with_a_committed_file_is_named(fact: str, value: str | None, complaint: str) -> None:
    seen = look()
    changed = {"digest": replace(seen.file, digest=value)} if fact == "digest" else {}
    file = changed.get("digest") or replace(seen.file, **{fact: value})  # type: ignore[arg-type]  # one text fact
    assert complaint in (fault_of_commit(STEP, replace(seen, file=file)) or "")


@pytest.mark.parametrize("receipts", [(), (replace(RECEIPT, digest=OLD_DIGEST),)])
def test_a_commit_without_its_receipt_is_not_whole(receipts: tuple[Receipt, ...]) -> None:
    assert fault_of_commit(STEP, replace(look(), receipts=receipts)) == "the node has no receipt of this commit"


def test_a_file_that_changed_under_a_mere_restart_makes_running_worthless() -> None:
    step = step_for("jira-1", shape=Shape.RESTART)
    restarted = Progress(step=step, lies=step.expected, started=True)
    verdict, reason = judge_readiness(restarted, look())
    assert verdict is Readiness.NEVER
    assert reason == f"the file changed since the plan was made (it is {NEW_DIGEST} instead of {OLD_DIGEST})"


def test_a_file_that_changed_after_the_commit_is_said_to_have_changed_then() -> None:
    seen = look(digest="sha256:foreign")
    assert judge_readiness(COMMITTED, seen) == (
        Readiness.NEVER,
        f"the file changed after the rollout wrote it (it is sha256:foreign instead of {NEW_DIGEST})",
    )


def test_what_lies_on_the_disk_is_a_digest_absent_or_not_known() -> None:
    seen = look()
    assert digest_on_disk(seen) == NEW_DIGEST
    assert digest_on_disk(replace(seen, file=replace(seen.file, digest=None))) is None
    assert digest_on_disk(replace(seen, file=replace(seen.file, kind=FileKind.ABSENT, digest=None))) == ABSENT


def test_a_removal_is_whole_when_the_file_is_gone_and_the_receipt_says_so() -> None:
    seen = look(receipts=(replace(RECEIPT, digest=ABSENT),))
    removed = replace(seen, file=replace(seen.file, kind=FileKind.ABSENT, digest=None, mode="", owner="", group=""))
    removal = replace(STEP, document=b"", digest=ABSENT)
    assert fault_of_commit(removal, removed) is None
    assert fault_of_commit(removal, replace(removed, receipts=(RECEIPT,))) == "the node has no receipt of this commit"
    assert fault_of_commit(removal, seen) == f"the file is {NEW_DIGEST} instead of absent"


def test_what_a_step_does_not_ask_for_is_not_checked() -> None:
    free = replace(STEP, mode=None, owner=None, group=None)
    seen = look()
    assert fault_of_commit(free, replace(seen, file=replace(seen.file, mode="0600", owner="root"))) is None


def test_a_process_is_named_by_boot_and_ticks_or_not_at_all() -> None:
    assert process_in(look()) == NOW_RUNNING
    assert process_in(gone(look())) is None
    assert process_in(hidden(look())) is None


def test_the_last_receipt_is_the_moment_of_the_last_commit() -> None:
    assert receipt_in(look(receipts=())) is None
    assert receipt_in(look(receipts=(replace(RECEIPT, ticks=7), RECEIPT))) == COMMITTED_AT


@pytest.mark.parametrize(
    ("process", "younger"),
    [
        (Incarnation(boot_id=BOOT, ticks=101), True),
        (Incarnation(boot_id=BOOT, ticks=100), False),
        (Incarnation(boot_id=BOOT, ticks=99), False),
        (Incarnation(boot_id="another", ticks=1), True),
    ],
)
def test_younger_is_a_later_tick_or_another_boot(process: Incarnation, younger: bool) -> None:  # noqa: FBT001 - a column
    assert is_younger(process, COMMITTED_AT) is younger
