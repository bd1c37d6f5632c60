"""Versioning and lifecycle: both spellings, nothing else removed, and one meaning in JSON and XML."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from agent.core.bucket_policy.bucket import buckets_of
from agent.core.bucket_policy.papers import Form, Kind, Paper, papers_of
from tests.core.bucket_policy.configs import config_of

SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def paper(kind: Kind, form: Form, *, endpoint: str | None = None) -> Paper:
    (bucket,) = buckets_of(config_of({"backups": "co-jira"}, endpoint=endpoint))
    (found,) = [it for it in papers_of(bucket) if (it.kind, it.form) == (kind, form)]
    return found


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(paper(Kind.LIFECYCLE, Form.JSON).text)["Rules"]
    return found


@pytest.mark.parametrize(
    ("key", "removed"),
    [
        ("backups/Healthcheck/1", [{"Days": 5}]),
        ("backups/Healtcheck/1", [{"Days": 5}]),
        ("backups/Healthcheck-before-upgrade.zip", []),
        ("backups/Healtcheck-before-upgrade.zip", []),
        ("backups/2026-Nov-22--2031.zip", []),
        ("avatars/Healthcheck/1", []),
        ("backups/healthcheck/1", []),
    ],
)
def test_what_jira_s_health_check_leaves_is_removed_and_no_backup_is(key: str, removed: list[dict[str, int]]) -> None:
    matching = [rule for rule in rules() if key.startswith(rule["Filter"]["Prefix"]) and "Expiration" in rule]

    assert [rule["Expiration"] for rule in matching] == removed


def test_what_expires_in_a_versioned_bucket_goes_for_good() -> None:
    expiring = [rule for rule in rules() if "Expiration" in rule]

    assert len(expiring) == 2
    assert all(rule["NoncurrentVersionExpiration"]["NoncurrentDays"] >= 1 for rule in expiring)


def test_only_the_health_checks_expire_and_only_unfinished_uploads_are_ended_elsewhere() -> None:
    (other,) = [rule for rule in rules() if "Expiration" not in rule]

    assert set(other) == {"ID", "Filter", "Status", "AbortIncompleteMultipartUpload"}
    assert other["Filter"] == {"Prefix": "backups/"}
    assert len({rule["ID"] for rule in rules()}) == len(rules())
    assert {rule["Status"] for rule in rules()} == {"Enabled"}


@pytest.mark.parametrize("form", list(Form))
def test_other_stores_get_no_rule_that_only_ends_uploads_which_minio_refuses(form: Form) -> None:
    elsewhere = paper(Kind.LIFECYCLE, form, endpoint="https://minio.example.com").text

    assert "AbortIncompleteMultipartUpload" not in elsewhere
    assert elsewhere.count("backups/Heal") == 2
    assert "AbortIncompleteMultipartUpload" in paper(Kind.LIFECYCLE, form).text


@pytest.mark.parametrize(
    ("kind", "root"), [(Kind.LIFECYCLE, "LifecycleConfiguration"), (Kind.VERSIONING, "VersioningConfiguration")]
)
def test_json_and_xml_say_the_same(kind: Kind, root: str) -> None:
    tree = etree.fromstring(paper(kind, Form.XML).text.encode())

    assert tree.tag == SPACE + root
    assert _told(tree) == _flat(json.loads(paper(kind, Form.JSON).text))


def test_buckets_without_backups_are_left_as_they_are() -> None:
    buckets = buckets_of(config_of({"avatars": "co-jira", "attachments": "co-files"}))

    assert [it.kind for bucket in buckets for it in papers_of(bucket)] == [Kind.POLICY, Kind.POLICY]


def _told(element: Any) -> list[tuple[str, str]]:
    """All texts with the path that leads to them, the list's plural put back."""
    found = []
    for child in element:
        name = child.tag.removeprefix(SPACE)
        below = _told(child) if len(child) else [("", child.text)]
        found += [(f"{name}/{path}", text) for path, text in below]
    return found


def _flat(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return [("", str(value))]
    pairs = [(key, it) for key, inner in value.items() for it in (inner if isinstance(inner, list) else [inner])]
    return [
        (f"{key.removesuffix('s') if key == 'Rules' else key}/{path}", text)
        for key, it in pairs
        for path, text in _flat(it)
    ]
