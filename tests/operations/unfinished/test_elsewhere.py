"""What two workstations know of one rollout: what one has ended, the other has neither to end nor to put back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan_json import decode, encode
from agent.edges.journal import Journal
from agent.errors import Outcome, Refused, Unsettled
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Claim, LockToken, Recall, Stop
from tests.operations.rollouts import (
    NAMED,
    YES,
    Death,
    Killed,
    acts,
    break_off,
    dying,
    elsewhere,
    files,
    go_on,
    last_plan,
    locks,
    put_back,
    rerouted,
    roll_back,
    roll_out,
    tuned,
)
from tests.operations.test_abort import third, undone
from tests.operations.world import HURRIED, OTHER_BUCKET, TUNED, Yard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.report import Report
    from agent.operations.world import World


def mute(world: World) -> World:
    """Return the same world without a person at a terminal."""
    return replace(world, ask=None)


def die(*_: object) -> None:
    raise Killed


def unbegun(there: Yard, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], Report]) -> None:
    """Do something whose controller is killed as soon as the journal lies there."""
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "append", die)
        dying(there, deed)


def test_what_home_has_ended_well_is_not_put_back_where_an_abort_of_it_once_died(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-3"))
    dying(there, lambda: put_back(there, elsewhere(there)), after=Death(Claim, "jira-1"))
    assert go_on(there).outcome is Outcome.OK
    there.requests.clear()

    with pytest.raises(Refused, match=f"nothing to put back: .*rollback --rollout {plan}"):
        put_back(there, mute(elsewhere(there)), consent=YES)

    assert there.changed_nothing()


def test_what_was_deployed_again_is_not_put_back_where_an_abort_of_the_first_time_was_refused(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-3"))
    there.fault("jira-2", *(Fault(mishap=Mishap.UNREACHABLE, request=Claim, spared=1) for _ in range(3)))
    assert put_back(there, elsewhere(there)).outcome is Outcome.UNREACHABLE
    there.fault("jira-2")
    assert put_back(there, third(there)).outcome is Outcome.OK
    assert roll_out(there).outcome is Outcome.OK
    there.requests.clear()

    with pytest.raises(Refused, match=r"which --yes does not cover|nothing to put back"):
        put_back(there, mute(elsewhere(there)), consent=YES)

    assert there.changed_nothing()


def test_what_a_colleague_has_deployed_is_not_put_back_in_place_of_what_was_never_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tuned(tmp_path)
    unbegun(there, monkeypatch, lambda: roll_out(there))
    assert roll_out(there, world=elsewhere(there)).outcome is Outcome.OK
    there.requests.clear()

    with pytest.raises(Refused, match=r"nothing to put back|which --yes does not cover"):
        put_back(there, mute(there.world()), consent=YES)
    with pytest.raises(Refused, match=r"nothing to go on with|claimed since"):
        go_on(there, mute(there.world()), consent=YES)

    assert there.changed_nothing()


@pytest.mark.parametrize("ending", [put_back, go_on])
@pytest.mark.parametrize("late", [put_back, go_on])
def test_whoever_once_began_to_go_on_with_it_has_no_say_when_home_has_ended_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: Callable[..., Report], late: Callable[..., Report]
) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-3"))
    unbegun(there, monkeypatch, lambda: go_on(there, elsewhere(there)))
    assert ending(there).outcome is Outcome.OK
    there.requests.clear()

    with pytest.raises(Refused, match=r"claimed since|nothing to (put back|go on with)"):
        late(there, mute(elsewhere(there)), consent=YES)

    assert there.changed_nothing()


def test_whoever_once_tried_to_put_one_back_may_help_with_the_next(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-3"))
    dying(there, lambda: put_back(there, elsewhere(there)), after=Death(Claim, "jira-1"))
    assert go_on(there).outcome is Outcome.OK
    there.rewrite(OTHER_BUCKET + HURRIED)
    break_off(there, before=Death(Stop, "jira-2"))

    assert go_on(there, elsewhere(there), consent=NAMED).outcome is Outcome.OK
    assert locks(there) == {}


def test_a_rollback_that_was_never_begun_is_carried_out_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tuned(tmp_path)
    before = files(there)
    roll_out(there)
    unbegun(there, monkeypatch, lambda: roll_back(there))

    assert go_on(there, consent=NAMED).outcome is Outcome.OK
    assert files(there) == before


def test_what_is_left_of_it_on_a_node_that_was_left_out_is_not_rolled_out_by_a_mere_yes(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    there.rewrite((TUNED + HURRIED).replace("rollout: {", "rollout: {max-unavailable: 2, "))
    plan = break_off(there, before=Death(Stop, "jira-3"))
    report = put_back(there, None, "--allow-partial", exclude="jira-2")
    assert (report.outcome, undone(there, plan)) == (Outcome.PARTIAL, [])
    there.requests.clear()

    with pytest.raises(Refused, match=r"jira-\[1,3\] were claimed and freed after it"):
        go_on(there, mute(third(there)), consent=YES)

    assert there.changed_nothing()


def test_where_a_node_was_left_out_the_others_are_freed_and_it_does_not_count_as_put_back(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-1"))

    report = put_back(there, None, "--allow-partial", exclude="jira-2")

    assert (report.outcome, report.next_command) == (Outcome.PARTIAL, "filestore-agent lock")
    assert (locks(there), undone(there, plan)) == ({"jira-2": plan}, [])
    assert any("jira-2: left out, so what the rollout" in line.text for line in report.lines)
    assert put_back(there).outcome is Outcome.OK
    assert (locks(there), undone(there, plan)) == ({}, [None])


def forged(tmp_path: Path, **parts: object) -> tuple[Yard, str]:
    """Break a rollout off, and lay a plan on jira-1 that says to put it back, and moves the data of jira-2."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    evil = rerouted(tmp_path / "a")
    break_off(evil, before=Death(Stop, "jira-2"))
    model = decode(evil.machine("jira-2").plan_copy or b"")
    there = tuned(tmp_path / "b")
    plan = break_off(there, before=Death(Stop, "jira-1"))
    step = replace(next(it for it in model.steps if it.node == "jira-2"), process=None, running=True)
    lie = replace(model, id="f0rged", undoes=plan, bystanders=(), absent=(), steps=(step,), **parts)  # type: ignore[arg-type] # the tests' own parts
    there.machine("jira-1").plan_copy = encode(lie)
    there.requests.clear()
    return there, plan


@pytest.mark.parametrize("world", [Yard.world, elsewhere], ids=["here", "elsewhere"])
@pytest.mark.parametrize("parts", [{"accept_downtime": True}, {}], ids=["downtime", "plain"])
def test_a_plan_forged_on_one_node_is_not_carried_out_on_another_by_a_mere_yes(
    tmp_path: Path, world: Callable[[Yard], World], parts: dict[str, object]
) -> None:
    there, plan = forged(tmp_path, **parts)

    with pytest.raises(Refused):
        go_on(there, mute(world(there)), consent=YES)

    assert there.changed_nothing()
    assert set(locks(there).values()) == {plan}


def test_a_plan_that_says_to_put_itself_back_hides_no_lock(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))
    copy = decode(there.machine("jira-1").plan_copy or b"")
    assert go_on(there, elsewhere(there)).outcome is Outcome.OK
    machine = there.machine("jira-3")
    token = LockToken(plan="f0rged", epoch=machine.epoch + 1)
    lie = encode(replace(copy, id="f0rged", undoes="f0rged"))
    there.nodes["jira-3"].perform(Claim(token=token, holder="eve", host="vm", since="", plan_copy=lie))
    there.requests.clear()

    with pytest.raises(Refused):
        go_on(there, mute(there.world()), consent=YES)

    assert there.changed_nothing()


def test_a_take_over_that_failed_leaves_the_way_forward_open(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    plan = break_off(there, before=Death(Stop, "jira-2"))
    there.fault("jira-3", Fault(mishap=Mishap.UNREACHABLE, request=Recall, spared=2))
    with pytest.raises(Unsettled):
        put_back(there)
    there.fault("jira-3")
    assert last_plan(there) == plan

    assert go_on(there).outcome is Outcome.OK
    assert [kind for _, kind in acts(there)].count("Stop") == 2
