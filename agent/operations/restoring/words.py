"""The list of backups, the question, and the end of it, for people and for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.report import Line, Tone, columns
from agent.core.s3.backups import age_words, fault_of_name
from agent.core.text.moments import iso
from agent.core.text.names import counted
from agent.core.text.printable import printable
from agent.core.text.sizes import size_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.s3.backups import Backup
    from agent.core.s3.brought import FileInImport
    from agent.operations.restoring.proving import Proven
    from agent.operations.restoring.source import Shelf

SHOWN = 50
"""Of more, the newest; the JSON holds them all."""


def table(shelf: Shelf, now: float) -> tuple[Line, ...]:
    """Return a line for each backup, the newest first."""
    rows = [
        (
            printable(it.name, limit=120),
            size_words(it.size),
            iso(it.modified),
            age_words(now - it.modified),
            kinds_of(it),
            note_on(it),
        )
        for it in shelf.backups[:SHOWN]
    ]
    head = ("NAME", "SIZE", "DATE", "AGE", "CHECKSUM", "")
    lines = [Line(text=f"  {text.rstrip()}") for text in columns([head, *rows])] if rows else []
    left = len(shelf.backups) - SHOWN
    if left > 0:
        lines.append(Line(text=f"  ... and {left} older (--json lists them all)", tone=Tone.QUIET))
    if shelf.folders:
        names = ", ".join(printable(name, limit=60) for name in shelf.folders[:5])
        lines.append(
            Line(text=f"  not looked into: {counted(len(shelf.folders), 'folder')} ({names})", tone=Tone.QUIET)
        )
    if not shelf.whole:
        lines.append(
            Line(
                text="  there are more objects than were read, so that a newer one may be missing here", tone=Tone.CARE
            )
        )
    return tuple(lines)


def kinds_of(backup: Backup) -> str:
    """Return which checksums the list promises; the ETag's MD5 is told only when it is needed."""
    return printable(",".join(backup.checksums) or "ETag", limit=40)


def note_on(backup: Backup) -> str:
    """Return what hinders a backup from being fetched as it is, as far as the list tells."""
    fault = fault_of_name(backup.name)
    if fault is not None:
        return f"not fetched: {fault}"
    return printable(backup.storage, limit=30) if backup.storage in {"GLACIER", "DEEP_ARCHIVE"} else ""


def backup_facts(backup: Backup) -> Mapping[str, object]:
    """Return one backup for scripts."""
    fault = fault_of_name(backup.name)
    return {
        "name": backup.name,
        "key": backup.key,
        "size": backup.size,
        "modified": iso(backup.modified),
        "storage_class": backup.storage or None,
        "checksums": list(backup.checksums),
        "fetchable": fault is None,
        "reason": fault,
    }


def question(backup: Backup, node: str, folder: str, *, there: int, free: int | None) -> str:
    """Return what is to be agreed to."""
    already = f", of which {size_words(there)} are there" if there else ""
    room = f" ({size_words(free)} free)" if free is not None else ""
    return (
        f"Fetch {printable(backup.name, limit=240)} ({size_words(backup.size)}{already}, of {iso(backup.modified)}) "
        f"by {node} into {folder}{room}?"
    )


def end_lines(path: str, whole: FileInImport, proven: Proven) -> tuple[Line, ...]:
    """Return what lies where now, how that is known, and what is left for a person to do in Jira."""
    return (
        Line(text=f"  {printable(path, limit=1300)}", exact=True),
        Line(
            text=f"  {size_words(whole.size)} ({whole.size} bytes), "
            f"owner {whole.owner}:{whole.group}, mode {whole.mode}"
        ),
        Line(text=f"  proven by {proven.words}" if proven.verdict in {"proven", "readable"} else f"  {proven.words}"),
        Line(
            text="In Jira: System > Restore system, file name "
            f"{printable(path.rpartition('/')[2], limit=240)}; it replaces all data of this Jira, and is done by hand.",
            tone=Tone.CARE,
        ),
    )
