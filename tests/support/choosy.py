"""A start command before the real one: where the file holds a certain text, Jira locks itself and blames the file.

No document that the product lets through has one of the three faults, so a cluster on which a valid one is refused (a
release that takes less than its page says) has to be played. The words of the log are the vendor's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.lab.node import LabNode

FAULT = (
    "2026-11-22 10:00:00,123+0000 main ERROR      [c.a.jira.startup.JiraStartupLogger] "
    "Invalid <s3-filestore> value: backupBucket\n"
)


def before(node: LabNode, text: str) -> list[str]:
    """Return the start command of a node that will not have this text in its file."""
    return [sys.executable, "-I", "-S", __file__, str(node.home), text, *node.service("start")]


def start(home: Path, text: str, command: list[str]) -> int:
    """Start the stand-in, locked if its file is not to its liking."""
    is_disliked = text.encode() in (home / "filestore-config.xml").read_bytes()
    settings = home / "lab.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"locked": is_disliked}), encoding="utf-8")
    done = subprocess.run(command, check=False)
    if is_disliked:
        with (home / "log" / "atlassian-jira.log").open("a", encoding="utf-8") as log:
            log.write(FAULT)
    return done.returncode


if __name__ == "__main__":
    sys.exit(start(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
