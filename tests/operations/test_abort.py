"""Abort: every node as it was before the rollout, and free; or a clear no, and nothing written over."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import LockHolder
from agent.core.planning.plan import Shape
from agent.core.rollout.events import RolloutUndone
from agent.edges.journal import Journal, read, read_plan
from agent.errors import InputError, Interrupted, Locked, Outcome, Refused, Unsettled
from agent.node.memory.adapter import Fault, Mishap
from agent.node.memory.machine import Temper
from agent.node.port import Claim, Commit, Discard, Recall, Release, Stage, Start, Stop
from agent.operations.abort import abort
from agent.operations.consent import Consent
from agent.operations.history import history
from agent.operations.lock import release_lock
from agent.operations.proposal.policy import Policy
from tests.operations.contract import as_json
from tests.operations.rollouts import (
    NAMED,
    YES,
    Death,
    Killed,
    acts,
    break_off,
    break_off_at,
    dying,
    elsewhere,
    files,
    go_on,
    last_plan,
    locks,
    put_back,
    rerouted,
    roll_out,
    starts,
    tuned,
)
from tests.operations.test_resume import EVERY_MOMENT, NODES, WHERE, silent
from tests.operations.world import HURRIED, OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.report import Report
    from agent.node.port import Request
    from agent.operations.world import World


def undone(there: Yard, plan: str, folder: str = "state") -> list[str | None]:
    """Return by which plans the journal says that this one was put back."""
    told = read(there.folder / folder / "rollouts" / "prod" / f"{plan}.jsonl")[0]
    return [event.by for event in told if isinstance(event, RolloutUndone)]


@WHERE
@pytest.mark.parametrize(("shape", "death", "side"), EVERY_MOMENT)
def test_at_every_stage_all_is_put_back_and_what_was_not_touched_is_not_restarted(
    tmp_path: Path, shape: Shape, death: Death, side: str, world: Callable[[Yard], World]
) -> None:
    there = tuned(tmp_path) if shape is not Shape.RESTART else yard(tmp_path)
    old, before = starts(there), files(there)
    plan = break_off_at(there, shape, death, side)
    untouched = {name: ticks for name, ticks in starts(there).items() if ticks == old[name]}
    if world is elsewhere and not locks(there):
        with pytest.raises(Refused, match="nobody holds the nodes"):
            put_back(there, world(there))
        return

    report = put_back(there, world(there))

    assert report.outcome is Outcome.OK
    assert files(there) == before
    assert locks(there) == {}
    assert None not in starts(there).values()
    if not (death.request is Stop and side == "after"):
        assert {name: starts(there)[name] for name in untouched} == untouched
    for name in NODES:
        jira = there.machine(name).jira
        assert jira is not None
        assert jira.loaded == before[name]
    if world is not elsewhere:
        assert len(undone(there, plan)) == 1


@pytest.mark.parametrize("world", [Yard.world, elsewhere], ids=["here", "elsewhere"])
def test_where_nothing_was_done_yet_the_nodes_are_only_freed(tmp_path: Path, world: Callable[[Yard], World]) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-1"))

    report = put_back(there, world(there))

    assert report.outcome is Outcome.OK
    assert report.sentence == f"There was nothing to put back of the rollout {plan}; free of it: jira-[1-3]."
    assert report.next_command == "filestore-agent plan"
    assert acts(there) == []
    assert locks(there) == {}
    assert all(not node.machine.temps() for node in there.nodes.values()), "what was staged is gone"


def test_nodes_of_which_nothing_is_proven_are_not_restarted_for_that(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    for node in there.nodes.values():
        node.machine.receipts = []
    break_off(there, before=Death(Stop, "jira-2"))
    old = starts(there)

    report = put_back(there)

    assert report.outcome is Outcome.OK
    assert {name for name, ticks in starts(there).items() if ticks != old[name]} == {"jira-1"}


def test_an_aborted_restart_restarts_nobody(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)
    for name in NODES:
        there.lay(name, there.desired[name].content)
    assert roll_out(there, Shape.RESTART, policy=Policy(pause_after=1)).outcome is Outcome.HALTED
    old = starts(there)
    there.requests.clear()

    report = put_back(there)

    assert report.outcome is Outcome.OK
    assert starts(there) == old
    assert acts(there) == []


def test_a_restart_that_left_a_node_down_is_put_back_by_starting_it(tmp_path: Path) -> None:
    there = yard(tmp_path)
    break_off(there, Shape.RESTART, after=Death(Stop, "jira-2"))

    report = put_back(there)

    assert report.outcome is Outcome.OK
    assert [act for act in acts(there) if act[1] == "Start"] == [("jira-2", "Start")]


def test_a_node_that_was_down_before_is_left_down(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    there.machine("jira-3").stop_jira()
    break_off(there, after=Death(Commit, "jira-3"))

    report = put_back(there)

    assert files(there)["jira-3"] != there.desired["jira-3"].content
    assert starts(there)["jira-3"] is None
    assert "Start" not in [act for _, act in acts(there)]
    assert report.outcome in {Outcome.OK, Outcome.DRIFT}


def test_where_there_was_no_file_there_is_none_again(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    for name in NODES:
        there.machine(name).receipts = []
        there.lay(name, None)
        there.start_jira(name)
    break_off(there, before=Death(Stop, "jira-3"))

    report = put_back(there)

    assert report.outcome is Outcome.OK
    assert files(there) == dict.fromkeys(NODES)
    assert {row.standing for row in report.nodes if row.name != "jira-3"} == {"CURRENT"}


def test_a_file_that_somebody_changed_meanwhile_is_named_and_not_written_over(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-3"))
    there.rewrite(OTHER_BUCKET + HURRIED)
    there.lay("jira-2", there.desired["jira-2"].content)

    with pytest.raises(Refused, match=f"changed the file since the rollout {plan} .jira-2: expected sha256"):
        put_back(there)

    assert there.changed_nothing()


def test_an_earlier_file_that_was_broken_is_not_put_back(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    there.lay("jira-1", b"<broken")
    break_off(there, before=Death(Stop, "jira-3"))

    with pytest.raises(Refused, match=r"jira-1: what lay there before .*lock --release"):
        put_back(there)

    assert there.changed_nothing()


def test_a_broken_file_that_was_not_replaced_yet_is_no_hindrance(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    there.lay("jira-1", b"<broken")
    break_off(there, before=Death(Stop, "jira-1"))

    report = put_back(there)

    assert report.outcome is Outcome.OK
    assert files(there)["jira-1"] == b"<broken"
    assert acts(there) == []


def test_a_node_that_was_stopped_with_a_broken_file_is_not_started_on_it(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    there.lay("jira-1", b"<broken")
    break_off(there, before=Death(Commit, "jira-1"))

    with pytest.raises(Refused, match=r"jira-1: stopped, and its file of before lies there still.*`resume`"):
        put_back(there)

    assert there.changed_nothing()


@pytest.mark.parametrize("state", ["STARTING", "STOPPING"])
def test_a_node_that_is_on_its_way_down_is_started_again_when_it_is_down(tmp_path: Path, state: str) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-1"))
    jira = there.machine("jira-1").jira
    assert jira is not None
    jira.states = [state]

    early = put_back(there)
    assert early.outcome is Outcome.REFUSED, "whether it will be down is not known yet"
    assert "jira-1" in "".join(line.text for line in early.lines if "Refused:" in line.text)

    there.machine("jira-1").stop_jira()
    assert put_back(there).outcome is Outcome.OK
    assert acts(there) == [("jira-1", "Start")] or acts(there)[-1] == ("jira-1", "Start")


def test_a_sick_node_gets_its_file_back_and_is_restarted(tmp_path: Path) -> None:
    new: dict[str, bytes] = {}
    there = tuned(tmp_path, temper=Temper(chokes_on=lambda content: content == new.get("content")))
    new["content"] = there.desired["jira-1"].content
    before = files(there)
    assert roll_out(there).outcome in {Outcome.HALTED, Outcome.PARTIAL}
    there.requests.clear()

    report = put_back(there)

    assert report.outcome is Outcome.OK
    assert files(there) == before
    assert {row.state for row in report.nodes} == {"running"}
    assert {node for node, _ in acts(there)} <= {"jira-1"}


def test_together_is_put_back_together(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, Shape.TOGETHER, before=Death(Release))

    report = put_back(there)

    assert report.outcome is Outcome.OK
    assert files(there) == before
    assert [kind for _, kind in acts(there)][:3] == ["Stop"] * 3


def test_a_commit_is_put_back_without_a_restart(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before, old = files(there), starts(there)
    break_off(there, Shape.COMMIT, before=Death(Release))

    report = put_back(there)

    assert (report.outcome, files(there), starts(there)) == (Outcome.OK, before, old)
    assert {row.standing for row in report.nodes} == {"CURRENT"}


def test_a_committed_file_that_somebody_has_loaded_since_is_unloaded_again(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, Shape.COMMIT, before=Death(Release))
    there.start_jira("jira-2")

    report = put_back(there)

    assert (report.outcome, files(there)) == (Outcome.OK, before)
    assert [act for act in acts(there) if act[1] == "Stop"] == [("jira-2", "Stop")]
    assert {row.standing for row in report.nodes} == {"CURRENT"}


def test_yes_does_not_cover_a_change_of_routing(tmp_path: Path) -> None:
    there = rerouted(tmp_path)
    break_off(there, before=Death(Stop, "jira-3"))

    report = put_back(there, there.world(terminal=False), consent=YES)

    assert report.outcome is Outcome.REFUSED
    assert "--confirm prod" in report.sentence
    assert there.changed_nothing()
    assert put_back(there, consent=NAMED).outcome is Outcome.OK


def test_yes_covers_what_is_put_back_to_where_most_data_goes(tmp_path: Path) -> None:
    there = rerouted(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))

    assert put_back(there, consent=YES).outcome is Outcome.OK


def test_without_a_terminal_the_flag_is_named(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))

    report = put_back(there, there.world(terminal=False), consent=Consent())

    assert report.outcome is Outcome.REFUSED
    assert "say --yes" in report.sentence
    assert there.changed_nothing()


def leaving(world: World) -> World:
    """Return a world whose person presses Ctrl-C at the first question."""

    def leave(_: str) -> str:
        raise KeyboardInterrupt

    return replace(world, ask=leave)


@pytest.mark.parametrize("node", ["jira-1", "jira-2"])
def test_leaving_at_either_question_changes_nothing(tmp_path: Path, node: str) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, node))

    with pytest.raises(Interrupted, match="interrupted at the question; nothing was changed"):
        put_back(there, leaving(there.world()), consent=Consent())

    assert there.changed_nothing()


def test_a_live_controller_elsewhere_is_fenced_and_halts_at_its_next_step(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    reports: list[Report] = []

    def abort_at_the_second_stop(node: str, request: Request) -> None:
        if (node, type(request)) == ("jira-2", Stop) and not reports:
            there.before = lambda _, __: None
            reports.append(put_back(there, elsewhere(there)))

    there.before = abort_at_the_second_stop
    theirs = roll_out(there)

    assert reports[0].outcome is Outcome.OK
    assert theirs.outcome in {Outcome.LOCKED, Outcome.HALTED, Outcome.PARTIAL, Outcome.REFUSED}
    assert files(there) == before
    assert all(jira is not None for jira in starts(there).values())


def test_what_has_gone_on_while_the_question_was_open_is_stopped_and_asked_about_anew(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    plan = break_off(there, before=Death(Stop, "jira-2"))

    def answer(_: str) -> str:
        dying(there, lambda: go_on(there), before=Death(Stop, "jira-3"))
        return "prod"

    with pytest.raises(Refused, match=f"{plan} has gone on at jira-2 meanwhile; it stands still now.*`abort` again"):
        put_back(there, replace(elsewhere(there), ask=lambda q: answer(q) and "yes"), consent=Consent())

    assert set(locks(there).values()) == {plan}
    assert put_back(there, elsewhere(there)).outcome is Outcome.OK
    assert files(there) == before


def test_another_rollout_that_has_come_meanwhile_is_not_freed(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    theirs = LockHolder(holder="eve", host="vm", plan="0ther", epoch=9, since="")

    def answer(_: str) -> str:
        for node in there.nodes.values():
            node.machine.lock, node.machine.epoch = theirs, 9
        return "yes"

    with pytest.raises(Unsettled, match="could not be taken over"):
        put_back(there, replace(there.world(), ask=answer), consent=Consent())

    assert {node.machine.lock for node in there.nodes.values()} == {theirs}


def test_a_node_that_cannot_be_taken_over_is_named_and_all_can_be_put_back_later(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-2"))
    there.fault("jira-3", Fault(mishap=Mishap.UNREACHABLE, request=Recall, spared=2))

    with pytest.raises(Unsettled, match=r"jira-3 could not be taken over .*nobody answered.*run `abort` again"):
        put_back(there)

    assert files(there)["jira-1"] != before["jira-1"]
    assert put_back(there).outcome is Outcome.OK
    assert (files(there), locks(there)) == (before, {})


def test_where_what_puts_it_back_cannot_claim_all_it_is_begun_again(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-2"))
    there.fault("jira-1", *(Fault(mishap=Mishap.UNREACHABLE, request=Claim) for _ in range(3)))

    assert put_back(there).outcome is Outcome.UNREACHABLE

    there.fault("jira-1")
    assert files(there)["jira-1"] != before["jira-1"]
    assert put_back(there).outcome is Outcome.OK
    assert (files(there), locks(there)) == (before, {})


@pytest.mark.parametrize("request_", [Claim, Discard])
def test_what_only_makes_it_tidier_may_fail(tmp_path: Path, request_: type[Request]) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-2"))
    there.fault("jira-3", Fault(mishap=Mishap.UNREACHABLE, request=request_))

    assert put_back(there).outcome is Outcome.OK

    assert (files(there), locks(there)) == (before, {})


@pytest.mark.parametrize("mishap", [Mishap.LOST_BEFORE, Mishap.LOST_AFTER])
@pytest.mark.parametrize("request_", [Claim, Discard])
def test_a_lost_answer_on_the_way_is_looked_after(tmp_path: Path, request_: type[Request], mishap: Mishap) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-2"))
    there.fault("jira-3", Fault(mishap=mishap, request=request_))

    try:
        report = put_back(there)
    except Unsettled:
        report = put_back(there)

    assert report.outcome is Outcome.OK
    assert (files(there), locks(there)) == (before, {})


ON_THE_WAY = [
    (request, node, side)
    for request in (Recall, Claim, Discard, Release, Stage, Stop, Commit, Start)
    for node in ("jira-1", "jira-2", "jira-3")
    for side in ("before", "after")
]


@pytest.mark.parametrize(("request_", "node", "side"), ON_THE_WAY)
def test_an_abort_killed_at_any_moment_can_be_brought_to_its_end(
    tmp_path: Path, request_: type[Request], node: str, side: str
) -> None:
    there = tuned(tmp_path)
    before = files(there)
    plan = break_off(there, before=Death(Stop, "jira-3"))
    death = Death(request_, node)
    there.before, there.after = (death, there.after) if side == "before" else (there.before, death)
    with contextlib.suppress(Killed):
        put_back(there)
    there.before = there.after = lambda _, __: None

    for again in (put_back, go_on, put_back):
        with contextlib.suppress(Refused):
            again(there)

    assert (files(there), locks(there)) == (before, {})
    assert None not in starts(there).values()
    assert len(undone(there, plan)) == 1


def third(there: Yard) -> World:
    """Return the world of a workstation that has neither begun it nor put it back."""
    return replace(elsewhere(there), state_folder=there.folder / "third")


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("goes_on", [Yard.world, elsewhere, third], ids=["here", "elsewhere", "third"])
@pytest.mark.parametrize("world", [Yard.world, elsewhere], ids=["here", "elsewhere"])
def test_killed_while_the_locks_change_hands_it_is_gone_on_with_from_anywhere(
    tmp_path: Path, world: Callable[[Yard], World], goes_on: Callable[[Yard], World], node: str
) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-3"))
    dying(there, lambda: put_back(there, world(there)), after=Death(Claim, node, spared=1))
    assert set(locks(there)) == set(NODES)

    assert go_on(there, goes_on(there), consent=NAMED).outcome is Outcome.OK

    assert (files(there), locks(there)) == (before, {})
    with pytest.raises(Refused, match=r"nothing to (put back|go on with)"):
        go_on(there)


@pytest.mark.parametrize("goes_on", [Yard.world, elsewhere], ids=["here", "elsewhere"])
def test_a_claim_that_died_between_its_copy_and_its_lock_is_known_by_its_copy(
    tmp_path: Path, goes_on: Callable[[Yard], World]
) -> None:
    there = tuned(tmp_path)
    before = files(there)
    plan = break_off(there, before=Death(Stop, "jira-3"))
    held = there.machine("jira-1").lock
    dying(there, lambda: put_back(there), after=Death(Claim, "jira-1", spared=1))
    there.machine("jira-1").lock = held
    assert set(locks(there).values()) == {plan}

    with pytest.raises(Refused, match=f"puts {plan} back itself; go on with it: `resume`"):
        put_back(there, goes_on(there))
    assert go_on(there, goes_on(there), consent=NAMED).outcome is Outcome.OK

    assert (files(there), locks(there)) == (before, {})


def test_a_plan_on_one_node_that_claims_to_put_another_back_is_not_followed_by_a_mere_yes(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-3"))
    dying(there, lambda: put_back(there), after=Death(Claim, "jira-1", spared=1))

    with pytest.raises(Refused, match=r"known from 1 of 3 nodes that answer alone.*--confirm prod"):
        go_on(there, replace(third(there), ask=None), consent=YES)


def test_put_back_elsewhere_and_killed_at_the_very_end_there_is_nothing_to_go_on_with_here(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    plan = break_off(there, before=Death(Stop, "jira-3"))
    dying(there, lambda: put_back(there, elsewhere(there)), after=Death(Release, "jira-3"))

    with pytest.raises(Refused, match=f"each has its file of before the rollout {plan}, so it was put back elsewhere"):
        go_on(there)
    there.requests.clear()

    assert put_back(there).outcome is Outcome.OK
    assert (files(there), locks(there)) == (before, {})
    with pytest.raises(Refused, match="it was ended elsewhere"):
        go_on(there, elsewhere(there))


def test_an_abort_that_died_elsewhere_is_gone_on_with_where_the_rollout_was_begun(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    plan = break_off(there, before=Death(Stop, "jira-3"))
    dying(there, lambda: put_back(there, elsewhere(there)), after=Death(Stop, "jira-1"))
    assert starts(there)["jira-1"] is None

    with pytest.raises(Refused, match=f"puts {plan} back itself; go on with it: `resume`"):
        put_back(there)
    report = go_on(there, consent=NAMED)

    assert report.outcome is Outcome.OK
    assert (files(there), locks(there)) == (before, {})
    assert len(undone(there, plan)) == 1


def test_an_abort_that_was_refused_untouched_is_begun_again(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-3"))
    there.fault("jira-2", Fault(mishap=Mishap.REFUSED, request=Stage))
    assert put_back(there).outcome is Outcome.REFUSED
    there.fault("jira-2")

    assert put_back(there).outcome is Outcome.OK
    assert files(there) == before


def test_what_lay_there_before_is_not_believed_of_a_few_nodes_without_eyes(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    for name in ("jira-2", "jira-3"):
        there.machine(name).lock = there.machine(name).plan_copy = None

    with pytest.raises(Refused, match=r"known from 1 of 3 nodes that answer.*--yes does not cover.*--confirm prod"):
        put_back(there, elsewhere(there, terminal=False), consent=YES)
    assert put_back(there, elsewhere(there, "no"), consent=YES).outcome is Outcome.REFUSED
    assert there.changed_nothing()

    assert put_back(there, elsewhere(there, "yes"), consent=YES).outcome is Outcome.OK


def test_abort_twice_says_that_there_is_nothing_left_to_put_back(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    assert put_back(there).outcome is Outcome.OK
    there.requests.clear()

    with pytest.raises(Refused, match="nothing to put back"):
        put_back(there)

    assert there.changed_nothing()


def test_an_abort_under_way_is_gone_on_with_and_not_aborted(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-3"))
    dying(there, lambda: put_back(there), before=Death(Stop, "jira-2"))

    with pytest.raises(Refused, match=f"puts {plan} back itself; go on with it: `resume`"):
        put_back(there)

    assert there.changed_nothing()


def test_an_abort_that_halts_leads_on_to_resume_and_not_to_another_abort(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-3"))
    there.fault("jira-2", Fault(mishap=Mishap.REFUSED, request=Stop))

    report = put_back(there)

    assert report.outcome is not Outcome.OK
    assert report.next_command == "filestore-agent resume"
    assert not any("filestore-agent abort" in line.text for line in report.lines)
    assert go_on(there).outcome is Outcome.OK
    assert files(there) == before


def test_an_abort_that_is_refused_untouched_leads_on_to_abort(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-3"))
    there.fault("jira-2", *(Fault(mishap=Mishap.REFUSED, request=Stage) for _ in range(2)))

    report = put_back(there)

    assert report.outcome is Outcome.REFUSED
    assert "deploy-config" not in str(as_json(report)["next_command"])


def test_a_dead_node_can_be_left_out(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-3"))
    there.rewrite((TUNED + HURRIED).replace("rollout: {", "rollout: {max-unavailable: 2, "))
    silent(there, "jira-2")

    refused = put_back(there)
    assert refused.outcome is Outcome.UNREACHABLE
    assert "deploy-config" not in " ".join(line.text for line in refused.lines)

    report = put_back(there, None, "--allow-partial", exclude="jira-2")

    assert files(there)["jira-1"] == before["jira-1"]
    assert (report.outcome, report.next_command) == (Outcome.PARTIAL, "filestore-agent lock")
    assert any("jira-2: left out, so what the rollout" in line.text for line in report.lines)


def test_a_limit_is_refused_before_anything_is_connected(tmp_path: Path) -> None:
    there = tuned(tmp_path)

    with pytest.raises(InputError, match="--limit"):
        abort(there.world(), there.choice(limit="jira-1"), template=None, said=frozenset(), consent=YES)

    assert not there.dialled


def test_what_runs_right_now_on_this_workstation_is_locked(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))

    with Journal.reopen(there.folder / "state" / "rollouts" / "prod", plan), pytest.raises(Locked):
        put_back(there)

    assert there.changed_nothing()


def test_history_tells_both_and_names_each_by_the_other(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-3"))
    put_back(there)
    undoing = last_plan(there)

    report = history(there.world(), there.choice(), rollout=None, last=20)

    as_json(report)
    text = "\n".join(line.text for line in report.lines)
    assert plan in text
    assert undoing in text
    assert undone(there, plan) == [undoing]
    one = history(there.world(), there.choice(), rollout=plan, last=20)
    assert undoing in "\n".join(line.text for line in one.lines)


def test_what_was_brought_to_its_good_end_elsewhere_is_not_put_back_as_a_remainder(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    assert go_on(there, elsewhere(there)).outcome is Outcome.OK
    there.requests.clear()

    with pytest.raises(Refused, match=f"it was ended elsewhere; .*rollback --rollout {plan}"):
        put_back(there)

    assert there.changed_nothing()


def test_what_others_may_have_gone_on_with_is_not_put_back_by_a_mere_yes(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-2"))
    release_lock(there.world(), there.choice(), template=None, yes=True)
    there.requests.clear()

    with pytest.raises(Refused, match=r"claimed since the rollout .*which --yes does not cover; .*--confirm prod"):
        put_back(there, there.world(terminal=False), consent=YES)

    assert there.changed_nothing()
    assert put_back(there, there.world("yes"), consent=YES).outcome is Outcome.OK
    assert files(there) == before


def test_what_was_agreed_to_and_never_begun_is_ended_and_nothing_older_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    assert go_on(there, elsewhere(there)).outcome is Outcome.OK
    there.rewrite(OTHER_BUCKET + HURRIED)
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "append", _die)
        dying(there, lambda: roll_out(there))
    now, plan = files(there), last_plan(there)

    report = put_back(there)

    assert (report.outcome, files(there), undone(there, plan)) == (Outcome.OK, now, [None])
    assert [kind for _, kind in acts(there)].count("Stop") == 0


def _die(*_: object) -> None:
    raise Killed


def test_the_budget_of_the_way_back_can_be_said(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-3"))

    report = abort(
        there.world(),
        there.choice(),
        template=None,
        said=frozenset(),
        consent=NAMED,
        policy=Policy(max_unavailable=2, canary=("jira-2",), reason="mistaken"),
    )

    assert report.outcome is Outcome.OK
    plan = read_plan(there.folder / "state" / "rollouts" / "prod", last_plan(there))
    assert (plan.budget, plan.steps[0].node) == (2, "jira-2")


def test_the_inventory_that_still_declares_it_is_told(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-3"))

    report = put_back(there)

    assert any("The inventory still declares another document for jira-[1-2]" in it.text for it in report.lines)


def test_what_is_shown_speaks_of_putting_back_alone(tmp_path: Path) -> None:
    there = rerouted(tmp_path)
    break_off(there, Shape.COMMIT, before=Death(Release))

    report = put_back(there, there.world(terminal=False), consent=YES)

    lines = (line.text for line in report.lines if "still declares" not in line.text)
    shown = "\n".join([*there.told, report.sentence, *lines])
    assert "deploy-config" not in shown
    assert "--no-restart" not in shown
    assert "[routing]" not in shown


def test_after_a_release_of_the_locks_it_can_still_be_put_back_here(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    break_off(there, before=Death(Stop, "jira-3"))
    release_lock(there.world(), there.choice(), template=None, yes=True)

    assert put_back(there).outcome is Outcome.OK
    assert files(there) == before


def test_an_events_file_that_cannot_be_opened_leaves_all_as_it_was(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))

    with pytest.raises(InputError, match="no/such"):
        put_back(there, consent=Consent(yes=True, events=tmp_path / "no/such"))

    assert there.changed_nothing()
