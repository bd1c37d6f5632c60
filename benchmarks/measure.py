"""What one run of a program costs its machine: time, CPU and memory of the client, traffic at the servers."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.fleet import Fleet

KIB_IN_MIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One run: seconds of wall and of client CPU (its children included), MiB at the peak of its largest process."""

    wall: float
    cpu: float
    peak: float
    connections: int
    sessions: int


class WentWrong(Exception):  # noqa: N818 - what happened
    """A program under measurement did not do its work; its figures would mean nothing."""


def measure(
    command: Sequence[str], fleet: Fleet, output: Path, right: Mapping[int, str], env: Mapping[str, str]
) -> Cost:
    """Run a program once, from nothing, and return what it cost.

    Args:
        command: the program and its words.
        fleet: whose servers count.
        output: a file for all that the program prints.
        right: the exit statuses that mean the work was done.
        env: the program's whole environment.

    Raises:
        WentWrong: another exit status; the message ends with what was printed last.
    """
    before = fleet.traffic()
    with output.open("wb") as sink:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=dict(env))  # noqa: S603 - our own words
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in right:
        said = output.read_text(encoding="utf-8", errors="replace")[-1500:]
        raise WentWrong(f"{' '.join(command[:6])} ... ended with {process.returncode}:\n{said}")
    after = fleet.traffic()
    return Cost(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak=usage.ru_maxrss / KIB_IN_MIB,
        connections=after.connections - before.connections,
        sessions=after.sessions - before.sessions,
    )


def best_of(costs: Sequence[Cost]) -> Cost:
    """Return the quickest run: what a busy machine adds is not the program's."""
    return min(costs, key=lambda cost: cost.wall)
