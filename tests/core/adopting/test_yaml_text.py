"""Whatever is written comes back as it was: no text becomes a number, a date, a boolean or another line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.adopting.yaml_text import yaml_text
from agent.edges.yaml_source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F, exclude_categories=("Cc", "Cf")), max_size=12)
KEY = TEXT.filter(lambda text: bool(text.strip()))
VALUES = st.recursive(
    TEXT | st.integers(-(10**15), 10**15) | st.lists(TEXT, max_size=3).map(tuple),
    lambda inner: st.dictionaries(KEY, inner, max_size=4),
    max_leaves=12,
)


def read(mapping: Mapping[str, object]) -> object:
    root, findings = read_yaml(yaml_text(mapping).encode(), "f.yml")
    assert root is not None, findings
    assert findings == ()
    return root.plain()


@given(st.dictionaries(KEY, VALUES, min_size=1, max_size=4))
def test_any_mapping_is_read_back_as_it_was(mapping: dict[str, object]) -> None:
    assert read(mapping) == mapping


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("10.3.4", 'k: "10.3.4"'),
        ("0640", 'k: "0640"'),
        ("Yes", 'k: "Yes"'),
        ("n", 'k: "n"'),
        ("~/.ssh/config", "k: ~/.ssh/config"),
        ("~", 'k: "~"'),
        ("https://s3.eu-west-1.amazonaws.com", "k: https://s3.eu-west-1.amazonaws.com"),
        ("a:", 'k: "a:"'),
        ("a #b", 'k: "a #b"'),
        (100, "k: 100"),
        ({}, "k: {}"),
        (("a", "1"), 'k: ["a", "1"]'),
    ],
)
def test_only_what_could_be_misread_stands_in_quotes(value: object, line: str) -> None:
    assert yaml_text({"k": value}) == f"{line}\n"
    assert read({"k": value}) == {"k": value}


def test_ranges_of_nodes_are_keys_as_people_write_them() -> None:
    assert (
        yaml_text({"jira-[1-3,7].corp.test": {}, "2001:db8::1": {}})
        == 'jira-[1-3,7].corp.test: {}\n"2001:db8::1": {}\n'
    )
