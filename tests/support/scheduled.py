"""What a scheduler does with a command: no terminal, hardly a variable, another folder than the user's."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from agent.tasks import namespace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DRIFT_FLAGS = frozenset(flag.name for flag in namespace.tasks["drift"].flags)


def run_alone(words: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a scheduler would, in the root folder."""
    return subprocess.run(
        words, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd="/", timeout=60,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(home / "state")},
    )  # fmt: skip
