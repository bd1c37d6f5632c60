"""Measure drift, push and no-op push on real SSH servers: `python -m benchmarks [--nodes 10 50 100] [--repeat 3]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from agent.lab import sshd
from benchmarks.contenders import Contender, Work, contenders
from benchmarks.fleet import Fleet, running_fleet
from benchmarks.measure import Cost, WentWrong, best_of, measure
from benchmarks.table import HEAD, rows

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str]) -> int:
    """Print the table, a discipline at a time; 1 where a contender did not do its work."""
    wanted = _wanted(words)
    if sshd.available() is None:
        _say("benchmarks: no sshd on this machine; install openssh-server", sys.stderr)
        return 1
    _say(HEAD)
    for count in wanted.nodes:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, running_fleet(Path(folder), count) as fleet:
            try:
                _all_disciplines(fleet, count, wanted.repeat)
            except WentWrong as fault:
                _say(f"benchmarks: {fault}", sys.stderr)
                return 1
    return 0


def _wanted(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="+", default=[10, 50, 100], help="how many nodes, one run for each")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each contender; the quickest counts")
    return parser.parse_args(words)


def _all_disciplines(fleet: Fleet, count: int, repeat: int) -> None:
    for work in (Work.PUSH, Work.SAME, Work.DRIFT):
        takers = contenders(work, fleet, fleet.cluster.folder / f"ssh-{work.name.lower()}")
        costs: dict[str, list[Cost]] = {taker.name: [] for taker in takers}
        for _ in range(repeat):
            for taker in takers:
                costs[taker.name].append(_one_run(taker, work, fleet))
        _say("\n".join(rows(count, work, [(taker, best_of(costs[taker.name])) for taker in takers])))


def _one_run(taker: Contender, work: Work, fleet: Fleet) -> Cost:
    """Let one contender work on nodes that are as its discipline wants them, and check that the work was done."""
    fleet.reset()
    home = fleet.cluster.folder / "user-home"
    home.mkdir(mode=0o700, exist_ok=True)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    output = fleet.cluster.folder / "output"
    if work is not Work.PUSH:
        _prepare(taker, fleet, output, environment)
    cost = measure(taker.command, fleet, output, taker.right, environment)
    if not fleet.agrees():
        raise WentWrong(f"{taker.name}: the nodes do not have one and the same file after {work}")
    return cost


def _prepare(taker: Contender, fleet: Fleet, output: Path, environment: dict[str, str]) -> None:
    """Give every node the file, by the contender's own push: then nothing is left to do."""
    pushes = contenders(Work.PUSH, fleet, fleet.cluster.folder / "ssh-push")
    push = next(other for other in pushes if other.name == taker.name)
    measure(push.command, fleet, output, push.right, environment)


def _say(text: str, stream: TextIO = sys.stdout) -> None:
    stream.write(f"{text}\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
