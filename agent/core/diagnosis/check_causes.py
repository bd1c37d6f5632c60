"""What Jira's own checks of its filestores say: three texts that are documented, and any other that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.diagnosis.cause import INFERRED, VERIFIED, Cause, Effect

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOURCE: Final = 'Atlassian, "Storing backups in Amazon S3", the check Backup Filestore'
_AFTERWARDS: Final = "the check looks again within the hour"

CHECKS: Final[Mapping[str, Cause]] = {
    "unable to write to backup storage": Cause(
        code="backups-not-writable",
        effect=Effect.STORE,
        sentence="Jira may not write to the bucket of the backups",
        hint=f"allow Jira's identity s3:PutObject there, then restart the node; {_AFTERWARDS}",
        next="resume",
        source=_SOURCE,
        footing=VERIFIED,
    ),
    "able to read data from backup storage": Cause(
        code="backups-readable",
        effect=Effect.STORE,
        sentence="Jira may read from the bucket of the backups, which it should not",
        hint=f"take s3:GetObject there from Jira's identity, then restart the node; {_AFTERWARDS}",
        next="resume",
        source=_SOURCE,
        footing=VERIFIED,
    ),
    "able to delete data from backup storage": Cause(
        code="backups-deletable",
        effect=Effect.STORE,
        sentence="Jira may delete from the bucket of the backups, which it should not",
        hint=f"take s3:DeleteObject there from Jira's identity, then restart the node; {_AFTERWARDS}",
        next="resume",
        source=_SOURCE,
        footing=VERIFIED,
    ),
}
"""By the documented failure text, in lower case. Rights take effect after a restart (the same page)."""

OTHER_CHECK: Final = Cause(
    code="filestore-check-failed",
    effect=Effect.STORE,
    sentence="one of Jira's own checks of its filestores fails",
    hint="open Administration > System > Troubleshooting > Instance health and follow what the check says",
    next="resume",
    source=f"{_SOURCE}; the names and texts for the other targets are not published",
    footing=INFERRED,
)

EXPLAINED_BY_LOG: Final = frozenset({"backups-not-writable", OTHER_CHECK.code})
"""Checks that say that something fails and not why; the log may. The other two say that something succeeds."""
