"""The buckets of a cluster: which there are, what for, and by which ARN."""

from __future__ import annotations

import pytest

from agent.core.bucket_policy.bucket import Bucket, buckets_of
from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.errors import InputError
from tests.core.bucket_policy.configs import config_of


def only(config: FilestoreConfig) -> Bucket:
    (bucket,) = buckets_of(config)
    return bucket


def test_a_bucket_is_listed_once_with_all_its_targets() -> None:
    config = config_of({"backups": "co-jira", "avatars": "co-jira", "attachments": "co-files"})

    found = [(bucket.name, [str(target) for target in bucket.targets]) for bucket in buckets_of(config)]
    assert found == [("co-files", ["attachments"]), ("co-jira", ["avatars", "backups"])]


def test_a_filestore_that_no_target_uses_gets_no_rights() -> None:
    store = Filestore(id="idle", bucket_name="co-idle", region="us-east-1")

    assert buckets_of(FilestoreConfig(filestores=(store,))) == ()


def test_an_association_to_nowhere_is_no_bucket() -> None:
    assert buckets_of(FilestoreConfig(associations=(Association(target="backups", file_store="gone"),))) == ()


@pytest.mark.parametrize(
    ("region", "endpoint", "partition", "elsewhere"),
    [
        ("ap-southeast-4", None, "aws", "at amazon"),
        ("us-gov-west-1", None, "aws-us-gov", "at amazon"),
        ("cn-northwest-1", None, "aws-cn", "at amazon"),
        ("us-iso-east-1", None, "aws-iso", "at amazon"),
        ("us-isob-east-1", None, "aws-iso-b", "at amazon"),
        ("eusc-de-east-1", None, "aws-eusc", "at amazon"),
        ("cn-north-1", "https://s3.dualstack.cn-north-1.amazonaws.com.cn", "aws-cn", "at amazon"),
        ("us-gov-west-1", "https://s3-fips.us-gov-west-1.amazonaws.com", "aws-us-gov", "at amazon"),
        (
            "us-gov-west-1",
            "https://bucket.vpce-1a2b-3c4d.s3.us-gov-west-1.vpce.amazonaws.com",
            "aws-us-gov",
            "at amazon",
        ),
        ("us-iso-east-1", "https://s3.us-iso-east-1.c2s.ic.gov", "aws-iso", "at amazon"),
        ("cn-north-1", "https://minio.example.com:9000", "aws", "elsewhere"),
        ("cn-north-1", "https://aws:9000", "aws", "elsewhere"),
        ("us-east-1", "https://aws:9000/store", "aws", "elsewhere"),
        ("eu-west-1", "https://s3.amazonaws.com", "aws", "at amazon"),
        ("eu-west-1", "https://bucket.vpce-1a.s3.us-east-1.vpce.amazonaws.com", "aws", "at amazon"),
        ("garage", "http://192.0.2.7:3900", "aws", "elsewhere"),
        ("us-gov-west-1", "https://amazonaws.com.example.net", "aws", "elsewhere"),
        ("us-gov-west-1", "https://example.net/amazonaws.com", "aws", "elsewhere"),
        ("us-gov-west-1", "https://notamazonaws.com", "aws", "elsewhere"),
    ],
)
def test_the_partition_is_that_of_the_region_at_amazon_and_aws_elsewhere(
    region: str, endpoint: str | None, partition: str, elsewhere: str
) -> None:
    bucket = only(config_of({"backups": "co-jira"}, region=region, endpoint=endpoint))

    assert bucket.arn == f"arn:{partition}:s3:::co-jira"
    assert bucket.endpoint == (endpoint if elsewhere == "elsewhere" else None)


def test_two_endpoints_of_amazon_to_one_bucket_are_one_bucket() -> None:
    """Else each target would be taken for the only one, and the write-only one be given all of the bucket."""
    plain, private = (
        Filestore(id="a", bucket_name="co-jira", region="us-east-1"),
        Filestore(
            id="b", bucket_name="co-jira", region="us-east-1",
            endpoint_override="https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com",
        ),
    )  # fmt: skip
    links = (Association(target="avatars", file_store="a"), Association(target="backups", file_store="b"))

    assert only(FilestoreConfig(filestores=(plain, private), associations=links)).is_by_prefix


def test_two_stores_may_have_buckets_of_one_name() -> None:
    stores = (
        Filestore(id="a", bucket_name="co-jira", region="us-east-1"),
        Filestore(id="b", bucket_name="co-jira", region="us-east-1", endpoint_override="https://minio.example.com"),
    )
    links = (Association(target="avatars", file_store="a"), Association(target="backups", file_store="b"))

    found = buckets_of(FilestoreConfig(filestores=stores, associations=links))
    assert [bucket.is_by_prefix for bucket in found] == [False, False]


@pytest.mark.parametrize(
    "name",
    ["co-*", "co-?ira", "co-${aws:username}", "co/jira", "arn:aws:s3:::co", "", "*", "co jira", "co\n", "\u0441o-jira"],
)
def test_a_name_that_a_policy_would_read_as_something_else_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be named in a policy"):
        buckets_of(config_of({"backups": name}))


def test_what_is_secret_in_an_endpoint_is_not_repeated() -> None:
    bucket = only(config_of({"backups": "co-jira"}, endpoint="https://me:hunter2@minio.example.com"))

    assert bucket.endpoint is not None
    assert "hunter2" not in bucket.endpoint
