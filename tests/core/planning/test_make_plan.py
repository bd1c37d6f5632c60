from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.document import ABSENT, Document, absent_document
from agent.core.judging.in_force import Known
from agent.core.judging.standing import Judgement, Standing, judge
from agent.core.observation import FileFacts, FileKind, Incarnation, Observation, Presence, Process
from agent.core.planning.found import found
from agent.core.planning.make_plan import Canary, make_plan, restart_plan, restart_plan_for_everyone
from agent.core.planning.plan import Patience, Plan, Shape, Step
from agent.core.routing import ChangeClass, Confirmation, routing_line, routing_of
from tests.core.sightings import (
    BOOT,
    REFUSED,
    RUNS,
    START_TICKS,
    STARTED,
    document,
    down,
    file_of,
    loaded,
    look,
    mark,
    observed,
    receipt,
    silent,
)

if TYPE_CHECKING:
    from agent.core.judging.sight import Look

DESIRED, OTHER, TUNED, LAID_OUT = document(), document("other-bucket"), document(concurrency=7), document(comment="x")
LONG_AFTER = STARTED + 300
CURRENT = loaded(DESIRED)
COSMETIC = loaded(LAID_OUT)
DRIFTED = loaded(TUNED)
SPLIT = loaded(OTHER)
TIME_BOMB = observed(file_of(OTHER, changed=LONG_AFTER), receipts=(receipt(DESIRED),))
REMOVED = observed(file_of(None), receipts=(receipt(DESIRED),))
UNREADABLE = observed(file_of(b"<", changed=LONG_AFTER), receipts=(receipt(DESIRED),))
PENDING = observed(file_of(DESIRED, changed=LONG_AFTER), loaded=(mark(TUNED),), receipts=(receipt(TUNED),))
BY_HAND = observed(file_of(DESIRED, changed=LONG_AFTER))
DOWN = down(file_of(TUNED))
DOWN_AND_RIGHT = down(file_of(DESIRED))
LINK = observed(FileFacts(kind=FileKind.SYMLINK))


def judged(*seen: Observation | None) -> tuple[Judgement, ...]:
    looks: list[Look] = [
        silent(f"jira-{number}") if it is None else look(f"jira-{number}", it) for number, it in enumerate(seen, 1)
    ]
    return judge(tuple(looks))


def planned(
    judgements: tuple[Judgement, ...],
    shape: Shape = Shape.COMMIT,
    *,
    desired: Document = DESIRED,
    selected: frozenset[str] | None = None,
    canary: Canary = 1,
) -> Plan:
    return make_plan(
        judgements,
        cluster="example",
        plan_id="20261122-1",
        shape=shape,
        documents={judgement.node.name: desired for judgement in judgements},
        patience=Patience(ready_streak=5),
        selected=selected,
        canary=canary,
    )


def names(plan: Plan) -> list[str]:
    return [step.node for step in plan.steps]


def only_step(seen: Observation, shape: Shape = Shape.COMMIT) -> Step:
    (step,) = planned(judged(seen), shape).steps
    return step


def test_a_plan_carries_what_it_was_made_with() -> None:
    plan = planned(judged(DRIFTED, CURRENT))

    assert (plan.id, plan.cluster, plan.shape) == ("20261122-1", "example", Shape.COMMIT)
    assert plan.change is ChangeClass.TUNING
    assert plan.patience.ready_streak == 5
    assert plan.bystanders == ("jira-2",)


def test_a_cluster_that_is_as_it_should_be_needs_no_step() -> None:
    for shape in (Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER):
        assert planned(judged(CURRENT, CURRENT), shape).steps == ()


@pytest.mark.parametrize("seen", [COSMETIC, DRIFTED, TIME_BOMB, REMOVED, UNREADABLE, DOWN])
@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER])
def test_a_node_with_another_file_gets_the_desired_one(seen: Observation, shape: Shape) -> None:
    step = only_step(seen, shape)

    assert step.document == DESIRED.content
    assert (step.digest, step.canonical) == (DESIRED.digest, DESIRED.canonical)
    assert step.routing == routing_line(routing_of(DESIRED.config))
    assert (step.owner, step.group, step.mode) == ("jira", "jira", "0640")


def test_the_right_bytes_with_another_mode_are_committed_again() -> None:
    other_mode = observed(replace(file_of(DESIRED), mode="0600"), receipts=(receipt(DESIRED),))

    assert only_step(other_mode).document == DESIRED.content


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        (CURRENT, Confirmation.NONE),
        (COSMETIC, Confirmation.YES),
        (DRIFTED, Confirmation.YES),
        (SPLIT, Confirmation.NAME),
    ],
)
def test_what_a_person_confirms_is_that_of_the_class_and_nothing_where_nothing_is_done(
    seen: Observation, asked: Confirmation
) -> None:
    assert planned(judged(seen)).confirmation is asked


def test_a_commit_compares_with_the_digest_that_was_seen() -> None:
    assert only_step(DRIFTED).expected == TUNED.digest
    assert only_step(REMOVED).expected == ABSENT


def test_a_step_tells_the_meaning_of_the_file_it_was_made_from() -> None:
    step = only_step(DRIFTED)

    assert step.expected_canonical == TUNED.canonical
    assert step.expected_routing == routing_line(routing_of(TUNED.config))
    assert only_step(UNREADABLE).expected_canonical is None
    assert only_step(REMOVED).expected_canonical == ABSENT


def test_what_the_process_has_loaded_travels_with_the_commit() -> None:
    step = only_step(TIME_BOMB)

    assert step.loaded_canonical == DESIRED.canonical
    assert step.loaded_routing == routing_line(routing_of(DESIRED.config))
    assert step.loaded_ticks == START_TICKS


@pytest.mark.parametrize("seen", [REMOVED, DOWN, observed(file_of(TUNED, changed=LONG_AFTER))])
def test_what_is_not_proven_to_be_loaded_is_never_noted(seen: Observation) -> None:
    step = only_step(seen)

    assert (step.loaded_canonical, step.loaded_routing, step.loaded_ticks) == (None, None, None)


def test_a_commit_alone_restarts_nobody_and_leaves_the_right_files_alone() -> None:
    plan = planned(judged(DRIFTED, PENDING, DOWN_AND_RIGHT))

    assert names(plan) == ["jira-1"]
    assert not plan.steps[0].restart
    assert plan.bystanders == ("jira-2", "jira-3")


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_a_restart_takes_in_the_nodes_whose_right_file_is_not_loaded(shape: Shape) -> None:
    plan = planned(judged(DRIFTED, PENDING, CURRENT), shape)
    drifted, pending = plan.steps

    assert (drifted.node, drifted.restart, drifted.document) == ("jira-1", True, DESIRED.content)
    assert (pending.node, pending.restart, pending.document) == ("jira-2", True, None)
    assert pending.expected == DESIRED.digest
    assert plan.bystanders == ("jira-3",)


@pytest.mark.parametrize("seen", [COSMETIC, TIME_BOMB])
def test_a_node_that_has_the_desired_meaning_loaded_gets_its_file_without_a_restart(seen: Observation) -> None:
    step = only_step(seen, Shape.ROLLING)

    assert not step.restart
    assert "no restart" in step.reason


def test_a_loaded_configuration_with_a_caveat_does_not_spare_the_restart() -> None:
    (judgement,) = judged(REMOVED)

    assert isinstance(judgement.in_force, Known)
    assert only_step(REMOVED, Shape.ROLLING).restart


def test_nodes_that_cannot_be_written_to_are_bystanders() -> None:
    plan = planned(judged(None, LINK, DRIFTED, observed(FileFacts(kind=FileKind.HIDDEN), ran_as="ops")))

    assert names(plan) == ["jira-3"]
    assert plan.bystanders == ("jira-1", "jira-2", "jira-4")


def test_nodes_that_were_not_selected_are_bystanders() -> None:
    plan = planned(judged(DRIFTED, DRIFTED, DRIFTED), selected=frozenset({"jira-2"}))

    assert names(plan) == ["jira-2"]
    assert plan.bystanders == ("jira-1", "jira-3")


def test_every_reason_says_what_will_be_done() -> None:
    judgements = judged(DRIFTED, PENDING, DOWN, DOWN_AND_RIGHT, COSMETIC, TIME_BOMB)
    said = {step.node: step.reason.partition("; ")[2] for step in planned(judgements, Shape.ROLLING).steps}

    assert said == {
        "jira-1": "stop, commit the file, start",
        "jira-2": "the file is right already: stop, start",
        "jira-3": "commit the file, start",
        "jira-4": "the file is right already: start",
        "jira-5": "commit the file, no restart",
        "jira-6": "commit the file, no restart",
    }


def test_a_step_names_the_process_and_the_node_that_were_seen() -> None:
    step = only_step(replace(DRIFTED, node_id="node1"))

    assert step.process == Incarnation(boot_id=BOOT, ticks=START_TICKS)
    assert step.node_id == "node1"


@pytest.mark.parametrize(
    "process",
    [Process(presence=Presence.NONE), Process(presence=Presence.UNKNOWN), replace(RUNS, start_ticks=None)],
)
def test_a_process_that_cannot_be_named_is_not_named(process: Process) -> None:
    assert only_step(replace(DRIFTED, process=process)).process is None
    assert only_step(replace(DRIFTED, boot_id="")).process is None


def test_of_a_node_that_was_not_seen_only_the_inventory_is_known() -> None:
    assert found(judged(None)[0]) == {"owner": "jira", "group": "jira", "mode": "0640"}


def test_the_plan_knows_what_jira_calls_the_nodes_as_far_as_it_was_seen() -> None:
    plan = planned(judged(replace(DRIFTED, node_id="n1"), replace(CURRENT, node_id="n2"), CURRENT, None))

    assert plan.known_node_ids == (("jira-1", "n1"), ("jira-2", "n2"))


def test_each_document_that_steps_replace_is_kept_once() -> None:
    plan = planned(judged(DRIFTED, DRIFTED, UNREADABLE, REMOVED, CURRENT, PENDING), Shape.ROLLING)
    broken = UNREADABLE.file

    assert plan.previous == ((TUNED.digest, TUNED.content), (broken.digest, b"<"))
    assert planned(judged(CURRENT, PENDING), Shape.ROLLING).previous == ()


@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER])
def test_to_put_back_that_there_was_no_file_takes_it_away(shape: Shape) -> None:
    (step,) = planned(judged(DRIFTED), shape, desired=absent_document()).steps

    assert (step.document, step.digest, step.canonical) == (b"", ABSENT, ABSENT)
    assert (step.removes, step.stages) == (True, False)
    assert step.restart is (shape is not Shape.COMMIT)
    assert (step.owner, step.group, step.mode) == (None, None, None)
    assert step.expected == TUNED.digest
    assert step.routing == routing_line(routing_of(None))
    assert "remove the file" in step.reason


NEVER_HAD_ONE = observed(file_of(None))
HAS_LOADED_NONE = observed(file_of(None), receipts=(receipt(None),))


@pytest.mark.parametrize("seen", [NEVER_HAD_ONE, HAS_LOADED_NONE])
@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER])
def test_a_node_without_a_file_is_let_be_when_there_is_to_be_none(seen: Observation, shape: Shape) -> None:
    assert planned(judged(seen), shape, desired=absent_document()).steps == ()


@pytest.mark.parametrize("seen", [REMOVED, down(file_of(None))])
def test_a_node_without_a_file_is_restarted_where_it_has_loaded_one_or_does_not_run(seen: Observation) -> None:
    (step,) = planned(judged(seen), Shape.ROLLING, desired=absent_document()).steps

    assert (step.restart, step.document) == (True, None)


def restarted(plan_of: object, judgements: tuple[Judgement, ...], selected: frozenset[str] | None = None) -> Plan:
    assert callable(plan_of)
    plan = plan_of(judgements, cluster="example", plan_id="p", patience=Patience(), selected=selected)
    assert isinstance(plan, Plan)
    return plan


def test_a_restart_plan_takes_those_whose_right_file_is_not_loaded() -> None:
    plan = restarted(restart_plan, judged(CURRENT, PENDING, DRIFTED, DOWN_AND_RIGHT, None))

    assert plan.shape is Shape.RESTART
    assert names(plan) == ["jira-4", "jira-2"]
    assert all(step.restart and step.document is None and step.digest == DESIRED.digest for step in plan.steps)
    assert plan.bystanders == ("jira-1", "jira-3", "jira-5")


def test_a_restart_of_everyone_takes_the_healthy_too_and_promises_what_lies_on_disk() -> None:
    plan = restarted(restart_plan_for_everyone, judged(CURRENT, DRIFTED, None))

    assert {step.node: step.canonical for step in plan.steps} == {
        "jira-1": DESIRED.canonical,
        "jira-2": TUNED.canonical,
    }
    assert plan.bystanders == ("jira-3",)


def test_a_restart_plan_heeds_the_selection() -> None:
    judgements = judged(PENDING, PENDING)

    assert names(restarted(restart_plan, judgements, frozenset({"jira-2"}))) == ["jira-2"]


def test_the_builders_stand_where_their_names_say() -> None:
    found = [it.standing for it in judged(CURRENT, COSMETIC, DRIFTED, SPLIT, TIME_BOMB, REMOVED, UNREADABLE, PENDING)]

    assert found == [
        Standing.CURRENT,
        Standing.COSMETIC,
        Standing.DRIFTED,
        Standing.SPLIT,
        Standing.TIME_BOMB,
        Standing.TIME_BOMB,
        Standing.UNREADABLE,
        Standing.RESTART_PENDING,
    ]
    assert judged(observed(file_of(DESIRED), status=REFUSED))[0].state == "starting"
