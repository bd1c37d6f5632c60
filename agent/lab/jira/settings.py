"""How one stand-in node is set up and behaves: read once, at its start, from files in its localhome."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS_NAME = "lab.json"
"""Of the lab, not of Jira: what a real node keeps in Tomcat's server.xml, and how it is to behave in a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One node's set-up and behaviour; the keys of the file are these names with hyphens.

    All durations are seconds.
    """

    status_port: int
    context_path: str = ""
    s3: str = ""
    """The folder that plays S3: one folder per bucket."""
    start_seconds: float = 0.3
    stop_seconds: float = 0.1
    stuck: bool = False
    """Stay STARTING for ever, as a node does that waits for the index lock."""
    locked: bool = False
    """Lock itself at start for a reason outside the file: /status says 500 ERROR."""
    vanish: bool = False
    """End right after the start, as a JVM does that cannot have its memory."""
    ignore_term: bool = False
    """Go on after SIGTERM: a stop that hangs."""


class SettingsFault(Exception):  # noqa: N818 - says what is wrong with the settings
    """The settings cannot be used; the message is a sentence."""


def read(home: Path) -> Settings:
    """Return the settings of the node with this localhome."""
    file = home / SETTINGS_NAME
    try:
        given = {key.replace("-", "_"): value for key, value in json.loads(file.read_bytes()).items()}
        return Settings(**given)
    except (OSError, ValueError, TypeError, AttributeError) as fault:
        known = ", ".join(item.name.replace("_", "-") for item in fields(Settings))
        raise SettingsFault(f"{file}: not usable ({fault}); it holds one JSON object with some of: {known}") from fault


def write(home: Path, **changes: object) -> None:
    """Change some settings; the node follows at its next start."""
    file = home / SETTINGS_NAME
    before = json.loads(file.read_bytes()) if file.exists() else {}
    after = before | {name.replace("_", "-"): value for name, value in changes.items()}
    file.write_text(json.dumps(after, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def cluster_properties(home: Path) -> dict[str, str]:
    """Return the node's own cluster.properties (Atlassian: jira.node.id and jira.shared.home are kept there)."""
    try:
        text = (home / "cluster.properties").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}
