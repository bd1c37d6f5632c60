"""Drift as something that a team leaves running: beside rollouts, other clusters, other checks, and with a memory."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.filestore import FILE_NAME
from agent.core.observation import LockHolder
from agent.core.planning.plan import Plan, Shape
from agent.core.rollout.events import Act, MoveStarted, RolloutStarted, StepFacts
from agent.core.routing import ChangeClass
from agent.edges.journal import Journal
from agent.errors import InputError, Outcome
from agent.node.answers import Lost, Ok
from agent.node.looks import LOOKS, Observe
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import LockToken, Release, Stop
from agent.operations.drift import drift
from agent.operations.looking.gathering import look_once
from agent.operations.looking.read_only import ReadOnlyPort
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.locks.test_last_word import write_journal
from tests.operations.world import HURRIED, OTHER_BUCKET, QuickClock, Yard, yard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.core.report import Report
    from agent.node.answers import Answer
    from agent.node.port import Request

NOW = "2026-01-02T03:04:05Z"
"""The one moment of the yard's clock."""
LOCK = LockHolder(holder="ann", host="laptop", plan="p1", epoch=3, since="2026-01-02T03:03:30Z")


def check(there: Yard, *clusters: str, on_change: bool = False, notify: bool = True) -> Report:
    report = drift(there.world(), there.choice(*clusters), template=None, on_change=on_change, notify=notify)
    as_json(report)
    return report


def text_of(report: Report) -> str:
    return "\n".join(line.text for line in report.lines)


def spoil(there: Yard, name: str = "jira-2") -> None:
    there.lay(name, there.desired[name].content.replace(b"co-jira", b"co-other"))


def hold(there: Yard, *names: str, **words: str) -> None:
    for name in names:
        there.machine(name).lock = replace(LOCK, **words)  # type: ignore[arg-type] # text alone


# Beside a rollout.


def test_what_a_rollout_at_work_has_not_finished_is_no_cause_for_alarm(tmp_path: Path) -> None:
    there = yard(tmp_path)
    spoil(there)
    hold(there, "jira-1", "jira-2", "jira-3")

    report = check(there)

    assert (report.outcome, report.next_command) == (Outcome.OK, None)
    assert report.sentence == "A rollout is at work on jira-2: in transition."
    assert [row.facts["in_transition"] for row in report.nodes] == [True] * 3
    assert report.nodes[1].standing == "TIME_BOMB"
    assert "in transition: ann@laptop holds jira-[1-3]" in text_of(report)


def test_a_node_that_the_rollout_does_not_hold_is_judged_as_ever(tmp_path: Path) -> None:
    there = yard(tmp_path)
    spoil(there)
    hold(there, "jira-1")

    assert check(there).outcome is Outcome.DRIFT


def test_a_rollout_at_work_excuses_no_silence(tmp_path: Path) -> None:
    there = yard(tmp_path)
    hold(there, "jira-1", "jira-2")
    there.fault("jira-3", Fault(mishap=Mishap.UNREACHABLE))

    assert check(there).outcome is Outcome.UNREACHABLE


def test_a_rollout_that_was_cut_off_is_no_excuse_for_longer_than_a_step_may_last(tmp_path: Path) -> None:
    there = yard(tmp_path)
    spoil(there)
    hold(there, "jira-1", "jira-2", "jira-3", since="2026-01-02T03:02:00Z")

    report = check(there)

    assert report.outcome is Outcome.DRIFT
    assert report.next_command == "filestore-agent lock"
    assert "nothing moves there any more" in text_of(report)


def test_a_rollout_whose_journal_here_nobody_writes_is_not_at_work(tmp_path: Path) -> None:
    there = yard(tmp_path)
    spoil(there)
    hold(there, "jira-1", "jira-2", "jira-3", host="desk", holder="kim")
    folder = tmp_path / "state" / "rollouts" / "prod"
    plan = Plan(id="p1", cluster="prod", shape=Shape.RESTART, change=ChangeClass.NONE, steps=())
    step = StepFacts(node="jira-1", expected="absent", digest="absent", restart=True, running=True, document=False)
    started = RolloutStarted(
        plan="p1", cluster="prod", shape="restart", change="none", epoch=3, holder="kim", host="desk", steps=(step,)
    )
    with Journal.create(folder, plan):
        live = check(there)
    write_journal(tmp_path / "left", "p1", started, MoveStarted(act=Act.STOP, nodes=("jira-1",), at=NOW))
    (tmp_path / "left" / "p1.jsonl").replace(folder / "p1.jsonl")
    left = check(there)

    assert (live.outcome, left.outcome) == (Outcome.OK, Outcome.DRIFT)


def test_a_rollout_that_ends_well_while_the_nodes_are_looked_at_raises_no_alarm(tmp_path: Path) -> None:
    there = yard(tmp_path)
    spoil(there)
    hold(there, "jira-1", "jira-2", "jira-3", host="desk", holder="kim")
    folder = tmp_path / "state" / "rollouts" / "prod"
    plan = Plan(id="p1", cluster="prod", shape=Shape.RESTART, change=ChangeClass.NONE, steps=())
    journal = Journal.create(folder, plan)

    def end(name: str, request: Request) -> None:
        """The rollout comes to its end when all nodes but the last have answered."""
        del request
        if name == "jira-3" and len(there.requests) == 3:
            journal.close()
            there.lay("jira-2", there.desired["jira-2"].content)
            there.machine("jira-2").stop_jira()
            there.start_jira("jira-2")
            for machine in map(there.machine, there.nodes):
                machine.lock = None

    there.after = end
    report = drift(there.world(), replace(there.choice(), forks=1), template=None)

    assert report.outcome is Outcome.OK, report.sentence
    assert [name for name, _ in there.requests] == ["jira-1", "jira-2", "jira-3", "jira-1", "jira-2", "jira-3"]


# Several clusters from one timer.


def several(tmp_path: Path) -> Yard:
    prod = INVENTORY.replace("jira-[1-3]", "prod-[1-2]") + HURRIED
    test = OTHER_BUCKET.replace("jira-[1-3]", "test-[1-2]") + HURRIED
    return yard(tmp_path, prod=prod, test=test)


def test_one_bad_cluster_does_not_hide_the_others(tmp_path: Path) -> None:
    there = several(tmp_path)
    (there.inventory / "staging.yml").write_text("jira: [\n", encoding="utf-8")
    spoil(there, "test-1")

    report = check(there, "all")

    assert report.outcome is Outcome.INVALID
    told = {it["cluster"]: it["outcome"] for it in as_json(report)["clusters"]}
    assert told == {"prod": "ok", "staging": "invalid", "test": "drift"}
    assert {row.name: row.standing for row in report.nodes}["test-1"] == "TIME_BOMB"
    assert "staging: not checked" in text_of(report)
    assert report.sentence.startswith("3 clusters: staging: It cannot be checked, since its files are wrong: ")
    assert report.sentence.endswith("; prod is as it should be.")


def test_a_cluster_that_is_dead_costs_the_others_nothing_but_its_own_verdict(tmp_path: Path) -> None:
    there = several(tmp_path)
    for name in ("prod-1", "prod-2"):
        there.fault(name, Fault(mishap=Mishap.UNREACHABLE))

    report = check(there, "all")

    assert report.outcome is Outcome.UNREACHABLE
    assert {it["cluster"]: it["outcome"] for it in as_json(report)["clusters"]} == {
        "prod": "unreachable",
        "test": "ok",
    }
    assert report.next_command == "filestore-agent doctor --cluster prod --limit 'prod-[1-2]'"


def test_a_fault_that_is_in_no_clusters_file_stops_all(tmp_path: Path) -> None:
    there = several(tmp_path)
    (there.inventory / "defaults.yml").write_text("rolout: {}\n", encoding="utf-8")

    with pytest.raises(InputError, match="nothing was connected") as refused:
        check(there, "all")

    assert {finding.cluster for finding in refused.value.findings} == {None}

    assert there.requests == []


# Memory.


class LaterClock(QuickClock):
    """A clock that is at another moment than the yard's."""

    def __init__(self, now: str) -> None:
        super().__init__()
        object.__setattr__(self, "_now", now)

    def now_iso(self) -> str:
        said: str = object.__getattribute__(self, "_now")
        return said


def check_at(there: Yard, now: str) -> Report:
    return drift(replace(there.world(), clock=LaterClock(now)), there.choice(), template=None)


def test_a_later_check_knows_since_when_and_when_it_was_last_good(tmp_path: Path) -> None:
    there = yard(tmp_path)
    check_at(there, "2026-01-02T03:00:00Z")
    spoil(there)
    check_at(there, "2026-01-02T04:00:00Z")

    report = check_at(there, "2026-01-02T05:00:00Z")

    odd, good = report.nodes[1].facts, report.nodes[0].facts
    assert (odd["first_seen"], odd["last_good"], odd["flapping"]) == (
        "2026-01-02T04:00:00Z",
        "2026-01-02T03:00:00Z",
        False,
    )
    assert (good["first_seen"], good["last_good"]) == ("2026-01-02T03:00:00Z", "2026-01-02T05:00:00Z")
    assert "seen so from here for 1h; last good 2026-01-02T03:00:00Z" in text_of(report)


def test_with_on_change_only_a_change_is_spoken_of(tmp_path: Path) -> None:
    there = yard(tmp_path)
    silent: list[bool] = []
    for spoiled in (False, False, True, True):
        if spoiled and len(silent) == 2:
            spoil(there)
        silent.append(check(there, on_change=True).silent)

    assert silent == [True, True, False, True]
    assert not check(there).silent


def test_a_memory_that_cannot_be_kept_changes_no_verdict_and_is_told(tmp_path: Path) -> None:
    there = yard(tmp_path)
    (tmp_path / "state").write_text("in the way", encoding="utf-8")
    spoil(there)

    report = check(there)

    assert report.outcome is Outcome.DRIFT
    assert as_json(report)["clusters"][0]["notes"]
    assert any("state" in line for line in there.told)
    assert [row.facts["first_seen"] for row in report.nodes] == [None] * 3
    assert not check(there, on_change=True).silent


def test_a_split_that_was_seen_stays_one_when_the_right_file_is_put_back_with_its_old_time(tmp_path: Path) -> None:
    there = yard(tmp_path)
    machine = there.machine("jira-2")
    right = machine.entries[FILE_NAME]
    spoil(there)
    machine.stop_jira()
    there.start_jira("jira-2")
    assert check(there).nodes[1].standing == "SPLIT"

    machine.entries[FILE_NAME] = right

    report = check(there)
    assert (report.nodes[1].standing, report.outcome) == ("SPLIT", Outcome.DRIFT)
    assert "an earlier look proved" in str(report.nodes[1].facts["in_force"])


def test_a_check_of_some_nodes_forgets_no_split_that_only_all_of_them_show(tmp_path: Path) -> None:
    there = yard(tmp_path)
    spoil(there)
    there.machine("jira-2").stop_jira()
    there.start_jira("jira-2")
    check(there)

    alone = drift(there.world(), there.choice(limit="jira-2"), template=None)
    report = check(there, on_change=True)

    assert alone.nodes[0].standing == "DRIFTED"
    assert report.nodes[1].standing == "SPLIT"
    assert report.silent


# Notification.


def receiver(tmp_path: Path, program: str) -> str:
    words = json.dumps([sys.executable, "-I", "-c", program, str(tmp_path / "news")])
    return INVENTORY + HURRIED + f"notify: [{{run: {words}, timeout: 20s}}]\n"


KEEP = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read().replace('\\n', ' ') + '\\n')"


def test_a_receiver_is_told_of_a_change_once_and_of_the_recovery(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=receiver(tmp_path, KEEP))
    check(there)
    spoil(there)
    check(there)
    check(there)
    there.lay("jira-2", there.desired["jira-2"].content)
    there.machine("jira-2").stop_jira()
    there.start_jira("jira-2")
    check(there)

    news = [json.loads(line) for line in (tmp_path / "news").read_text("utf-8").splitlines()]
    assert [[(it["node"], it["before"], it["after"]) for it in one["changes"]] for one in news] == [
        [("jira-2", "CURRENT", "TIME_BOMB")],
        [("jira-2", "TIME_BOMB", "CURRENT")],
    ]
    assert [one["outcome"] for one in news] == ["drift", "ok"]


def test_a_receiver_that_fails_changes_no_verdict_and_is_tried_again_by_the_next_check(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=receiver(tmp_path, "import sys; open(sys.argv[1], 'a').write('x'); sys.exit(3)"))
    spoil(there)

    first, second = check(there), check(there)

    assert first.outcome is second.outcome is Outcome.DRIFT
    assert "was not told" in as_json(first)["clusters"][0]["notes"][0]
    assert len((tmp_path / "news").read_text("utf-8")) > 3


def test_a_receiver_that_hangs_delays_no_verdict_on_another_cluster(tmp_path: Path) -> None:
    words = json.dumps([sys.executable, "-I", "-c", "import time; time.sleep(60)"])
    slow = INVENTORY.replace("jira-[1-3]", "prod-[1-2]") + HURRIED + f"notify: [{{run: {words}, timeout: 1s}}]\n"
    other = OTHER_BUCKET.replace("jira-[1-3]", "test-[1-2]") + HURRIED
    there = yard(tmp_path, prod=slow, test=other)
    spoil(there, "prod-1")
    moments = iter(f"2026-01-02T03:0{minute}:00Z" for minute in range(10))
    world = replace(there.world(), clock=StepClock(moments))

    report = drift(world, there.choice("all"), template=None)

    first, second = as_json(report)["clusters"]
    assert first["checked_at"] == second["checked_at"]
    assert [it["delivered"] for it in first["told"]] == [False]


class StepClock(QuickClock):
    """A clock that goes on with every look at it."""

    def __init__(self, moments: Iterator[str]) -> None:
        super().__init__()
        object.__setattr__(self, "_moments", moments)

    def now_iso(self) -> str:
        moments: Iterator[str] = object.__getattribute__(self, "_moments")
        return next(moments)


def test_who_looks_by_hand_tells_nobody(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=receiver(tmp_path, KEEP))
    spoil(there)

    check(there, notify=False)
    assert not (tmp_path / "news").exists()

    check(there)
    assert (tmp_path / "news").exists()


# Read-only.


class Recording:
    """A port that answers with what it is given, and writes down what it was asked."""

    name, identity = "jira-1", None

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    def perform(self, request: Request) -> Answer:
        self.asked.append(request)
        return self.answers.pop(0)

    def close(self) -> None:
        return None


@pytest.mark.parametrize(
    "request_", [Stop(token=LockToken(plan="p", epoch=1)), Release(token=LockToken(plan="p", epoch=1), raise_epoch=2)]
)
def test_nothing_but_a_look_goes_through_the_door_for_looking(request_: Request) -> None:
    inner = Recording()

    with pytest.raises(TypeError, match="is no look"):
        ReadOnlyPort(inner).look(request_)  # type: ignore[arg-type] # what mypy refuses is refused at run time, too

    assert inner.asked == []


def test_a_class_of_ones_own_is_no_look() -> None:
    class Sly(Observe):
        """Looks like a look."""

    with pytest.raises(TypeError):
        ReadOnlyPort(Recording()).look(Sly())
    assert Observe in LOOKS


def test_a_torn_answer_is_read_again_once_and_any_other_is_not(tmp_path: Path) -> None:
    seen = yard(tmp_path).nodes["jira-1"].perform(Observe())
    assert isinstance(seen, Ok)
    torn, lost = Lost(reason="changing", torn=True), Lost(reason="gone")

    for answers, result, asked in (((torn, seen), seen, 2), ((torn, torn), torn, 2), ((lost, seen), lost, 1)):
        inner = Recording(*answers)
        assert look_once(ReadOnlyPort(inner)) == result
        assert len(inner.asked) == asked
