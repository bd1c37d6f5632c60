"""What a node's instance health checks say (GET /rest/troubleshooting/1.0/check/).

Documented: the fields (https://confluence.atlassian.com/jirakb/how-to-retrieve-health-check-results-using-rest-api-867195158.html),
the name "Backup Filestore" and its three reasons ("Storing backups in Amazon S3"). Guessed: every other name, the keys,
the descriptions, the values of severity and tag, and that Jira words any trouble with S3 as a failed write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.lab.jira.life import Life

BACKUP_FILESTORE = "Backup Filestore"
UNABLE_TO_WRITE = "Unable to write to backup storage"
ABLE_TO_READ = "Able to read data from backup storage"
ABLE_TO_DELETE = "Able to delete data from backup storage"
NAMES = ("Cluster Index Replication", "Shared Home", BACKUP_FILESTORE)
PLUGIN = "com.atlassian.troubleshooting.plugin-jira"


def statuses(life: Life) -> list[dict[str, object]]:
    """Return every check with its verdict, in the order of the page."""
    failing = {**_filestore_trouble(life), **life.settings.failing_checks}
    names = dict.fromkeys((*NAMES, *failing))
    return [
        _status(number, name, failing.get(name), life.index.ended or life.begun) for number, name in enumerate(names, 1)
    ]


def _filestore_trouble(life: Life) -> dict[str, str]:
    """Fail the check where S3 keeps the backups and does not answer as it should."""
    troubled = life.settings.s3_trouble and "backups" in life.storage.buckets
    return {BACKUP_FILESTORE: UNABLE_TO_WRITE} if troubled else {}


def _status(number: int, name: str, reason: str | None, checked: float) -> dict[str, object]:
    key = "".join(letter.lower() if letter.isalnum() else "-" for letter in name)
    return {
        "id": number,
        "completeKey": f"{PLUGIN}:{key}-healthcheck",
        "name": name,
        "description": f"{name}, as this stand-in has it",
        "isHealthy": reason is None,
        "healthy": reason is None,
        "failureReason": reason or "",
        "application": "JIRA",
        "time": int(checked * 1000),
        "severity": "undefined" if reason is None else "critical",
        "documentation": "",
        "tag": "Supported Platforms",
    }
