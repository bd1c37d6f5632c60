"""What does the workstation itself see of the backups in a bucket, and how does it let a node fetch one? By boto3.

For buckets that the nodes may only write to. The bytes of a backup never come here: a node fetches them by a URL that
is signed here, holds for minutes, and is a secret as long as it does.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from agent.core.s3.answers import StoreAnswer, StoreFault, facts_in
from agent.core.s3.backups import PREFIX, Listing
from agent.core.s3.listing import listing_in
from agent.edges.s3 import client_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.s3.address import BucketAddress
    from agent.core.s3.proof import BackupFacts

URL_SECONDS: Final = 120
"""A signature is looked at when the answer begins; it need not hold until the last byte."""


class BucketFromHere:
    """The backups of one bucket, with the rights that boto3 finds on this workstation."""

    def __init__(self, address: BucketAddress) -> None:
        self._bucket = address.bucket
        self._client = client_for(address)

    def page(self, mark: str) -> Listing | StoreFault:
        """Return one page of what lies directly below backups/, as a node's errand does."""
        more = {"ContinuationToken": mark} if mark else {}
        try:
            with _faults():
                said = self._client.list_objects_v2(Bucket=self._bucket, Prefix=PREFIX, Delimiter="/", **more)
        except _Fault as fault:
            return fault.fault
        return listing_in("aws", StoreAnswer(body=json.dumps(said, default=_iso).encode()))

    def facts(self, key: str) -> BackupFacts | StoreFault:
        """Return what the store says of one object."""
        try:
            with _faults():
                whole = self._client.head_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
                parts = [self._client.head_object(Bucket=self._bucket, Key=key, PartNumber=1)]
                if parts[0].get("PartsCount", 1) > 1:
                    parts.append(self._client.head_object(Bucket=self._bucket, Key=key, PartNumber=2))
        except _Fault as fault:
            return fault.fault
        return facts_in(*(StoreAnswer(headers=_headers(said)) for said in (whole, *parts)))

    def url_of(self, key: str) -> str | StoreFault:
        """Return a URL by which anybody can read the object for a short time."""
        try:
            with _faults():
                wanted = {"Bucket": self._bucket, "Key": key}
                return str(self._client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=URL_SECONDS))
        except _Fault as fault:
            return fault.fault


class _Fault(Exception):  # noqa: N818 - never leaves this file
    """What kept the client from it."""

    def __init__(self, fault: StoreFault) -> None:
        super().__init__(fault.code)
        self.fault = fault


@contextmanager
def _faults() -> Iterator[None]:
    """Turn the library's faults into ours."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        code = str(said.get("Code", "unread"))
        raise _Fault(StoreFault(code=_WORDS.get(code, code), message=str(said.get("Message", "")))) from None
    except BotoCoreError as error:
        code = "no-keys" if type(error).__name__ in {"NoCredentialsError", "PartialCredentialsError"} else "unreachable"
        raise _Fault(StoreFault(code=code, message=str(error))) from None


_WORDS: Final = {"403": "AccessDenied", "404": "NotFound"}


def _headers(said: dict[str, Any]) -> dict[str, str]:
    headers = said.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _iso(value: Any) -> str:
    return str(value.isoformat())
