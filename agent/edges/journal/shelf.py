"""Which rollouts are written down in a folder, and what were their plans?"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent.core.planning.plan_json import CAP, decode
from agent.core.text.printable import printable
from agent.edges.journal.lines import line_in
from agent.edges.journal.places import (
    content_of,
    is_plan_name,
    journal_path,
    plan_path,
    require_private,
    told_as_journal_errors,
)
from agent.edges.journal.sequence import epoch_at_birth, first_lines, number_of
from agent.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.planning.plan import Plan


def rollouts(folder: Path) -> tuple[tuple[str, Path], ...]:
    """Return the name and the journal of each plan, the one begun last first; what is no journal is passed over.

    The number in the first line decides, and no clock. Among those of before there were numbers the time does; where
    the first event cannot be read it is that of the last change. One whose first line is damaged may be the last.

    Raises:
        JournalError: others may enter the folder, or it cannot be read.
    """
    with told_as_journal_errors(folder):
        try:
            require_private(folder)
        except FileNotFoundError:
            return ()
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    found = [folder / name for name in names if name.endswith(".jsonl")]
    latest = sorted((path for path in found if is_plan_name(path.stem)), key=_place, reverse=True)
    return tuple((path.stem, path) for path in latest)


def epoch_before(folder: Path, plan_id: str) -> int:
    """Return the highest epoch that any node had seen before a rollout; 0 where its journal does not say.

    Raises:
        JournalError: it cannot be read.
    """
    path = journal_path(folder, plan_id)
    with told_as_journal_errors(path):
        return epoch_at_birth(path)


def read_plan(folder: Path, plan_id: str) -> Plan:
    """Return the plan of a rollout, as it lies beside its journal.

    Raises:
        JournalError: there is none, it is damaged, or others may enter the folder.
    """
    path = plan_path(journal_path(folder, plan_id))
    with told_as_journal_errors(path):
        require_private(folder)
    content = content_of(path, CAP)
    try:
        plan = decode(content)
    except ValueError as fault:
        reason = printable(str(fault), limit=200)
        raise JournalError(f"{path}: not a plan that can be used ({reason}); nothing is done by it") from fault
    if plan.id != plan_id:
        raise JournalError(f"{path}: the plan of another rollout ({printable(plan.id)}); nothing is done by it")
    return plan


def _place(path: Path) -> tuple[int, str, int, str]:
    return number_of(path), _begun(path), _laid(path), path.name


def _begun(path: Path) -> str:
    try:
        at = line_in(path, 1, first_lines(path)[1].removesuffix(b"\n")).at
    except (OSError, JournalError):
        at = ""
    return at or _changed(path)


def _laid(journal: Path) -> int:
    """Return when the plan was laid beside a journal, in nanoseconds: of two in one second, which came first."""
    try:
        return plan_path(journal).lstat().st_mtime_ns
    except OSError:
        return 0


def _changed(path: Path) -> str:
    try:
        moment = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
