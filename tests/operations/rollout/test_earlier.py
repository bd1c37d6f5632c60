"""Documents by a plan: what it brings, what lay there before, and what of both can be relied on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.document import ABSENT, digest_of
from agent.core.judging.standing import Look, judge
from agent.core.planning.plan import Plan, Shape, Step
from agent.core.routing import ChangeClass
from agent.errors import Refused
from agent.operations.rollout.earlier import before, brought_by, on_disk_now, steps_with_file
from tests.core.sightings import document, file_of, loaded, look, observed

if TYPE_CHECKING:
    from agent.core.document import Document

OLD, NEW = document("old-bucket"), document("new-bucket")


def step(node: str, was: Document | None, becomes: Document | None) -> Step:
    """A step from one document to another; None is no file."""
    return Step(
        node=node,
        reason="",
        expected=was.digest if was else ABSENT,
        digest=becomes.digest if becomes else ABSENT,
        canonical=becomes.canonical if becomes else ABSENT,
        routing="",
        restart=True,
        running=True,
        document=becomes.content if becomes else b"",
    )


PLAN = Plan(
    id="p",
    cluster="prod",
    shape=Shape.ROLLING,
    change=ChangeClass.ROUTING,
    steps=(step("jira-1", OLD, NEW), step("jira-2", None, NEW), replace(step("jira-3", NEW, NEW), document=None)),
    previous=((OLD.digest, OLD.content),),
)


def test_only_steps_with_a_file_bring_one() -> None:
    assert [it.node for it in steps_with_file(PLAN)] == ["jira-1", "jira-2"]
    assert {name: it.digest for name, it in brought_by(PLAN).items()} == {"jira-1": NEW.digest, "jira-2": NEW.digest}


def test_what_lay_there_before_comes_from_the_plan_itself() -> None:
    found = before(PLAN, {"jira-1", "jira-2", "jira-3"}, cure="c")

    assert {name: it.digest for name, it in found.items()} == {"jira-1": OLD.digest, "jira-2": ABSENT}
    assert found["jira-1"].content == OLD.content


def test_only_the_nodes_that_are_meant_are_asked_for() -> None:
    lost = replace(PLAN, previous=())

    assert before(lost, {"jira-2"}, cure="c").keys() == {"jira-2"}
    with pytest.raises(Refused, match=r"jira-1: what lay there before was not kept with the plan .*; do that"):
        before(lost, {"jira-1"}, cure="do that")


@pytest.mark.parametrize("content", [b"", b"<open", b"<other/>", b"\xff\xfe"])
def test_what_jira_would_not_start_on_is_neither_brought_nor_put_back(content: bytes) -> None:
    digest = digest_of(content)
    was = replace(PLAN, steps=(replace(PLAN.steps[0], expected=digest),), previous=((digest, content),))
    with pytest.raises(Refused, match="jira-1: what lay there before is no file that Jira is sure to start on"):
        before(was, {"jira-1"}, cure="c")

    becomes = replace(PLAN, steps=(replace(PLAN.steps[0], digest=digest, document=content),))
    with pytest.raises(Refused, match="jira-1: the plan p brings what is no file that Jira is sure to start on"):
        brought_by(becomes)


def test_a_document_that_is_not_what_the_plan_calls_it_is_not_brought() -> None:
    with pytest.raises(Refused, match="jira-1: the plan p brings"):
        brought_by(replace(PLAN, steps=(replace(PLAN.steps[0], document=OLD.content),)))


def test_what_lies_there_now_is_taken_as_it_is_where_it_can_be_told() -> None:
    looks: tuple[Look, ...] = (
        look("jira-1", loaded(OLD), NEW),
        look("jira-2", observed(file_of(None)), NEW),
        look("jira-3", observed(file_of(b"<broken")), NEW),
    )

    found = on_disk_now(judge(looks))

    assert {name: it.digest for name, it in found.items()} == {"jira-1": OLD.digest, "jira-2": ABSENT}
