"""Where Jira's client looks for a bucket, and where AWS would tell who somebody is."""

from __future__ import annotations

import pytest

from agent.core.filestore import Filestore
from agent.core.s3.address import address_of


@pytest.mark.parametrize(
    ("bucket", "region", "endpoint", "root", "sts"),
    [
        ("b-1", "eu-west-1", None, "https://b-1.s3.eu-west-1.amazonaws.com", "https://sts.eu-west-1.amazonaws.com"),
        (
            "b-1",
            "cn-north-1",
            None,
            "https://b-1.s3.cn-north-1.amazonaws.com.cn",
            "https://sts.cn-north-1.amazonaws.com.cn",
        ),
        (
            "b-1",
            "us-gov-west-1",
            None,
            "https://b-1.s3.us-gov-west-1.amazonaws.com",
            "https://sts.us-gov-west-1.amazonaws.com",
        ),
        (
            "b-1",
            "eu-west-1",
            "https://s3.dualstack.eu-west-1.amazonaws.com/",
            "https://b-1.s3.dualstack.eu-west-1.amazonaws.com",
            "https://sts.eu-west-1.amazonaws.com",
        ),
        ("b-1", "us-east-1", "http://minio.svc:9000", "http://b-1.minio.svc:9000", ""),
        ("b-1", "us-east-1", "http://127.0.0.1:9000", "http://127.0.0.1:9000/b-1", ""),
        ("b-1", "us-east-1", "http://[::1]:9000", "http://[::1]:9000/b-1", ""),
        ("with.dots", "us-east-1", "https://minio.svc", "https://minio.svc/with.dots", ""),
        ("with.dots", "us-east-1", "http://minio.svc", "http://with.dots.minio.svc", ""),
        (
            "b-1",
            "eu-west-1",
            "https://ec2-1-2-3-4.eu-west-1.compute.amazonaws.com",
            "https://b-1.ec2-1-2-3-4.eu-west-1.compute.amazonaws.com",
            "",
        ),
    ],
)
def test_the_host_that_is_looked_up(bucket: str, region: str, endpoint: str | None, root: str, sts: str) -> None:
    found = address_of(Filestore(id="x", bucket_name=bucket, region=region, endpoint_override=endpoint))
    assert (found.root, found.sts) == (root, sts)
    assert found.host in root
