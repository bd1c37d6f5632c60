"""What does a bucket of backups need besides rights? Nothing overwritten, and what Jira cannot remove cleaned up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEALTH_CHECKS: Final = ("backups/Healthcheck/", "backups/Healtcheck/")
"""Where Jira's health check of the backups writes: Atlassian's page spells it in both ways, so both are covered.

The slash belongs to each: a backup may be called Healthcheck-before-upgrade.zip, and must not be removed after days.
"""
DAYS_OF_HEALTH_CHECKS: Final = 5
DAYS_OF_THE_REPLACED: Final = 1
DAYS_OF_UNFINISHED: Final = 7
NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"

VERSIONING: Final[Mapping[str, object]] = {"Status": "Enabled"}
"""Atlassian, "Storing backups in Amazon S3": enable versioning in this bucket to avoid backup file overriding."""


def _health_check_rule(id_: str, prefix: str) -> Mapping[str, object]:
    """In a versioned bucket an expiry only hides the object, so what it hid goes a day later; the mark that is left
    goes with the days of the expiry itself (AWS, "Lifecycle configuration elements", ExpiredObjectDeleteMarker).
    """  # noqa: D205 - one sentence
    return {
        "ID": id_,
        "Filter": {"Prefix": prefix},
        "Status": "Enabled",
        "Expiration": {"Days": DAYS_OF_HEALTH_CHECKS},
        "NoncurrentVersionExpiration": {"NoncurrentDays": DAYS_OF_THE_REPLACED},
    }


_HEALTH_CHECK_RULES: Final = (
    _health_check_rule("jira-health-checks", HEALTH_CHECKS[0]),
    _health_check_rule("jira-health-checks-other-spelling", HEALTH_CHECKS[1]),
)
_UNFINISHED_RULE: Final[Mapping[str, object]] = {
    "ID": "jira-unfinished-backups",
    "Filter": {"Prefix": "backups/"},
    "Status": "Enabled",
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": DAYS_OF_UNFINISHED},
}

LIFECYCLE: Final[Mapping[str, object]] = {"Rules": [*_HEALTH_CHECK_RULES, _UNFINISHED_RULE]}
"""One configuration for a bucket; S3 keeps one, and a new one takes the place of the old."""
LIFECYCLE_ELSEWHERE: Final[Mapping[str, object]] = {"Rules": [*_HEALTH_CHECK_RULES]}
"""For other stores than Amazon's: MinIO refuses the whole set for a rule that only ends uploads (minio/minio#15681),
or drops that action (#19115), and removes what is unfinished by itself. Ceph takes the rule, but nobody can tell the
two apart by their endpoint.
"""


def lifecycle_xml(content: Mapping[str, object]) -> str:
    """Return a lifecycle configuration as the API takes it."""
    return _document("LifecycleConfiguration", content)


def versioning_xml() -> str:
    """Return the versioning configuration as the API takes it."""
    return _document("VersioningConfiguration", VERSIONING)


def _document(root: str, content: Mapping[str, object]) -> str:
    inner = "\n".join(line for key, value in content.items() for line in _element(key, value, "  "))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">\n{inner}\n</{root}>\n'


def _element(name: str, value: object, indent: str) -> Iterator[str]:
    """A list called Rules becomes as many elements called Rule, as in the API's own XML."""
    if isinstance(value, list):
        for item in value:
            yield from _element(name.removesuffix("s"), item, indent)
    elif isinstance(value, dict):
        yield f"{indent}<{name}>"
        for key, inner in value.items():
            yield from _element(key, inner, f"{indent}  ")
        yield f"{indent}</{name}>"
    else:
        yield f"{indent}<{name}>{escape(str(value))}</{name}>"
