"""Who is meant by --principal and --role? A user or a role of the bucket's own partition; never everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agent.core.text.shown import shown
from agent.errors import InputError

if TYPE_CHECKING:
    from agent.core.bucket_policy.bucket import Bucket

_LONGEST: Final = 2048
_ARN: Final = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):iam::(?P<account>[0-9]{12}|[a-z0-9-]*):"
    r"(?P<kind>user|role)/(?:[\x21-\x29\x2b-\x3e\x40-\x7e]*/)?[A-Za-z0-9_+=,.@-]{1,64}"
)
"""AWS, "IAM identifiers": no * or ? in a path here; Ceph leaves the account empty or names a tenant."""
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_ROLE: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")


def require_principals(words: tuple[str, ...], buckets: tuple[Bucket, ...]) -> tuple[str, ...]:
    """Return the principals of a bucket's policy, each once.

    Raises:
        InputError: one is no user or role, or is of another partition than a bucket.

    """
    for word in words:
        found = _ARN.fullmatch(word) if len(word) <= _LONGEST else None
        if found is None:
            raise InputError(
                f"--principal: {shown(word)} is no ARN of a user or a role; write it like"
                " arn:aws:iam::123456789012:role/jira (not everybody, and no whole account)"
            )
        for bucket in buckets:
            _require_same_side(word, found, bucket)
    return tuple(dict.fromkeys(words))


def require_role(word: str | None) -> str | None:
    """Return the name of the nodes' role, or None where it was not said.

    Raises:
        InputError: it is no name of a role.

    """
    if word is None or _ROLE.fullmatch(word):
        return word
    raise InputError(
        f"--role: {shown(word)} is no name of a role; write the bare name, the last part of its ARN, such as jira-nodes"
    )


def _require_same_side(word: str, found: re.Match[str], bucket: Bucket) -> None:
    """A policy cannot name anybody of another partition; and AWS knows nobody without an account."""
    if found["partition"] != bucket.partition:
        raise InputError(
            f"--principal: {shown(word)} is of partition {found['partition']}, bucket {bucket.name} of"
            f" {bucket.partition}; run bucket-policy for each cluster by itself, with a principal of its own partition"
        )
    if bucket.endpoint is None and not _ACCOUNT.fullmatch(found["account"]):
        raise InputError(
            f"--principal: {shown(word)} names no account of twelve digits; bucket {bucket.name} lies at AWS"
        )
