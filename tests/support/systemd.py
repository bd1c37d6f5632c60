"""What systemd itself makes of a unit file, without one that runs: `systemd-analyze verify` with its log opened."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

QUIET = {"SYSTEMD_LOG_LEVEL": "notice"}


def complaints_about(*units: Path) -> str:
    """Return all that `verify` has to say against the units; it is empty where they are sound."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        check=False, capture_output=True, text=True, env={**os.environ, **QUIET},
    )  # fmt: skip
    return "\n".join(filter(None, (done.stdout + done.stderr, f"it ended with {done.returncode}"[: done.returncode])))


def settings_of(unit: Path) -> str:
    """Return the unit as systemd has read it."""
    return subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit],
        check=False, capture_output=True, text=True, env={**os.environ, "SYSTEMD_LOG_LEVEL": "debug"},
    ).stdout  # fmt: skip


def commands_of(unit: Path) -> list[list[str]]:
    """Return the words of each command as systemd would hand them to the kernel; only $$ is left to be made one $."""
    lines = re.findall(r"^\s+Command Line: (.*)$", settings_of(unit), re.MULTILINE)
    return [[word.replace("$$", "$") for word in _words(line)] for line in lines]


def exposure_of(unit: Path) -> float:
    """Return how exposed a service is, from 0 to 10, by `systemd-analyze security`."""
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", unit],
        check=False, capture_output=True, text=True, env={**os.environ, **QUIET},
    ).stdout  # fmt: skip
    (found,) = re.findall(r"Overall exposure level for .*: ([\d.]+)", told)
    return float(found)


def _words(line: str) -> list[str]:
    """Read back what the log quotes for a shell, which would take a word that begins with # for a remark."""
    line = re.sub(r'("(?:[^"\\]|\\.)*")|(?<=\s)#', lambda found: found[1] or "\\#", line)
    said = subprocess.run(["/bin/sh", "-c", f"printf '%s\\0' {line}"], check=True, capture_output=True).stdout
    return said.decode().split("\0")[:-1]
