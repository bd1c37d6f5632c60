"""A saved plan holds as long as nothing it was made from has moved; each thing that has is one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.document import digest_of
from agent.core.planning.binding import BoundNode, Now, SavedPlan, moved
from agent.core.planning.plan import Plan, Shape, Step
from agent.core.planning.saved_json import CAP, decode, encode
from agent.core.routing import ChangeClass
from agent.core.strict_json import sealed
from tests.core.plans import plans

if TYPE_CHECKING:
    from collections.abc import Callable

OLD, NEW, OTHER = (digest_of(content) for content in (b"<old/>", b"<new/>", b"<other/>"))


def short(digest: str) -> str:
    return digest[:19]


def step(node: str, *, turn: int = 0, restart: bool = True) -> Step:
    return Step(
        node=node,
        reason="it differs",
        expected=OLD,
        digest=NEW,
        canonical="c",
        routing="r",
        restart=restart,
        running=True,
        document=b"<new/>",
        turn=turn,
    )


PLAN = Plan(
    id="p1",
    cluster="prod",
    shape=Shape.ROLLING,
    change=ChangeClass.TUNING,
    steps=(step("jira-1"), step("jira-2", turn=1), step("jira-3", turn=1)),
    bystanders=("jira-4",),
)
NODES = tuple(BoundNode(name=f"jira-{number}", host_key=f"SHA256:{number}", digest=OLD) for number in range(1, 5))
SAVED = SavedPlan(
    version="0.1.0",
    cluster="prod",
    made_at="2026-01-01T10:00:00Z",
    expires_at="2026-01-01T12:00:00Z",
    inputs=(("inventory", OLD), ("documents", NEW)),
    nodes=NODES,
    limit=None,
    exclude="jira-9",
    said=("--restart",),
    change=ChangeClass.TUNING,
    plan=PLAN,
)
NOW = Now(
    version="0.1.0",
    cluster="prod",
    at="2026-01-01T11:59:59Z",
    inputs=SAVED.inputs,
    nodes=NODES,
    change=ChangeClass.TUNING,
    plan=replace(PLAN, id="p2"),
)


def test_where_nothing_has_moved_nothing_is_said() -> None:
    assert moved(SAVED, NOW) == ()


def test_the_name_reason_and_state_of_a_step_are_not_what_was_agreed_to() -> None:
    steps = tuple(replace(it, reason="other words", running=False, loaded_ticks=4) for it in PLAN.steps)
    assert moved(SAVED, replace(NOW, plan=replace(PLAN, steps=steps))) == ()


def with_node(**changes: Any) -> Now:
    return replace(NOW, nodes=(NODES[0], replace(NODES[1], **changes), *NODES[2:]))


def with_steps(*steps: Step) -> Now:
    return replace(NOW, plan=replace(PLAN, steps=steps))


FIRST, SECOND, THIRD = PLAN.steps
CHANGED = "jira-2: filestore-config.xml changed since the plan was made"


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (replace(NOW, version="0.2.0"), "filestore-agent: the plan was made by version 0.1.0 (this is 0.2.0)"),
        (
            replace(NOW, at="2026-01-01T12:00:00Z"),
            f"the plan: it expired at {SAVED.expires_at} (made at {SAVED.made_at}; it is 2026-01-01T12:00:00Z here)",
        ),
        (replace(NOW, cluster="staging", nodes=()), "the plan: it was made for the cluster prod, not for staging"),
        (
            replace(NOW, inputs=(("inventory", OTHER), ("documents", NEW))),
            f"inventory: changed since the plan was made (expected {short(OLD)}, found {short(OTHER)})",
        ),
        (
            replace(NOW, inputs=(("inventory", OLD),)),
            f"documents: changed since the plan was made (expected {short(NEW)}, found not known)",
        ),
        (
            replace(NOW, inputs=(*NOW.inputs, ("template", OTHER))),
            f"template: changed since the plan was made (expected not known, found {short(OTHER)})",
        ),
        (
            with_node(host_key="SHA256:evil"),
            "jira-2: another host key than when the plan was made (expected SHA256:2, found SHA256:evil)",
        ),
        (
            with_node(host_key=None),
            "jira-2: another host key than when the plan was made (expected SHA256:2, found none known)",
        ),
        (
            with_node(digest=OTHER),
            f"{CHANGED} (expected {short(OLD)}, found {short(OTHER)})",
        ),
        (
            with_node(digest="absent"),
            f"{CHANGED} (expected {short(OLD)}, found absent)",
        ),
        (
            with_node(digest=None),
            f"{CHANGED} (expected {short(OLD)}, found not known)",
        ),
        (replace(NOW, nodes=NODES[:2]), "jira-[3-4]: no longer in the cluster"),
        (
            replace(NOW, nodes=(*NODES, BoundNode(name="jira-5", host_key=None, digest=None))),
            "jira-5: added to the cluster since the plan was made",
        ),
        (
            replace(NOW, change=ChangeClass.ROUTING),
            "the class of the change: it was tuning, and is routing now",
        ),
        (
            replace(NOW, plan=replace(PLAN, shape=Shape.TOGETHER)),
            "the way: it was rolling, and is together now",
        ),
        (with_steps(FIRST), "jira-[2-3]: nothing is due there any more"),
        (
            with_steps(FIRST, SECOND, THIRD, step("jira-4")),
            "jira-4: something is due there now, and was not when the plan was made",
        ),
        (
            with_steps(FIRST, SECOND, replace(THIRD, restart=False)),
            f"jira-3: another step is due ({short(NEW)} by a commit and a restart then, {short(NEW)} by a commit now)",
        ),
        (
            with_steps(FIRST, SECOND, replace(THIRD, document=None)),
            f"jira-3: another step is due ({short(NEW)} by a commit and a restart then, a restart now)",
        ),
        (
            with_steps(SECOND, replace(FIRST, turn=2), THIRD),
            "the order: it was jira-1, then jira-2 jira-3, and is jira-2 jira-3, then jira-1 now",
        ),
    ],
)
def test_each_thing_that_has_moved_is_one_sentence(now: Now, sentence: str) -> None:
    assert moved(SAVED, now) == (sentence,)


def test_everything_that_has_moved_is_told_at_once() -> None:
    now = replace(with_node(digest=OTHER), version="9", at="2027-01-01T00:00:00Z", inputs=(), change=ChangeClass.REPAIR)
    assert [said.split(":")[0] for said in moved(SAVED, now)] == [
        "filestore-agent",
        "the plan",
        "inventory",
        "documents",
        "jira-2",
        "the class of the change",
    ]


def test_what_was_not_known_then_must_not_be_known_now() -> None:
    silent = tuple(replace(node, host_key=None, digest=None) for node in NODES)
    assert moved(replace(SAVED, nodes=silent), replace(NOW, nodes=silent)) == ()
    told = moved(replace(SAVED, nodes=silent), NOW)
    assert sum("another host key" in it for it in told) == 4
    assert [it.partition(" (")[0] for it in told if "another host key" not in it] == [
        "jira-[1-4]: filestore-config.xml changed since the plan was made"
    ]


@settings(max_examples=100)
@given(plans(), st.lists(st.text(max_size=5), max_size=3), st.none() | st.text(max_size=5))
def test_a_saved_plan_comes_back_as_it_was(plan: Plan, said: list[str], limit: str | None) -> None:
    saved = replace(SAVED, cluster=plan.cluster, change=plan.change, plan=plan, said=tuple(said), limit=limit)
    assert decode(encode(saved)) == saved


def test_the_file_can_be_read_by_people() -> None:
    assert b'\n  "cluster": "prod",\n' in encode(SAVED)


def test_another_layout_is_no_edit() -> None:
    assert decode(json.dumps(json.loads(encode(SAVED))).encode()) == SAVED


@settings(max_examples=400)
@given(st.data())
def test_a_flipped_bit_is_found_or_means_nothing(data: st.DataObject) -> None:
    content = bytearray(encode(SAVED))
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = decode(bytes(content))
    except ValueError:
        return
    assert read == SAVED  # a line feed may become another blank


@settings(max_examples=200)
@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind
        decode(content)


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A saved plan that somebody has changed, and sealed anew."""
    body = json.loads(encode(SAVED))
    del body["seal"]
    change(body)
    return json.dumps(sealed(body)).encode()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (encode(SAVED).replace(b'"jira-9"', b'"jira-8"'), "edited by hand"),
        (json.dumps({**json.loads(encode(SAVED)), "seal": 1}).encode(), "no seal"),
        (
            edited(lambda body: body.update(format=2, version="7.0", more=1)),
            "written in format 2 by filestore-agent '7.0'",
        ),
        (edited(lambda body: body.update(format=2, version=7)), "written in format 2; this one reads up to 1"),
        (edited(lambda body: body.update(format=0)), "there is no format 0"),
        (edited(lambda body: body.update(format="1")), "not a saved plan"),
        (edited(lambda body: body.update(kind="a plan")), "not a saved plan"),
        (b"[]", "not a saved plan"),
        (b"[" * 100_000, "nested too deep"),
        (b" " * (CAP + 1), "larger than"),
        (edited(lambda body: body.update(plan=None)), "not a plan"),
        (edited(lambda body: body.pop("plan")), "not a plan"),
        (edited(lambda body: body.pop("exclude")), "the key 'exclude' is missing"),
        (edited(lambda body: body.update(more=1)), "unknown key 'more'"),
        (edited(lambda body: body.update(expires_at="tomorrow")), "'tomorrow' is not a moment"),
        (edited(lambda body: body.update(made_at="2026-02-30T00:00:00Z")), "day"),
        (edited(lambda body: body.update(cluster="staging")), "of another cluster or class"),
        (edited(lambda body: body.update(change="routing")), "of another cluster or class"),
        (edited(lambda body: body["nodes"].append(body["nodes"][0])), "nodes: one of them stands there twice"),
        (edited(lambda body: body["inputs"].append(body["inputs"][0])), "inputs: one of them stands there twice"),
        (edited(lambda body: body["plan"].update(documents={})), "not the digest of a document"),
    ],
)
def test_what_is_not_a_saved_plan_is_told_as_what_it_is(content: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        decode(content)


def test_what_would_not_be_read_back_is_not_written() -> None:
    with pytest.raises(ValueError, match="is not a moment"):
        encode(replace(SAVED, expires_at="2026-01-01T12:00:00+01:00"))
    with pytest.raises(ValueError, match="larger than"):
        encode(replace(SAVED, exclude="x" * CAP))
