"""Plan: what would be done and what speaks against it; nothing but looks travels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.filestore import FILE_NAME
from agent.core.observation import FileKind, LockHolder
from agent.core.planning.plan import Shape
from agent.errors import InputError, Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.operations.inputs.clusters import one_cluster, reachable_inputs
from agent.operations.looking.gathering import look_at_cluster
from agent.operations.plan import plan, plan_restart_of_every_node, plan_restart_of_pending_nodes
from agent.operations.proposal import words as proposal_words
from agent.operations.proposal.policy import Policy
from agent.operations.proposal.proposing import propose
from agent.operations.saved_plan.saving import Kept
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.world import EMPTY, HURRIED, OTHER_BUCKET, TUNED, Yard, yard

EVERY_TARGET = INVENTORY.replace(
    "{backups: backupBucket}", "{attachments: backupBucket, avatars: backupBucket, backups: backupBucket}"
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.report import Report
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.proposal.proposing import Proposal


def _plan(
    there: Yard,
    shape: Shape = Shape.COMMIT,
    *said: str,
    limit: str | None = None,
    exclude: str | None = None,
    inventory_flag: str | None = None,
    policy: Policy | None = None,
) -> Report:
    choice = there.choice(limit=limit, exclude=exclude, inventory_flag=inventory_flag)
    report = plan(there.world(), choice, template=None, shape=shape, said=frozenset(said), policy=policy)
    as_json(report)
    assert there.changed_nothing()
    assert not (there.folder / "state").exists()
    return report


def _without_its_name(document: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.replace(document["plan"], "PLAN") if isinstance(value, str) else value
        for key, value in document.items()
    }


def test_current_nodes_need_nothing(tmp_path: Path) -> None:
    report = _plan(yard(tmp_path))

    assert (report.outcome, report.next_command) == (Outcome.OK, None)
    assert report.sentence == "Nothing to do: 3 nodes, all CURRENT."
    assert as_json(report)["class"] == "none"


def test_a_tuning_is_changes_with_its_class_order_and_reasons(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    report = _plan(there, Shape.ROLLING, "--restart")

    document = as_json(report)
    assert (document["outcome"], document["exit_code"], document["class"]) == ("changes", 2, "tuning")
    assert [step["node"] for step in document["steps"]] == ["jira-1", "jira-2", "jira-3"]
    assert all(step["commits"] and step["restarts"] and step["reason"] for step in document["steps"])
    assert {step["digest"] for step in document["steps"]} == {there.desired["jira-1"].digest}
    assert report.next_command == "filestore-agent deploy-config --restart"
    assert document["objections"] == []


def test_a_change_of_routing_says_what_moves_and_asks_for_the_way(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)

    report = _plan(there)

    document = as_json(report)
    assert document["class"] == "routing"
    assert len(document["relocations"]) == 1
    assert "co-jira-other-bucket" in document["relocations"][0]
    (objection,) = document["objections"]
    assert (objection["code"], objection["flags"]) == ("routing", ["--restart", "--together", "--no-restart"])
    assert report.outcome is Outcome.CHANGES
    assert document["confirmation"] == "name"
    told = [line.text for line in report.lines]
    assert "Class of the change: routing (new backups will be stored elsewhere)" in told
    assert (
        "  It takes the cluster's name, typed at a terminal; without one, --confirm prod. --yes does not cover it."
        in told
    )


def test_the_way_is_for_a_person_to_choose_by_what_each_costs(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)

    report = _plan(there)

    *_, refused, rolling, together, later = [line.text for line in report.lines]
    assert refused.startswith("Refused: prod: backups will be stored elsewhere")
    assert refused.endswith("[routing]")
    assert len(refused) < 200
    assert rolling.startswith("  --restart     one node after the other: Jira goes on serving")
    assert "Jira is down for everybody meanwhile" in together
    assert later.startswith("  --no-restart  ")
    assert report.next_command == "filestore-agent deploy-config, with one of --restart, --together, --no-restart"


def test_the_ways_stand_below_the_refusal_that_asks_for_one_and_not_below_another(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)

    told = [line.text for line in _plan(there, exclude="jira-3").lines]

    refused = [at for at, text in enumerate(told) if text.startswith("Refused: ")]
    assert len(refused) == 2
    asks = next(at for at in refused if "[routing]" in told[at])
    assert [text.split()[0] for text in told[asks + 1 : asks + 4]] == ["--restart", "--together", "--no-restart"]
    assert told[-1].startswith("  --no-restart") == (asks == max(refused))


def test_what_users_will_see_stands_on_a_line_of_its_own_before_the_name_is_asked_for(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(EVERY_TARGET + HURRIED)

    told = [line.text for line in _plan(there, Shape.ROLLING, "--restart").lines]

    seen = [at for at, text in enumerate(told) if text.startswith("    what users will see: ")]
    assert [told[at - 1].partition(" go to ")[0] for at in seen] == [
        "  jira-[1-3]: attachments", "  jira-[1-3]: avatars",
    ]  # fmt: skip
    assert "attachments that issues have already are not found until they are copied" in told[seen[0]]
    assert "docs/moving-data.md" in told[seen[0] + 1]
    assert max(seen) < next(at for at, text in enumerate(told) if "It takes the cluster's name" in text)
    assert all(text.count("not copied") <= 1 for text in told)


@pytest.mark.parametrize(
    ("shape", "word", "until"),
    [
        (Shape.ROLLING, "--restart", "until the last of them is done"),
        (Shape.COMMIT, "--no-restart", "until each node has had its next restart"),
    ],
)
def test_the_class_tells_how_long_this_plan_mixes_what(tmp_path: Path, shape: Shape, word: str, until: str) -> None:
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)

    told = [line.text for line in _plan(there, shape, word).lines]

    assert f"Class of the change: routing (new backups go to two places {until})" in told


def test_a_filestore_that_is_only_renamed_is_one_line_for_people_and_whole_for_scripts(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(INVENTORY.replace("backupBucket", "myBackups"))

    report = _plan(there)

    told = [line.text for line in report.lines]
    assert "  filestore backupBucket is now called myBackups; nothing else changes, and it can wait" in told
    assert not [text for text in told if "(none)" in text]
    (difference,) = as_json(report)["differences"]
    assert len(difference["changes"]) == 5


def test_the_next_command_never_holds_the_name_that_a_person_is_to_type(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)

    report = _plan(there, Shape.ROLLING, "--restart")

    assert as_json(report)["confirmation"] == "name"
    assert report.next_command == "filestore-agent deploy-config --restart"


def test_all_nodes_stopped_first_never_write_to_two_places_unless_one_is_left_out(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)
    at_once = "Class of the change: routing (all nodes change over at once: no data is written to two places)"

    together = _plan(there, Shape.TOGETHER, "--together")
    without_one = _plan(there, Shape.TOGETHER, "--together", "--allow-partial", exclude="jira-3")

    assert at_once in [line.text for line in together.lines]
    told = [line.text for line in without_one.lines]
    assert at_once not in told
    left = "new backups go to two places until jira-3 changes over too, which is not part of this plan"
    assert f"Class of the change: routing ({left})" in told


def test_what_moves_nothing_takes_a_yes_and_nothing_at_all_takes_none(tmp_path: Path) -> None:
    there = yard(tmp_path)
    assert as_json(_plan(there))["confirmation"] == "none"
    there.rewrite(TUNED)
    assert as_json(_plan(there))["confirmation"] == "yes"


@pytest.mark.parametrize(
    ("shape", "word"), [(Shape.ROLLING, "--restart"), (Shape.TOGETHER, "--together"), (Shape.COMMIT, "--no-restart")]
)
def test_saying_the_way_takes_the_objection_away(tmp_path: Path, shape: Shape, word: str) -> None:
    there = yard(tmp_path)
    there.rewrite(EMPTY + HURRIED)

    assert as_json(_plan(there, shape, word))["objections"] == []


@pytest.mark.parametrize(
    ("mishap", "outcome"), [(Mishap.UNREACHABLE, Outcome.UNREACHABLE), (Mishap.LOST_AFTER, Outcome.PARTIAL)]
)
def test_a_silent_node_speaks_against_it_and_decides(tmp_path: Path, mishap: Mishap, outcome: Outcome) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)
    there.fault("jira-2", Fault(mishap=mishap))

    report = _plan(there)

    assert report.outcome is outcome
    assert report.next_command == "filestore-agent doctor"
    assert as_json(report)["objections"]


def test_a_dead_node_can_be_left_out_and_then_only_counts(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    refused = as_json(_plan(there, exclude="jira-2"))
    allowed = as_json(_plan(there, Shape.COMMIT, "--allow-partial", exclude="jira-2"))

    assert any("--allow-partial" in objection["flags"] for objection in refused["objections"])
    assert allowed["objections"] == []
    assert allowed["outcome"] == "changes", "a node that was not even asked is not one that could not be reached"
    assert [step["node"] for step in allowed["steps"]] == ["jira-1", "jira-3"]
    assert "jira-2" not in {name for name, _ in there.requests}


def test_the_next_command_repeats_the_users_own_words_ready_to_paste(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    report = _plan(there, Shape.COMMIT, "--allow-partial", limit="jira-[1-2]", inventory_flag="my inventory")

    assert (
        report.next_command
        == "filestore-agent deploy-config --inventory 'my inventory' --limit 'jira-[1-2]' --allow-partial"
    )


def test_nodes_left_behind_by_a_limit_lead_to_the_command_without_it(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    assert _plan(there, limit="jira-[1-2]").next_command == "filestore-agent deploy-config"


def test_two_plans_of_the_same_state_differ_in_their_name_only(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    first, second = as_json(_plan(there)), as_json(_plan(there))

    assert first["plan"] != second["plan"]
    assert _without_its_name(first) == _without_its_name(second)


def test_a_plan_is_for_one_cluster(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY, test=OTHER_BUCKET.replace("jira-", "test-"))
    choice = there.choice("all")

    with pytest.raises(InputError, match="one cluster at a time"):
        plan(there.world(), choice, template=None, shape=Shape.COMMIT, said=frozenset())
    assert there.dialled == 0


HOOKED = (
    "rollout: {ready-interval: 1s, drain: {before-stop: {run: [drain, '{node}']},"
    " after-ready: {run: [admit, '{node}'], on: lb-1, timeout: 5s}}}\n"
)


def test_the_hooks_that_will_run_are_shown_and_can_be_left_out(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HOOKED)

    report = _plan(there, Shape.ROLLING, "--restart")
    skipped = _plan(there, Shape.ROLLING, "--restart", "--skip-hooks")

    assert as_json(report)["hooks"] == [
        {"name": "before-stop", "run": ["drain", "{node}"], "on": "workstation", "timeout": 60.0},
        {"name": "after-ready", "run": ["admit", "{node}"], "on": "lb-1", "timeout": 5.0},
    ]
    assert "Hook after-ready: admit '{node}' (on lb-1, at most 5 s)" in _texts(report)
    assert as_json(skipped)["hooks"] == as_json(skipped)["objections"] == []
    assert "Hooks of the inventory: left out (--skip-hooks)" in _texts(skipped)
    assert "--skip-hooks" in (skipped.next_command or "")
    assert not any("Hook" in text for text in _texts(_plan(there)))


def _texts(report: Report) -> list[str]:
    return [line.text for line in report.lines]


SIX = ('"jira-[1-3]"', '"jira-[1-6]"')


def test_the_plan_shows_budget_turns_and_capacity(tmp_path: Path) -> None:
    share = HURRIED.replace("{", '{max-unavailable: "34%", ', 1)
    there = yard(tmp_path, prod=INVENTORY.replace(*SIX) + share)
    there.rewrite(TUNED.replace(*SIX) + share)
    there.machine("jira-4").stop_jira()

    report = _plan(there, Shape.ROLLING, "--restart")

    document = as_json(report)
    assert document["budget"] == {"count": 2, "told": "34% of 6 = 2"}
    assert [(it["turn"], it["nodes"], it["stopped"], it["serving"], it["of"]) for it in document["capacity"]] == [
        (0, ["jira-4"], 0, 5, 6),
        (1, ["jira-1"], 1, 5, 6),
        (2, ["jira-2", "jira-3", "jira-5", "jira-6"], 2, 4, 6),
    ]
    assert document["canary"] == ["jira-1"]
    assert [step["turn"] for step in document["steps"]] == [0, 1, 2, 2, 2, 2]
    words = (" serve, ", " serve while", "at least", "at a time", "at once")
    order = [text for text in _texts(report) if any(word in text for word in words)]
    assert order == [
        "Order (stage on all, then up to 2 nodes at a time: stop, commit, start, wait until it is ready):",
        "     5 of 6 serve, as before",
        "     5 of 6 serve while one restarts",
        "     at most 2 of 6 down, at least 4 serve",
        "Down at once: at most 2 (max-unavailable 34% of 6 = 2)",
    ]


def test_the_words_of_the_command_line_go_before_the_inventory_and_into_the_next_command(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)
    policy = Policy(canary="jira-3", max_unavailable="70%", pause_after=1, reason="less load", without_rest=True)

    report = _plan(there, Shape.ROLLING, "--restart", policy=policy)

    document = as_json(report)
    assert (document["canary"], document["budget"]["count"], document["consults"]) == (["jira-3"], 2, False)
    assert report.next_command == (
        "filestore-agent deploy-config --restart --without-rest --canary jira-3"
        " --max-unavailable 70% --pause-after 1 --reason 'less load'"
    )


def test_a_canary_that_is_no_node_is_refused_before_anything_is_connected(tmp_path: Path) -> None:
    there = yard(tmp_path)

    with pytest.raises(InputError, match=r'^--canary: there is no node "jira-9"'):
        _plan(there, policy=Policy(canary="jira-9"))
    assert there.dialled == 0


def test_what_a_flag_overrides_is_shown_as_accepted(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    report = _plan(there, Shape.ROLLING, "--allow-partial", exclude="jira-2", policy=Policy(max_unavailable=2))

    assert as_json(report)["absent"] == ["jira-2"]
    assert [it["code"] for it in as_json(report)["overridden"]] == ["unreachable"]
    told = "Accepted by --allow-partial: jira-2: left out by --exclude; it counts as down. [unreachable]"
    assert told in _texts(report)
    assert "Left out, counted as down: jira-2" in _texts(report)


REST = ("localhome: /var/jira", 'localhome: /var/jira, rest: {token: "env:TOKEN"}')


def test_where_there_is_a_token_jira_is_asked_for_its_pages(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY.replace(*REST) + HURRIED)
    world = replace(there.world(), environment={"TOKEN": "t0ken"})

    report = plan(world, there.choice(), template=None, shape=Shape.ROLLING, said=frozenset())

    assert set(there.kinds()) == {"Consult"}
    assert as_json(report)["consults"] is True
    with pytest.raises(InputError, match="env:TOKEN"):
        _plan(there)


def test_without_rest_nobody_needs_the_token(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY.replace(*REST) + HURRIED)

    assert as_json(_plan(there, policy=Policy(without_rest=True)))["consults"] is False
    assert there.kinds() == ["Observe"] * 3


def test_a_rolling_restart_can_be_planned_too(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)
    there.lay("jira-2", there.desired["jira-2"].content)
    for name in ("jira-1", "jira-3"):
        there.lay(name, there.desired[name].content)
        there.start_jira(name)

    some = plan_restart_of_pending_nodes(there.world(), there.choice(), template=None, said=frozenset())
    every = plan_restart_of_every_node(there.world(), there.choice(), template=None, said=frozenset())

    assert [step["node"] for step in as_json(some)["steps"]] == ["jira-2"]
    assert [step["node"] for step in as_json(every)["steps"]] == ["jira-1", "jira-2", "jira-3"]
    assert some.outcome is every.outcome is Outcome.CHANGES
    assert some.next_command == "filestore-agent rolling-restart"
    assert every.next_command == "filestore-agent rolling-restart --all"
    assert there.changed_nothing()


def test_a_plan_is_kept_with_what_each_machine_proved_to_be(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)
    kept: list[tuple[str, Mapping[str, str | None]]] = []

    def keep(cluster: ClusterInput, proposal: Proposal, host_keys: Mapping[str, str | None]) -> Kept:
        assert proposal.plan.steps
        kept.append((cluster.name, host_keys))
        return Kept(path=Path("p.json"), expires_at="2026-01-02T03:04:05Z", command="do it")

    report = plan(
        there.world(), there.choice(exclude="jira-3"), template=None, shape=Shape.COMMIT, said=frozenset(), keep=keep
    )

    assert kept == [("prod", {"jira-1": "memory:jira-1", "jira-2": "memory:jira-2"})]
    assert _texts(report)[-1] == "Saved in p.json; it holds until 2026-01-02T03:04:05Z"
    assert report.next_command == "filestore-agent deploy-config --exclude jira-3 --allow-partial"


def test_a_forecast_has_its_place(tmp_path: Path) -> None:
    there = yard(tmp_path)
    cluster = one_cluster(reachable_inputs(there.choice(), template=None))
    proposal = propose(cluster, look_at_cluster(there.world(), cluster, forks=2), shape=Shape.COMMIT, said=frozenset())
    foretold = replace(proposal, forecast=("about 40 minutes (p50), 70 at most (p90)",))

    assert [line.text for line in proposal_words.lines(foretold)][-2:] == [
        "Forecast:",
        "  about 40 minutes (p50), 70 at most (p90)",
    ]
    assert proposal_words.facts(foretold)["forecast"] == list(foretold.forecast)


def test_what_another_holds_is_locked_whatever_would_be_changed(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)
    there.machine("jira-2").lock = LockHolder(holder="lee", host="laptop", plan="p1", epoch=3, since="")

    report = plan(there.world(), there.choice(), template=None, shape=Shape.COMMIT, said=frozenset())

    assert report.outcome is Outcome.LOCKED
    assert as_json(report)["steps"]


def test_who_leaves_out_a_dead_machine_is_told_each_word_that_it_takes(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)
    there.fault("jira-3", *(Fault(mishap=Mishap.UNREACHABLE) for _ in range(9)))
    said: frozenset[str] = frozenset({"--restart"})
    told = []
    for words in (frozenset[str](), {"--allow-partial"}):
        report = plan(
            there.world(), there.choice(exclude="jira-3"), template=None, shape=Shape.ROLLING, said=said | words
        )
        told.append(report.next_command)

    assert told == [
        "filestore-agent deploy-config --exclude jira-3 --allow-partial --restart",
        "filestore-agent deploy-config --exclude jira-3 --allow-partial --restart --max-unavailable 2",
    ]


def test_what_has_to_be_moved_away_by_hand_is_refused_and_not_nothing_to_do(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-2").put(FILE_NAME, b"", kind=FileKind.SYMLINK)

    report = plan(there.world(), there.choice(), template=None, shape=Shape.COMMIT, said=frozenset())

    assert report.outcome is Outcome.REFUSED
    assert report.nodes[1].standing == "UNREADABLE"
    assert "move it away by hand" in str(report.nodes[1].reason)
    assert as_json(report)["outcome"] == "refused"
