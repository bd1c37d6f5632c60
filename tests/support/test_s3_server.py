"""Tests for the S3 API server of the tests: what it is said to enforce, it enforces."""

from __future__ import annotations

import hashlib
import http.client
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.s3_server import Keys, S3Server

ANOTHER = "another"
Act = Callable[[Any, str, str], object]


def allowing(*actions: str, on: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": f"arn:aws:s3:::{on}"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def code_of(act: Callable[[], object]) -> str:
    """Return the error's code, or its status for HEAD, which has no body; `ok` where there was none."""
    try:
        act()
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return "ok"


def whole_upload(s3: Any, bucket: str, key: str) -> None:
    made = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    tag = s3.upload_part(Bucket=bucket, Key=key, UploadId=made, PartNumber=1, Body=b"part")["ETag"]
    parts = {"Parts": [{"ETag": tag, "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=made, MultipartUpload=parts)


ACTS: dict[str, Act] = {
    "s3:PutObject": lambda s3, bucket, key: s3.put_object(Bucket=bucket, Key=key, Body=b"new"),
    "s3:PutObject in parts": whole_upload,
    "s3:GetObject": lambda s3, bucket, key: s3.get_object(Bucket=bucket, Key=key),
    "s3:GetObject by HEAD": lambda s3, bucket, key: s3.head_object(Bucket=bucket, Key=key),
    "s3:DeleteObject": lambda s3, bucket, key: s3.delete_object(Bucket=bucket, Key=key),
    "s3:ListBucket": lambda s3, bucket, _: s3.list_objects_v2(Bucket=bucket),
    "s3:ListBucket by HEAD": lambda s3, bucket, _: s3.head_bucket(Bucket=bucket),
}


@pytest.mark.parametrize("identity", ["user", "role"])
@pytest.mark.parametrize("granted", ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket"])
def test_an_action_is_allowed_where_the_policy_names_it_and_refused_elsewhere(
    s3_server: S3Server, granted: str, identity: str
) -> None:
    bucket = s3_server.bucket()
    make = s3_server.user if identity == "user" else s3_server.role
    keys = make(allowing(granted, on=bucket if granted == "s3:ListBucket" else f"{bucket}/a/*"))
    with s3_server.client("s3", keys) as s3:
        for name, act in ACTS.items():
            s3_server.put(bucket, "a/one")
            s3_server.put(bucket, "b/one")
            wanted = {"ok"} if name.startswith(granted) else {"AccessDenied", "403"}
            assert code_of(partial(act, s3, bucket, "a/one")) in wanted, name
            if granted != "s3:ListBucket":
                assert code_of(partial(act, s3, bucket, "b/one")) in {"AccessDenied", "403"}, name


def test_a_signature_that_is_wrong_an_unknown_key_and_none_at_all_are_refused(s3_server: S3Server) -> None:
    bucket, admin = s3_server.bucket(), s3_server.admins["aws"]
    with s3_server.client("s3", Keys(id=admin.id, secret=ANOTHER)) as s3:
        assert code_of(lambda: s3.list_objects_v2(Bucket=bucket)) == "SignatureDoesNotMatch"
    with s3_server.client("s3", Keys(id="AKIA0000000000000000", secret=ANOTHER)) as s3:
        assert code_of(lambda: s3.list_objects_v2(Bucket=bucket)) == "InvalidAccessKeyId"
    assert _ask(s3_server, "GET", f"/{bucket}")[0] == 403


def test_a_session_without_its_token_is_refused(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    session = s3_server.role(allowing("s3:ListBucket", on=bucket))
    with s3_server.client("s3", Keys(id=session.id, secret=session.secret)) as s3:
        assert code_of(lambda: s3.list_objects_v2(Bucket=bucket)) == "InvalidAccessKeyId"


def test_a_presigned_url_serves_the_object_by_parts_and_a_changed_one_is_refused(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    s3_server.put(bucket, "backups/a b+c.zip", b"0123456789")
    with s3_server.client() as s3:
        url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "backups/a b+c.zip"})
    there = urlsplit(url)
    line = f"{there.path}?{there.query}"
    assert _ask(s3_server, "GET", line) == (200, b"0123456789")
    assert _ask(s3_server, "GET", line, {"Range": "bytes=4-"}) == (206, b"456789")
    assert _ask(s3_server, "GET", line.replace("a%20b", "a%20c"))[0] == 403
    assert _ask(s3_server, "PUT", line)[0] == 403


def test_a_presigned_url_of_somebody_without_rights_is_refused(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    s3_server.put(bucket, "backups/a.zip", b"secret")
    with s3_server.client("s3", s3_server.user(allowing("s3:PutObject", on=f"{bucket}/*"))) as s3:
        there = urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "backups/a.zip"}))
    status, body = _ask(s3_server, "GET", f"{there.path}?{there.query}")
    assert (status, b"AccessDenied" in body) == (403, True)


def test_another_region_than_the_bucket_s_is_named(s3_server: S3Server) -> None:
    bucket = s3_server.bucket(region="eu-west-1")
    with s3_server.client("s3", region="us-east-1") as s3:
        assert code_of(lambda: s3.list_objects_v2(Bucket=bucket)) == "ok", "boto3 goes to the region it is told"
        assert f"GET /{bucket}?list-type=2&encoding-type=url 400" in " ".join(s3_server.seen(bucket))
        assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"
    with s3_server.client("s3", region="eu-west-1") as s3:
        assert code_of(lambda: s3.list_objects_v2(Bucket=bucket)) == "ok"


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_off_is_named(s3_server: S3Server, minutes: int) -> None:
    bucket, admin = s3_server.bucket(), s3_server.admins["aws"]
    asked = AWSRequest(method="GET", url=f"{s3_server.url}/{bucket}")
    stamp = (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y%m%dT%H%M%SZ")
    asked.context["timestamp"] = stamp
    asked.headers["X-Amz-Date"] = stamp
    asked.headers["X-Amz-Content-SHA256"] = hashlib.sha256(b"").hexdigest()
    signer = S3SigV4Auth(Credentials(admin.id, admin.secret), "s3", "us-east-1")
    proof = signer.signature(signer.string_to_sign(asked, signer.canonical_request(asked)), asked)
    signer._inject_signature_to_request(asked, proof)
    status, body = _ask(s3_server, "GET", f"/{bucket}", dict(asked.headers))
    assert (status, b"RequestTimeTooSkewed" in body) == (403, True)


def test_the_partitions_have_admins_of_their_own(s3_server: S3Server) -> None:
    bucket = s3_server.bucket(region="cn-north-1")
    s3_server.put(bucket, "avatars/1", b"a", region="cn-north-1")
    assert s3_server.keys(bucket, region="cn-north-1") == ["avatars/1"]


def test_a_missing_bucket_is_named_to_those_who_may_ask(s3_server: S3Server) -> None:
    with s3_server.client() as s3:
        assert code_of(lambda: s3.put_object(Bucket="not-there-at-all", Key="a", Body=b"")) == "NoSuchBucket"


def test_large_objects_versions_and_what_was_asked_can_be_seen(s3_server: S3Server) -> None:
    bucket = s3_server.bucket(versioned=True)
    with s3_server.client() as s3:
        s3.upload_fileobj(io.BytesIO(b"x" * 9_000_000), bucket, "backups/large.zip")
        s3.delete_object(Bucket=bucket, Key="backups/large.zip")
    assert s3_server.keys(bucket) == []
    assert sorted(s3_server.versions(bucket)) == [
        ("backups/large.zip", "delete-marker"),
        ("backups/large.zip", "version"),
    ]
    assert f"DELETE /{bucket}/backups/large.zip 204 {s3_server.admins['aws'].id}" in s3_server.seen(bucket)


def _ask(server: S3Server, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Ask without boto3."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        line.request(method, path, headers=headers or {})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()
