"""A plan is kept whole and read strictly: what comes back is equal, and anything else is a ValueError."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import __version__
from agent.core.document import digest_of
from agent.core.planning.plan import ABSENT, Hook, Plan, Shape, Step
from agent.core.planning.plan_json import CAP, decode, encode, from_json, to_json
from agent.core.routing import ChangeClass
from agent.core.strict_json import sealed
from tests.core.plans import plans

if TYPE_CHECKING:
    from collections.abc import Callable

NEW, OLD = b"<new/>", b"<old/>"


def step(node: str, document: bytes | None = NEW, digest: str = digest_of(NEW)) -> Step:
    return Step(
        node=node,
        reason="it differs",
        expected=digest_of(OLD),
        digest=digest,
        canonical="c",
        routing="r",
        restart=True,
        running=True,
        document=document,
    )


PLAN = Plan(
    id="p1",
    cluster="prod",
    shape=Shape.ROLLING,
    change=ChangeClass.TUNING,
    steps=(step("jira-1"), step("jira-2"), step("jira-3", None), step("jira-4", b"", ABSENT)),
    before_stop=Hook(run=("drain", "{node}")),
    known_node_ids=(("jira-1", "n1"),),
    previous=((digest_of(OLD), OLD),),
)


@settings(max_examples=300)
@given(plans())
def test_every_plan_comes_back_as_it_was(plan: Plan) -> None:
    assert from_json(json.loads(json.dumps(to_json(plan)))) == plan
    assert decode(encode(plan)) == plan


def test_a_document_stands_once_and_the_steps_name_it() -> None:
    written = to_json(PLAN)
    assert sorted(written["documents"]) == sorted(map(digest_of, (NEW, OLD, b"")))
    assert [it["document"] for it in written["plan"]["steps"]] == [digest_of(NEW)] * 2 + [None, digest_of(b"")]
    assert base64.b64decode(written["documents"][digest_of(NEW)]) == NEW


def test_a_step_without_a_document_and_a_removal_come_back() -> None:
    again = decode(encode(PLAN))
    assert again.steps[2].document is None
    assert again.steps[3].removes


def test_format_and_version_stand_beside_the_plan() -> None:
    assert (to_json(PLAN)["format"], to_json(PLAN)["version"]) == (1, __version__)


def test_equal_plans_are_equal_bytes_without_blanks() -> None:
    assert encode(PLAN) == encode(replace(PLAN))
    assert b'"jira-1"' in encode(PLAN)
    assert b", " not in encode(PLAN)


def test_a_plan_too_large_for_its_reader_is_not_written() -> None:
    steps = tuple(step(f"jira-{number}", b"%d" % number * 2000) for number in range(1200))
    with pytest.raises(ValueError, match="larger than"):
        encode(replace(PLAN, steps=steps))


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_any_bytes_are_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind
        decode(content)


@settings(max_examples=400)
@given(data=st.data())
def test_a_flipped_bit_is_always_found(data: st.DataObject) -> None:
    content = bytearray(encode(PLAN))
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind
        decode(bytes(content))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inside for found in _paths(item, (*path, key)))]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def _put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = other
    return None


@settings(max_examples=500)
@given(data=st.data())
def test_any_other_value_at_any_place_gives_a_plan_or_a_value_error(data: st.DataObject) -> None:
    value = json.loads(json.dumps(to_json(PLAN)))
    path = data.draw(st.sampled_from(_paths(value)))
    other = data.draw(_JSON)
    value = _put(value, path, other) or value
    try:
        made = from_json(value)
    except ValueError:
        return
    assert isinstance(made, Plan)


def _of_another_format(value: dict[str, Any]) -> None:
    value |= {"format": 2, "version": "9.0", "more": 1}


def _with_other_bytes(value: dict[str, Any]) -> None:
    value["documents"][digest_of(NEW)] = base64.b64encode(b"<evil/>").decode()


def _with_another_step(value: dict[str, Any]) -> None:
    value["plan"]["steps"].append(value["plan"]["steps"][0])


def _with_another_digest(value: dict[str, Any]) -> None:
    value["plan"]["steps"][0]["digest"] = digest_of(OLD)


def _with_bytes_for_a_removal(value: dict[str, Any]) -> None:
    value["plan"]["steps"][3]["document"] = digest_of(NEW)


def _with_a_document_of_nobody(value: dict[str, Any]) -> None:
    value["documents"][digest_of(b"x")] = base64.b64encode(b"x").decode()


def _with_another_past(value: dict[str, Any]) -> None:
    value["plan"]["previous"] = [[digest_of(OLD), digest_of(NEW)], [digest_of(OLD), digest_of(OLD)]]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_of_another_format, "written in format 2 by filestore-agent '9.0', newer"),
        (lambda value: value.update(format=0), "not a plan of format 1"),
        (lambda value: value.update(format=True), "does not name its format"),
        (lambda value: value.update(version=1), "not a plan of format 1"),
        (lambda value: value.update(more=1), "not a plan of format 1"),
        (lambda value: value.pop("documents"), "not a plan of format 1"),
        (lambda value: value.update(documents=[]), "documents: not an object"),
        (lambda value: value.update(documents={"a": 1}), "documents: not an object of texts"),
        (lambda value: value.update(documents={}), "not the digest of a document"),
        (lambda value: value["plan"]["steps"][0].update(document=1), "not the digest of a document"),
        (lambda value: value["plan"].update(budget=1.0), "plan.budget: not int"),
        (lambda value: value["plan"].update(shape="sideways"), "plan.shape: 'sideways' is none of"),
        (lambda value: value["plan"].update(known_node_ids=[["a"]]), "not a list of 2"),
        (lambda value: value["plan"]["patience"].update(ready_timeout=10**400), "ready_timeout: not float"),
        (lambda value: value["plan"].pop("cluster"), "the key 'cluster' is missing"),
        (lambda value: value["plan"].update(x="y"), "unknown key 'x'"),
        (_with_other_bytes, "the bytes are not those of 'sha256:"),
        (_with_another_step, "a node stands there twice"),
        (_with_another_digest, "the document of 'jira-1' is not the one"),
        (_with_bytes_for_a_removal, "the document of 'jira-4' is not the one"),
        (_with_a_document_of_nobody, "belongs to no step"),
        (_with_another_past, "plan.previous: a document is not"),
    ],
)
def test_what_does_not_hold_together_is_named(change: Callable[[dict[str, Any]], None], complaint: str) -> None:
    value = json.loads(json.dumps(to_json(PLAN)))
    change(value)
    with pytest.raises(ValueError, match=complaint):
        from_json(value)


def test_a_newer_format_is_named_before_its_seal_is_looked_at() -> None:
    with pytest.raises(ValueError, match="newer than this one"):
        decode(json.dumps({**to_json(PLAN), "format": 2}).encode())


def test_a_whole_number_of_seconds_is_welcome_and_a_missing_default_too() -> None:
    value = json.loads(json.dumps(to_json(PLAN)))
    value["plan"]["patience"]["ready_timeout"] = 7200
    del value["plan"]["budget"]
    assert decode(json.dumps(sealed(value)).encode()) == PLAN


@pytest.mark.parametrize("deep", [b"[" * CAP, b'{"a":' * 100_000, b"[" * 900 + b"]" * 900, b" " * (CAP + 1)])
def test_what_is_too_deep_or_too_long_is_refused(deep: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind
        decode(deep)
