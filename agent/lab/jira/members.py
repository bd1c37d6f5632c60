"""What the cluster knows of its nodes: two files for each in the shared home, where Jira has rows of its database.

`NODE.json` holds what a node said of itself when it started; the time of `NODE.heartbeat` is that of its last one.
Documented: a node that was killed still counts as alive for about 5 minutes, and one that starts may lack a heartbeat
for a while (https://confluence.atlassian.com/enterprise/jira-data-center-cluster-monitoring-979416286.html). That a
node which was stopped in order is listed as OFFLINE is inferred from "nodes that were gracefully shut down, as well as
the ones that were automatically moved into the OFFLINE state"
(https://support.atlassian.com/jira/kb/stale-no-heartbeat-nodes-negatively-affect-performance-in-jira-data-center).
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "lab-cluster"
UPGRADE = "upgrade-state"
FOR_GOOD = 10 * 365 * 86400
"""Seconds ahead of now that a heartbeat is dated where nobody will send another."""
Entry = dict[str, object]


def memory_in(sharedhome: Path) -> Path:
    """Return the folder of the shared home that plays the database."""
    return sharedhome / FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The cluster's list of its nodes. All moments are seconds since the epoch."""

    memory: Path

    def join(self, node_id: str, now: float, *, state: str = "ACTIVE", version: str, address: str, port: int) -> None:
        """List a node that starts, without a heartbeat until it sends one."""
        self.memory.mkdir(parents=True, exist_ok=True)
        self._heartbeat(node_id).unlink(missing_ok=True)
        entry: Entry = {
            "nodeId": node_id,
            "state": state,
            "ip": address,
            "cacheListenerPort": port,
            "lastStateChangeTimestamp": int(now * 1000),
            "nodeBuildNumber": build_number(version),
            "nodeVersion": version,
        }
        self._store(node_id, entry)

    def beat(self, node_id: str, now: float) -> None:
        """Note a heartbeat."""
        file = self._heartbeat(node_id)
        file.touch()
        os.utime(file, (now, now))

    def leave(self, node_id: str, now: float) -> None:
        """List a node that was stopped in order as OFFLINE."""
        entry = self._entry(node_id)
        if entry:
            self._store(node_id, entry | {"state": "OFFLINE", "lastStateChangeTimestamp": int(now * 1000)})
        self._heartbeat(node_id).unlink(missing_ok=True)

    def forget(self, node_id: str) -> None:
        """List a node no more."""
        (self.memory / f"{node_id}.json").unlink(missing_ok=True)
        self._heartbeat(node_id).unlink(missing_ok=True)

    def listed(self, now: float, tolerance: float) -> list[Entry]:
        """Return every node with `alive`, in the order of their ids; a heartbeat counts for the tolerance."""
        found = [(file.stem, self._entry(file.stem)) for file in sorted(self.memory.glob("*.json"))]
        return [entry | {"alive": now <= self._last_beat(name) + tolerance} for name, entry in found if entry]

    def upgrade_state(self) -> str:
        """Return where the cluster is in a zero-downtime upgrade."""
        with suppress(OSError):
            return (self.memory / UPGRADE).read_text(encoding="ascii").strip()
        return "STABLE"

    def enter_upgrade(self, state: str) -> None:
        """Move the cluster to another state of a zero-downtime upgrade."""
        self.memory.mkdir(parents=True, exist_ok=True)
        (self.memory / UPGRADE).write_text(state, encoding="ascii")

    def _entry(self, node_id: str) -> Entry:
        try:
            entry: Entry = json.loads((self.memory / f"{node_id}.json").read_bytes())
        except (OSError, ValueError):  # it was removed meanwhile
            return {}
        return entry

    def _store(self, node_id: str, entry: Entry) -> None:
        """Replace the entry whole: others read it at any moment."""
        draft = self.memory / f"{node_id}.draft"
        draft.write_text(json.dumps(entry), encoding="utf-8")
        draft.replace(self.memory / f"{node_id}.json")

    def _heartbeat(self, node_id: str) -> Path:
        return self.memory / f"{node_id}.heartbeat"

    def _last_beat(self, node_id: str) -> float:
        try:
            return self._heartbeat(node_id).stat().st_mtime
        except OSError:
            return float("-inf")


def build_number(version: str) -> int:
    """Return a build number in the fashion of Jira's own, such as 10030004 for 10.3.4 (the fashion is a guess)."""
    major, minor, patch = (int(part) for part in version.split("."))
    return (major * 100 + minor) * 10_000 + patch
