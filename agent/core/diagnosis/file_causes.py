"""The three faults of filestore-config.xml on which Jira refuses to start, by the titles that the vendor documents."""

from __future__ import annotations

from typing import Final

from agent.core.diagnosis.cause import VERIFIED, Cause, Effect, sign

_SOURCE: Final = (
    'Atlassian, "Storing backups in Amazon S3", troubleshooting: the titles of the error page; '
    "in which line of the log they stand is not published"
)
_CURE: Final = (
    "correct the inventory or the template (validate shows the place); put back, the earlier file lets Jira start"
)
_STORE: Final = r"\s+(?:<|&lt;)s3-filestore(?:>|&gt;)\s+value"

CAUSES: Final = (
    Cause(
        code="file-not-parsed",
        effect=Effect.FILE,
        sentence="Jira could not parse filestore-config.xml",
        hint=_CURE,
        next="validate",
        source=_SOURCE,
        footing=VERIFIED,
        # The title has a typographic apostrophe, which a log's character set can turn into almost anything.
        signs=(sign("filestore-config.xml", pattern=r"could(?:n\S{0,12}t| not) parse\s+filestore-config\.xml"),),
    ),
    Cause(
        code="filestore-invalid",
        effect=Effect.FILE,
        sentence="an <s3-filestore> in filestore-config.xml lacks its config, bucket-name or region",
        hint=_CURE,
        next="validate",
        source=_SOURCE,
        footing=VERIFIED,
        signs=(sign("s3-filestore", pattern=f"invalid{_STORE}"),),
    ),
    Cause(
        code="filestore-missing",
        effect=Effect.FILE,
        sentence="an association in filestore-config.xml names a filestore that the file does not define",
        hint=_CURE,
        next="validate",
        source=_SOURCE,
        footing=VERIFIED,
        signs=(sign("s3-filestore", pattern=f"missing{_STORE}"),),
    ),
)
