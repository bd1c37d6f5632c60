"""How one stand-in node is set up and behaves: read once, at its start, from files in its localhome."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from agent.lab.jira.habits import SETTINGS_NAME
from agent.lab.jira.s3_trouble import TROUBLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

STATES = frozenset({"RUNNING", "STARTING", "STOPPING", "FIRST_RUN", "MAINTENANCE", "ERROR"})
"""The states of /status (https://support.atlassian.com/jira/kb/jira-status-endpoint-response-meanings/)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One node's set-up and behaviour; the keys of the file are these names with hyphens.

    All durations are seconds. What comes before start_seconds is set-up and stays; the rest are habits.
    """

    status_port: int
    context_path: str = ""
    s3: str = ""
    """The folder that plays S3: one folder per bucket."""
    token_file: str = ""
    """The file with the one token that Jira's REST pages take; without it they take none."""
    version: str = "10.3.4"
    start_seconds: float = 0.3
    """How long it starts before it asks for the lock of the index start."""
    index_seconds: float = 0.05
    """How long it holds that lock."""
    reindex_seconds: float = 0
    """How long it rebuilds its index under that lock: MAINTENANCE."""
    catch_up_seconds: float = 0
    """How long its index lags behind the database once it runs."""
    lock_expiry_seconds: float = 1.5
    """How long a killed holder of that lock blocks the others (Atlassian: 5 minutes)."""
    heartbeat_lag_seconds: float = 0.1
    """How long after its start the cluster lists it as alive."""
    heartbeat_tolerance_seconds: float = 2.0
    """How long it lists a silent node as alive (Atlassian: 5 minutes)."""
    stop_seconds: float = 0.1
    flapping: Sequence[tuple[str, float]] = ()
    """Once started: one state after the other, each so many seconds; the last one stays for good."""
    stuck: bool = False
    """Stay STARTING for ever, as a node does that waits for the index lock."""
    locked: bool = False
    """Lock itself at start for a reason outside the file: /status says 500 ERROR."""
    vanish: bool = False
    """End right after the start, as a JVM does that cannot have its memory."""
    start_does_nothing: bool = False
    """The start command says yes and starts nothing."""
    stop_does_nothing: bool = False
    """The stop command says yes and stops nothing: a restart that did nothing."""
    ignore_term: bool = False
    """Go on after SIGTERM: a stop that hangs."""
    ends_after_seconds: float | None = None
    """End as if killed, so long after the start."""
    out_of_memory: bool = False
    """End with an OutOfMemoryError once the start has taken start_seconds."""
    port_in_use: bool = False
    """End because Tomcat's port belongs to somebody else."""
    s3_trouble: str = ""
    """What S3 answers at the start: a word of s3_trouble.TROUBLES."""
    failing_checks: Mapping[str, str] = field(default_factory=dict)
    """Health checks that fail: by name, the reason."""
    issues: int = 1000
    """How many there are in the database."""

    def __post_init__(self) -> None:
        """Refuse words that nothing here would heed."""
        if self.s3_trouble and self.s3_trouble not in TROUBLES:
            raise ValueError(f"s3-trouble is one of: {', '.join(TROUBLES)}")
        if unknown := {state for state, _ in self.flapping} - STATES:
            raise ValueError(f"flapping: {', '.join(sorted(unknown))} is no state of /status")


class SettingsFault(Exception):  # noqa: N818 - says what is wrong with the settings
    """The settings cannot be used; the message is a sentence."""


def read(home: Path) -> Settings:
    """Return the settings of the node with this localhome."""
    file = home / SETTINGS_NAME
    try:
        return _understood(json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError, AttributeError) as fault:
        raise _unusable(file, fault) from fault


def write(home: Path, **changes: object) -> None:
    """Change some settings; the node follows at its next start. What it could not use is refused here."""
    file = home / SETTINGS_NAME
    before = json.loads(file.read_bytes()) if file.exists() else {}
    _store(file, before | {name.replace("_", "-"): value for name, value in changes.items()})


def reset(home: Path) -> None:
    """Forget every habit; what the node is set up with stays."""
    file = home / SETTINGS_NAME
    names = [item.name.replace("_", "-") for item in fields(Settings)]
    kept = set(names[: names.index("start-seconds")])
    _store(file, {name: value for name, value in json.loads(file.read_bytes()).items() if name in kept})


def cluster_properties(home: Path) -> dict[str, str]:
    """Return the node's own cluster.properties (Atlassian: jira.node.id and jira.shared.home are kept there)."""
    try:
        text = (home / "cluster.properties").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _store(file: Path, after: dict[str, object]) -> None:
    try:
        _understood(after)
    except (ValueError, TypeError) as fault:
        raise _unusable(file, fault) from fault
    file.write_text(json.dumps(after, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _understood(given: dict[str, object]) -> Settings:
    return Settings(**{key.replace("-", "_"): value for key, value in given.items()})  # type: ignore[arg-type] # checked by use


def _unusable(file: Path, fault: Exception) -> SettingsFault:
    known = ", ".join(item.name.replace("_", "-") for item in fields(Settings))
    return SettingsFault(f"{file}: not usable ({fault}); it holds one JSON object with some of: {known}")
