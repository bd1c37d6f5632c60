"""One life of a stand-in node, from its start to its end: state over time, and what it does when."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from agent.lab.jira import s3_trouble, startup
from agent.lab.jira.index import IndexStart
from agent.lab.jira.index_lock import IndexLock
from agent.lab.jira.log import Log
from agent.lab.jira.members import Members, build_number, memory_in
from agent.lab.jira.storage import TARGETS, Storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.lab.jira.settings import Settings

HONEST = "This is filestore-agent's stand-in for a Jira node, not Jira: it reads one file and serves a few pages."
CHECKS = "c.a.jira.startup.JiraStartupLogger"
LAUNCHER = "c.a.jira.startup.LauncherContextListener"
CODES = {"ERROR": HTTPStatus.INTERNAL_SERVER_ERROR, "MAINTENANCE": HTTPStatus.SERVICE_UNAVAILABLE}
"""HTTP codes of /status; every other state comes with 200 (https://support.atlassian.com/jira/kb/jira-status-endpoint-response-meanings/)."""
BEAT = 0.2
"""Seconds between two heartbeats (Atlassian: a minute)."""
LISTENER_PORT = 40001
"""Where a node listens for its cluster by default (cluster.properties, ehcache.listener.port)."""


@dataclass(slots=True, kw_only=True)
class Life:
    """What the node is now. begun and stopping are seconds since the epoch, as everything that nodes share must be."""

    home: Path
    settings: Settings
    node_id: str
    sharedhome: Path
    begun: float
    clock: Callable[[], float] = time.time
    fault: str | None = None
    stopping: float | None = None
    fallen: bool = False
    beaten: float | None = None
    log: Log = field(init=False)
    members: Members = field(init=False)
    index: IndexStart = field(init=False)
    storage: Storage = field(init=False)

    def __post_init__(self) -> None:
        """Lay out what the node works with."""
        memory = memory_in(self.sharedhome)
        self.log = Log(home=self.home)
        self.members = Members(memory=memory)
        self.storage = Storage(sharedhome=self.sharedhome, s3=self.settings.s3, node_id=self.node_id)
        lock = IndexLock(memory=memory, node_id=self.node_id, expiry=self.settings.lock_expiry_seconds)
        self.index = IndexStart(settings=self.settings, lock=lock, log=self.log)

    def begin(self) -> None:
        """Read the file, once: nothing that happens to it later reaches this life.

        Only a node that is sound joins the cluster (a guess).
        """
        self.log.say("INFO", "lab", HONEST)
        if self.settings.port_in_use:
            self._fall_over_the_port()
            return
        self.log.say("INFO", CHECKS, "Running Jira startup checks.")
        try:
            self.storage.buckets = startup.storage_at(self.home)
        except startup.StartupFault as fault:
            self._refuse_to_start(fault.title, fault.seen)
        if self.settings.locked:
            self._refuse_to_start("Database: the connection was refused", "a cause outside filestore-config.xml")
        if not self.fault:
            self.log.say("INFO", CHECKS, "Jira pre-database startup checks completed successfully.")
            self._join()
            self._tell_storage()

    @property
    def state(self) -> tuple[HTTPStatus, str]:
        """HTTP code and state of /status: 200 and RUNNING together mean ready, 500 ERROR a locked start."""
        word = self._state()
        return CODES.get(word, HTTPStatus.OK), word

    @property
    def over(self) -> bool:
        """Whether the process is to end: the stop has taken its time, or the node fell."""
        stopped = self.stopping is not None and self.clock() >= self.stopping + self.settings.stop_seconds
        return stopped or self.fallen

    def go_on(self) -> None:
        """Do what is due by now: heartbeat, index start, the end that a habit brings."""
        now = self.clock()
        ends_after = self.settings.ends_after_seconds
        if ends_after is not None and now >= self.begun + ends_after:
            self.fallen = True
        if self.fault or self.fallen:
            return
        self._beat(now)
        if self.stopping is None and now >= self.begun + self.settings.start_seconds:
            self._start_further(now)

    def stop(self) -> None:
        """Begin to stop, unless this node is one whose stop hangs."""
        self.log.say("INFO", LAUNCHER, "Asked to stop")
        if self.stopping is None and not self.settings.ignore_term:
            self.stopping = self.clock()

    def end(self) -> None:
        """Leave the cluster in order, as only a node can that was asked to stop."""
        if self.fallen or self.fault:
            return
        self.index.lock.release()
        self.members.leave(self.node_id, self.clock())
        self.log.say("INFO", LAUNCHER, "Stopped")

    def _state(self) -> str:
        if self.stopping is not None:
            return "STOPPING"
        if self.fault:
            return "ERROR"
        if self.index.ended is not None:
            return self._once_started(self.clock() - self.index.ended)
        return "MAINTENANCE" if self.index.rebuilding else "STARTING"

    def _once_started(self, passed: float) -> str:
        """Return RUNNING, or where a node that flaps is in its list; the last state of it stays."""
        for state, lasts in self.settings.flapping:
            passed -= lasts
            if passed < 0:
                return state
        return self.settings.flapping[-1][0] if self.settings.flapping else "RUNNING"

    def _start_further(self, now: float) -> None:
        if self.settings.out_of_memory:
            # the JVM's own words; that Jira's log catches them is likely, not sure
            self.log.say("ERROR", LAUNCHER, "Unable to start JIRA.\njava.lang.OutOfMemoryError: Java heap space")
            self.fallen = True
        elif self.settings.stuck:
            self.index.wait_for_ever()
        elif self.index.ended is None:
            ready = self.index.go_on(now)
            if ready:
                self._tell_version()
                self.log.say("INFO", LAUNCHER, "Startup is complete. Jira is ready to serve.")

    def _beat(self, now: float) -> None:
        due = self.begun + self.settings.heartbeat_lag_seconds if self.beaten is None else self.beaten + BEAT
        if now >= due:
            self.members.beat(self.node_id, now)
            self.beaten = now

    def _join(self) -> None:
        version = self.settings.version
        self.members.join(self.node_id, self.begun, version=version, address="127.0.0.1", port=LISTENER_PORT)

    def _tell_version(self) -> None:
        """Jira says it between rows of stars, below the entry's own line (seen in logs up to 8; since then a guess)."""
        version, stars = self.settings.version, "    " + "*" * 76
        said = (
            f"Jira {version} build: {build_number(version)} started. You can now access Jira through your web browser."
        )
        self.log.say("INFO", CHECKS, f"\n\n{stars}\n    {said}\n{stars}\n")

    def _tell_storage(self) -> None:
        for target in TARGETS:
            self.log.say("INFO", "c.a.jira.startup", f"{target} are stored in {self.storage.place_of(target)}")
        for target, bucket in self.storage.buckets.items() if self.settings.s3_trouble else ():
            said = s3_trouble.lines_of(self.settings.s3_trouble, target, bucket)
            self.log.say("ERROR", s3_trouble.LOGGER, said)

    def _refuse_to_start(self, title: str, seen: str) -> None:
        """Write what Jira writes when it locks itself; the generic lines are the documented ones."""
        self.fault = title
        self.log.say("ERROR", LAUNCHER, "Unable to start JIRA.")
        self.log.say("ERROR", CHECKS, f"{title}: {seen}")
        self.log.say("FATAL", CHECKS, "Startup check failed. Jira will be locked.")

    def _fall_over_the_port(self) -> None:
        """Write what Tomcat writes when its shutdown port is taken (in a log that the lab has not); end."""
        said = "Failed to create server shutdown socket\njava.net.BindException: Address already in use"
        self.log.say("ERROR", "o.a.catalina.core.StandardServer", said, thread="main")
        self.fallen = True
