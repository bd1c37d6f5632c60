"""One life of a stand-in node, from its start to its end: state over time, the log, and where data goes."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from agent.lab.jira import startup

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.lab.jira.settings import Settings

LOCAL_FOLDERS = {"attachments": "data/attachments", "avatars": "data/avatars", "backups": "export"}
"""Where each target lies in the shared home while no association moves it."""

HONEST = "This is filestore-agent's stand-in for a Jira node, not Jira: it reads one file and serves a status page."


@dataclass(slots=True, kw_only=True)
class Life:
    """What the node is now. begun and stopping are moments of the monotonic clock."""

    home: Path
    settings: Settings
    node_id: str
    sharedhome: Path
    begun: float
    clock: Callable[[], float] = time.monotonic
    storage: dict[str, startup.Bucket] = field(default_factory=dict)
    fault: str | None = None
    stopping: float | None = None
    kept: int = 0

    def begin(self) -> None:
        """Read the file, once: nothing that happens to it later reaches this life."""
        self.say("INFO", "lab", HONEST)
        try:
            self.storage = startup.storage_at(self.home)
        except startup.StartupFault as fault:
            self._refuse_to_start(fault.title, fault.seen)
        if self.settings.locked:
            self._refuse_to_start("Database: the connection was refused", "a cause outside filestore-config.xml")
        for target in LOCAL_FOLDERS:
            self.say("INFO", "c.a.jira.startup", f"{target} are stored in {self.place_of(target)}")

    @property
    def state(self) -> tuple[HTTPStatus, str]:
        """HTTP code and state of /status (Atlassian: 200 and RUNNING together mean ready, 500 ERROR a locked start)."""
        if self.stopping is not None:
            return HTTPStatus.OK, "STOPPING"
        if self.fault:
            return HTTPStatus.INTERNAL_SERVER_ERROR, "ERROR"
        if self.settings.stuck or self.clock() < self.begun + self.settings.start_seconds:
            return HTTPStatus.OK, "STARTING"
        return HTTPStatus.OK, "RUNNING"

    @property
    def over(self) -> bool:
        """Whether the stop has taken its time."""
        return self.stopping is not None and self.clock() >= self.stopping + self.settings.stop_seconds

    def stop(self) -> None:
        """Begin to stop, unless this node is one whose stop hangs."""
        self.say("INFO", "c.a.jira.startup", "Asked to stop")
        if self.stopping is None and not self.settings.ignore_term:
            self.stopping = self.clock()

    def place_of(self, target: str) -> Path:
        """Return the folder that a target's data lands in: one of the bucket, or one of the shared home."""
        bucket = self.storage.get(target)
        if bucket is None:
            return self.sharedhome / LOCAL_FOLDERS[target]
        return Path(self.settings.s3) / bucket.name / target

    def keep(self, target: str) -> Path:
        """Store one object, so that anybody can see where the data of this node goes."""
        self.kept += 1
        place = self.place_of(target)
        place.mkdir(parents=True, exist_ok=True)
        stored = place / f"{self.node_id}-{os.getpid()}-{self.kept}.bin"
        stored.write_text(f"{HONEST}\n{target} of {self.node_id}\n", encoding="utf-8")
        self.say("INFO", "c.a.jira.storage", f"stored {stored}")
        return stored

    def say(self, level: str, logger: str, message: str) -> None:
        """Write one line in the shape of Jira's log."""
        now = time.time()
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
        log = self.home / "log" / "atlassian-jira.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("a", encoding="utf-8") as sink:
            sink.write(f"{moment},{int(now * 1000) % 1000:03d}+0000 Jira-Bootstrap {level}      [{logger}] {message}\n")

    def _refuse_to_start(self, title: str, seen: str) -> None:
        """Write what Jira writes when it locks itself; the generic lines are the documented ones."""
        self.fault = title
        self.say("ERROR", "c.a.jira.startup.LauncherContextListener", "Unable to start JIRA.")
        self.say("ERROR", "c.a.jira.startup.JiraStartupLogger", f"{title}: {seen}")
        self.say("FATAL", "c.a.jira.startup.JiraStartupLogger", "Startup check failed. Jira will be locked.")
