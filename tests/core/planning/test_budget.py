from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.planning.budget import Budget, budget_of, number_of

NEW, OLD = "10.3.4", "9.0.5"
COUNTS = st.integers(min_value=1, max_value=300)
SHARES = st.integers(min_value=1, max_value=99).map(lambda share: f"{share}%")


def budget(allowed: int | str, nodes: int, *, version: str = NEW, serving: int = 1) -> Budget:
    return budget_of(allowed, nodes=nodes, version=version, serving=serving)


@pytest.mark.parametrize(
    ("allowed", "nodes", "count", "told"),
    [
        (1, 3, 1, "1"),
        (2, 6, 2, "2"),
        ("25%", 6, 1, "25% of 6 = 1"),
        ("25%", 8, 2, "25% of 8 = 2"),
        ("25%", 3, 1, "25% of 3 = 1, at least 1"),
        ("99%", 4, 3, "99% of 4 = 3"),
    ],
)
def test_a_share_is_rounded_down_to_at_least_one_and_the_arithmetic_told(
    allowed: int | str, nodes: int, count: int, told: str
) -> None:
    assert budget(allowed, nodes) == Budget(asked=count, count=count, told=told)


def test_one_node_has_to_go_on_serving_unless_a_downtime_is_accepted() -> None:
    assert budget(5, 3) == Budget(asked=5, count=2, told="5, but 2: 1 of 3 must go on serving")
    assert budget(5, 3, serving=0) == Budget(asked=5, count=3, told="5, but 3: there are no more nodes")
    assert budget(3, 3, serving=0) == Budget(asked=3, count=3, told="3")
    assert budget(1, 1).count == 1


def test_before_jira_9_1_nodes_start_one_at_a_time() -> None:
    said = "50% of 6 = 3, but 1: nodes of Jira 9.0.5 must start one at a time"

    assert budget("50%", 6, version=OLD) == Budget(asked=3, count=1, told=said)
    assert budget(1, 6, version=OLD).told == "1"
    assert budget(2, 6, version="9.1.0").count == 2
    assert budget(2, 6, version="10.0.0").count == 2


@given(allowed=COUNTS | SHARES, nodes=COUNTS, serving=st.integers(min_value=0, max_value=1))
def test_a_budget_allows_at_least_one_and_never_all_of_several(allowed: int | str, nodes: int, serving: int) -> None:
    made = budget(allowed, nodes, serving=serving)

    assert 1 <= made.count <= max(1, nodes - serving)
    assert made.count <= made.asked == number_of(allowed, nodes)
    assert str(made.count) in made.told
