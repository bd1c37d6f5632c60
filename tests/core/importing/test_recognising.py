"""Which tool's text is it? Certain marks only, in any dress, and never slow."""

from __future__ import annotations

import time

import pytest

from agent.core.importing.recognising import Form, form_of


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('<?xml version="1.1"?><filestore-config/>', Form.XML),
        ("\ufeff\r\n<filestore-config>", Form.XML),
        ("jira:\n  s3Storage:\n    avatars: {}\n", Form.VALUES),
        ("jira: {s3Storage: {avatars: {}}}", Form.VALUES),
        ("replicaCount: 2\r\nimage:\r\n  tag: x\r\n", Form.VALUES),
        ("services:\n  jira:\n    environment:\n      - ATL_S3AVATARS_REGION=x\n", Form.COMPOSE),
        ('{"name": "jira", "services": {"jira": {}}}', Form.COMPOSE),
        ("# a comment\nTZ=UTC\nexport ATL_S3AVATARS_REGION=x\n", Form.VARIABLES),
        ("ATL_JDBC_URL=x\n", Form.VARIABLES),
        ('{\n "_meta": {"hostvars": {}}, "all": {}}', Form.LISTED),
        ('[\n  {"Id": "1", "Config": {"Env": []}}]', Form.INSPECTED),
        ("[jira]\njira-1\n", Form.HOSTS),
        ("[jira:vars]\r\na=b\r\n", Form.HOSTS),
        ("all:\n  children:\n    jira:\n      hosts:\n        a:\n", Form.HOSTS),
        ("jira: {version: 1}\nnodes: {}\nfilestores: {}\nassociations: {}\n", Form.OURS),
        ("---\n# Source: a\napiVersion: apps/v1\nkind: StatefulSet\n", Form.MANIFEST),
        ('{"apiVersion":"v1","kind":"Pod","spec":{}}', Form.MANIFEST),
        ("apiVersion: x/v1\nkind: HelmRelease\nspec:\n  values:\n    jira:\n      s3Storage: {}\n", Form.VALUES),
        ('{"containerDefinitions":[]}', Form.ECS),
        ('{"taskDefinition": {"containerDefinitions": []}}', Form.ECS),
        ("[Service]\nEnvironment=ATL_S3AVATARS_REGION=x\n", Form.UNIT),
        ("---\nversion: 3\n", Form.YAML),
        ("jira: {}\n", Form.YAML),
        ("", None),
        ("hello", None),
        ("{}", None),
        ("[1, 2]", None),
        ("a b c\nd\n", None),
    ],
)
def test_a_text_is_told_by_its_marks(text: str, form: Form | None) -> None:
    assert form_of(text) is form


@pytest.mark.parametrize("letter", [" ", "a", "[", "{", "\t", "-", "a:", "\n", ",{ ", '"'])
def test_a_hostile_text_is_looked_at_in_no_time(letter: str) -> None:
    began = time.perf_counter()
    form_of(letter * 1_000_000)
    assert time.perf_counter() - began < 2.0
