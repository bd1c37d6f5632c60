"""The YAML of other tools: anchors and merges are followed without growing, and nothing is constructed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.finding import Place
from agent.core.inventory.written import Kind
from agent.edges.yaml_values import MOST_DEPTH, read_values


def test_an_alias_is_the_value_that_it_names_with_that_values_place() -> None:
    root = read_values("a: &a\n  b: 1\nc: *a\n", "v").root

    assert root is not None
    found = root.at(("c", "b"))
    assert found is not None
    assert (found.text, found.place) == ("1", Place(file="v", line=2, column=6))


def test_what_is_merged_stands_behind_what_is_written_and_the_earlier_before_the_later() -> None:
    root = read_values("a: &a {x: a, y: a, z: a}\nb: &b {y: b, w: b}\nc: {x: own, <<: [*a, *b]}\n", "v").root

    assert root is not None
    assert {key: it.text for key, it in root.entries("c").items()} == {"x": "own", "y": "a", "z": "a", "w": "b"}


@pytest.mark.parametrize("text", ["a: &a {b: *a}", "a: &a [*a]", "a: *nobody"])
def test_an_alias_of_what_it_stands_in_or_of_nothing_is_refused_there(text: str) -> None:
    root = read_values(text, "v").root

    assert root is not None
    path = ("a", "b") if "{" in text else ("a", 0) if "[" in text else ("a",)
    found = root.at(path)
    assert found is not None
    assert found.kind is Kind.REFUSED


@pytest.mark.parametrize("text", ["a: !!python/object/apply:os.system [id]", "a: !vault x", "a: !!binary eA=="])
def test_a_tag_constructs_nothing(text: str) -> None:
    root = read_values(text, "v").root

    assert root is not None
    found = root.at(("a",))
    assert found is not None
    assert found.kind is Kind.REFUSED


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 50_000, f"more than {MOST_DEPTH} deep"),
        ("{a: " * 50_000, f"more than {MOST_DEPTH} deep"),
        ("- a\n" * 60_001, "more than 60,000 values"),
        ("a: 1\n---\nb: 2\n", "a second document begins here"),
        ("a: [", "this is not YAML"),
        ("a:\n\t- b", "this is not YAML"),
        ("a: \x00", "this is not YAML"),
    ],
)
def test_what_is_too_much_or_no_yaml_is_one_finding(text: str, told: str) -> None:
    read = read_values(text, "v")

    assert read.root is None
    assert [(it.rule, told in it.message) for it in read.findings] == [("FS602", True)]


def test_merging_again_and_again_is_counted() -> None:
    wide = "a: &a {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\n"

    read = read_values(wide + "".join(f"m{n}: {{<<: *a}}\n" for n in range(100)), "v")

    assert [it.rule for it in read.findings] == ["FS602"]


def test_keys_that_are_said_twice_are_told_by_their_path() -> None:
    (path, finding), *_ = read_values("a:\n  b: 1\n  b: 2\n", "v").doubled

    assert path == ("a", "b")
    assert finding.place == Place(file="v", line=3, column=3)
    assert "on line 2 and on line 3" in finding.message


@given(text=st.text(alphabet=st.sampled_from("ab:- \n\t{}[]&*!<>'\"|#?,1%@`\\")))
def test_any_text_is_read_or_refused_without_an_exception(text: str) -> None:
    read = read_values(text, "v")

    assert read.root is None or read.findings == ()
