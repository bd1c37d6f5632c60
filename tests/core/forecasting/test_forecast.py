"""Is the whole what its parts add up to, and is what is not known said to be so?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.forecasting import Past, Spread, forecast, sentences, usual, waiting_words
from agent.core.forecasting.forecast import Span
from agent.core.planning.plan import ABSENT, Plan, Shape, Step
from agent.core.rollout.events import Act
from tests.core.forecasting.pasts import HOOK, Taken, past, past_of_nodes, plan, step

MINUTE = 60.0
KNOWN = past(stage=(1, 1, 5), stop=(60, 60, 120), commit=(1, 1, 2), start=(600, 600, 900))
THREE = (step("jira-1"), step("jira-2"), step("jira-3"))


def test_each_phase_of_each_node_has_its_usual_time() -> None:
    found = forecast(KNOWN, plan(step("jira-1")))
    assert [act for act, _ in found.nodes[0].phases] == [Act.STAGE, Act.STOP, Act.COMMIT, Act.START]
    assert found.nodes[0].spread(Act.START) == Spread(p50=600, p90=900, samples=3, node="jira-1")
    assert found.nodes[0].spread(Act.DRAIN) is None


def test_hooks_are_phases_where_there_are_hooks() -> None:
    found = forecast(KNOWN, plan(step("jira-1"), before_stop=HOOK, after_ready=HOOK))
    assert [act for act, _ in found.nodes[0].phases] == [
        Act.STAGE,
        Act.DRAIN,
        Act.STOP,
        Act.COMMIT,
        Act.START,
        Act.ADMIT,
    ]


@pytest.mark.parametrize(
    ("one", "shape", "acts"),
    [
        (step("jira-1"), Shape.COMMIT, [Act.STAGE, Act.COMMIT]),
        (step("jira-1", document=None), Shape.RESTART, [Act.STOP, Act.START]),
        (step("jira-1", restart=False), Shape.ROLLING, [Act.STAGE, Act.COMMIT]),
        (step("jira-1", document=None, restart=False), Shape.ROLLING, []),
    ],
)
def test_only_what_is_to_be_done_is_foretold(one: Step, shape: Shape, acts: list[Act]) -> None:
    hooked = plan(one, shape=shape, before_stop=HOOK if not one.restart else None)
    assert [act for act, _ in forecast(KNOWN, hooked).nodes[0].phases] == acts


def test_taking_the_file_away_stages_nothing() -> None:
    gone = Step(
        node="jira-1",
        reason="",
        expected="sha256:a",
        digest=ABSENT,
        canonical="",
        routing="",
        restart=True,
        running=True,
        document=b"",
    )
    assert [act for act, _ in forecast(KNOWN, plan(gone)).nodes[0].phases] == [Act.STOP, Act.COMMIT, Act.START]


def test_one_restart_is_the_sum_of_its_phases_without_the_staging() -> None:
    assert forecast(KNOWN, plan(*THREE)).restart == Spread(p50=661, p90=1022, samples=3)


def test_one_after_the_other_adds_up_and_staging_is_side_by_side() -> None:
    assert forecast(KNOWN, plan(*THREE)).whole == Span(p50=1 + 3 * 661, p90=5 + 3 * 1022)


def test_a_budget_of_two_lets_two_go_side_by_side() -> None:
    assert forecast(KNOWN, plan(*THREE, budget=2)).whole == Span(p50=1 + 2 * 661, p90=5 + 2 * 1022)


def test_the_next_begins_as_soon_as_one_is_done() -> None:
    lengths = {"jira-1": 40, "jira-2": 10, "jira-3": 20, "jira-4": 5}
    slow: Taken = {node: {"stop": (0.0,) * 3, "start": (float(length),) * 3} for node, length in lengths.items()}
    steps = [step(node, document=None) for node in slow]
    found = forecast(past_of_nodes(slow), plan(*steps, shape=Shape.RESTART, budget=2))
    assert found.whole == Span(p50=40, p90=40)


def test_nodes_that_are_left_out_use_the_budget_up() -> None:
    assert forecast(KNOWN, plan(*THREE, budget=2, absent=("jira-4",))).whole == forecast(KNOWN, plan(*THREE)).whole
    assert forecast(KNOWN, plan(*THREE, budget=0)).whole == forecast(KNOWN, plan(*THREE)).whole


def test_a_turn_waits_for_the_turn_before() -> None:
    turns = plan(step("jira-1"), step("jira-2", turn=1), step("jira-3", turn=1), budget=3)
    assert forecast(KNOWN, turns).whole == Span(p50=1 + 2 * 661, p90=5 + 2 * 1022)


def test_all_together_takes_as_long_as_the_slowest_in_each_phase() -> None:
    assert forecast(KNOWN, plan(*THREE, shape=Shape.TOGETHER)).whole == Span(p50=662, p90=1027)


def test_a_commit_without_restarts_takes_seconds() -> None:
    found = forecast(KNOWN, plan(*THREE, shape=Shape.COMMIT))
    assert (found.whole, found.restart) == (Span(p50=2, p90=7), None)


# What is not known


@pytest.mark.parametrize("lacking", ["stop", "start"])
def test_without_stops_or_starts_nothing_is_foretold(lacking: str) -> None:
    known = {"stage": (1.0,), "stop": (60.0,), "commit": (1.0,), "start": (600.0,)}
    found = forecast(past(**{act: it for act, it in known.items() if act != lacking}), plan(*THREE))
    assert (found.whole, found.restart, found.missing) == (None, None, (Act(lacking),))
    assert sentences(found) == ("how long it takes here is not known yet: no past rollout of this cluster tells",)


def test_a_past_without_rollouts_foretells_nothing() -> None:
    for shape in Shape:
        assert forecast(Past(), plan(*THREE, shape=shape)).whole is None


def test_a_hook_that_never_ran_is_left_out_and_named() -> None:
    found = forecast(KNOWN, plan(step("jira-1"), before_stop=HOOK, after_ready=HOOK))
    assert (found.whole, found.missing) == (Span(p50=662, p90=1027), (Act.DRAIN, Act.ADMIT))
    assert sentences(found)[1].endswith(", without drain and admit, of which no past one tells")


def test_a_plan_without_steps_is_not_spoken_of() -> None:
    assert sentences(forecast(KNOWN, plan())) == ()


# Words


def test_a_plan_is_told_in_two_sentences() -> None:
    starts = past(stop=(MINUTE,) * 14, start=(11 * MINUTE,) * 12 + (17 * MINUTE,) * 2)
    found = forecast(starts, plan(*(step(f"jira-{n}", document=None) for n in range(1, 5)), shape=Shape.RESTART))
    assert sentences(found) == (
        "a restart takes about 12m here, 18m at worst in 9 of 10 (from 14 past ones)",
        "the whole rollout about 48m, up to 1h12m",
    )


def test_what_always_took_as_long_is_told_once() -> None:
    found = forecast(
        past(stop=(MINUTE,), start=(11 * MINUTE,)), plan(step("jira-1", document=None), shape=Shape.RESTART)
    )
    assert sentences(found) == ("a restart takes about 12m here (from 1 past one)", "the whole rollout about 12m")


def test_a_plan_without_restarts_speaks_of_none() -> None:
    assert sentences(forecast(KNOWN, plan(*THREE, shape=Shape.COMMIT))) == ("the whole rollout about 2s, up to 7s",)


def test_waiting_has_its_own_words() -> None:
    assert waiting_words(Spread(p50=720, p90=1080, samples=14)) == "usually 12m, 18m in 9 of 10"
    assert waiting_words(Spread(p50=720, p90=725, samples=14)) == "usually 12m"
    assert waiting_words(usual(Past(), "jira-1", Act.START)) == ""


# Laws

LENGTHS = st.lists(st.integers(0, 5000).map(float), min_size=1, max_size=8).map(tuple)
PASTS = st.fixed_dictionaries(dict.fromkeys(("stage", "stop", "commit", "start"), LENGTHS))
PLANS = st.builds(
    lambda turns, shape, budget: plan(
        *(step(f"jira-{n}", turn=turn) for n, turn in enumerate(turns)), shape=shape, budget=budget
    ),
    st.lists(st.integers(0, 2), min_size=1, max_size=6),
    st.sampled_from(list(Shape)),
    st.integers(0, 7),
)


@given(PASTS, PLANS)
def test_a_bad_day_is_never_shorter_than_a_usual_one(seconds: dict[str, tuple[float, ...]], due: Plan) -> None:
    found = forecast(past(**seconds), due)
    assert found.whole is not None
    assert 0 <= found.whole.p50 <= found.whole.p90
    assert len(sentences(found)) == (1 if found.restart is None else 2)


@given(PASTS, st.integers(1, 6), st.integers(1, 6))
def test_a_larger_budget_takes_no_longer(seconds: dict[str, tuple[float, ...]], nodes: int, budget: int) -> None:
    steps = [step(f"jira-{number}") for number in range(nodes)]
    less, more = (forecast(past(**seconds), plan(*steps, budget=it)).whole for it in (budget, budget + 1))
    assert less is not None
    assert more is not None
    assert (more.p50 <= less.p50, more.p90 <= less.p90) == (True, True)
