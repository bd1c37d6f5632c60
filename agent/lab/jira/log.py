"""How a line of atlassian-jira.log looks, and where it lies.

Documented are the file and the shape `2020-07-28 16:34:37,899 Jira-Bootstrap FATAL      [logger] message`
(https://confluence.atlassian.com/jirakb/jira-data-center-node-locking-on-startup-1026542845.html); later releases write
the zone behind the milliseconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BOOTSTRAP = "Jira-Bootstrap"
NAME = "atlassian-jira.log"


def file_in(home: Path) -> Path:
    """Return the log of the node with this localhome (Atlassian: `log`, though the image's pages say `logs`)."""
    return home / "log" / NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The log of one node. Each entry opens the file anew, so that whoever rotates it needs to tell nobody."""

    home: Path

    def say(self, level: str, logger: str, message: str, thread: str = BOOTSTRAP) -> None:
        """Write one entry; a message of several lines is one entry, as with a stack trace."""
        now = time.time()
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
        file = file_in(self.home)
        file.parent.mkdir(exist_ok=True)
        with file.open("a", encoding="utf-8") as sink:
            sink.write(f"{moment},{int(now * 1000) % 1000:03d}+0000 {thread} {level}      [{logger}] {message}\n")
