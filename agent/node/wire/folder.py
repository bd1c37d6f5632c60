"""When did a name last come or go in the localhome? Read out of the one header that tells the times around it."""

from __future__ import annotations

import re

from agent.core.observation import FolderTimes

_FRACTION = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}\Z")
_KERNEL_TICK = 0.02
"""Seconds: uptime and start ticks are cut to a hundredth, the times of files to a tick of the kernel."""


def folder_times_in(value: str | None) -> FolderTimes | None:
    """Read two readings of the uptime and, taken between them, the times of now, the folder and Jira's lock file.

    A stat without fractions (busybox) tells nothing here; a file's time is cut to a tick of the kernel's.
    """
    words = (value or "").split(" ")
    if not all(map(_FRACTION.match, words)):
        return None
    match [float(word) for word in words]:
        case [before, now, _, _, changed, *lock, after] if len(lock) in {0, 2}:
            uptime, apart = (before + after) / 2, abs(after - before) / 2
            lock_changed = lock[1] if lock else None
            slack = apart + _KERNEL_TICK
            return FolderTimes(changed=changed, lock_changed=lock_changed, booted=now - uptime, slack=slack)
    return None
