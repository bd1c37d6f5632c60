from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.observation import FileKind, Incarnation, Observation, Presence, Process, Receipt, StatusPage
from agent.core.planning.plan import Shape
from agent.core.rollout.events import Cause, ClearanceDenied, NodeCleared
from agent.core.rollout.evidence import (
    Readiness,
    fault_of_commit,
    judge_clearance,
    judge_file_before_stop,
    judge_readiness,
    process_in,
)
from agent.core.rollout.progress import Progress
from tests.simulator.cluster import NEW_DIGEST, OLD_DIGEST, Cluster, step_for

BOOT = "00000000-0000-4000-8000-000000000001"
STEP = step_for("jira-1")
RECEIPT = Receipt(digest=NEW_DIGEST, canonical="c", routing="r", previous=OLD_DIGEST, boot_id=BOOT, ticks=100)
COMMITTED = Progress(
    step=STEP,
    wrote=True,
    started=True,
    process=Incarnation(boot_id=BOOT, ticks=50),
    receipt=Incarnation(boot_id=BOOT, ticks=100),
)


def look(*, ticks: int | None = 200, boot: str = BOOT, code: int = 200, state: str = "RUNNING") -> Observation:
    """Return a node that runs on the new file, committed at tick 100."""
    seen = Cluster(1).ports["jira-1"].inner.look()
    return replace(
        seen,
        boot_id=boot,
        file=replace(seen.file, digest=NEW_DIGEST),
        process=Process(presence=Presence.FOUND, start_ticks=ticks),
        status=StatusPage(code=code, state=state),
        receipts=(RECEIPT,),
    )


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
    without = replace(COMMITTED, step=bare, wrote=False, receipt=None)
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
    restarted = Progress(step=step_for("jira-1", shape=Shape.RESTART), started=True)
    verdict, reason = judge_readiness(restarted, look())
    assert verdict is Readiness.NEVER
    assert reason == f"the file changed since the plan was made (it is {NEW_DIGEST} instead of {OLD_DIGEST})"


@pytest.mark.parametrize("digest", [NEW_DIGEST, None])
def test_a_node_is_not_stopped_for_another_file_than_the_plans(digest: str | None) -> None:
    seen = look()
    denied = judge_file_before_stop(STEP, replace(seen, file=replace(seen.file, digest=digest)))
    assert denied is not None
    assert (denied.node, denied.other, denied.cause) == ("jira-1", "jira-1", Cause.REFUSED)
    assert f"expected {OLD_DIGEST}, found {digest or 'what cannot be read'}" in denied.reason
    assert judge_file_before_stop(STEP, replace(seen, file=replace(seen.file, digest=OLD_DIGEST))) is None
    assert judge_file_before_stop(STEP, "timed out") is None


DOWN = replace(look(), process=Process(presence=Presence.NONE), status=StatusPage(refused=True))


def test_a_serving_node_is_cleared_while_all_others_serve() -> None:
    cleared = judge_clearance("a", {"a": look(), "b": look()})
    assert cleared == NodeCleared(node="a", state="running", process=Incarnation(boot_id=BOOT, ticks=200))


@pytest.mark.parametrize("other", [DOWN, look(state="STARTING"), look(code=500, state="ERROR"), look(state="STOPPING")])
def test_a_serving_node_is_not_cleared_while_another_does_not_serve(other: Observation) -> None:
    denied = judge_clearance("a", {"a": look(), "b": other})
    assert isinstance(denied, ClearanceDenied)
    assert (denied.other, denied.cause) == ("b", Cause.REFUSED)


@pytest.mark.parametrize("mine", [DOWN, look(code=500, state="ERROR")])
def test_a_node_that_serves_nobody_is_cleared_whatever_the_others_do(mine: Observation) -> None:
    assert isinstance(judge_clearance("a", {"a": mine, "b": DOWN}), NodeCleared)


@pytest.mark.parametrize("state", ["STARTING", "STOPPING", "FIRST_RUN"])
def test_a_node_on_its_way_is_not_stopped(state: str) -> None:
    denied = judge_clearance("a", {"a": look(state=state), "b": look()})
    assert isinstance(denied, ClearanceDenied)
    assert denied.other == "a"


@pytest.mark.parametrize("silent", ["a", "b"])
def test_no_answer_means_no(silent: str) -> None:
    seen: dict[str, Observation | str] = {"a": DOWN, "b": look(), silent: "timed out"}
    denied = judge_clearance("a", seen)
    assert isinstance(denied, ClearanceDenied)
    assert (denied.cause, denied.other) == (Cause.UNREACHABLE, silent)
    assert "timed out" in denied.reason
