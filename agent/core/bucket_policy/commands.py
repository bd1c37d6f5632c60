"""Which commands bring a bucket's documents into force, and what has to be known before?"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.bucket_policy.papers import Form, Kind
from agent.core.filestore import Target

if TYPE_CHECKING:
    from agent.core.bucket_policy.bucket import Bucket
    from agent.core.bucket_policy.papers import Paper

_NOBODY: Final = '"$ROLE"'
"""Where the role was not said: an empty name is refused by the command, so nothing is given to the wrong one."""


_ELSEWHERE: Final = (
    "attach it to the nodes' user with the store's own tool; MinIO: mc admin policy create ALIAS NAME FILE,"
    " then mc admin policy attach ALIAS NAME --user USER"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command for a shell, quoted, and what is said before it; no command where only the store's own tool knows."""

    said: tuple[str, ...]
    command: str | None = None


def step_for(bucket: Bucket, paper: Paper, *, path: str, role: str | None) -> Step | None:
    """Return how a document is applied; XML is for other tools than the aws command."""
    if paper.form is Form.XML:
        return None
    if paper.name == "policy.json":
        return _for_identity(bucket, path, role)
    return _for_bucket(bucket, paper, path)


def _for_identity(bucket: Bucket, path: str, role: str | None) -> Step:
    if bucket.endpoint is not None:
        return Step(said=(_ELSEWHERE,))
    words = ["aws", "iam", "put-role-policy", "--role-name"]
    rest = ["--policy-name", f"jira-{bucket.name}", "--policy-document", f"file://{path}", "--region", bucket.region]
    said = () if role else ("ROLE is the role of the nodes (their instance profile's); --role NAME puts it in",)
    return Step(said=said, command=f"{shlex.join(words)} {shlex.quote(role) if role else _NOBODY} {shlex.join(rest)}")


def _for_bucket(bucket: Bucket, paper: Paper, path: str) -> Step:
    verb, flag, said = _VERBS[paper.kind]
    look = _s3api(bucket, f"get-{verb}")
    put = [*_s3api(bucket, f"put-{verb}"), f"--{flag}", f"file://{path}"]
    more = _kept_as_well(bucket) if paper.kind is Kind.VERSIONING else ()
    return Step(said=(said, *more, f"look first: {shlex.join(look)}"), command=shlex.join(put))


def _kept_as_well(bucket: Bucket) -> tuple[str, ...]:
    """Versioning is the whole bucket's; what to do with deleted attachments is not ours to decide."""
    others = [str(target) for target in bucket.targets if target is not Target.BACKUPS]
    told = f"it keeps what Jira deletes of {' and '.join(others)} as well, until a lifecycle rule of yours removes it"
    return (told,) if others else ()


def _s3api(bucket: Bucket, verb: str) -> list[str]:
    where = ["--endpoint-url", bucket.endpoint] if bucket.endpoint else []
    return ["aws", "s3api", verb, "--bucket", bucket.name, "--region", bucket.region, *where]


_VERBS: Final = {
    Kind.POLICY: (
        "bucket-policy",
        "policy",
        "this replaces the bucket's whole policy: where it has one, join them by hand",
    ),
    Kind.LIFECYCLE: (
        "bucket-lifecycle-configuration",
        "lifecycle-configuration",
        "this replaces the bucket's whole lifecycle configuration: where it has one, join the rules by hand",
    ),
    Kind.VERSIONING: (
        "bucket-versioning",
        "versioning-configuration",
        "once on, versioning can be suspended but not removed; replaced objects are kept, and paid for",
    ),
}
