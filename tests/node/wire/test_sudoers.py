"""The sudoers lines that are printed are those that the pages print and that allow what travels."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.node.wire.letter import RUN
from agent.node.wire.sudoers import sudoers_lines
from tests.support.sudoers import documented_lines

README = Path(__file__).parents[3] / "README.md"


def test_the_pages_print_exactly_the_lines_that_are_made() -> None:
    made = sudoers_lines("ops", "jira", "jira")

    assert tuple(documented_lines().splitlines()) == made
    assert tuple(documented_lines(README).splitlines()) == made


def test_every_name_stands_where_it_belongs() -> None:
    ours, stop, start = sudoers_lines("deploy", "atlassian", "jira@prod.service")

    assert ours.startswith("deploy ALL=(atlassian) NOPASSWD: /usr/bin/timeout ")
    assert stop == "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl --no-block stop jira@prod.service"
    assert start == "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl --no-block start jira@prod.service"


def test_a_service_of_commands_needs_the_owner_alone() -> None:
    (line,) = sudoers_lines("ops", "jira", None)

    assert line.replace("\\=", "=").endswith(RUN.replace("'", ""))


def test_what_sudoers_gives_a_meaning_of_its_own_is_escaped() -> None:
    assert sudoers_lines("ops", "jira", "jira:a=b,c")[1].endswith(" stop jira\\:a\\=b\\,c")


@pytest.mark.parametrize("name", ["ALL", "ADMINS", "", "%wheel", "#0", "ops ALL", "ops,root", "a\nb", "ops\n", "+net"])
def test_names_that_sudoers_would_read_otherwise_give_no_line_to_paste(name: str) -> None:
    assert sudoers_lines(name, "jira", "jira") == ()
    assert sudoers_lines("ops", name, "jira") == ()
