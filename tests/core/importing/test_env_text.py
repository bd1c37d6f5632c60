"""Lines of KEY=VALUE: what both readers take alike, what only one does, and that nothing else leaves a trace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.finding import Place, Severity
from agent.core.importing.env_text import from_environment, from_pairs, read_env

NAME = "ATL_S3AVATARS_REGION"


def _values(text: str) -> list[tuple[str, str]]:
    return [(it.name, it.text) for it in read_env(text, "jira.env")[0]]


@pytest.mark.parametrize(
    "line", [f"{NAME}=eu-west-1", f"  {NAME}=eu-west-1", f"{NAME}=eu-west-1\r\n", f"# a\n\n{NAME}=eu-west-1\nX=1"]
)
def test_what_both_read_alike_is_taken_without_a_word(line: str) -> None:
    told, findings = read_env(line, "jira.env")

    assert [(it.name, it.text) for it in told] == [(NAME, "eu-west-1")]
    assert findings == ()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f'{NAME}="eu-west-1"', "quotes"),
        (f"{NAME}='eu-west-1'", "quotes"),
        (f'{NAME}="eu-west-1" # Ireland', "quotes"),
        (f"{NAME}=eu-west-1 # Ireland", "a comment"),
        (f"{NAME}= eu-west-1", "blanks"),
        (f"{NAME}=eu-west-1   ", "blanks"),
        (f"export {NAME}=eu-west-1", "the export"),
    ],
)
def test_what_only_compose_takes_off_is_taken_off_and_told(line: str, what: str) -> None:
    told, findings = read_env(line, "jira.env")

    assert [it.text for it in told] == ["eu-west-1"]
    assert [(it.rule, it.severity, it.message.split(" of ")[0]) for it in findings] == [
        ("FS614", Severity.WARNING, what)
    ]


def test_a_hash_within_a_value_is_no_comment() -> None:
    assert _values(f"{NAME}=eu#west") == [(NAME, "eu#west")]


@pytest.mark.parametrize(
    ("line", "code"),
    [(f'{NAME}="eu-west-1', "FS602"), (f"{NAME}: eu-west-1", "FS602"), (f"{NAME} =x", "FS602"), (NAME, "FS605")],
)
def test_what_is_no_assignment_is_an_error_with_its_place(line: str, code: str) -> None:
    told, (finding,) = read_env(f"A=1\n  {line}", "jira.env")

    assert told == ()
    assert (finding.rule, finding.severity, finding.place) == (
        code,
        Severity.ERROR,
        Place(file="jira.env", line=2, column=3),
    )


def test_the_last_of_two_lines_counts_and_both_are_named() -> None:
    told, (finding,) = read_env(f"{NAME}=a\nX=2\n{NAME}=b", "jira.env")

    assert [it.text for it in told] == ["b"]
    assert (finding.rule, finding.severity) == ("FS603", Severity.WARNING)
    assert "on line 1 and on line 3" in finding.message


def test_no_line_of_another_variable_leaves_a_trace() -> None:
    secrets = 'AWS_SECRET_ACCESS_KEY=topsecret\nexport DB="topsecret\nPASS: topsecret\n=topsecret\n'

    assert read_env(secrets, "jira.env") == ((), ())


@pytest.mark.parametrize("line", [f"{NAME}=x\n", "ATL_S3%d=x\n", 'ATL_S3%d="\n'])
def test_a_file_of_a_hundred_thousand_such_lines_is_not_read_to_its_end(line: str) -> None:
    told, findings = read_env("".join(line % n if "%" in line else line for n in range(100_000)), "jira.env")

    assert len(told) + len(findings) < 1_100
    assert findings[-1].rule == "FS602"


@given(text=st.text())
def test_any_text_is_read_without_an_exception(text: str) -> None:
    told, findings = read_env(f"ATL_S3{text}\n{text}", "jira.env")

    assert all(it.place.line for it in told)
    assert all(it.place.line for it in findings)


def test_pairs_of_docker_and_the_environment_are_taken_as_they_are() -> None:
    place = Place(file="x")

    assert [(it.name, it.text) for it in from_pairs([f'{NAME}="a"', "B=1", "C"], place)] == [(NAME, '"a"')]
    assert [(it.name, it.text) for it in from_environment({NAME: " a", "HOME": "/"}, place)] == [(NAME, " a")]
