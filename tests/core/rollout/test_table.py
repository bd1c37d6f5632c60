"""Every pair of the table: what it says, pinned against a statement of its own, and what it does not say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from agent.core.rollout.events import Act, LockEvent, MoveStarted, NodeEvent, Setback
from agent.core.rollout.fold import advance
from agent.core.rollout.progress import Lock
from agent.core.rollout.table import LOCKS, STEPS, LockState, OutOfTurn, StepState, draw, lock_after, step_after
from tests.core.rollout.situations import sample, told
from tests.simulator.cluster import plan_for

KINDS = {kind.__name__: kind for kind in get_args(NodeEvent)}
LOCK_KINDS = frozenset(kind.__name__ for kind in get_args(LockEvent))
SETBACKS = frozenset(kind.__name__ for kind in get_args(Setback))
LOCK_ACTS = frozenset({Act.CLAIM, Act.RELEASE})
HAPPENINGS = (*(str(act) for act in Act), *KINDS)

STEP_GRID = """
stage               waiting>staging
drain               cleared>draining
stop                cleared>stopping
commit              waiting staged stopped >committing
start               waiting staged cleared stopped committed failed reverted >starting
admit               waiting staged cleared drained done failed reverted >admitting
restore             waiting staged cleared drained stopped committed failed sick >reverting
discard             waiting= staged= cleared>staged drained= failed= sick= reverted=

ConfigStaged        staging uncertain >staged
StageDiscarded      waiting staged drained >reverted failed= sick= reverted=
StageLeft           waiting= staged= drained= failed= sick= reverted=
ConfigCommitted     waiting staged committing failed sick reverted uncertain >committed
ConfigRestored      reverting uncertain >reverted

NodeCleared         waiting staged drained sick >cleared
ClearanceDenied     waiting= staged= drained= sick=
ClearancePostponed  waiting= staged= drained= sick=
ClearanceLapsed     cleared>staged

NodeDrained         draining>drained
NodeAdmitted        admitting>done
NodeReadmitted      admitting>reverted
HookFailed          draining>drained admitting>sick

StopAsked           stopping= uncertain>stopping
NodeStopped         stopping>stopped
StartAsked          starting uncertain >warming
StepReopened        uncertain>waiting

NodeSeen            stopping= warming=
NodeAwaited         stopping= warming=
NodeProgressed      warming=
ReadySeen           warming=
NodeReady           warming>done
NodeRevived         warming>reverted
NodeSick            committing warming reverting uncertain >sick
TimedOut            stopping warming >sick
NodeDiagnosed       sick=
StepSkipped         sick>skipped

MoveRefused         staging stopping committing uncertain >failed starting reverting >sick
NodeUnreachable     staging stopping committing >failed starting reverting >sick uncertain=
AnswerLost          staging stopping committing starting reverting >uncertain
"""
"""For each happening the states in which it can come, and the state after it; `=` stays. All else is an error."""

LOCK_GRID = """
claim            free>claiming
release          held left >releasing

NodeClaimed      claiming unsure >held
LockRefused      claiming held unsure >foreign
LockReleased     unsure releasing >released
LockLeft         unsure releasing >left

MoveRefused      claiming>free unsure>left
NodeUnreachable  claiming>free unsure>left
AnswerLost       claiming releasing >unsure
"""


def read(grid: str) -> dict[tuple[str, str], str]:
    """Return the grid as a mapping from state and happening to the state after it."""
    pairs: dict[tuple[str, str], str] = {}
    for happening, *words in (line.split() for line in grid.splitlines() if line.strip()):
        sources: list[str] = []
        for word in words:
            source, _, target = word.partition(">")
            sources += [source.rstrip("=")] if source else []
            if word.endswith("=") or target:
                assert not {(name, happening) for name in sources} & pairs.keys(), "said twice"
                pairs |= {(name, happening): target or name for name in sources}
                sources = []
        assert not sources, f"{happening}: {sources} lead nowhere"
    return pairs


STEP_PAIRS, LOCK_PAIRS = read(STEP_GRID), read(LOCK_GRID)


def event_of(happening: str, act: Act = Act.STAGE) -> MoveStarted | NodeEvent:
    if happening in KINDS:
        event: NodeEvent = sample(KINDS[happening], act=act)
        return event
    return MoveStarted(act=Act(happening), nodes=("jira-1",))


def named(table: Any) -> dict[tuple[str, str], str]:
    """Return a table's own rows in the words of the grid."""
    return {
        (str(state), str(it) if isinstance(it, Act) else it.__name__): str(target)
        for state, row in table.items()
        for it, target in row.items()
    }


def test_the_tables_say_what_the_grids_say_and_nothing_else() -> None:
    assert named(STEPS) == STEP_PAIRS
    assert named(LOCKS) == LOCK_PAIRS


@pytest.mark.parametrize("state", StepState)
@pytest.mark.parametrize("happening", HAPPENINGS)
def test_every_pair_of_a_step_goes_where_the_grid_says_or_is_an_error(state: StepState, happening: str) -> None:
    wanted, event = STEP_PAIRS.get((state, happening)), event_of(happening)
    if wanted is None:
        with pytest.raises(
            OutOfTurn, match=rf"jira-1: .* cannot happen now \(its step is {state}\); nothing was moved"
        ):
            step_after("jira-1", state, event)
    else:
        assert step_after("jira-1", state, event) == wanted


@pytest.mark.parametrize("state", LockState)
@pytest.mark.parametrize("happening", HAPPENINGS)
def test_every_pair_of_a_lock_goes_where_the_grid_says_or_is_an_error(state: LockState, happening: str) -> None:
    wanted, event = LOCK_PAIRS.get((state, happening)), event_of(happening, Act.CLAIM)
    if wanted is None:
        with pytest.raises(OutOfTurn, match=rf"jira-1: .* cannot happen now \(its lock is {state}\)"):
            lock_after("jira-1", state, event)
    else:
        assert lock_after("jira-1", state, event) == wanted


@pytest.mark.parametrize("state", StepState)
@pytest.mark.parametrize("happening", [it for it in HAPPENINGS if it not in {*LOCK_KINDS, *LOCK_ACTS}])
def test_a_rollout_moves_its_step_as_the_table_says_or_not_at_all(state: StepState, happening: str) -> None:
    rollout = told([], plan_for(["jira-1", "jira-2"]))
    rollout = replace(rollout, steps={**rollout.steps, "jira-1": replace(rollout.steps["jira-1"], state=state)})
    wanted, event, before = STEP_PAIRS.get((state, happening)), event_of(happening), repr(rollout)
    if wanted is None:
        with pytest.raises(OutOfTurn):
            advance(rollout, event)
    else:
        moved = advance(rollout, event)
        assert moved.steps["jira-1"].state == wanted
        assert (moved.steps["jira-2"], moved.locks) == (rollout.steps["jira-2"], rollout.locks)
    assert repr(rollout) == before


@pytest.mark.parametrize("state", LockState)
@pytest.mark.parametrize("happening", [*sorted(LOCK_ACTS), *sorted(LOCK_KINDS | SETBACKS)])
def test_a_rollout_moves_its_lock_as_the_table_says_or_not_at_all(state: LockState, happening: str) -> None:
    rollout = told([], plan_for(["jira-1", "jira-2"]))
    rollout = replace(rollout, locks={**rollout.locks, "jira-1": Lock(state=state)})
    wanted, event, before = LOCK_PAIRS.get((state, happening)), event_of(happening, Act.CLAIM), repr(rollout)
    if wanted is None:
        with pytest.raises(OutOfTurn):
            advance(rollout, event)
    else:
        moved = advance(rollout, event)
        assert moved.locks["jira-1"].state == wanted
        assert (moved.locks["jira-2"], moved.steps) == (rollout.locks["jira-2"], rollout.steps)
    assert repr(rollout) == before


def test_every_state_has_its_row_and_can_be_reached() -> None:
    assert set(STEPS) == set(StepState) == {StepState.WAITING, *(it for row in STEPS.values() for it in row.values())}
    assert set(LOCKS) == set(LockState) == {LockState.FREE, *(it for row in LOCKS.values() for it in row.values())}


def test_what_is_done_is_at_most_admitted_and_what_is_skipped_is_left_alone() -> None:
    assert {target for (state, _), target in STEP_PAIRS.items() if state == StepState.DONE} == {"admitting"}
    assert not [happening for state, happening in STEP_PAIRS if state == StepState.SKIPPED]


def test_uncertain_is_not_left_by_beginning_another_act() -> None:
    assert not any(isinstance(happening, Act) for happening in STEPS[StepState.UNCERTAIN])


def test_nothing_is_written_under_a_process_that_is_started_or_waited_for() -> None:
    writing = {Act.COMMIT, Act.RESTORE}
    for state in (StepState.STOPPING, StepState.STARTING, StepState.WARMING, StepState.DONE, StepState.ADMITTING):
        assert not writing & STEPS[state].keys()


def test_a_diagram_has_each_pair_of_states_once_and_names_what_leads_there() -> None:
    steps, locks = draw().split("## The life of a lock")
    assert "    [*] --> waiting\n" in steps
    assert "    [*] --> free\n" in locks
    assert "    skipped --> [*]\n" in steps
    assert "    cleared --> stopping: stop begun\n" in steps
    arrows = [line.split(":")[0] for line in steps.splitlines() if "-->" in line and "*" not in line]
    wanted = {f"    {state} --> {target}" for (state, _), target in STEP_PAIRS.items()}
    assert sorted(arrows) == sorted(wanted)


def test_a_progress_and_a_lock_begin_at_the_beginning() -> None:
    rollout = told([], plan_for(["jira-1"]))
    assert rollout.steps["jira-1"].state is StepState.WAITING
    assert rollout.locks["jira-1"].state is LockState.FREE
