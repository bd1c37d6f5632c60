"""Drift: every standing, its exit code, its JSON, and that nothing but a look ever travels."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import FileKind, HomeFacts, LockHolder
from agent.edges.console import Console
from agent.errors import InputError, Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.operations.drift import drift
from agent.operations.world import Choice
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.world import HURRIED, OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.report import Report

UNKNOWN_STORE = (
    b"<filestore-config><associations><association target='backups' file-store='x'/></associations></filestore-config>"
)


def _look(there: Yard, *clusters: str, limit: str | None = None, exclude: str | None = None) -> Report:
    report = drift(there.world(), there.choice(*clusters, limit=limit, exclude=exclude), template=None)
    as_json(report)
    return report


def _text(report: Report) -> str:
    return "\n".join(line.text for line in report.lines)


def _standings(report: Report) -> list[str | None]:
    return [row.standing for row in report.nodes]


def _unreachable(there: Yard) -> None:
    there.fault("jira-2", Fault(mishap=Mishap.UNREACHABLE))


def _unknown(there: Yard) -> None:
    there.fault("jira-2", Fault(mishap=Mishap.LOST_AFTER))


def _unreadable(there: Yard) -> None:
    there.lay("jira-2", UNKNOWN_STORE)


def _split(there: Yard) -> None:
    there.lay("jira-2", _content(there, OTHER_BUCKET))
    there.start_jira("jira-2")


def _time_bomb(there: Yard) -> None:
    there.lay("jira-2", _content(there, OTHER_BUCKET))


def _drifted(there: Yard) -> None:
    there.lay("jira-2", _content(there, TUNED))
    there.start_jira("jira-2")


def _restart_pending(there: Yard) -> None:
    there.lay("jira-2", there.desired["jira-2"].content)


def _cosmetic(there: Yard) -> None:
    there.lay("jira-2", there.desired["jira-2"].content.replace(b"  ", b"    "))
    there.start_jira("jira-2")


def _content(there: Yard, text: str) -> bytes:
    """Return the document of another inventory, and leave this one as it is."""
    before = (there.inventory / "prod.yml").read_text(encoding="utf-8")
    there.rewrite(text)
    content = there.desired["jira-2"].content
    there.rewrite(before)
    return content


@pytest.mark.parametrize(
    ("spoil", "standing", "outcome"),
    [
        (_unreachable, "UNREACHABLE", Outcome.UNREACHABLE),
        (_unknown, "UNKNOWN", Outcome.PARTIAL),
        (_unreadable, "UNREADABLE", Outcome.DRIFT),
        (_split, "SPLIT", Outcome.DRIFT),
        (_time_bomb, "TIME_BOMB", Outcome.DRIFT),
        (_drifted, "DRIFTED", Outcome.DRIFT),
        (_restart_pending, "RESTART_PENDING", Outcome.DRIFT),
        (_cosmetic, "COSMETIC", Outcome.DRIFT),
        (lambda _: None, "CURRENT", Outcome.OK),
    ],
)
def test_each_standing_has_its_outcome_and_terminal_and_json_agree(
    tmp_path: Path, spoil: Callable[[Yard], None], standing: str, outcome: Outcome
) -> None:
    there = yard(tmp_path)
    spoil(there)

    report = _look(there)

    assert _standings(report) == ["CURRENT", standing, "CURRENT"]
    assert report.outcome is outcome
    assert standing in _text(report)
    document = as_json(report)
    assert (document["outcome"], document["exit_code"]) == (str(outcome), outcome.exit_code)
    assert document["nodes"][1]["standing"] == standing


@pytest.mark.parametrize(
    ("spoil", "command"),
    [
        (_unreachable, "filestore-agent doctor --limit jira-2"),
        (_unknown, "filestore-agent doctor --limit jira-2"),
        (_split, "filestore-agent plan --restart"),
        (_restart_pending, "filestore-agent rolling-restart"),
        (lambda _: None, None),
    ],
)
def test_the_next_command_fits_what_was_found(tmp_path: Path, spoil: Callable[[Yard], None], command: str) -> None:
    there = yard(tmp_path)
    spoil(there)

    assert _look(there).next_command == command


def test_unknown_weighs_more_than_unreachable_and_that_more_than_drift(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _split(there)
    there.fault("jira-1", Fault(mishap=Mishap.UNREACHABLE))

    assert _look(there).outcome is Outcome.UNREACHABLE

    there.fault("jira-1", Fault(mishap=Mishap.UNREACHABLE))
    there.fault("jira-3", Fault(mishap=Mishap.LOST_BEFORE))
    assert _look(there).outcome is Outcome.PARTIAL


def test_nothing_but_one_look_per_node_travels_and_every_connection_is_closed(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _time_bomb(there)

    _look(there)

    assert there.kinds() == ["Observe"] * 3
    assert sorted(there.closed) == ["jira-1", "jira-2", "jira-3"]
    kept = [path.name for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert "prod.json" in kept
    assert not [name for name in kept if name.endswith(".jsonl")]


def test_a_limit_looks_at_those_nodes_alone(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _time_bomb(there)

    report = _look(there, limit="jira-[1,3]")

    assert [row.name for row in report.nodes] == ["jira-1", "jira-3"]
    assert report.outcome is Outcome.OK
    assert [name for name, _ in there.requests] == ["jira-1", "jira-3"]


def test_an_excluded_node_is_not_asked(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = _look(there, exclude="jira-2")

    assert "jira-2" not in {name for name, _ in there.requests}
    assert [row.name for row in report.nodes] == ["jira-1", "jira-3"]


@pytest.mark.parametrize("words", ["nosuch", "", "jira-1,jira-1", "jira-[3-1]"])
def test_a_limit_that_means_nothing_connects_to_nothing(tmp_path: Path, words: str) -> None:
    there = yard(tmp_path)

    with pytest.raises(InputError, match="--limit"):
        _look(there, limit=words)

    assert there.dialled == 0


def test_equal_nodes_are_folded_into_one_line(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _time_bomb(there)

    report = _look(there)

    assert [line.text.split()[:2] for line in report.lines[1:7]] == [
        ["desired:", "backups"],
        ["TIME_BOMB", "jira-2"],
        ["goes", "off"],
        ["in", "force:"],
        ["on", "disk"],
        ["CURRENT", "jira-[1,3]"],
    ]


def test_one_difference_on_two_nodes_is_told_once(tmp_path: Path) -> None:
    there = yard(tmp_path)
    other = _content(there, TUNED)
    there.lay("jira-2", other)
    there.lay("jira-3", other)

    report = _look(there)

    assert as_json(report)["differences"] == [
        {
            "nodes": ["jira-2", "jira-3"],
            "changes": [{"path": "filestores.backupBucket.max-concurrency", "before": "50", "after": "(none)"}],
        }
    ]
    assert _text(report).count("max-concurrency") == 1
    assert "What differs on jira-[2-3]" in _text(report)


def _two_clusters(tmp_path: Path) -> Yard:
    prod = INVENTORY.replace("jira-[1-3]", "prod-[1-2]") + HURRIED
    test = OTHER_BUCKET.replace("jira-[1-3]", "test-[1-2]") + HURRIED
    return yard(tmp_path, prod=prod, test=test)


def test_several_clusters_are_judged_each_on_its_own(tmp_path: Path) -> None:
    there = _two_clusters(tmp_path)

    report = _look(there, "all")

    assert report.outcome is Outcome.OK
    document = as_json(report)
    assert document["cluster"] is None
    assert [(node["cluster"], node["name"]) for node in document["nodes"]] == [
        ("prod", "prod-1"),
        ("prod", "prod-2"),
        ("test", "test-1"),
        ("test", "test-2"),
    ]


def test_without_a_name_several_clusters_are_refused_with_their_names(tmp_path: Path) -> None:
    there = _two_clusters(tmp_path)

    with pytest.raises(InputError, match="prod, test"):
        _look(there)

    assert there.dialled == 0


def test_a_cluster_that_is_not_there_gets_a_suggestion(tmp_path: Path) -> None:
    there = _two_clusters(tmp_path)

    with pytest.raises(InputError, match=r'prdo.*did you mean "prod".*prod, test'):
        _look(there, "prdo")


def test_a_limit_over_all_clusters_means_a_node_wherever_it_is(tmp_path: Path) -> None:
    there = _two_clusters(tmp_path)

    report = _look(there, "all", limit="test-1")

    assert [row.name for row in report.nodes] == ["test-1"]


def test_a_documentation_name_is_refused_with_the_line_to_change(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY.replace("jira-[1-3]", "jira-[1-3].example.com") + HURRIED)

    refused = _look(there)

    assert (refused.outcome, there.requests) == (Outcome.INVALID, [])
    places = {(str(finding.place), finding.rule) for finding in refused.findings}
    assert {rule for _, rule in places} == {"FS050"}
    told = [finding.message for finding in refused.findings]
    assert told == ["jira-[1-3].example.com are names for documentation; there are no such machines"]
    assert all("prod.yml:3" in place for place, _ in places)


def test_who_holds_the_lock_is_told_as_a_transition(tmp_path: Path) -> None:
    there = yard(tmp_path)
    holder = LockHolder(holder="ann", host="laptop", plan="p1", epoch=3, since="2026-01-02T03:04:00Z")
    for name in ("jira-1", "jira-2"):
        there.machine(name).lock = holder

    report = _look(there)

    told = "  in transition: ann@laptop holds jira-[1-2] since 2026-01-02T03:04:00Z for plan p1"
    assert [line.text for line in report.lines if "transition" in line.text] == [told]
    assert as_json(report)["nodes"][0]["lock"]["holder"] == "ann"


def test_one_rollout_that_claimed_in_two_seconds_is_one_transition_and_two_are_two(tmp_path: Path) -> None:
    there = yard(tmp_path)
    first = LockHolder(holder="ann", host="laptop", plan="p1", epoch=3, since="2026-01-02T03:04:02Z")
    there.machine("jira-1").lock = first
    there.machine("jira-2").lock = replace(first, since="2026-01-02T03:04:01Z")
    there.machine("jira-3").lock = replace(first, plan="p2")

    assert [line.text for line in _look(there).lines if "transition" in line.text] == [
        "  in transition: ann@laptop holds jira-[1-2] since 2026-01-02T03:04:01Z for plan p1",
        "  in transition: ann@laptop holds jira-3 since 2026-01-02T03:04:02Z for plan p2",
    ]


def test_a_typing_slip_in_the_localhome_is_unknown_and_never_a_split(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-2").home = HomeFacts(kind=FileKind.ABSENT)

    report = _look(there)

    node = as_json(report)["nodes"][1]
    assert (node["standing"], node["consequence"], node["digest"]) == ("UNKNOWN", None, None)
    assert node["reason"].startswith("the localhome /var/jira is not there; correct jira.localhome")
    assert "SPLIT" not in _text(report)
    assert report.next_command == "filestore-agent doctor --limit jira-2"


def test_a_reason_with_brackets_stands_whole_above_its_evidence(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _unreadable(there)

    report = _look(there)

    clause, detail = (line.text for line in report.lines[2:4])
    assert clause.endswith("Jira would not start on the file")
    assert detail.startswith("      line ")
    assert as_json(report)["nodes"][1]["reason"] == f"Jira would not start on the file; {detail.strip()}"


def test_a_cluster_of_one_node_is_spoken_of_as_one(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY.replace("jira-[1-3]", "jira-1") + HURRIED)
    one = _look(there)
    there.machine("jira-1").stop_jira()

    assert (one.lines[0].text, one.sentence) == ("prod: 1 node", "The one node is CURRENT.")
    assert _look(there, limit="jira-1").sentence == "1 of 1 node is not as it should be: 1 RESTART_PENDING."


def test_two_runs_give_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = yard(tmp_path)
    _split(there)
    there.fault("jira-3", Fault(mishap=Mishap.UNREACHABLE), Fault(mishap=Mishap.UNREACHABLE))
    seen = []
    for _ in range(2):
        import sys  # noqa: PLC0415 - the captured stream, not the one at import

        Console(out=sys.stdout, err=sys.stderr, colour_out=False, colour_err=False).show_json(_look(there))
        seen.append(capsys.readouterr().out)

    assert seen[0] == seen[1]
    assert json.loads(seen[0])["outcome"] == "unreachable"


def test_a_nodes_hostile_words_reach_neither_terminal_nor_json_unescaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys  # noqa: PLC0415 - the captured stream, not the one at import

    there = yard(tmp_path)
    evil = "\x1b]52;c;ZXZpbA==\x07\u202egnp.\u200b\u009b31m\r\nCURRENT"
    machine = there.machine("jira-2")
    machine.lock = LockHolder(holder=evil, host=evil, plan=evil, epoch=1, since=evil)
    machine.home = replace(machine.home, owner=evil)
    there.lay("jira-3", f"<!-- {evil.replace(chr(27), '')} --><x".encode())
    report = _look(there)
    console = Console(out=sys.stdout, err=sys.stderr, colour_out=False, colour_err=False)

    console.show(report)
    shown = capsys.readouterr().out
    console.show_json(report)
    told = capsys.readouterr().out

    assert shown.replace("\n", "").isprintable()
    assert "\u202e" not in shown
    assert "\\x1b]52" in shown
    assert told.isascii()
    assert all(ord(letter) >= 32 for letter in told.replace("\n", ""))
    texts = json.loads(told)["nodes"][1]["lock"].values()
    assert all(str(text).replace("\n", "").isprintable() for text in texts)


def test_findings_of_the_files_are_counted_not_listed(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(
        INVENTORY.replace("backupBucket: {", "spareBucket: {bucket-name: co-spare, region: eu-west-1}, backupBucket: {")
    )

    report = _look(there)

    assert report.quiet_findings
    assert [finding.severity for finding in report.findings] == ["warning"]
    assert report.findings[0].rule not in _text(report)


def test_a_fault_in_another_clusters_file_stops_nobody_here(tmp_path: Path) -> None:
    there = yard(tmp_path)
    (there.inventory / "staging.yml").write_text("jira: [\n", encoding="utf-8")

    report = drift(there.world(), Choice(inventory=there.inventory, clusters=("prod",)), template=None)

    assert report.outcome is Outcome.OK
    assert report.findings == ()
    broken = drift(there.world(), Choice(inventory=there.inventory, clusters=("staging",)), template=None)
    assert broken.outcome is Outcome.INVALID
    assert broken.sentence.endswith("1 error; nothing was connected, nothing written")
    assert [finding.cluster for finding in broken.findings] == ["staging"]
