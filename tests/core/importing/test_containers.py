"""Compose files and docker inspect: the variables of the one container that has some."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.finding import Place, Severity
from agent.core.importing.containers import Read, compose_variables, inspected_variables
from agent.edges.yaml_values import read_values

PLACE = Place(file="x")


def _compose(text: str) -> Read:
    return compose_variables(read_values(text, "compose.yml").root, PLACE)


def _told(read: Read) -> list[tuple[str, str]]:
    return [(it.name, it.text) for it in read[0]]


def _codes(read: Read) -> list[str]:
    return [it.rule for it in read[1]]


@pytest.mark.parametrize(
    "environment",
    [
        "\n      ATL_S3AVATARS_REGION: eu-west-1\n      A: 5",
        "\n      - ATL_S3AVATARS_REGION=eu-west-1\n      - A=5",
        " *env",
    ],
)
def test_both_forms_of_an_environment_are_read(environment: str) -> None:
    read = _compose(
        f"x: &env {{ATL_S3AVATARS_REGION: eu-west-1}}\nservices:\n  db: {{}}\n  jira:\n    environment:{environment}"
    )

    assert (_told(read), _codes(read)) == ([("ATL_S3AVATARS_REGION", "eu-west-1")], [])
    assert read[0][0].place.line


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ("{ATL_S3AVATARS_BUCKET_NAME: 123456789012}", "FS604"),
        ("{ATL_S3AVATARS_REGION: no}", "FS604"),
        ("{ATL_S3AVATARS_REGION: }", "FS605"),
        ("[ATL_S3AVATARS_REGION]", "FS605"),
    ],
)
def test_what_compose_takes_from_elsewhere_or_bends_is_refused(environment: str, code: str) -> None:
    assert _codes(_compose(f"services: {{jira: {{environment: {environment}}}}}")) == [code]


def test_a_doubled_dollar_is_one() -> None:
    assert _told(_compose("services: {jira: {environment: [ATL_S3AVATARS_REGION=a$$b]}}")) == [
        ("ATL_S3AVATARS_REGION", "a$b")
    ]


def test_services_that_say_the_same_are_one_and_others_are_not_chosen_from() -> None:
    two = "services: {{a: {{environment: [ATL_S3AVATARS_REGION=x]}}, b: {{environment: [ATL_S3AVATARS_REGION={}]}}}}"

    assert _codes(_compose(two.format("x"))) == []
    assert _codes(_compose(two.format("y"))) == ["FS609"]


OURS = "environment: {ATL_S3AVATARS_REGION: eu-west-1}"


@pytest.mark.parametrize("ours", ["", f", {OURS}"])
@pytest.mark.parametrize(
    "beside",
    [
        "env_file: jira.env",
        "env_file: [jira.env]",
        "env_file: [{path: jira.env, required: false}]",
        "extends: {file: common.yml, service: base}",
        "extends: base",
    ],
)
def test_variables_that_may_stand_in_another_place_refuse_the_file_with_a_way_out(beside: str, ours: str) -> None:
    told, findings = _compose(f"services: {{jira: {{{beside}{ours}}}}}")

    (refused,) = findings
    assert (len(told), refused.rule, refused.severity) == (int(bool(ours)), "FS610", Severity.ERROR)
    assert "docker compose config | filestore-agent import-config --env -" in str(refused.hint)


@pytest.mark.parametrize("included", ["[other.yml]", "[{path: other.yml}]"])
def test_files_that_are_included_refuse_it_too(included: str) -> None:
    assert _codes(_compose(f"include: {included}\nservices: {{jira: {{{OURS}}}}}")) == ["FS610"]
    assert _codes(_compose(f"include: {included}\n")) == ["FS610"]


@pytest.mark.parametrize(
    "text",
    [
        f"services: {{db: {{env_file: db.env, extends: x}}, jira: {{{OURS}}}}}",
        f"include:\nservices: {{jira: {{env_file: , extends: , {OURS}}}}}",
    ],
)
def test_other_files_of_another_service_or_none_are_none_of_our_business(text: str) -> None:
    assert _codes(_compose(text)) == []


@pytest.mark.parametrize("text", ["", "a: b", "services: []", "services: {}", "[a]"])
def test_what_has_no_services_is_no_compose_file(text: str) -> None:
    assert _codes(_compose(text)) == ["FS602"]


@pytest.mark.parametrize(
    "text", ["services: {a: 5}", "services: {a: {environment: 5}}", "services: {a: {environment: [5]}}"]
)
def test_odd_services_set_nothing(text: str) -> None:
    assert _compose(text) == ((), ())


def test_what_docker_inspect_prints_is_read() -> None:
    jira = {"Name": "/jira", "Config": {"Env": ["PATH=/bin", "ATL_S3AVATARS_REGION=eu-west-1", 5]}}
    other = {"Name": "/db", "Config": {"Env": ["PASSWORD=x"]}}

    assert _told(inspected_variables([other, jira], PLACE)) == [("ATL_S3AVATARS_REGION", "eu-west-1")]
    assert _told(inspected_variables(jira, PLACE)) == [("ATL_S3AVATARS_REGION", "eu-west-1")]
    assert inspected_variables([other], PLACE) == ((), ())


@pytest.mark.parametrize("value", [[], {}, [5], [{"Config": None}], [{"Config": {"Env": None}}], "x", None])
def test_anything_else_is_refused(value: Any) -> None:
    assert _codes(inspected_variables(value, PLACE)) == ["FS602"]
