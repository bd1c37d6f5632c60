"""A real S3 API server on loopback, with users, roles and policies that it enforces: moto in a process of its own.

The fixture `s3_server` (tests/conftest.py) has one per test process; each test makes its own buckets and users in it:

    bucket = s3_server.bucket()                           # a fresh name, and versioned=True, region="eu-west-1"
    nodes = s3_server.user({"Version": "2012-10-17", "Statement": [...]})
    with s3_server.client("s3", nodes) as s3:
        s3.put_object(Bucket=bucket, Key="backups/a.zip", Body=b"...")
    assert s3_server.keys(bucket) == ["backups/a.zip"]    # read as an admin

Tried, and enforced: signatures in the header and in presigned URLs, their expiry, unknown keys, session tokens; actions
and resources of identity policies, also for HEAD, multipart uploads and each of their actions; the bucket's region (400
AuthorizationHeaderMalformed) and the clock (403 RequestTimeTooSkewed); NoSuchBucket for those who may ask. The door is
ours (tests/support/s3_moto.py), the rest is moto's.

Tried, and **not** enforced, so a test must not rest on it:
- conditions: a statement holds whatever its condition says, so s3:ListBucket for one prefix is allowed for all;
- bucket policies grant nothing (only their Deny and what is not JSON is noticed); identity policies alone decide;
- DeleteObjects (many at once) asks for s3:DeleteObject on the bucket instead of the keys, and is refused where the
  policy names keys;
- a missing key is 404 also for those who may not list (Amazon S3 says 403 then);
- CopyObject does not ask for s3:GetObject on its source;
- a bucket policy that is not JSON is taken, and breaks the requests after it; lifecycle rules expire nothing;
- the body's SHA-256 and checksum headers are not compared with the body;
- hosts: the path style works; a bucket in the host's name works where the client finds the address (curl --connect-to).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REGION = "us-east-1"
ACCOUNT = "123456789012"
ANYBODY: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What somebody signs with; `arn` is who that is."""

    id: str
    secret: str
    token: str | None = None
    arn: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables by which the AWS tools find them."""
        found = {"AWS_ACCESS_KEY_ID": self.id, "AWS_SECRET_ACCESS_KEY": self.secret}
        return found | ({"AWS_SESSION_TOKEN": self.token} if self.token else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Server:
    """A running server, and an admin's hands in it."""

    url: str
    admins: Mapping[str, Keys]
    log: Path

    @property
    def port(self) -> int:
        """Return the loopback port."""
        return int(self.url.rpartition(":")[2])

    def client(self, service: str = "s3", keys: Keys | None = None, region: str = REGION) -> closing[Any]:
        """Return `with`'s boto3 client of one try for somebody, or for the admin."""
        return client_of(self.url, service, keys or self.admins[partition_of(region)], region)

    def bucket(self, *, region: str = REGION, versioned: bool = False) -> str:
        """Make a fresh bucket; return its name."""
        name = f"jira-{uuid.uuid4().hex[:12]}"
        where = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with self.client("s3", region=region) as s3:
            s3.create_bucket(Bucket=name, **where)
            if versioned:
                s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def user(self, policy: Mapping[str, Any] | str | None = None, region: str = REGION) -> Keys:
        """Make a user with this identity policy, or with none; return the keys."""
        name = f"user-{uuid.uuid4().hex[:12]}"
        with self.client("iam", region=region) as iam:
            arn = iam.create_user(UserName=name)["User"]["Arn"]
            if policy is not None:
                iam.put_user_policy(UserName=name, PolicyName="under-test", PolicyDocument=_text(policy))
            made = iam.create_access_key(UserName=name)["AccessKey"]
        return Keys(id=made["AccessKeyId"], secret=made["SecretAccessKey"], arn=arn)

    def role(self, policy: Mapping[str, Any] | str | None = None, region: str = REGION) -> Keys:
        """Make a role with this identity policy and assume it; return the session's keys, with their token."""
        name = f"role-{uuid.uuid4().hex[:12]}"
        with self.client("iam", region=region) as iam, self.client("sts", region=region) as sts:
            arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_text(ANYBODY))["Role"]["Arn"]
            if policy is not None:
                iam.put_role_policy(RoleName=name, PolicyName="under-test", PolicyDocument=_text(policy))
            made = sts.assume_role(RoleArn=arn, RoleSessionName="jira-node")
        session = made["Credentials"]
        return Keys(
            id=session["AccessKeyId"], secret=session["SecretAccessKey"], token=session["SessionToken"],
            arn=made["AssumedRoleUser"]["Arn"],
        )  # fmt: skip

    def put(self, bucket: str, key: str, body: bytes = b"", *, region: str = REGION) -> None:
        """Store an object, as the admin."""
        with self.client("s3", region=region) as s3:
            s3.put_object(Bucket=bucket, Key=key, Body=body)

    def get(self, bucket: str, key: str, *, region: str = REGION) -> bytes:
        """Read an object, as the admin."""
        with self.client("s3", region=region) as s3:
            body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def keys(self, bucket: str, *, region: str = REGION) -> list[str]:
        """List what is in a bucket, as the admin."""
        with self.client("s3", region=region) as s3:
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def versions(self, bucket: str, *, region: str = REGION) -> list[tuple[str, str]]:
        """List key and kind (`version` or `delete-marker`) of all that a versioned bucket holds, as the admin."""
        with self.client("s3", region=region) as s3:
            pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket))
        kinds = {"Versions": "version", "DeleteMarkers": "delete-marker"}
        return [(each["Key"], word) for page in pages for kind, word in kinds.items() for each in page.get(kind, [])]

    def seen(self, bucket: str = "") -> list[str]:
        """Return the requests so far as `METHOD /path?query STATUS KEYID`, those that name the bucket."""
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if bucket in line]


def client_of(url: str, service: str, keys: Keys, region: str) -> closing[Any]:
    """Return what `with` opens: a boto3 client that tries once, in the path style."""
    settings = Config(
        retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, signature_version="v4",
        connect_timeout=20, read_timeout=20, proxies={},
    )  # fmt: skip
    client = _session().client(
        service, region_name=region, endpoint_url=url, config=settings,
        aws_access_key_id=keys.id, aws_secret_access_key=keys.secret, aws_session_token=keys.token,
    )  # fmt: skip
    return closing(client)


@cache
def _session() -> Any:
    """Return the session of all clients: it reads the descriptions of the services, which are large, once."""
    return boto3.session.Session()


@contextmanager
def moto_server() -> Iterator[S3Server]:
    """Start a server, and end it with the block."""
    with tempfile.TemporaryDirectory(prefix="s3-") as folder:
        log = Path(folder) / "requests"
        with log.open("wb") as notes:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.s3_moto"],
                cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=notes,
            )  # fmt: skip
        with process:
            assert process.stdout is not None
            try:
                said = process.stdout.readline()
                assert said, log.read_text(encoding="utf-8")
                yield _server(json.loads(said), log)
            finally:
                process.kill()


def _server(said: Mapping[str, Any], log: Path) -> S3Server:
    admins = {
        partition: Keys(id=key, secret=secret, arn=f"arn:{partition}:iam::{ACCOUNT}:user/admin")
        for partition, (key, secret) in said["admins"].items()
    }
    return S3Server(url=f"http://127.0.0.1:{said['port']}", admins=admins, log=log)


def partition_of(region: str) -> str:
    """Return the partition of a region that the server knows."""
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")


def _text(policy: Mapping[str, Any] | str) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)
