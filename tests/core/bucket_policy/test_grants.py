"""Each target gets exactly what it needs, however targets are laid into buckets; judged by an evaluator of our own."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.core.bucket_policy.bucket import Bucket, buckets_of
from agent.core.bucket_policy.papers import papers_of
from agent.core.filestore import Target
from tests.core.bucket_policy.configs import config_of
from tests.core.bucket_policy.evaluator import allows

READ_WRITE = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
NEEDS = {Target.ATTACHMENTS: READ_WRITE, Target.AVATARS: READ_WRITE, Target.BACKUPS: {"s3:PutObject"}}
OTHERS = {
    *("s3:AbortMultipartUpload", "s3:GetObjectVersion", "s3:DeleteObjectVersion", "s3:PutObjectAcl", "s3:GetObjectAcl"),
    *(
        "s3:DeleteBucket",
        "s3:PutBucketPolicy",
        "s3:PutLifecycleConfiguration",
        "s3:ListBucketVersions",
        "s3:PutBucketAcl",
    ),
    *("s3:ListAllMyBuckets", "s3:PutObjectTagging", "s3:RestoreObject", "iam:PassRole", "s3:BypassGovernanceRetention"),
}
layouts = st.dictionaries(
    st.sampled_from([str(target) for target in Target]),
    st.sampled_from(["co-jira", "co-files", "co-backups"]),
    min_size=1,
)
keys = st.builds(
    "{}{}".format,
    st.sampled_from(
        ["avatars/", "attachments/", "backups/", "avatars", "backupsX/", "", "backups/Healtcheck/", "other/"]
    ),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
)


def policy_of(bucket: Bucket, *principals: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(papers_of(bucket, principals)[0].text)
    return document


def owners_of(bucket: Bucket, key: str) -> list[Target]:
    """Whose object this is: by its prefix where rights differ, else everybody's who uses the bucket."""
    if not (Target.BACKUPS in bucket.targets and len(bucket.targets) > 1):
        return list(bucket.targets)
    return [target for target in bucket.targets if key.startswith(f"{target}/")]


@given(layout=layouts, key=keys, region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]))
def test_on_an_object_is_allowed_what_its_target_needs_and_nothing_else(
    layout: dict[str, str], key: str, region: str
) -> None:
    for bucket in buckets_of(config_of(layout, region=region)):
        needed = set().union(*(NEEDS[target] for target in owners_of(bucket, key)))
        policy = policy_of(bucket)
        for action in READ_WRITE | OTHERS | {"s3:ListBucket"}:
            assert allows(policy, action, f"{bucket.arn}/{key}", prefix=key) is (action in needed), action
            assert not allows(policy, action, f"{bucket.arn}-other/{key}", prefix=key)
            assert not allows(policy, action, f"arn:aws-iso:s3:::{bucket.name}/{key}", prefix=key)


@given(layout=layouts, prefix=st.none() | keys)
def test_a_bucket_is_listed_by_those_who_read_it_and_only_below_their_prefix(
    layout: dict[str, str], prefix: str | None
) -> None:
    for bucket in buckets_of(config_of(layout)):
        policy, readers = policy_of(bucket), [it for it in owners_of(bucket, prefix or "") if it is not Target.BACKUPS]
        assert allows(policy, "s3:ListBucket", bucket.arn, prefix=prefix) is bool(readers)
        for action in READ_WRITE | OTHERS:
            assert not allows(policy, action, bucket.arn, prefix=prefix), action


@given(layout=layouts, key=keys)
def test_a_bucket_s_own_policy_allows_the_same_to_those_it_names_and_to_nobody_else(
    layout: dict[str, str], key: str
) -> None:
    friends = ("arn:aws:iam::123456789012:role/jira", "arn:aws:iam::123456789012:user/JiraS3")
    for bucket in buckets_of(config_of(layout)):
        identity, own = policy_of(bucket), policy_of(bucket, *friends)
        for action, resource in (
            (it, at) for it in (*READ_WRITE, "s3:ListBucket") for at in (bucket.arn, f"{bucket.arn}/{key}")
        ):
            wanted = allows(identity, action, resource, prefix=key)
            assert all(allows(own, action, resource, prefix=key, who=friend) is wanted for friend in friends)
            assert not allows(own, action, resource, prefix=key, who="arn:aws:iam::123456789012:role/other")


@given(layout=layouts)
def test_no_document_has_a_pattern_of_actions_or_two_statements_of_one_name(layout: dict[str, str]) -> None:
    for bucket in buckets_of(config_of(layout)):
        statements = policy_of(bucket)["Statement"]
        assert not [action for it in statements for action in it["Action"] if "*" in action]
        names = [it["Sid"] for it in statements]
        assert len(set(names)) == len(names)
        assert all(name.isalnum() and name.isascii() for name in names), "AWS takes letters and digits alone"


def test_backups_alone_are_the_vendor_s_write_only_mode() -> None:
    (bucket,) = buckets_of(config_of({"backups": "co-jira"}))

    (statement,) = policy_of(bucket)["Statement"]
    assert statement["Action"] == ["s3:PutObject"]
    assert statement["Resource"] == ["arn:aws:s3:::co-jira/*"]
