"""History: told from the journals alone; what cannot be read is listed too, and hides nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.document import digest_of
from agent.core.report import Tone
from agent.core.rollout.events import (
    Act,
    AnswerLost,
    Cause,
    HookFailed,
    NodeDrained,
    RolloutEnded,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    RolloutUndone,
    StepFacts,
)
from agent.edges.journal import Journal
from agent.errors import InputError, JournalError, Outcome
from agent.operations.history import history
from tests.command_line import INVENTORY
from tests.core.planning.test_plan_json import PLAN
from tests.core.rollout.test_past import DIAGNOSED, at, restart
from tests.operations.contract import as_json
from tests.operations.world import yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report
    from agent.core.rollout.events import Event
    from tests.operations.world import Yard

OLD, NEW = digest_of(b"<old/>"), digest_of(b"<new/>")


TIMES = "drain 3s on 2 nodes, stop 10s on 1 node, commit 1s on 1 node, start 100s on 1 node, admit 3s on 1 node"


def started(plan: str, day: int = 1) -> RolloutStarted:
    steps = tuple(
        StepFacts(node=node, expected=OLD, digest=NEW, restart=True, running=True, document=True)
        for node in ("jira-1", "jira-2")
    )
    return RolloutStarted(
        plan=plan,
        cluster="prod",
        shape="rolling",
        change="tuning",
        epoch=1,
        holder="kim",
        host="desk",
        steps=steps,
        at=at(0).replace("01-01", f"01-0{day}"),
        reason="CHG-1",
    )


def ended(day: int = 1) -> RolloutEnded:
    return RolloutEnded(outcome="ok", at=at(100).replace("01-01", f"01-0{day}"))


def keep(there: Yard, plan: str, *told: Event, cluster: str = "prod") -> Path:
    """Leave the journal of a rollout behind."""
    folder = there.folder / "state" / "rollouts" / cluster
    with Journal.create(folder, replace(PLAN, id=plan, cluster=cluster)) as journal:
        for event in told:
            journal.append(event)
        return journal.path


def listed(there: Yard, *clusters: str, last: int = 20) -> Report:
    return history(there.world(), there.choice(*clusters), rollout=None, last=last)


def one(there: Yard, plan: str, *clusters: str) -> Report:
    return history(there.world(), there.choice(*clusters), rollout=plan, last=20)


def test_rollouts_are_listed_the_newest_first(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a", 1), ended(1))
    keep(there, "c", started("c", 2), ended(2), RolloutUndone(by="b", holder="kim", host="desk"))
    keep(there, "b", started("b", 3), ended(3))

    report = listed(there)

    document = as_json(report)
    assert [(row["plan"], row["fate"], row["outcome"], row["put_back_by"]) for row in document["rollouts"]] == [
        ("b", "ended", "ok", None),
        ("c", "put-back", "ok", "b"),
        ("a", "ended", "ok", None),
    ], "as they were begun, whatever the clock said"
    assert (document["outcome"], document["cluster"], document["earlier"]) == ("ok", "prod", 0)
    assert report.sentence == "prod: 3 rollouts."
    assert [line.text for line in report.lines] == [
        "prod:",
        "  PLAN  BEGUN                 BY        WAY      CLASS   NODES       TOOK  OUTCOME",
        "  b     2026-01-03T10:00:00Z  kim@desk  rolling  tuning  jira-[1-2]  100s  ok",
        "  c     2026-01-02T10:00:00Z  kim@desk  rolling  tuning  jira-[1-2]  100s  put back by b",
        "  a     2026-01-01T10:00:00Z  kim@desk  rolling  tuning  jira-[1-2]  100s  ok",
    ]
    assert report.next_command is None


def test_no_node_is_spoken_to_and_nothing_is_written(tmp_path: Path) -> None:
    there = yard(tmp_path)
    path = keep(there, "a", started("a"))
    before = path.read_bytes()
    listed(there)
    one(there, "a")
    assert there.dialled == 0
    assert path.read_bytes() == before


def test_only_the_last_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    there = yard(tmp_path)
    for day in (1, 2, 3):
        keep(there, f"p{day}", started(f"p{day}", day), ended(day))
    report = listed(there, last=2)
    document = as_json(report)
    assert ([row["plan"] for row in document["rollouts"]], document["earlier"]) == (["p3", "p2"], 1)
    assert report.sentence == "prod: 2 rollouts, and 1 earlier."
    assert report.lines[-1].text == "  ... and 1 earlier (--last N)"
    with pytest.raises(InputError, match="--last 0: a number from 1 on"):
        listed(there, last=0)


def test_a_damaged_journal_is_listed_with_the_reason_and_hides_no_other(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "good", started("good"), ended())
    path = keep(there, "bad", started("bad", 2), ended(2))
    path.write_bytes(path.read_bytes().replace(b"kim", b"eve"))

    report = listed(there)

    document = as_json(report)
    fates = {row["plan"]: row["fate"] for row in document["rollouts"]}
    assert fates == {"bad": "damaged", "good": "ended"}
    assert "its checksum does not fit" in next(row["damage"] for row in document["rollouts"] if row["damage"])
    assert report.outcome is Outcome.ERROR
    assert report.sentence.startswith("prod: 2 rollouts; 1 journal cannot be read")
    assert report.lines[-1].tone is Tone.BAD
    with pytest.raises(JournalError, match="its checksum does not fit"):
        one(there, "bad")


def test_a_rollout_without_an_end_is_broken_off_or_running_now(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a"))
    broken = listed(there)
    assert as_json(broken)["rollouts"][0]["fate"] == "broken-off"
    assert broken.lines[-1].text.endswith("broken off")
    assert broken.next_command == "filestore-agent resume"
    with Journal.reopen(there.folder / "state" / "rollouts" / "prod", "a"):
        running = listed(there)
        assert as_json(running)["rollouts"][0]["fate"] == "running"
        assert as_json(one(there, "a"))["rollouts"][0]["fate"] == "running"
        assert running.next_command is None
        assert running.lines[-1].text.endswith("running now")


def test_a_rollout_with_an_end_is_ended_while_its_journal_is_still_open(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a"), ended())
    with Journal.reopen(there.folder / "state" / "rollouts" / "prod", "a"):
        assert as_json(listed(there))["rollouts"][0]["fate"] == "ended"


def test_an_older_break_asks_for_nothing_any_more(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a", 1))
    assert one(there, "a").next_command == "filestore-agent resume --cluster prod"
    keep(there, "b", started("b", 2), ended(2))
    assert listed(there).next_command is None
    assert one(there, "a").next_command is None


def test_a_journal_without_an_event_says_that_nothing_was_begun(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a")
    report = listed(there)
    assert as_json(report)["rollouts"][0]["fate"] == "not-begun"
    assert report.lines[-1].text.split()[-2:] == ["not", "begun"]


def test_what_had_nothing_to_put_back_says_so(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a"), RolloutUndone(by=None, holder="kim", host="desk"))
    assert listed(there).lines[-1].text.endswith("nothing to put back")


def test_where_nothing_was_begun_it_is_said(tmp_path: Path) -> None:
    report = listed(yard(tmp_path))
    assert as_json(report)["rollouts"] == []
    assert report.sentence == "prod: no rollout was begun from this workstation."


def test_a_rollout_resumed_from_another_workstation_is_told_with_its_plan(tmp_path: Path) -> None:
    there = yard(tmp_path)
    resumed = RolloutResumed(epoch=2, holder="ann", host="laptop", at=at(0))
    path = keep(there, "a", resumed)
    (row,) = as_json(listed(there))["rollouts"]
    assert (row["holder"], row["shape"], row["nodes"]) == ("ann", "rolling", [f"jira-{it}" for it in range(1, 5)])
    path.with_name("a.plan.json").unlink()
    (row,) = as_json(listed(there))["rollouts"]
    assert (row["holder"], row["shape"], row["nodes"]) == ("ann", None, [])


def test_a_broken_inventory_hinders_nobody_who_names_the_cluster(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a"))
    (there.inventory / "prod.yml").write_text("]")
    assert len(as_json(listed(there, "prod"))["rollouts"]) == 1
    assert len(as_json(listed(there))["rollouts"]) == 1
    (there.inventory / "prod.yml").unlink()
    there.inventory.rmdir()
    assert len(as_json(listed(there))["rollouts"]) == 1


def test_of_several_clusters_one_must_be_named_or_all(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY, staging=INVENTORY.replace("jira-", "test-"))
    keep(there, "a", started("a"), ended())
    keep(there, "b", started("b", 2), cluster="gone")
    with pytest.raises(InputError, match="say which one, or 'all' to read them all; known: gone, prod, staging"):
        listed(there)
    everything = listed(there, "all")
    assert [row["cluster"] for row in as_json(everything)["rollouts"]] == ["gone", "prod"]
    assert everything.cluster is None
    assert everything.next_command is None
    assert as_json(listed(there, "staging"))["rollouts"] == []
    assert [row["plan"] for row in as_json(listed(there, "prod", "gone"))["rollouts"]] == ["a", "b"]
    with pytest.raises(InputError, match=r'no cluster \'prd\' is known here \(did you mean "prod"\?\)'):
        listed(there, "prd")


def test_one_is_found_in_whatever_cluster_it_is(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY, staging=INVENTORY.replace("jira-", "test-"))
    keep(there, "deadbeef", started("deadbeef"), cluster="staging")
    assert one(there, "deadbeef").cluster == "staging"
    with pytest.raises(InputError, match=r"no rollout 'deadbeef' of prod on this workstation;"):
        one(there, "deadbeef", "prod")
    with pytest.raises(InputError, match=r'no rollout \'deadbeaf\' on this workstation \(did you mean "deadbeef"\?\)'):
        one(there, "deadbeaf")


def test_one_in_detail_says_which_node_went_from_what_to_what_and_why(tmp_path: Path) -> None:
    there = yard(tmp_path)
    told = (
        started("a"),
        *restart("jira-1", 0),
        NodeDrained(node="jira-2", seconds=1.0, output="half\nof it", at=at(200)),
        HookFailed(act=Act.ADMIT, node="jira-2", reason="exit code 3", output="no backend", at=at(201)),
        AnswerLost(act=Act.COMMIT, node="jira-2", reason="timeout", at=at(202)),
        replace(DIAGNOSED, node="jira-2"),
        RolloutHalted(cause=Cause.SICK, node="jira-2", reason="it is down", next="status", at=at(210)),
        RolloutResumed(epoch=2, holder="ann", host="laptop", at=at(300)),
        RolloutHalted(cause=Cause.INTERRUPTED, node=None, reason="asked to stop", next="resume", at=at(310)),
    )
    path = keep(there, "a", *told)

    report = one(there, "a")

    document = as_json(report)
    first, second = document["nodes"]
    assert (first["expected_digest"], first["desired_digest"], first["result"]) == (OLD, NEW, "done")
    assert first["phases"] == {"drain": 2.0, "stop": 10.0, "commit": 1.0, "start": 100.0, "admit": 3.0}
    assert (second["digest"], second["result"], second["note"]) == (None, "unknown", "timeout")
    detail = document["detail"]
    assert detail["halts"][0]["diagnosis"]["code"] == "no-bucket"
    assert [hook["good"] for hook in detail["hooks"]] == [True, True, True, False]
    assert [it["holder"] for it in detail["resumptions"]] == ["ann"]
    assert report.sentence == "prod: rollout a: broken off."
    assert report.next_command == "filestore-agent resume --cluster prod"
    assert [line.text for line in report.lines] == [
        "prod: rollout a (rolling, tuning)",
        "  begun 2026-01-01T10:00:00Z by kim@desk",
        "  why: CHG-1",
        "  gone on with 2026-01-01T10:05:00Z by ann@laptop (epoch 2)",
        "  halted 2026-01-01T10:03:30Z (sick): jira-2: it is down",
        "      no-bucket (sure; the file is to blame): the bucket does not exist",
        "      its log: NoSuchBucket",
        "      name another",
        "  halted 2026-01-01T10:05:10Z (interrupted): asked to stop",
        "  NODE    FROM                 TO                   TOOK  RESULT",
        f"  jira-1  {OLD[:19]}  {NEW[:19]}  116s  done",
        "      why: it differs",
        f"  jira-2  {OLD[:19]}  {NEW[:19]}  1s    unknown (timeout); on disk: ?",
        "      why: it differs",
        "  jira-1: before-stop ended well in 2s",
        "  jira-1: after-ready ended well in 3s",
        "  jira-2: before-stop ended well in 1s",
        "      half",
        "      of it",
        "  jira-2: after-ready failed: exit code 3",
        "      no backend",
        f"  took 4m: {TIMES}",
        f"Journal: {path}",
    ]


def test_one_that_puts_another_back_and_one_that_was_put_back_name_each_other(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a"), ended(), RolloutUndone(by="b", holder="kim", host="desk"))
    keep(there, "b", replace(started("b"), undoes="a"), ended())
    assert "  put back by plan b" in [line.text for line in one(there, "a").lines]
    assert "  puts back what plan a did" in [line.text for line in one(there, "b").lines]
    assert one(there, "b").sentence == "prod: rollout b: ok."


def test_one_without_its_plan_or_its_last_words_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    there = yard(tmp_path)
    path = keep(there, "a", replace(DIAGNOSED, hint=""))
    path.write_bytes(path.read_bytes() + b"0123")
    path.with_name("a.plan.json").unlink()
    report = one(there, "a")
    document = as_json(report)
    assert (document["nodes"], document["detail"]["torn"]) == ([], True)
    assert [line.text for line in report.lines] == [
        "prod: rollout a (in a way that is not known, of a class that is not known)",
        "  begun (when is not known) by ?@?",
        "  took -",
        "  its last line was cut off in the middle",
        f"Journal: {path}",
    ]


def test_a_restart_names_no_other_document_and_without_the_plan_no_reason_is_told(tmp_path: Path) -> None:
    there = yard(tmp_path)
    start = started("a")
    same = tuple(replace(step, digest=OLD, document=False) for step in start.steps)
    path = keep(there, "a", replace(start, steps=same))
    path.with_name("a.plan.json").unlink()
    lines = [line.text.split() for line in one(there, "a").lines]
    assert ["jira-1", OLD[:19], "(the", "same)", "-", "not", "touched"] in lines
    assert "why:" not in [words[0] for words in lines[4:]]


def test_a_past_that_others_could_have_written_is_not_told(tmp_path: Path) -> None:
    there = yard(tmp_path)
    path = keep(there, "a", started("a"))
    path.parent.chmod(0o755)
    with pytest.raises(JournalError, match="chmod 700"):
        listed(there)


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    there = yard(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "rollouts").write_text("")
    with pytest.raises(JournalError, match="Not a directory"):
        listed(there)
