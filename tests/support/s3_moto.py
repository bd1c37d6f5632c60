"""The S3 API server's own process: moto behind a doorman who does at the door what moto leaves undone.

It listens on a free loopback port, says on stdout where and with which keys its admins come in (one line of JSON), and
ends when its stdin does. What the doorman adds is what Amazon S3 does and a client must cope with: anonymous requests,
presigned URLs, a wrong region, a clock that is off, and a HeadBucket that is allowed by s3:ListBucket. The signatures
themselves, users, roles and policies are moto's.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from moto import settings
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.access_control import CreateAccessKeyFailure, create_access_key
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from moto.s3.responses import ACTION_MAP
from moto.utilities.utils import get_partition
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
STAMP = "%Y%m%dT%H%M%SZ"
SKEW = 15 * 60  # seconds; https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, RequestTimeTooSkewed
EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


class Turned(Exception):  # noqa: N818 - what the doorman says, not a fault of his
    """A request that the doorman answers himself."""

    def __init__(self, status: str, code: str, message: str, **more: str) -> None:
        self.status = status
        self.more = more
        inner = "".join(f"<{key}>{value}</{key}>" for key, value in {"Code": code, "Message": message, **more}.items())
        self.body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()


class Doorman:
    """A WSGI application before moto's."""

    def __init__(self, behind: Callable[..., Iterable[bytes]]) -> None:
        self.behind = behind

    def __call__(self, environ: dict[str, Any], answer: Callable[..., Any]) -> Iterable[bytes]:
        """Let the request in, or answer it, and write down which it was."""

        def noted(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            _note(environ, status)
            return answer(status, headers, *rest)

        try:
            if not environ["PATH_INFO"].startswith("/moto-api"):
                _look_at(environ)
        except Turned as turned:
            headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(turned.body)))]
            if "Region" in turned.more:
                headers.append(("x-amz-bucket-region", turned.more["Region"]))
            noted(turned.status, headers)
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [turned.body]
        return self.behind(environ, noted)


def _note(environ: dict[str, Any], status: str) -> None:
    """Write one line: method, path, query without signatures, status, key id."""
    query = "&".join(part for part in environ.get("QUERY_STRING", "").split("&") if not part.startswith("X-Amz-"))
    path = environ.get("RAW_URI", environ["PATH_INFO"]).partition("?")[0]
    credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition("/")[0] or "-"
    line = f"{environ['REQUEST_METHOD']} {path}{'?' if query else ''}{query} {status[:3]} {credential}\n"
    sys.stderr.write(line)
    sys.stderr.flush()


def _look_at(environ: dict[str, Any]) -> None:
    """Turn away what Amazon S3 turns away before it looks at policies."""
    if "X-Amz-Signature=" in environ.get("QUERY_STRING", ""):
        _open_presigned(environ)
    if "HTTP_AUTHORIZATION" not in environ:
        raise Turned("403 Forbidden", "AccessDenied", "Access Denied")
    scope = environ["HTTP_AUTHORIZATION"].partition("Credential=")[2].partition(",")[0].split("/")
    if len(scope) != 5:
        raise Turned("400 Bad Request", "AuthorizationHeaderMalformed", "The authorization header is malformed.")
    if scope[3] == "s3":
        _look_at_the_clock(environ.get("HTTP_X_AMZ_DATE", ""))
        _look_at_the_region(environ, scope[2])


def _look_at_the_clock(stamp: str) -> None:
    try:
        off = abs((datetime.now(UTC) - datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)).total_seconds())
    except ValueError:
        raise Turned("403 Forbidden", "AccessDenied", "AWS authentication requires a valid Date") from None
    if off > SKEW:
        message = "The difference between the request time and the current time is too large."
        raise Turned("403 Forbidden", "RequestTimeTooSkewed", message, RequestTime=stamp)


def _look_at_the_region(environ: dict[str, Any], signed_for: str) -> None:
    """Refuse a signature for another region than the bucket's; moto has all buckets of a partition in one place."""
    bucket = _bucket_of(environ)
    buckets = {name: one for partition in PARTITIONS for name, one in _buckets_of(partition).items()}
    if environ["REQUEST_METHOD"] == "GET" and environ.get("QUERY_STRING", "") == "location":
        return  # GetBucketLocation is answered wherever one asks
    if bucket in buckets and (there := buckets[bucket].region_name) != signed_for:
        message = f"The authorization header is malformed; the region '{signed_for}' is wrong; expecting '{there}'"
        raise Turned("400 Bad Request", "AuthorizationHeaderMalformed", message, Region=there)


def _buckets_of(partition: str) -> dict[str, Any]:
    found: dict[str, Any] = s3_backends[DEFAULT_ACCOUNT_ID][partition].buckets
    return found


def _bucket_of(environ: dict[str, Any]) -> str:
    """Return the bucket a request is for: before the host's name, or the path's first part."""
    host = environ.get("HTTP_HOST", "").partition(":")[0]
    for mark in (".s3.", ".s3-", ".localhost"):
        if mark in host:
            return str(host.partition(mark)[0])
    return str(environ["PATH_INFO"].lstrip("/").partition("/")[0])


def _open_presigned(environ: dict[str, Any]) -> None:
    """Check a presigned URL, and sign the request anew in its header, where moto looks."""
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    stamp, given = query["X-Amz-Date"], query["X-Amz-Signature"]
    key_id, _, region, service, _ = query["X-Amz-Credential"].split("/")
    made = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    if (datetime.now(UTC) - made).total_seconds() > int(query["X-Amz-Expires"]):
        raise Turned("403 Forbidden", "AccessDenied", "Request has expired")
    headers = {"X-Amz-Security-Token": query.get("X-Amz-Security-Token", "")}
    try:
        known = create_access_key(
            DEFAULT_ACCOUNT_ID, get_partition(region), key_id, {k: v for k, v in headers.items() if v}
        )
    except CreateAccessKeyFailure:
        raise Turned("403 Forbidden", "InvalidAccessKeyId", "The AWS Access Key Id does not exist.") from None
    path = environ["RAW_URI"].partition("?")[0]
    host = environ["HTTP_HOST"]
    signed = "&".join(part for part in environ["QUERY_STRING"].split("&") if not part.startswith("X-Amz-Signature="))
    asked = AWSRequest(
        method=environ["REQUEST_METHOD"], url=f"http://{host}{path}?{signed}",
        headers={name: _header(environ, name) for name in query["X-Amz-SignedHeaders"].split(";") if name != "host"},
    )  # fmt: skip
    asked.context["timestamp"] = stamp
    checker = S3SigV4QueryAuth(known.create_credentials(), service, region)
    if checker.signature(checker.string_to_sign(asked, checker.canonical_request(asked)), asked) != given:
        raise Turned("403 Forbidden", "SignatureDoesNotMatch", "The request signature does not match.")
    _sign_anew(environ, known.create_credentials(), service, region)


def _sign_anew(environ: dict[str, Any], credentials: Any, service: str, region: str) -> None:
    path = environ["RAW_URI"].partition("?")[0]
    kept = [
        pair for pair in parse_qsl(environ["QUERY_STRING"], keep_blank_values=True) if not pair[0].startswith("X-Amz-")
    ]
    environ["QUERY_STRING"] = urlencode(kept)
    environ["REQUEST_URI"] = environ["RAW_URI"] = path + ("?" + urlencode(kept) if kept else "")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    asked = AWSRequest(
        method=environ["REQUEST_METHOD"], url=f"http://{environ['HTTP_HOST']}{environ['RAW_URI']}", data=body
    )
    S3SigV4Auth(credentials, service, region).add_auth(asked)
    for name in ("Authorization", "X-Amz-Date", "X-Amz-Content-SHA256", "X-Amz-Security-Token"):
        if name in asked.headers:
            environ["HTTP_" + name.upper().replace("-", "_")] = asked.headers[name]


def _header(environ: dict[str, Any], name: str) -> str:
    key = name.upper().replace("-", "_")
    return str(environ.get(key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}", ""))


def _admin(partition: str) -> list[str]:
    """Make a user who may do everything in a partition; return the key."""
    users = iam_backends[DEFAULT_ACCOUNT_ID][partition]
    users.create_user("us-east-1", "admin")
    users.put_user_policy("admin", "everything", EVERYTHING)
    key = users.create_access_key("admin")
    return [key.access_key_id, key.secret_access_key]


def main() -> None:
    """Serve until stdin ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    ACTION_MAP["BUCKET"]["HEAD"]["DEFAULT"] = "ListBucket"  # what HeadBucket is allowed by
    admins = {partition: _admin(partition) for partition in PARTITIONS}
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    door = Doorman(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, door, threaded=True, request_handler=MotoRequestHandler)
    sys.stdout.write(json.dumps({"port": server.server_port, "admins": admins}) + "\n")
    sys.stdout.flush()
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
