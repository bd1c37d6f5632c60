"""Is each host name of AWS taken for what AWS serves under it, and nothing else for AWS's?"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.core.aws.hosts import Kind, aws_host
from agent.core.aws.partitions import PARTITIONS


@pytest.mark.parametrize(
    ("host", "kind", "region", "before"),
    [
        ("s3.eu-west-1.amazonaws.com", Kind.PLAIN, "eu-west-1", ""),
        ("S3.EU-WEST-1.AMAZONAWS.COM.", Kind.PLAIN, "eu-west-1", ""),
        ("s3-eu-west-1.amazonaws.com", Kind.PLAIN, "eu-west-1", ""),
        ("a.b.s3.eu-west-1.amazonaws.com", Kind.PLAIN, "eu-west-1", "a.b"),
        ("bucket.s3-us-west-2.amazonaws.com", Kind.PLAIN, "us-west-2", "bucket"),
        ("s3.amazonaws.com", Kind.GLOBAL, None, ""),
        ("bucket.s3.amazonaws.com", Kind.GLOBAL, None, "bucket"),
        ("s3-external-1.amazonaws.com", Kind.GLOBAL, None, ""),
        ("s3.dualstack.cn-north-1.amazonaws.com.cn", Kind.DUAL_STACK, "cn-north-1", ""),
        ("s3.us-iso-east-1.c2s.ic.gov", Kind.PLAIN, "us-iso-east-1", ""),
        ("s3.eu-isoe-west-1.cloud.adc-e.uk", Kind.PLAIN, "eu-isoe-west-1", ""),
        ("s3.eusc-de-east-1.amazonaws.eu", Kind.PLAIN, "eusc-de-east-1", ""),
        ("s3-fips.us-gov-west-1.amazonaws.com", Kind.FIPS, "us-gov-west-1", ""),
        ("s3-fips-us-gov-west-1.amazonaws.com", Kind.FIPS, "us-gov-west-1", ""),
        ("s3-fips.dualstack.us-east-1.amazonaws.com", Kind.FIPS_DUAL_STACK, "us-east-1", ""),
        ("x.s3-website-us-east-1.amazonaws.com", Kind.WEBSITE, "us-east-1", "x"),
        ("x.s3-website.eu-central-1.amazonaws.com", Kind.WEBSITE, "eu-central-1", "x"),
        ("p-123.s3-accesspoint.us-east-1.amazonaws.com", Kind.ACCESS_POINT, "us-east-1", "p-123"),
        ("s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com", Kind.ACCESS_POINT, "us-east-1", ""),
        ("m.accesspoint.s3-global.amazonaws.com", Kind.ACCESS_POINT, None, "m"),
        ("123.s3-control.us-east-1.amazonaws.com", Kind.OTHER_S3, "us-east-1", "123"),
        ("s3-object-lambda.us-east-1.amazonaws.com", Kind.OTHER_S3, "us-east-1", ""),
        ("s3-outposts.us-east-1.amazonaws.com", Kind.OTHER_S3, "us-east-1", ""),
        ("s3express-control.us-east-1.amazonaws.com", Kind.OTHER_S3, "us-east-1", ""),
        ("s3express-usw2-az1.us-west-2.amazonaws.com", Kind.OTHER_S3, "us-west-2", ""),
        ("s3-accelerate.amazonaws.com", Kind.ACCELERATE, None, ""),
        ("b.s3-accelerate.dualstack.amazonaws.com", Kind.ACCELERATE, None, "b"),
        ("bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", Kind.PRIVATE, "us-east-1", ""),
        ("mine.bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", Kind.PRIVATE, "us-east-1", "mine"),
        ("vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", Kind.PRIVATE_UNSAID, "us-east-1", ""),
        ("accesspoint.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", Kind.ACCESS_POINT, "us-east-1", ""),
        ("control.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", Kind.OTHER_S3, "us-east-1", ""),
        ("s3.console.aws.amazon.com", Kind.CONSOLE, None, ""),
        ("us-east-1.console.aws.amazon.com", Kind.CONSOLE, None, ""),
        ("console.amazonaws.cn", Kind.CONSOLE, None, ""),
        ("sts.us-east-1.amazonaws.com", Kind.OTHER_SERVICE, "us-east-1", ""),
        ("s3.dualstack.amazonaws.com", Kind.UNKNOWN_S3, None, ""),
        ("s3.nowhere.amazonaws.com", Kind.UNKNOWN_S3, None, ""),
        ("s3-fips.amazonaws.com", Kind.UNKNOWN_S3, None, ""),
        ("s3.eu-west-1.vpce.amazonaws.com", Kind.UNKNOWN_S3, None, ""),
        ("sts.amazonaws.com", Kind.UNKNOWN_S3, None, ""),
        ("s3.us-east-1.api.aws", Kind.UNKNOWN_S3, None, ""),
        ("s3-external-2.amazonaws.com", Kind.UNKNOWN_S3, None, ""),
        ("s3.dualstack-us-east-1.amazonaws.com", Kind.UNKNOWN_S3, None, ""),
        ("s3.amazonaws.com.cn", Kind.UNKNOWN_S3, None, ""),
        ("s3.amazonaws.eu", Kind.UNKNOWN_S3, None, ""),
        ("s3-accelerate.amazonaws.com.cn", Kind.UNKNOWN_S3, None, ""),
    ],
)
def test_a_host_of_aws_is_known_by_its_name(host: str, kind: Kind, region: str | None, before: str) -> None:
    found = aws_host(host)
    assert found is not None
    assert (found.kind, found.region, found.before) == (kind, region, before)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "amazonaws.com",
        "s3",
        "minio.example.com",
        "s3.us-east-1.amazonaws.com.example.com",
        "s3.us-east-1.amazonaws.org",
        "mys3.us-east-1.notamazonaws.com",
        "minio-123.us-east-1.elb.amazonaws.com",
        "minio-1a2b.elb.us-east-1.amazonaws.com",
        "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com",
        "s3.eu-west-1.elb.amazonaws.com",
        "s3-gateway-1a2b.elb.us-east-1.amazonaws.com",
        "1a2b3c.execute-api.eu-west-1.amazonaws.com",
        "vpce-1a2b-3c4d.vpce-svc-5e6f.eu-west-1.vpce.amazonaws.com",
        "s3.us-east-1.amazonaws.com:9000",
    ],
)
def test_any_other_name_is_not_taken_for_a_service_of_aws(host: str) -> None:
    assert aws_host(host) is None


@pytest.mark.parametrize("region", [(it.suffix, region) for it in PARTITIONS for region in it.regions])
def test_the_plain_host_of_every_region_is_known(region: tuple[str, str]) -> None:
    suffix, name = region
    found = aws_host(f"s3.{name}.{suffix}")
    assert found is not None
    assert (found.kind, found.region, found.suffix) == (Kind.PLAIN, name, suffix)


@given(some.text(alphabet="s3-.aveupcj1\n", max_size=300))
def test_no_name_makes_the_reading_fail(name: str) -> None:
    aws_host(f"{name}.amazonaws.com")


def test_a_name_of_hostile_length_is_answered_at_once() -> None:
    begun = time.process_time()
    assert aws_host("a." * 100_000 + "amazonaws.com") is None
    assert aws_host("a." * 120 + "s3.us-east-1.amazonaws.com") is None
    assert time.process_time() - begun < 1
