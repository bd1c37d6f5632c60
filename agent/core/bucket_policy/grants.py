"""What does each target need of its bucket, and nothing else? The statements of a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.filestore import Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.core.bucket_policy.bucket import Bucket

Statement = dict[str, object]

_OBJECTS: Final[Mapping[Target, tuple[str, ...]]] = {
    # Atlassian, "Configuring Amazon S3 object storage" and the Helm chart's policy: list, get, put, delete.
    Target.ATTACHMENTS: ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
    Target.AVATARS: ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
    # Atlassian, "Storing backups in Amazon S3", write-only mode; the health check fails where more is allowed. An
    # upload in parts is begun, sent and completed with s3:PutObject (AWS, "Multipart upload API and permissions").
    # s3:AbortMultipartUpload is left out: it would let a node end another's upload, and a lifecycle rule removes
    # what an upload that broke off has left.
    Target.BACKUPS: ("s3:PutObject",),
}
_LISTED: Final = frozenset({Target.ATTACHMENTS, Target.AVATARS})


def statements_of(bucket: Bucket) -> tuple[Statement, ...]:
    """Return what is allowed on a bucket: on all of it, or where rights differ, for each target below its prefix."""
    if bucket.is_by_prefix:
        return tuple(part for target in bucket.targets for part in _below(bucket, target, (f"{target}/",)))
    return _below(bucket, bucket.targets[0], ())


def grantees(statements: Sequence[Statement], principals: Sequence[str]) -> list[Statement]:
    """Return the statements of a bucket's own policy: each says whom it is for, right after its effect."""
    whom = list(principals) if len(principals) > 1 else principals[0]
    return [
        {"Sid": it["Sid"], "Effect": it["Effect"], "Principal": {"AWS": whom}, **it}  # what is repeated keeps its place
        for it in statements
    ]


def _below(bucket: Bucket, target: Target, prefixes: tuple[str, ...]) -> tuple[Statement, ...]:
    whose = target.capitalize() if prefixes else "".join(it.capitalize() for it in bucket.targets)
    below = [f"{bucket.arn}/{prefix}*" for prefix in prefixes or ("",)]
    objects: Statement = {
        "Sid": f"Jira{whose}Objects",
        "Effect": "Allow",
        "Action": list(_OBJECTS[target]),
        "Resource": below,
    }
    if target not in _LISTED:
        return (objects,)
    listing: Statement = {
        "Sid": f"Jira{whose}List",
        "Effect": "Allow",
        "Action": ["s3:ListBucket"],
        "Resource": [bucket.arn],
    }
    if prefixes:
        listing["Condition"] = {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}}
    return (listing, objects)
