"""Many node names as one short word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.inventory.nodeset import MOST_NAMES, expand, hosts
from agent.core.inventory.unfit import Unfit
from agent.core.rules.inventory_codes import Rule
from agent.core.text.names import fold, natural


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("jira-1", "jira-1"),
        ("jira-[1-3].example.com", "jira-1.example.com jira-2.example.com jira-3.example.com"),
        ("jira-[1-3,5]", "jira-1 jira-2 jira-3 jira-5"),
        ("jira-[08-11]", "jira-08 jira-09 jira-10 jira-11"),
        ("jira-[0-2]", "jira-0 jira-1 jira-2"),
        ("jira-[9-11]", "jira-9 jira-10 jira-11"),
        ("r[1-2]n[01-02]", "r1n01 r1n02 r2n01 r2n02"),
        ("a, b-[1-2] ,c", "a b-1 b-2 c"),
        ("a,a,b-[1,1]", "a b-1"),
        ("192.0.2.[11-12]", "192.0.2.11 192.0.2.12"),
    ],
)
def test_a_pattern_stands_for_its_names_in_the_order_written(pattern: str, names: str) -> None:
    assert expand(pattern) == tuple(names.split())


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        " ",
        "a,,b",
        ",",
        "a,",
        "jira-[1-3",
        "jira-1]",
        "j[[1]]",
        "j[]",
        "j[,]",
        "j[1-]",
        "j[-1]",
        "j[3-1]",
        "j[a-c]",
        "j[01-100]",
        "j[1-05]",
        "j[1-2-3]",
        "j[\u0661-\u0663]",
        "j[1-10001]",
        "j[1-101]k[1-100]",
        "j[1-9999999999999999999]",
        "j[1-6000],k[1-6000]",
        "a" * 5000,
    ],
)
def test_a_malformed_or_boundless_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(Unfit) as refusal:
        expand(pattern)
    assert refusal.value.rule is Rule.RANGE


def test_ten_thousand_names_are_the_most() -> None:
    assert len(expand("j[1-10000]")) == MOST_NAMES


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        ("", ""),
        ("jira-3 jira-1 jira-2", "jira-[1-3]"),
        ("jira-1 jira-3", "jira-[1,3]"),
        ("jira-9 jira-10 jira-11", "jira-[9-11]"),
        ("jira-08 jira-09 jira-10", "jira-[08-10]"),
        ("jira-1 jira-01", "jira-[1,01]"),
        ("jira-99 jira-100 jira-01", "jira-[100,01,99]"),
        ("jira-1 web jira-2", "jira-[1-2],web"),
        ("jira-1.example.com jira-2.example.com jira-1.example.org", "jira-[1-2].example.com,jira-1.example.org"),
        ("r1n1 r1n2 r1n3 r2n1", "r1n[1-3],r2n1"),
        ("r1n5 r2n5 r3n5", "r[1-3]n5"),
        ("a1 a1", "a1"),
    ],
)
def test_names_fold_into_the_shortest_word(names: str, folded: str) -> None:
    assert fold(names.split()) == folded


def test_names_that_cannot_be_nodes_are_shown_as_they_are() -> None:
    assert fold(["a[1]", "b"]) == "a[1],b"


NAMES = st.from_regex(r"[a-c]{0,2}-?[0-9]{1,4}(?:[a-b]\.?[0-9]{0,3})?", fullmatch=True)


@settings(max_examples=400, deadline=None)
@given(names=st.sets(NAMES, min_size=1, max_size=30))
def test_folding_loses_and_invents_no_name(names: set[str]) -> None:
    unfolded = expand(fold(names))
    assert sorted(unfolded) == sorted(names)


ITEMS = st.tuples(st.integers(0, 120), st.integers(0, 15)).map(lambda ends: f"{ends[0]}-{ends[0] + ends[1]}")
PADDED = st.tuples(st.integers(0, 900), st.integers(0, 9)).map(lambda ends: f"{ends[0]:03d}-{ends[0] + ends[1]:03d}")


@settings(max_examples=300, deadline=None)
@given(items=st.lists(ITEMS | PADDED, min_size=1, max_size=4), tail=st.sampled_from(["", ".example.com", "-[1-2]"]))
def test_what_a_pattern_stands_for_folds_and_unfolds_to_itself(items: list[str], tail: str) -> None:
    names = expand(f"jira-[{','.join(items)}]{tail}")
    assert set(expand(fold(names))) == set(names)


def test_natural_order_puts_two_before_ten() -> None:
    assert sorted(["jira-10", "jira-2", "jira-1", "web"], key=natural) == ["jira-1", "jira-2", "jira-10", "web"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("[::1]", ("::1",)),
        ("fe80::1%eth0", ("fe80::1%eth0",)),
        ("2001:db8::5", ("2001:db8::5",)),
        ("10.0.0.[1-2]", ("10.0.0.1", "10.0.0.2")),
        ("app_1", ("app_1",)),
    ],
)
def test_addresses_are_hosts_as_well_as_names(pattern: str, names: tuple[str, ...]) -> None:
    assert hosts(pattern) == names


@pytest.mark.parametrize(
    "pattern", ["jira-[1-2];id", "[::1]:22", "fe80::1%$(id)", "[10.0.0.1]", "a" * 254, "host:22", "1:2"]
)
def test_what_is_no_host_is_refused_whatever_it_expands_to(pattern: str) -> None:
    with pytest.raises(Unfit):
        hosts(pattern)
