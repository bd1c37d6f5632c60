from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.document import ABSENT, Document
from agent.core.judging.in_force import Known
from agent.core.judging.standing import Judgement, Standing, judge
from agent.core.observation import FileFacts, FileKind, Observation
from agent.core.planning.make_plan import (
    Canary,
    change_class,
    introduces_routing,
    make_plan,
    restart_plan,
    restart_plan_for_everyone,
)
from agent.core.planning.plan import Patience, Plan, Shape, Step
from agent.core.routing import ChangeClass, routing_line, routing_of
from tests.core.sightings import (
    REFUSED,
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


def test_the_order_is_first_those_not_running_then_the_sick_then_the_canary_then_the_rest() -> None:
    judgements = judged(DRIFTED, DRIFTED, TIME_BOMB, DOWN, UNREADABLE, DRIFTED)
    plan = planned(judgements, Shape.ROLLING)

    assert names(plan) == ["jira-4", "jira-3", "jira-5", "jira-1", "jira-2", "jira-6"]
    assert [step.running for step in plan.steps] == [False, True, True, True, True, True]
    for step, words in zip(
        plan.steps, ("does not serve", "TIME_BOMB", "UNREADABLE", "canary", "after the canary", "after"), strict=True
    ):
        assert words in step.reason


def test_the_rest_is_in_the_natural_order_of_the_names() -> None:
    judgements = judge(tuple(look(f"jira-{number}", DRIFTED) for number in (10, 9, 1, 100)))

    assert names(planned(judgements)) == ["jira-1", "jira-9", "jira-10", "jira-100"]


def test_canaries_may_be_named_or_counted() -> None:
    judgements = judged(DRIFTED, DRIFTED, DRIFTED)

    assert names(planned(judgements, canary=("jira-3",))) == ["jira-3", "jira-1", "jira-2"]
    assert [("as a canary" in step.reason) for step in planned(judgements, canary=2).steps] == [True, True, False]


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


@pytest.mark.parametrize(
    ("seen", "change"),
    [
        ((CURRENT, CURRENT), ChangeClass.NONE),
        ((CURRENT, COSMETIC), ChangeClass.COSMETIC),
        ((COSMETIC, DRIFTED), ChangeClass.TUNING),
        ((CURRENT, PENDING), ChangeClass.TUNING),
        ((CURRENT, DOWN_AND_RIGHT), ChangeClass.TUNING),
        ((SPLIT, SPLIT), ChangeClass.ROUTING),
        ((SPLIT, loaded(document("third-bucket"))), ChangeClass.ROUTING),
        ((observed(file_of(None)), observed(file_of(None))), ChangeClass.ROUTING),
        ((CURRENT, SPLIT), ChangeClass.REPAIR),
        ((CURRENT, CURRENT, SPLIT), ChangeClass.REPAIR),
        ((CURRENT, TIME_BOMB, SPLIT, SPLIT), ChangeClass.REPAIR),
        ((CURRENT, SPLIT, SPLIT), ChangeClass.ROUTING),
        ((DOWN_AND_RIGHT, SPLIT), ChangeClass.ROUTING),
        ((BY_HAND, BY_HAND, SPLIT), ChangeClass.ROUTING),
        ((REMOVED, SPLIT), ChangeClass.ROUTING),
        ((CURRENT, REMOVED, REMOVED), ChangeClass.REPAIR),
        ((BY_HAND, BY_HAND), ChangeClass.TUNING),
        ((SPLIT, TIME_BOMB), ChangeClass.REPAIR),
        ((CURRENT, TIME_BOMB), ChangeClass.REPAIR),
        ((CURRENT, UNREADABLE), ChangeClass.REPAIR),
        ((SPLIT, UNREADABLE), ChangeClass.REPAIR),
        ((SPLIT, observed(file_of(b"<"))), ChangeClass.ROUTING),
        ((CURRENT, None), ChangeClass.NONE),
        ((None,), ChangeClass.NONE),
        ((), ChangeClass.NONE),
    ],
)
def test_a_change_is_named_by_what_it_means_for_the_users(
    seen: tuple[Observation | None, ...], change: ChangeClass
) -> None:
    assert change_class(judged(*seen)) is change


def test_a_routing_that_as_many_nodes_are_proven_to_have_is_not_introduced() -> None:
    assert introduces_routing(judged(SPLIT, SPLIT))
    assert introduces_routing(judged(SPLIT, SPLIT, CURRENT))
    assert introduces_routing(judged(SPLIT, BY_HAND))
    assert not introduces_routing(judged(SPLIT, CURRENT))
    assert not introduces_routing(judged(DRIFTED, DRIFTED))
    assert not introduces_routing(judged(None))


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
