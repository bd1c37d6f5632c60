"""Is a rule asked of the versions and targets that its page names, and of no others?"""

from __future__ import annotations

import pytest

from agent.core.filestore import Target
from agent.core.rules import ALL_RULES, Rule, explain
from agent.core.rules.applicability import EVERYWHERE, Applicability
from agent.core.rules.jira import FIRST, UNFLAGGED

FLAGGED = Applicability(since=(9, 12), before=(10, 0), targets=(Target.ATTACHMENTS,))


def test_the_targets_have_the_versions_that_atlassian_names() -> None:
    assert FIRST == {Target.AVATARS: (9, 9), Target.ATTACHMENTS: (9, 12), Target.BACKUPS: (9, 16)}
    assert UNFLAGGED == (10, 0)


@pytest.mark.parametrize(
    ("jira", "targets", "asked"),
    [
        ((9, 12, 0), {"attachments"}, True),
        ((9, 17, 5), {"attachments", "backups"}, True),
        ((9, 11, 9), {"attachments"}, False),
        ((10, 0, 0), {"attachments"}, False),
        ((9, 12, 0), {"backups"}, False),
        ((9, 12, 0), set(), False),
        (None, {"attachments"}, False),
    ],
)
def test_a_rule_is_asked_within_its_bounds(jira: tuple[int, ...] | None, targets: set[str], *, asked: bool) -> None:
    assert FLAGGED.asks(jira, targets) is asked


def test_a_rule_without_bounds_is_asked_of_everything() -> None:
    assert EVERYWHERE.asks(None, set())
    assert EVERYWHERE.asks((8, 20, 0), {"backups"})


@pytest.mark.parametrize(
    ("applies", "said"),
    [
        (EVERYWHERE, "every Jira version; every target"),
        (FLAGGED, "Jira from 9.12 and before 10.0; attachments"),
        (Applicability(before=(9, 16)), "Jira before 9.16; every target"),
        (Applicability(since=(10, 0), where="hosts of AWS"), "Jira from 10.0; every target; hosts of AWS"),
        (Applicability(before=(9, 16), said="avatars with Jira before 9.9"), "avatars with Jira before 9.9"),
    ],
)
def test_the_bounds_are_said_as_a_person_would(applies: Applicability, said: str) -> None:
    assert str(applies) == said


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_what_a_rule_is_asked_of_is_explained(rule: Rule) -> None:

    assert f"Applies to: {rule.applies}." in explain(rule.code)
