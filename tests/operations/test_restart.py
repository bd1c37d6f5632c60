"""Rolling-restart: those that need it, one at a time, and never into a wrong file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.observation import LockHolder
from agent.errors import Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.operations.consent import Consent
from agent.operations.restart import restart_every_node, restart_pending_nodes
from tests.operations.contract import as_json
from tests.operations.world import HURRIED, OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report

YES = Consent(yes=True)


def _restart(
    there: Yard, *said: str, consent: Consent = YES, terminal: bool = True, limit: str | None = None
) -> Report:
    world = there.world(terminal=terminal)
    report = restart_pending_nodes(
        world, there.choice(limit=limit), template=None, said=frozenset(said), consent=consent
    )
    as_json(report)
    return report


def _acts(there: Yard) -> list[tuple[str, str]]:
    return [(name, type(it).__name__) for name, it in there.requests if type(it).__name__ in {"Stop", "Start"}]


def _pending(tmp_path: Path, *names: str) -> Yard:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)
    for name, node in there.nodes.items():
        there.lay(name, there.desired[name].content)
        if name not in names:
            there.start_jira(name)
        assert node.machine.jira is not None
    return there


def test_only_those_that_need_it_are_restarted(tmp_path: Path) -> None:
    there = _pending(tmp_path, "jira-1", "jira-3")

    report = _restart(there)

    assert report.outcome is Outcome.OK
    assert _acts(there) == [("jira-1", "Stop"), ("jira-1", "Start"), ("jira-3", "Stop"), ("jira-3", "Start")]
    assert {row.standing for row in report.nodes} == {"CURRENT"}
    assert "Commit" not in there.kinds()
    assert "Stage" not in there.kinds()


def test_with_all_every_node_is_restarted(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = restart_every_node(there.world(), there.choice(), template=None, said=frozenset(), consent=YES)

    as_json(report)
    assert report.outcome is Outcome.OK
    assert [name for name, act in _acts(there) if act == "Stop"] == ["jira-1", "jira-2", "jira-3"]


def test_nothing_pending_is_ok_and_asks_nothing(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = _restart(there, consent=Consent(), terminal=False)

    assert report.outcome is Outcome.OK
    assert there.changed_nothing()


def test_a_restart_asks_and_names_its_flag_without_a_terminal(tmp_path: Path) -> None:
    there = _pending(tmp_path, "jira-1")

    report = _restart(there, consent=Consent(), terminal=False)

    assert report.outcome is Outcome.REFUSED
    assert "--yes" in report.sentence
    assert as_json(report)["nodes"]

    assert there.changed_nothing()


def test_no_node_is_restarted_into_a_wrong_file(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)

    report = restart_every_node(there.world(), there.choice(), template=None, said=frozenset(), consent=YES)

    assert report.outcome is Outcome.REFUSED
    assert "wrong-file" in {objection["code"] for objection in as_json(report)["objections"]}
    assert there.changed_nothing()


def test_a_node_that_is_down_comes_first_and_costs_nothing(tmp_path: Path) -> None:
    there = _pending(tmp_path, "jira-1", "jira-3")
    there.machine("jira-3").stop_jira()

    report = _restart(there)

    assert report.outcome is Outcome.OK
    assert [name for name, act in _acts(there) if act == "Start"] == ["jira-3", "jira-1"]


def test_another_node_that_is_down_holds_every_stop_back(tmp_path: Path) -> None:
    there = _pending(tmp_path, "jira-1")
    there.machine("jira-2").stop_jira()

    report = _restart(there, limit="jira-1")

    assert report.outcome is Outcome.REFUSED
    assert "budget" in {objection["code"] for objection in as_json(report)["objections"]}
    assert _acts(there) == []


def test_a_silent_bystander_holds_every_stop_back(tmp_path: Path) -> None:
    there = _pending(tmp_path, "jira-1")
    there.fault("jira-2", *(Fault(mishap=Mishap.UNREACHABLE) for _ in range(9)))

    report = _restart(there)

    assert report.outcome is Outcome.UNREACHABLE, "the budget says no only because of the silent node"
    assert {it["code"] for it in as_json(report)["objections"]} == {"unreachable", "budget"}
    assert there.changed_nothing()


def test_the_last_running_node_needs_its_own_word(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=(TUNED + HURRIED).replace("jira-[1-3]", "jira-1"))
    there.lay("jira-1", there.desired["jira-1"].content)

    refused = _restart(there)
    assert refused.outcome is Outcome.REFUSED
    assert as_json(refused)["objections"][0]["flags"] == ["--accept-downtime"]
    assert there.changed_nothing()

    assert _restart(there, "--accept-downtime").outcome is Outcome.OK


def _rerouted_on_disk(tmp_path: Path) -> Yard:
    """A new routing lies on every disk, and no process has loaded it."""
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)
    for name in there.nodes:
        there.lay(name, there.desired[name].content)
    return there


def test_a_restart_that_brings_another_routing_into_force_wants_the_clusters_name(tmp_path: Path) -> None:
    there = _rerouted_on_disk(tmp_path)

    report = _restart(there, terminal=False)

    assert report.outcome is Outcome.REFUSED
    assert "--confirm prod" in report.sentence
    assert there.changed_nothing()
    assert _restart(there, consent=Consent(name="prod"), terminal=False).outcome is Outcome.OK


def test_a_restart_of_some_nodes_does_not_split_the_data_unasked(tmp_path: Path) -> None:
    there = _rerouted_on_disk(tmp_path)

    report = _restart(there, consent=Consent(name="prod"), limit="jira-1")

    assert report.outcome is Outcome.REFUSED
    assert [it["code"] for it in as_json(report)["objections"]] == ["left-behind"]
    assert there.changed_nothing()


def test_data_left_going_to_two_places_is_partial_whatever_was_allowed(tmp_path: Path) -> None:
    there = _rerouted_on_disk(tmp_path)

    report = _restart(there, "--allow-partial", consent=Consent(name="prod"), limit="jira-1")

    assert report.outcome is Outcome.PARTIAL
    assert report.next_command == "filestore-agent rolling-restart"


def test_the_next_command_after_a_part_is_the_rest(tmp_path: Path) -> None:
    there = _pending(tmp_path, "jira-1", "jira-2")

    assert _restart(there, limit="jira-1").next_command == "filestore-agent rolling-restart"


def test_with_nothing_to_restart_the_nodes_that_are_wrong_are_named(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    report = _restart(there)

    assert report.outcome is Outcome.OK
    assert report.sentence == "No node waits for a restart; not CURRENT: jira-[1-3] DRIFTED."
    assert report.next_command == "filestore-agent plan"


def test_nodes_that_another_holds_are_locked_before_anything_else(tmp_path: Path) -> None:
    there = _pending(tmp_path, "jira-1")
    there.machine("jira-2").lock = LockHolder(
        holder="eve", host="far", plan="p9", epoch=3, since="2026-01-01T00:00:00Z"
    )
    there.machine("jira-3").stop_jira()

    report = _restart(there)

    assert report.outcome is Outcome.LOCKED
    assert "eve@far" in as_json(report)["objections"][0]["sentence"]
    assert report.next_command == "filestore-agent lock"
    assert there.changed_nothing()
