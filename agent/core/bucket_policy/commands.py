"""Which commands bring a bucket's documents into force, and what has to be known before?

They are pasted into a shell that somebody types in, sh, bash or zsh, and nothing that is there is replaced unseen:
each looks first, keeps what it saw in a file of its own, and puts the document only where the answer was that there is
none. A comment holds no quote and no letter that means something to a shell: zsh reads it as a command where somebody
types.
"""

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
_WHEN: Final = "$(date +%Y%m%d-%H%M%S)"
"""What was seen is kept for good: the same commands pasted again write another file."""

_ELSEWHERE: Final = (
    "attach it to the user of the nodes with the tool of the store, for MinIO: mc admin policy create ALIAS NAME FILE,"
    " then mc admin policy attach ALIAS NAME --user USER"
)
_UNKNOWN: Final = (
    "nothing was put, since it is not known what is there. Where you know that there is nothing, run the put alone"
)
_NOT_FOR_MINIO: Final = (
    "at MinIO this gives nothing to anybody: it takes no named principal, so leave --principal out there. Ceph takes it"
)
_WITHOUT_UPLOADS: Final = (
    "without the rule that removes unfinished uploads: Ceph takes it, MinIO refuses it. See docs/bucket-policy.md"
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
    if paper.kind is Kind.VERSIONING:
        return _for_versioning(bucket, path)
    return _for_bucket(bucket, paper.kind, path)


def _for_identity(bucket: Bucket, path: str, role: str | None) -> Step:
    if bucket.endpoint is not None:
        return Step(said=(_ELSEWHERE,))
    whose = f"--role-name {shlex.quote(role) if role else _NOBODY}"
    named = shlex.join(("--policy-name", f"jira-{bucket.name}", "--region", bucket.region))
    said = () if role else ("ROLE is the role of the nodes, of their instance profile: --role NAME puts it in",)
    command = _where_none_is(
        f"aws iam get-role-policy {whose} {named}",
        f"aws iam put-role-policy {whose} {named} --policy-document {_document(path)}",
        none="NoSuchEntity",
        there=f"the role has a policy jira-{bucket.name} already",
        path=path,
    )
    return Step(
        said=(*said, "put where the role has no policy of this name, else what is there is kept"), command=command
    )


def _for_bucket(bucket: Bucket, kind: Kind, path: str) -> Step:
    verb, flag, none, what, said = _VERBS[kind]
    command = _where_none_is(
        shlex.join(_s3api(bucket, f"get-{verb}")),
        f"{shlex.join(_s3api(bucket, f'put-{verb}'))} --{flag} {_document(path)}",
        none=none,
        there=f"bucket {bucket.name} has {what} already",
        path=path,
    )
    more = {Kind.POLICY: _NOT_FOR_MINIO, Kind.LIFECYCLE: _WITHOUT_UPLOADS}[kind]
    return Step(said=(said, more) if bucket.endpoint else (said,), command=command)


def _where_none_is(look: str, put: str, *, none: str, there: str, path: str) -> str:
    """Return what looks, keeps what is there, and puts the document where the store said that there is none.

    Any other refusal, such as that of the right to look, is shown, and nothing is put.
    """
    told = f"{there}, nothing was replaced: join the two by hand, then put the result. What is there is kept in"
    return "\n".join(
        (
            f"saved={_beside(path)}",
            f'if {look} --output json > "$saved.json" 2> "$saved.txt"',
            f"then printf '%s %s\\n' {shlex.quote(told)} \"$saved.json\"",
            f"elif grep -qF '({none})' \"$saved.txt\"",
            f"then {put}",
            f'else cat "$saved.txt"; echo {shlex.quote(_UNKNOWN)}',
            "fi",
        )
    )


def _for_versioning(bucket: Bucket, path: str) -> Step:
    """The answer where it was never set is no fault but an empty one, which the aws command calls None."""
    look = shlex.join((*_s3api(bucket, "get-bucket-versioning"), "--query", "Status", "--output", "text"))
    put = f"{shlex.join(_s3api(bucket, 'put-bucket-versioning'))} --versioning-configuration {_document(path)}"
    told = f"bucket {bucket.name}: versioning was left as it is, which is"
    command = "\n".join(
        (
            f"saved={_beside(path)}",
            f'if {look} > "$saved.txt" 2>&1 && grep -qx None "$saved.txt"',
            f"then {put}",
            f'else echo {shlex.quote(told)}; cat "$saved.txt"',
            "fi",
        )
    )
    said = "once on, versioning can be suspended but not removed, and replaced objects are kept, and paid for"
    return Step(said=(said, *_kept_as_well(bucket)), command=command)


def _beside(path: str) -> str:
    return shlex.quote(path.removesuffix(".json") + "-before-") + _WHEN


def _document(path: str) -> str:
    return shlex.quote(f"file://{path}")


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
        "NoSuchBucketPolicy",
        "a policy",
        "a bucket has one policy: put where there is none, else what is there is kept, to be joined by hand",
    ),
    Kind.LIFECYCLE: (
        "bucket-lifecycle-configuration",
        "lifecycle-configuration",
        "NoSuchLifecycleConfiguration",
        "lifecycle rules",
        "a bucket has one set of rules: put where there is none, else what is there is kept, to be joined by hand",
    ),
}
