"""Which documents are there for a bucket, in which form, and under which names?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent.core.bucket_policy.grants import grantees, statements_of
from agent.core.bucket_policy.settings import LIFECYCLE, LIFECYCLE_ELSEWHERE, VERSIONING, lifecycle_xml, versioning_xml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.core.bucket_policy.bucket import Bucket

LANGUAGE: Final = "2012-10-17"
"""The version of the policy language (AWS, "IAM JSON policy elements: Version"), not a date of ours."""


class Kind(StrEnum):
    """What a document is about, in the order in which they are applied."""

    POLICY = "policy"
    VERSIONING = "versioning"
    LIFECYCLE = "lifecycle"


class Form(StrEnum):
    """How a document is written; a policy is always JSON."""

    JSON = "json"
    XML = "xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document, whole, and the name of its file."""

    kind: Kind
    form: Form
    name: str
    text: str


def papers_of(bucket: Bucket, principals: Sequence[str] = ()) -> tuple[Paper, ...]:
    """Return the documents of a bucket: an identity's policy, or with principals the bucket's own.

    Versioning and lifecycle are for buckets that keep backups, since they are what Jira may neither read nor remove.
    """
    settings = _settings(LIFECYCLE_ELSEWHERE if bucket.endpoint else LIFECYCLE) if bucket.keeps_backups else ()
    return (_policy(bucket, principals), *settings)


def _policy(bucket: Bucket, principals: Sequence[str]) -> Paper:
    statements = list(statements_of(bucket))
    if principals:
        content = {"Version": LANGUAGE, "Statement": grantees(statements, principals)}
        return Paper(kind=Kind.POLICY, form=Form.JSON, name="bucket-policy.json", text=_json(content))
    text = _json({"Version": LANGUAGE, "Statement": statements})
    return Paper(kind=Kind.POLICY, form=Form.JSON, name="policy.json", text=text)


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def _settings(lifecycle: Mapping[str, object]) -> tuple[Paper, ...]:
    return (
        Paper(kind=Kind.VERSIONING, form=Form.JSON, name="versioning.json", text=_json(VERSIONING)),
        Paper(kind=Kind.VERSIONING, form=Form.XML, name="versioning.xml", text=versioning_xml()),
        Paper(kind=Kind.LIFECYCLE, form=Form.JSON, name="lifecycle.json", text=_json(lifecycle)),
        Paper(kind=Kind.LIFECYCLE, form=Form.XML, name="lifecycle.xml", text=lifecycle_xml(lifecycle)),
    )
