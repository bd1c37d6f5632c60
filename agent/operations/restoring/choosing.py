"""Which backup is meant: exactly the one that was named, else the newest that Jira could restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.s3.backups import fault_of_name, newest
from agent.core.text.shown import shown
from agent.core.text.suggest import did_you_mean
from agent.errors import InputError, Refused

if TYPE_CHECKING:
    from agent.core.s3.backups import Backup
    from agent.operations.restoring.source import Shelf
    from agent.operations.restoring.way import Wish


_TOO_MANY = "there are more objects below backups/ than are read at once"


def chosen(shelf: Shelf, wish: Wish, bucket: str) -> Backup:
    """Return the backup that is meant: exactly the one that was named, else the newest.

    Raises:
        InputError: there is none such.
        Refused: its name is none that is laid into a folder, or the list is too long to know.

    """
    if wish.backup is None:
        if not shelf.whole:
            raise Refused(
                f"{bucket}: {_TOO_MANY}, so that the newest is not known; "
                "say which one with --backup, or let older ones expire (a lifecycle rule)"
            )
        found = newest(shelf.backups)
        if found is None:
            raise InputError(f"{bucket}: there is no backup that could be fetched (a .zip below backups/); see --list")
        return found
    found = next((it for it in shelf.backups if wish.backup in {it.name, it.key}), None)
    if found is None and not shelf.whole:
        raise Refused(f"--backup: {bucket}: {_TOO_MANY}, and {shown(wish.backup)} is not among those that were read")
    if found is None:
        hint = did_you_mean(wish.backup, [it.name for it in shelf.backups])
        raise InputError(
            f"--backup: {bucket} has no backup {shown(wish.backup)}{f' ({hint})' if hint else ''}; see --list"
        )
    fault = fault_of_name(found.name)
    if fault is not None:
        raise Refused(f"{bucket}: {shown(found.name)} is not fetched: {fault}; give the object another name first")
    return found
