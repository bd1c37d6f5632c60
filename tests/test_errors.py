"""The fixed contract with scripts: the outcomes, their exit codes, and which speaks for several."""

from __future__ import annotations

from itertools import combinations

import pytest

from agent import errors
from agent.errors import EXIT_CODES, PRECEDENCE, AgentError, InputError, Outcome, weightiest

CONTRACT = {
    "ok": 0,
    "error": 1,
    "changes": 2,
    "drift": 2,
    "halted": 3,
    "unreachable": 4,
    "invalid": 5,
    "locked": 6,
    "refused": 7,
    "partial": 8,
    "interrupted": 130,
}
ORDER = (130, 8, 1, 6, 7, 5, 3, 4, 2, 0)


def test_every_outcome_has_its_fixed_exit_code() -> None:
    assert {str(outcome): outcome.exit_code for outcome in Outcome} == CONTRACT
    assert set(EXIT_CODES) == set(Outcome)


def test_the_precedence_holds_every_outcome_once_in_the_documented_order() -> None:
    assert sorted(PRECEDENCE) == sorted(Outcome)
    assert tuple(dict.fromkeys(outcome.exit_code for outcome in PRECEDENCE)) == ORDER


@pytest.mark.parametrize(("one", "other"), list(combinations(Outcome, 2)))
def test_of_two_outcomes_the_first_of_the_precedence_speaks(one: Outcome, other: Outcome) -> None:
    first = min(one, other, key=lambda outcome: ORDER.index(outcome.exit_code))

    assert weightiest([one, other]).exit_code == weightiest([other, one]).exit_code == first.exit_code


def test_nothing_at_all_is_ok() -> None:
    assert weightiest(()) is Outcome.OK


def test_every_error_of_the_family_ends_in_an_outcome_that_is_not_ok() -> None:
    family = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AgentError)]

    assert len(family) >= 5
    assert all(kind.outcome.exit_code for kind in family)


def test_an_input_error_carries_no_finding_unless_it_is_given_some() -> None:
    assert InputError("a: b").findings == ()
