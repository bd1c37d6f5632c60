"""drift --history: told from the memory alone, also where the inventory is broken, and fit for scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.core.remembering.memory import Memory, Seen, remember
from agent.edges import memory as shelf
from agent.errors import InputError, Outcome
from agent.operations.drift_history import drift_history
from tests.command_line import INVENTORY, said_by, write_inventory
from tests.core.remembering.checks import KNOWN, NOON, saw, whole
from tests.operations.contract import as_json
from tests.operations.world import OTHER_BUCKET, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report


def keep(there: Yard, *checks: tuple[Seen, ...], cluster: str = "prod") -> None:
    memory = Memory(cluster=cluster)
    for number, seen in enumerate(checks):
        outcome = "drift" if seen else "invalid"
        memory = remember(memory, seen, at=NOON + 3600 * number, outcome=outcome, known=KNOWN)
    shelf.update(there.world().memory_folder, cluster, lambda _: memory)


def told(there: Yard, *clusters: str, last: int = 20) -> Report:
    report = drift_history(there.world(), there.choice(*clusters), last=last)
    as_json(report)
    return report


def text(report: Report) -> list[str]:
    return [line.text for line in report.lines]


def test_nodes_are_folded_and_changes_listed_the_latest_first(tmp_path: Path) -> None:
    there = yard(tmp_path)
    good = whole("CURRENT", "CURRENT", "CURRENT")
    rollout = (saw("jira-2", "RESTART_PENDING", in_transition=True),)
    keep(there, good, good, whole("CURRENT", "SPLIT", "CURRENT"), rollout)
    assert text(told(there)) == [
        "prod: the last check ended 2026-11-22T15:00:00Z: drift",
        "  RESTART_PENDING  jira-2      since 2026-11-22T15:00:00Z  last good 2026-11-22T13:00:00Z, in transition",
        "  CURRENT          jira-[1,3]  since 2026-11-22T12:00:00Z  good all the while",
        "Changes, the latest first:",
        "  2026-11-22T15:00:00Z  jira-2      SPLIT -> RESTART_PENDING after 1h (in transition)  why RESTART_PENDING",
        "  2026-11-22T14:00:00Z  jira-2      CURRENT -> SPLIT after 2h                          why SPLIT",
        "  2026-11-22T12:00:00Z  jira-[1-3]  (first seen) -> CURRENT                            why CURRENT",
    ]


def test_scripts_get_every_node_and_change_with_its_moments(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, (saw("jira-1"),), (saw("jira-1", "SPLIT", "wrong-home"),))
    (cluster,) = as_json(told(there, last=1))["history"]["clusters"]
    assert cluster["nodes"] == [
        {
            "node": "jira-1",
            "standing": "SPLIT",
            "faults": ["wrong-home"],
            "reason": "why SPLIT",
            "first_seen": "2026-11-22T13:00:00Z",
            "last_seen": "2026-11-22T13:00:00Z",
            "last_good": "2026-11-22T12:00:00Z",
            "flapping": False,
            "in_transition": False,
        }
    ]
    assert cluster["changes"] == [
        {
            "at": "2026-11-22T13:00:00Z",
            "node": "jira-1",
            "before": "CURRENT",
            "after": "SPLIT (wrong-home)",
            "reason": "why SPLIT",
            "in_transition": False,
            "lasted_seconds": 3600.0,
        }
    ]
    assert cluster["earlier"] == 1


def test_only_the_last_changes_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, *((saw("jira-1", ("CURRENT", "SPLIT")[number % 2]),) for number in range(8)))
    lines = text(told(there, last=2))
    assert lines[-1] == "  ... and 6 earlier (--last N)"
    assert "flapping" in lines[1]
    assert len(lines) == 6


def test_a_check_that_could_not_be_made_is_said_to_be_the_last(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, (saw("jira-1", "SPLIT"),), ())
    report = told(there)
    assert text(report)[0] == "prod: the last check could not be made 2026-11-22T13:00:00Z: invalid"
    assert "never seen good" in text(report)[1]
    assert report.outcome is Outcome.OK


def test_nothing_remembered_is_no_fault(tmp_path: Path) -> None:
    report = told(yard(tmp_path))
    assert (report.sentence, report.lines, report.outcome) == (
        "No drift check of this machine is remembered.",
        (),
        Outcome.OK,
    )


def test_a_broken_inventory_hinders_nobody_who_names_the_cluster(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, (saw("jira-1"),))
    (there.inventory / "prod.yml").write_text("{", encoding="utf-8")
    assert told(there, "prod").sentence == "prod: 1 change remembered on this machine."
    assert told(there, "all").outcome is Outcome.OK


def test_a_damaged_memory_is_an_error_that_hides_no_other(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY, test=OTHER_BUCKET.replace("jira-[", "test-["))
    keep(there, (saw("jira-1"),))
    keep(there, (saw("jira-1"),), cluster="test")
    damaged = there.world().memory_folder / "prod.json"
    damaged.write_bytes(b"{}")
    report = told(there, "all")
    assert report.outcome is Outcome.ERROR
    assert report.sentence == "test: 1 change remembered on this machine. 1 memory cannot be read."
    assert "damaged (it has no seal)" in text(report)[0]
    assert damaged.read_bytes() == b"{}"


def test_several_clusters_want_one_named(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY, test=OTHER_BUCKET.replace("jira-[", "test-["))
    with pytest.raises(InputError, match="say which one, or 'all'"):
        told(there)
    with pytest.raises(InputError, match="did you mean"):
        told(there, "pord")


def test_a_part_of_a_cluster_is_refused(tmp_path: Path) -> None:
    there = yard(tmp_path)
    with pytest.raises(InputError, match="leave --limit"):
        drift_history(there.world(), there.choice(limit="jira-1"), last=20)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--last", "3"], "--last: it belongs to --history"),
        (["--history", "--on-change"], "--on-change, --no-notify, --junit and --metrics do not go with it"),
        (["--history", "--no-notify"], "--on-change, --no-notify, --junit and --metrics do not go with it"),
        (["--history", "--last", "0"], "--last"),
    ],
)
def test_flags_that_say_nothing_together_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], words: str
) -> None:
    code, out, _ = said_by(capsys, "drift", "--inventory", str(write_inventory(tmp_path)), *flags)
    assert code == 5
    assert words in out


def test_the_command_line_tells_of_the_memory_of_this_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    memory = remember(Memory(cluster="prod"), [saw("jira-1")], at=NOON, outcome="ok", known=KNOWN)
    shelf.update(tmp_path / "filestore-agent" / "drift", "prod", lambda _: memory)
    code, out, _ = said_by(capsys, "drift", "--history", "--cluster", "prod", "--inventory", "/nowhere", "--json")
    assert code == 0
    assert json.loads(out)["history"]["clusters"][0]["nodes"][0]["standing"] == "CURRENT"
