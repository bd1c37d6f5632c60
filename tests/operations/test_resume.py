"""Resume: from here or elsewhere it ends where the uninterrupted rollout would have, or says why it cannot."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.filestore import FILE_NAME
from agent.core.observation import LockHolder
from agent.core.planning import plan_json
from agent.core.planning.plan import Hook, Patience, Shape
from agent.core.rollout.events import RolloutResumed
from agent.core.routing import ChangeClass
from agent.edges.journal import Journal, read, rollouts
from agent.errors import InputError, Interrupted, JournalError, Locked, Outcome, Refused
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Claim, Commit, Recall, Release, Stage, Start, Stop
from agent.operations.consent import Consent
from agent.operations.lock import release_lock
from agent.operations.proposal.policy import Policy
from agent.operations.resume import resume
from agent.operations.unfinished.left_here import is_over
from tests.operations.rollouts import (
    NAMED,
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
from tests.operations.world import HURRIED, OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.planning.plan import Plan
    from agent.node.port import Request
    from agent.operations.world import World

NODES = ("jira-1", "jira-2", "jira-3")
WHERE = pytest.mark.parametrize("world", [Yard.world, elsewhere], ids=["here", "elsewhere"])
MOMENTS = [
    Death(Claim, "jira-2"),
    Death(Stage, "jira-2"),
    Death(Stop, "jira-1"),
    Death(Commit, "jira-1"),
    Death(Start, "jira-1"),
    Death(Stop, "jira-2"),
    Death(Start, "jira-3"),
    Death(Release, "jira-2"),
]


def moments(shape: Shape) -> list[Death]:
    """Return the moments that there are in a rollout of this shape, each afresh."""
    without = {Shape.COMMIT: (Stop, Start), Shape.RESTART: (Stage, Commit)}.get(shape, ())
    return [replace(it) for it in MOMENTS if it.request not in without]


EVERY_MOMENT = [
    pytest.param(shape, death, side, id=f"{shape}-{side}-{death.request.__name__}-{death.node}")
    for shape in Shape
    for death in moments(shape)
    for side in ("before", "after")
]


@WHERE
@pytest.mark.parametrize(("shape", "death", "side"), EVERY_MOMENT)
def test_killed_at_any_moment_it_ends_as_if_nothing_had_been(
    tmp_path: Path, shape: Shape, death: Death, side: str, world: Callable[[Yard], World]
) -> None:
    there = tuned(tmp_path) if shape is not Shape.RESTART else yard(tmp_path)
    old = starts(there)
    break_off_at(there, shape, death, side)
    done = {name: ticks for name, ticks in starts(there).items() if ticks not in (None, old[name])}

    is_known = bool(locks(there)) or world is not elsewhere
    if not is_known:
        with pytest.raises(Refused, match="nobody holds the nodes"):
            go_on(there, world(there))
        return
    report = go_on(there, world(there), consent=NAMED)

    assert report.outcome is Outcome.OK
    assert files(there) == {name: there.desired[name].content for name in NODES}
    assert locks(there) == {}
    if shape is Shape.COMMIT:
        assert starts(there) == old
    else:
        assert {name: starts(there)[name] for name in done} == done, "what was started is not restarted"
        assert all(starts(there)[name] != old[name] for name in NODES)


def test_with_nothing_recorded_and_nobody_holding_there_is_nothing_to_resume(tmp_path: Path) -> None:
    there = yard(tmp_path)

    with pytest.raises(Refused, match=r"prod: nothing to go on with.*no rollout is recorded on this workstation"):
        go_on(there)

    assert there.changed_nothing()


def test_what_has_come_to_its_good_end_is_not_gone_on_with(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    roll_out(there)
    there.requests.clear()

    with pytest.raises(Refused, match=f"the last rollout, {last_plan(there)}, has come to its good end"):
        go_on(there)

    assert there.changed_nothing()


def test_what_was_put_back_is_not_gone_on_with(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    assert put_back(there).outcome is Outcome.OK
    undoing = last_plan(there)
    assert undoing != plan
    there.requests.clear()

    with pytest.raises(Refused, match=f"{undoing}, has come to its good end"):
        go_on(there)

    assert there.changed_nothing()


def test_two_rollouts_are_named_with_their_nodes(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    there.machine("jira-3").lock = LockHolder(holder="eve", host="vm", plan="0ther\x1b[31m", epoch=9, since="")

    with pytest.raises(Refused, match="several rollouts hold nodes") as no:
        go_on(there)

    assert f"jira-[1-2] by {plan}" in str(no.value)
    assert "\x1b" not in str(no.value)
    assert there.changed_nothing()


def test_a_damaged_lock_is_named_with_the_way_to_free_it_alone(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    there.machine("jira-3").lock = LockHolder(holder="unknown", host="", plan="", epoch=0, since="")

    with pytest.raises(Refused, match=r"jira-3 is damaged.*lock --release --limit jira-3"):
        go_on(there)

    assert there.changed_nothing()


def hold(there: Yard, plan: str, holder: str = "eve", epoch: int = 9) -> None:
    """Let another rollout have all nodes."""
    for node in there.nodes.values():
        node.machine.lock = LockHolder(holder=holder, host="vm", plan=plan, epoch=epoch, since="")
        node.machine.epoch = epoch


@pytest.mark.parametrize("plan", ["../../x", "lock-release", "", "a b"])
def test_a_holder_that_is_no_rollout_is_refused(tmp_path: Path, plan: str) -> None:
    there = tuned(tmp_path)
    hold(there, plan)

    with pytest.raises(Refused, match="lock"):
        go_on(there)

    assert there.changed_nothing()


def copy(there: Yard, change: Callable[[Plan], bytes], *names: str) -> None:
    """Let nodes say that the plan is another one."""
    for name in names:
        kept = there.machine(name).plan_copy
        assert kept is not None
        there.machine(name).plan_copy = change(plan_json.decode(kept))


def test_without_any_copy_of_the_plan_it_can_only_be_resumed_where_it_was_begun(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    for node in there.nodes.values():
        node.machine.plan_copy = None

    with pytest.raises(Refused, match=r"neither on this workstation nor on a node.*go on where it was begun"):
        go_on(there, elsewhere(there))

    assert there.changed_nothing()
    assert go_on(there).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda plan: plan_json.encode(replace(plan, id="0ther")), "that of another"),
        (lambda plan: plan_json.encode(replace(plan, cluster="test")), "that of another"),
        (lambda _: b"{}", "cannot be used"),
        (lambda _: b"\x1b[31m" * 9, "cannot be used"),
        (lambda plan: plan_json.encode(plan)[:-20], "cannot be used"),
    ],
)
def test_a_copy_that_is_not_this_plan_is_not_followed(
    tmp_path: Path, change: Callable[[Plan], bytes], why: str
) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    copy(there, change, *NODES)

    with pytest.raises(Refused, match=why) as no:
        go_on(there, elsewhere(there))

    assert "\x1b" not in str(no.value)
    assert there.changed_nothing()


def test_copies_that_differ_are_named_and_none_is_believed(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    copy(there, lambda plan: plan_json.encode(replace(plan, budget=3)), "jira-2")

    with pytest.raises(Refused, match=r"copies of the plan .* differ \(jira-\[1,3\]: .*; jira-2: .*\)"):
        go_on(there, elsewhere(there))

    assert there.changed_nothing()


def test_a_hook_that_only_nodes_know_is_never_run(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    owned = tmp_path / "owned"
    hook = Hook(run=("touch", str(owned)))
    copy(there, lambda plan: plan_json.encode(replace(plan, before_stop=hook)), *NODES)

    with pytest.raises(Refused, match="commands are not taken from nodes"):
        go_on(there, elsewhere(there))

    assert there.changed_nothing()
    assert not owned.exists()


def test_another_document_that_one_node_alone_tells_of_needs_eyes(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Claim, "jira-2"))
    there.rewrite(OTHER_BUCKET + HURRIED)

    with pytest.raises(Refused, match=r"known from 1 of 3 nodes that answer.*say --confirm prod"):
        go_on(there, elsewhere(there, terminal=False))
    assert there.changed_nothing()

    assert go_on(there, elsewhere(there, "prod")).outcome is Outcome.OK
    assert any("the plan brings another document than the inventory has now" in line for line in there.told)


def test_a_torn_journal_is_gone_on_with(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    path = _journal(there)
    path.write_bytes(path.read_bytes()[:-9])

    assert go_on(there).outcome is Outcome.OK


def test_of_a_damaged_journal_nothing_is_concluded_and_the_way_round_it_works(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    path = _journal(there)
    path.write_bytes(path.read_bytes().replace(b"jira-1", b"jira-9", 1))

    with pytest.raises(JournalError, match=r"damaged.*move that file and its \.plan\.json to another folder"):
        go_on(there)
    assert there.changed_nothing()

    path.rename(tmp_path / "kept")
    path.with_name(f"{plan}.plan.json").rename(tmp_path / "kept-too")
    assert go_on(there).outcome is Outcome.OK


def test_a_damaged_plan_here_gives_way_to_the_copies(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    _journal(there).with_name(f"{plan}.plan.json").write_bytes(b"{")

    assert go_on(there).outcome is Outcome.OK


def test_what_runs_right_now_on_this_workstation_is_locked(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))

    with Journal.reopen(_journal(there).parent, plan), pytest.raises(Locked, match="runs right now"):
        go_on(there)

    assert there.changed_nothing()


def _journal(there: Yard, folder: str = "state") -> Path:
    return rollouts(there.folder / folder / "rollouts" / "prod")[0][1]


def test_what_another_workstation_has_done_since_is_not_done_again(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-1"))
    dying(there, lambda: go_on(there, elsewhere(there)), before=Death(Stop, "jira-3"))
    done = starts(there)

    report = go_on(there)

    assert report.outcome is Outcome.OK
    assert [(name, kind) for name, kind in acts(there) if kind == "Stop"] == [("jira-3", "Stop")]
    assert {name: starts(there)[name] for name in ("jira-1", "jira-2")} == {
        name: done[name] for name in ("jira-1", "jira-2")
    }
    resumed = next(event for event in read(_journal(there))[0] if isinstance(event, RolloutResumed))
    assert resumed.epoch == 3


def test_what_another_workstation_has_brought_to_its_end_is_not_gone_on_with_here(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    assert go_on(there, elsewhere(there)).outcome is Outcome.OK
    there.requests.clear()

    with pytest.raises(Refused, match=f"nothing to go on with: .* each is as the rollout {plan} would have left it"):
        go_on(there)

    assert there.changed_nothing()


def test_what_somebody_has_changed_after_its_end_elsewhere_is_told_as_claimed_since(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    assert go_on(there, elsewhere(there)).outcome is Outcome.OK
    there.requests.clear()
    there.machine("jira-2").stop_jira()

    with pytest.raises(
        Refused,
        match=f"claimed since the rollout {plan}, .* .jira-\\[1-3\\]: epoch 2, the last one known here is 1",
    ):
        go_on(there)

    assert there.changed_nothing()


def test_what_was_agreed_to_and_never_begun_is_carried_out_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tuned(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "append", _die)
        dying(there, lambda: roll_out(there))
    assert read(_journal(there))[0] == ()

    assert go_on(there).outcome is Outcome.OK

    assert [kind for _, kind in acts(there)].count("Stop") == 3
    assert is_over(read(_journal(there))[0])


def _die(*_: object) -> None:
    raise Killed


def test_what_another_workstation_has_put_back_is_not_half_done_again(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    assert put_back(there, elsewhere(there)).outcome is Outcome.OK
    there.requests.clear()

    with pytest.raises(Refused, match=f"before the rollout {plan}, so it was put back elsewhere"):
        go_on(there)

    assert there.changed_nothing()


def test_what_somebody_has_altered_after_it_was_put_back_elsewhere_is_named(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    assert put_back(there, elsewhere(there)).outcome is Outcome.OK
    there.requests.clear()
    there.machine("jira-2").put(FILE_NAME, b"<other/>")

    with pytest.raises(Refused, match=f"somebody else has changed the file since the rollout {plan} .*jira-2"):
        go_on(there)

    assert there.changed_nothing()


@WHERE
def test_a_node_that_the_inventory_has_lost_is_named(tmp_path: Path, world: Callable[[Yard], World]) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    there.rewrite((TUNED + HURRIED).replace("jira-[1-3]", "jira-[1-2]"))

    with pytest.raises(InputError, match="about jira-3 as well, which the inventory lacks now"):
        go_on(there, world(there))

    assert there.changed_nothing()


@WHERE
def test_a_node_that_the_inventory_has_gained_is_left_aside(tmp_path: Path, world: Callable[[Yard], World]) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    (tmp_path / "wider").mkdir()
    there.rewrite((TUNED + HURRIED).replace("jira-[1-3]", "jira-[1-4]"))
    there.nodes["jira-4"] = yard(tmp_path / "wider", prod=(TUNED + HURRIED).replace("[1-3]", "[1-4]")).nodes["jira-4"]

    assert go_on(there, world(there)).outcome is Outcome.OK

    assert any("jira-4: in the inventory, and not in this plan" in line for line in there.told)


@WHERE
def test_the_plans_document_counts_and_not_what_the_inventory_says_by_now(
    tmp_path: Path, world: Callable[[Yard], World]
) -> None:
    there = tuned(tmp_path)
    planned = dict(there.desired)
    break_off(there, before=Death(Stop, "jira-2"))
    there.rewrite(OTHER_BUCKET + HURRIED)

    report = go_on(there, world(there), consent=NAMED)

    assert report.outcome is Outcome.OK
    assert {row.standing for row in report.nodes} == {"CURRENT"}
    assert files(there) == {name: document.content for name, document in planned.items()}
    assert any("another document than the inventory has now" in line for line in there.told)


def test_a_restart_is_judged_by_what_lies_there_and_not_by_a_new_inventory(tmp_path: Path) -> None:
    there = yard(tmp_path)
    break_off(there, Shape.RESTART, before=Death(Stop, "jira-2"))
    there.rewrite(OTHER_BUCKET + HURRIED)

    report = go_on(there)

    assert report.outcome is Outcome.OK
    assert {row.standing for row in report.nodes} == {"CURRENT"}


def test_without_a_terminal_the_flag_is_named(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))

    with pytest.raises(Refused, match="say --yes"):
        go_on(there, there.world(terminal=False), consent=Consent())

    assert there.changed_nothing()


@pytest.mark.parametrize("answer", ["", "no", "prod", "Y\n", "yess"])
def test_any_other_answer_than_yes_is_a_no(tmp_path: Path, answer: str) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))

    with pytest.raises(Refused, match="Not confirmed; nothing was changed"):
        go_on(there, there.world(answer), consent=Consent())

    assert there.changed_nothing()
    assert not (there.folder / "elsewhere").exists()


def test_leaving_at_the_question_changes_nothing(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))

    def leave(_: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="interrupted at the question; nothing was changed"):
        go_on(there, replace(elsewhere(there), ask=leave), consent=Consent())

    assert there.changed_nothing()
    assert not (there.folder / "elsewhere").exists()


@pytest.mark.parametrize("words", [{"limit": "jira-1"}, {"exclude": "jira-1"}])
def test_a_selection_is_refused_before_anything_is_connected(tmp_path: Path, words: dict[str, str]) -> None:
    there = tuned(tmp_path)

    with pytest.raises(InputError, match="--limit, --exclude"):
        resume(there.world(), there.choice(**words), template=None, consent=Consent(yes=True), pause_after=None)

    assert not there.dialled


def test_what_is_known_is_shown_before_the_question(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))

    go_on(there)

    shown = "\n".join(there.told)
    assert f"the rollout {plan} (rolling, tuning, at most 1 node down at once)" in shown
    assert "jira-[1-3]: held by kim@desk (epoch 1)" in shown
    assert "1 of 3 nodes done; by its journal: jira-2 stopping, jira-3 staged; broken off" in shown


def silent(there: Yard, *names: str) -> None:
    """Let nobody answer on these nodes any more."""
    for name in names:
        there.fault(name, *(Fault(mishap=Mishap.UNREACHABLE) for _ in range(500)))


def test_a_step_that_is_unreachable_halts_the_rest_and_everything_stays_held(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    silent(there, "jira-3")

    report = go_on(there)

    assert report.outcome is Outcome.PARTIAL
    assert acts(there) == []
    assert locks(there) == dict.fromkeys(NODES, plan)
    assert "jira-3" in report.sentence

    there.fault("jira-3")
    assert go_on(there).outcome is Outcome.OK


def test_a_bystander_that_is_unreachable_holds_back_what_would_go_down_beside_it(tmp_path: Path) -> None:
    there = yard(tmp_path)
    for name in ("jira-1", "jira-2"):
        there.lay(name, None)
    break_off(there, before=Death(Stop, "jira-2"))
    there.requests.clear()
    silent(there, "jira-3")

    report = go_on(there)

    assert report.outcome in {Outcome.UNREACHABLE, Outcome.PARTIAL}
    assert "Stop" not in there.kinds()

    there.fault("jira-3")
    assert go_on(there).outcome is Outcome.OK


def test_a_pause_can_be_asked_for_again(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    report = roll_out(there, policy=Policy(pause_after=1))
    assert report.outcome is Outcome.HALTED
    assert report.next_command == "filestore-agent resume"

    second = go_on(there, pause_after=1)
    assert (second.outcome, second.next_command) == (Outcome.HALTED, "filestore-agent resume")
    assert [kind for _, kind in acts(there)].count("Stop") == 2

    third = go_on(there)
    assert third.outcome is Outcome.OK
    assert [kind for _, kind in acts(there)].count("Stop") == 3


def test_after_the_locks_were_released_it_is_for_abort_or_a_new_plan(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    release_lock(there.world(), there.choice(), template=None, yes=True)
    assert locks(there) == {}
    there.requests.clear()

    with pytest.raises(Refused, match=f"claimed since the rollout {plan}.*then plan again"):
        go_on(there)

    assert there.changed_nothing()
    assert put_back(there).outcome is Outcome.OK


def test_after_the_locks_were_released_a_file_that_was_changed_is_named(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    release_lock(there.world(), there.choice(), template=None, yes=True)
    there.rewrite(OTHER_BUCKET + HURRIED)
    there.lay("jira-3", there.desired["jira-3"].content)
    there.requests.clear()

    with pytest.raises(Refused, match=f"since the rollout {plan} \\(jira-3: expected sha256:.* found sha256:"):
        go_on(there)

    assert there.changed_nothing()


def test_after_the_locks_were_released_a_rollout_that_has_taken_the_nodes_is_not_taken_over(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    release_lock(there.world(), there.choice(), template=None, yes=True)
    dying(there, lambda: roll_out(there, world=elsewhere(there)), before=Death(Stop, "jira-2"))
    other = last_plan(there, "elsewhere")

    with pytest.raises(Refused, match=f"another rollout, {other}, has taken jira-.*lee@laptop.*{plan}"):
        go_on(there)

    assert there.changed_nothing()
    assert go_on(there, elsewhere(there)).outcome is Outcome.OK


def untouched(there: Yard) -> str:
    """Begin a rollout that a node refuses before anything is changed; return the plan's name."""
    there.fault("jira-2", Fault(mishap=Mishap.REFUSED, request=Stage))
    report = roll_out(there)
    assert (report.outcome, report.next_command) == (Outcome.REFUSED, "filestore-agent plan")
    there.fault("jira-2")
    there.requests.clear()
    return last_plan(there)


def test_one_that_ended_with_nothing_touched_is_not_gone_on_with(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = untouched(there)

    with pytest.raises(Refused, match=f"{plan}, has left every node as it was; nothing was begun: deploy again"):
        go_on(there, consent=NAMED)

    assert there.changed_nothing()


def interrupted(there: Yard) -> str:
    """Begin a rollout that is interrupted before anything is changed, so that it lets go of the nodes."""

    def press(_: str, request: Request) -> None:
        if type(request) is Stage:
            there.after = lambda _, __: None
            signal.raise_signal(signal.SIGINT)

    there.after = press
    assert roll_out(there).outcome is Outcome.INTERRUPTED
    assert locks(there) == {}
    there.requests.clear()
    return last_plan(there)


def test_one_that_was_interrupted_with_nothing_touched_can_be_gone_on_with(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    interrupted(there)

    assert go_on(there).outcome is Outcome.OK


def test_what_nobody_holds_and_is_not_the_inventorys_any_more_wants_the_clusters_name(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    interrupted(there)
    there.rewrite(TUNED.replace("50", "60") + HURRIED)

    with pytest.raises(Refused, match=r"another document than the inventory has now to jira-\[1-3\].*--confirm prod"):
        go_on(there, there.world(terminal=False))
    assert there.changed_nothing()

    assert go_on(there, there.world("prod"), consent=Consent()).outcome is Outcome.OK


def test_a_change_of_routing_that_was_agreed_to_by_name_is_gone_on_with_by_a_yes(tmp_path: Path) -> None:
    there = rerouted(tmp_path)
    interrupted(there)

    assert go_on(there, there.world(terminal=False)).outcome is Outcome.OK


def test_what_nobody_holds_is_not_gone_on_with_while_a_node_of_it_is_silent(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    interrupted(there)
    there.fault("jira-3", Fault(mishap=Mishap.UNREACHABLE, request=Recall))

    with pytest.raises(Refused, match="jira-3 did not answer"):
        go_on(there, consent=NAMED)

    assert there.changed_nothing()


def test_what_was_claimed_since_is_not_gone_on_with(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, after=Death(Stop, "jira-1"))
    assert put_back(there, elsewhere(there)).outcome is Outcome.OK
    there.requests.clear()

    with pytest.raises(Refused, match=f"claimed since the rollout {plan}"):
        go_on(there, consent=NAMED)

    assert there.changed_nothing()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"budget": 2}, "max-unavailable: 2, here 1"),
        ({"max_failures": 1}, "max-failures: 1, here 0"),
        ({"patience": Patience(ready_timeout=61, stop_timeout=60, ready_interval=1)}, "ready-timeout: 61s, here 60s"),
        ({"patience": Patience(ready_timeout=60, stop_timeout=61, ready_interval=1)}, "stop-timeout: 61s, here 60s"),
        (
            {"patience": Patience(ready_timeout=60, stop_timeout=60, ready_interval=1, appear_timeout=61)},
            "appear-timeout: 61s, here 60s",
        ),
        (
            {"patience": Patience(ready_timeout=60, stop_timeout=60, ready_interval=1, return_timeout=31)},
            "return-timeout: 31s, here 30s",
        ),
        (
            {"patience": Patience(ready_timeout=60, stop_timeout=60, ready_interval=0.5)},
            "ready-interval: 0.5s, here 1s",
        ),
        (
            {"patience": Patience(ready_timeout=60, stop_timeout=60, ready_interval=1, ready_streak=1)},
            "ready-streak: 1, here 3",
        ),
    ],
)
def test_a_liberty_that_only_nodes_give_is_not_taken(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    copy(there, lambda plan: plan_json.encode(replace(plan, **change)), *NODES)

    with pytest.raises(Refused, match=why):
        go_on(there, elsewhere(there), consent=NAMED)

    assert there.changed_nothing()


@pytest.mark.parametrize("change", [{"owner": "root"}, {"group": None}, {"mode": "0666"}])
def test_a_file_is_given_to_nobody_else_because_nodes_say_so(tmp_path: Path, change: dict[str, Any]) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))

    def changed(plan: Plan) -> bytes:
        return plan_json.encode(replace(plan, steps=(*plan.steps[:2], replace(plan.steps[2], **change))))

    copy(there, changed, *NODES)

    with pytest.raises(Refused, match="owner, group, mode: others for jira-3"):
        go_on(there, elsewhere(there), consent=NAMED)

    assert there.changed_nothing()


def test_jira_is_asked_where_the_inventory_says_so_whatever_nodes_say(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    there.rewrite((TUNED + HURRIED).replace("localhome: /var/jira", 'localhome: /var/jira, rest: {token: "env:TOK"}'))

    with pytest.raises(Refused, match=r"jira\.rest: not asked, here it is"):
        go_on(there, elsewhere(there), consent=NAMED)

    assert there.changed_nothing()


DRAIN, ADMIT = Hook(run=("drain",), on="workstation"), Hook(run=("admit",), on="workstation")


@pytest.mark.parametrize("slots", [(ADMIT, DRAIN), (None, None), (DRAIN, None), (None, ADMIT)])
def test_hooks_that_are_swapped_or_missing_on_the_nodes_are_not_followed(
    tmp_path: Path, slots: tuple[Hook | None, Hook | None]
) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    hooks = "{before-stop: {run: [drain], on: workstation}, after-ready: {run: [admit], on: workstation}}"
    there.rewrite(TUNED + HURRIED.replace("}", f", drain: {hooks}}}"))
    before_stop, after_ready = slots
    changed = lambda plan: plan_json.encode(replace(plan, before_stop=before_stop, after_ready=after_ready))  # noqa: E731
    copy(there, changed, *NODES)

    with pytest.raises(Refused, match="commands are not taken from nodes"):
        go_on(there, elsewhere(there), consent=NAMED)

    assert there.changed_nothing()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"accept_downtime": True}, "it may stop the last node that serves"),
        ({"shape": Shape.TOGETHER}, "it stops all its nodes at once"),
    ],
)
def test_an_outage_that_only_nodes_tell_of_is_not_covered_by_a_yes(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Claim, "jira-2"))
    copy(there, lambda plan: plan_json.encode(replace(plan, **change)), "jira-1")

    with pytest.raises(Refused, match=f"{why}.*--confirm prod"):
        go_on(there, elsewhere(there, terminal=False))

    assert there.changed_nothing()
    assert go_on(there, elsewhere(there, terminal=False), consent=NAMED).outcome is Outcome.OK


def test_what_a_plan_on_nodes_says_of_its_change_is_not_believed(tmp_path: Path) -> None:
    there = rerouted(tmp_path)
    break_off(there, before=Death(Claim, "jira-2"))
    copy(there, lambda plan: plan_json.encode(replace(plan, change=ChangeClass.COSMETIC)), "jira-1")

    with pytest.raises(Refused, match=r"it changes where new data is stored, and copies nothing.*--confirm prod"):
        go_on(there, elsewhere(there, terminal=False))

    assert any("(rolling, routing, at most 1 node" in line for line in there.told)
    assert there.changed_nothing()


def test_an_abort_that_was_broken_off_is_gone_on_with(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    old, plan = files(there), break_off(there, before=Death(Stop, "jira-3"))
    dying(there, lambda: put_back(there), before=Death(Start, "jira-1"))

    report = go_on(there)

    assert report.outcome is Outcome.OK
    assert files(there) == old
    assert locks(there) == {}
    journal = _journal(there).with_name(f"{plan}.jsonl")
    assert "RolloutUndone" in [type(event).__name__ for event in read(journal)[0]]
    assert any("still declares" in line.text for line in report.lines)


def test_a_token_that_leads_nowhere_is_told_before_anything_is_begun(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    change = lambda plan: plan_json.encode(replace(plan, consults=True))  # noqa: E731 - one line
    copy(there, change, *NODES)

    with pytest.raises(InputError, match=r"has no jira\.rest\.token now"):
        go_on(there, elsewhere(there))
    there.rewrite((TUNED + HURRIED).replace("localhome: /var/jira", 'localhome: /var/jira, rest: {token: "env:TOK"}'))
    with pytest.raises(InputError, match="TOK"):
        go_on(there, elsewhere(there))

    assert there.changed_nothing()
    assert not (there.folder / "elsewhere").exists()


def test_an_events_file_that_cannot_be_opened_leaves_all_as_it_was(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    held = {name: node.machine.lock for name, node in there.nodes.items()}

    with pytest.raises(InputError, match="no/such"):
        go_on(there, consent=Consent(yes=True, events=tmp_path / "no/such"))

    assert {name: node.machine.lock for name, node in there.nodes.items()} == held
