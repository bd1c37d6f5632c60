"""Tests for the second S3 API server: it enforces what the first is said not to."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.test_s3_server import ACTS, allowing, code_of

if TYPE_CHECKING:
    from tests.support.s3_ceph import CephServer


@pytest.mark.parametrize("granted", ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket"])
def test_an_action_is_allowed_where_the_policy_names_it_and_refused_elsewhere(
    second_s3: CephServer, granted: str
) -> None:
    bucket = second_s3.bucket()
    keys = second_s3.user(allowing(granted, on=bucket if granted == "s3:ListBucket" else f"{bucket}/a/*"))
    with second_s3.client("s3", keys) as s3:
        for name, act in ACTS.items():
            second_s3.put(bucket, "a/one")
            wanted = {"ok"} if name.startswith(granted) else {"AccessDenied", "403"}
            assert code_of(partial(act, s3, bucket, "a/one")) in wanted, name


def test_the_prefix_that_a_condition_names_is_enforced(second_s3: CephServer) -> None:
    bucket = second_s3.bucket()
    policy = allowing("s3:ListBucket", on=bucket)
    policy["Statement"][0]["Condition"] = {"StringLike": {"s3:prefix": ["a/*"]}}
    with second_s3.client("s3", second_s3.user(policy)) as s3:
        assert code_of(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="a/")) == "ok"
        assert code_of(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="b/")) == "AccessDenied"
        assert code_of(lambda: s3.list_objects_v2(Bucket=bucket)) == "AccessDenied"


def test_a_bucket_policy_grants_to_its_principal_alone(second_s3: CephServer) -> None:
    bucket, friend, stranger = second_s3.bucket(), second_s3.user(), second_s3.user()
    policy = allowing("s3:PutObject", on=f"{bucket}/*")
    policy["Statement"][0]["Principal"] = {"AWS": friend.arn}
    with second_s3.client() as s3:
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    for who, wanted in ((friend, "ok"), (stranger, "AccessDenied")):
        with second_s3.client("s3", who) as s3:
            assert code_of(lambda s3=s3: s3.put_object(Bucket=bucket, Key="k", Body=b"")) == wanted  # type: ignore[misc]


def test_a_wrong_secret_is_refused(second_s3: CephServer) -> None:
    bucket, wrong = second_s3.bucket(), "another"
    with second_s3.client("s3", replace(second_s3.admins["aws"], secret=wrong)) as s3:
        assert code_of(lambda: s3.list_objects_v2(Bucket=bucket)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("policy", ["nonsense", '{"Statement": [{"Effect": "Allow", "Action": "s3:Nope"}]}'])
def test_a_bucket_policy_that_means_nothing_is_refused(second_s3: CephServer, policy: str) -> None:
    bucket = second_s3.bucket()
    with second_s3.client() as s3:
        assert code_of(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=policy)) == "InvalidArgument"
