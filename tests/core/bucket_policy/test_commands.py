"""The commands: quoted for a shell, with the region, and with a word of warning where they replace what is there."""

from __future__ import annotations

import shlex

import pytest

from agent.core.bucket_policy.bucket import Bucket, buckets_of
from agent.core.bucket_policy.commands import step_for
from agent.core.bucket_policy.papers import Form, papers_of
from tests.core.bucket_policy.configs import config_of

(BUCKET,) = buckets_of(config_of({"backups": "co-jira"}, region="eu-west-1"))
(MINIO,) = buckets_of(config_of({"backups": "co-jira"}, endpoint="https://minio.example.com:9000"))


def said(bucket: Bucket, name: str, *, role: str | None = "nodes", path: str = "/o ut/$x'") -> tuple[list[str], str]:
    principals = ("arn:aws:iam::123456789012:role/jira",) if name == "bucket-policy.json" else ()
    (paper,) = [it for it in papers_of(bucket, principals) if it.name == name]
    step = step_for(bucket, paper, path=path, role=role)
    assert step is not None
    return shlex.split(step.command or ""), " ".join(step.said)


def test_an_identity_s_policy_is_put_on_the_role() -> None:
    words, _ = said(BUCKET, "policy.json")

    assert words == [
        *("aws", "iam", "put-role-policy", "--role-name", "nodes", "--policy-name", "jira-co-jira"),
        *("--policy-document", "file:///o ut/$x'", "--region", "eu-west-1"),
    ]


def test_without_a_role_the_command_has_a_place_for_it() -> None:
    (paper,) = [it for it in papers_of(BUCKET) if it.name == "policy.json"]
    step = step_for(BUCKET, paper, path="p", role=None)

    assert step is not None
    assert '--role-name "$ROLE" ' in (step.command or "")
    assert "--role NAME" in " ".join(step.said)


@pytest.mark.parametrize(
    ("name", "verb", "warning"),
    [
        ("bucket-policy.json", "bucket-policy", "replaces the bucket's whole policy"),
        ("lifecycle.json", "bucket-lifecycle-configuration", "replaces the bucket's whole lifecycle configuration"),
        ("versioning.json", "bucket-versioning", "can be suspended but not removed"),
    ],
)
def test_what_changes_a_bucket_says_what_it_replaces_and_how_to_look_first(name: str, verb: str, warning: str) -> None:
    words, told = said(BUCKET, name)

    assert words[:7] == ["aws", "s3api", f"put-{verb}", "--bucket", "co-jira", "--region", "eu-west-1"]
    assert words[-1] == "file:///o ut/$x'"
    assert warning in told
    assert f"aws s3api get-{verb} --bucket co-jira" in told


def test_another_store_is_spoken_to_at_its_endpoint() -> None:
    words, _ = said(MINIO, "lifecycle.json")
    assert words[words.index("--endpoint-url") + 1] == "https://minio.example.com:9000"
    assert said(MINIO, "policy.json")[0] == []
    assert "mc admin policy" in said(MINIO, "policy.json")[1]


def test_versioning_of_a_shared_bucket_tells_what_else_it_keeps() -> None:
    (shared,) = buckets_of(config_of({"backups": "co-jira", "attachments": "co-jira"}))

    assert "keeps what Jira deletes of attachments as well" in said(shared, "versioning.json")[1]
    assert "as well" not in said(BUCKET, "versioning.json")[1]


def test_xml_is_for_other_tools() -> None:
    steps = [step_for(BUCKET, it, path="p", role=None) for it in papers_of(BUCKET) if it.form is Form.XML]

    assert steps == [None, None]
