"""Many more seeds than the tests run, on all cores: `make soak`.

FILESTORE_AGENT_MINUTES says how long (5), or FILESTORE_AGENT_ROLLOUTS how many; FILESTORE_AGENT_SEED tells the story of
one seed instead. Begins at a seed of its own each time, and prints it.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import count, islice
from typing import TYPE_CHECKING

from tests.simulator.world import Broken, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

CHUNK = 500
"""Seeds of one errand: a few seconds."""
REPORT_EVERY = 10.0
MOST_FOUND = 10


def main() -> int:
    """Return 1 where a law was broken."""
    seed = os.environ.get("FILESTORE_AGENT_SEED", "")
    return _tell(int(seed)) if seed else _soak()


def _tell(seed: int) -> int:
    """Tell the whole story of a seed."""
    trial = Trial(seed)
    found = _found(trial)
    for life in trial.lives:
        print(f"{life.scenario.plan}\nends: {[str(outcome) for outcome in life.outcomes]}")  # noqa: T201
        for number, journal in enumerate(life.journals, 1):
            print(f"-- controller {number}", *(f"  {event}" for event in journal), sep="\n")  # noqa: T201
    print(found or f"seed {seed}: every law holds")  # noqa: T201
    return 1 if found else 0


def _soak() -> int:
    minutes = float(os.environ.get("FILESTORE_AGENT_MINUTES", "5"))
    rollouts = int(os.environ.get("FILESTORE_AGENT_ROLLOUTS", "0"))
    first = time.time_ns() // 10**9 * 1000
    print(f"soak: from seed {first} on, {f'{rollouts:,} rollouts' if rollouts else f'{minutes:g} minutes'}")  # noqa: T201
    found, done, since = _run(first, rollouts, time.monotonic() + 60 * minutes)
    print(f"soak: {done:,} rollouts in {since:.0f} s ({done / since:.0f} a second), {found} broke a law")  # noqa: T201
    return 1 if found else 0


def _run(first: int, rollouts: int, until: float) -> tuple[int, int, float]:
    """Return how many seeds broke a law, how many were run, and the seconds that it took."""
    begun = told = time.monotonic()
    found = done = 0
    starts = count(first, CHUNK) if not rollouts else iter(range(first, first + rollouts, CHUNK))
    last = first + rollouts if rollouts else sys.maxsize
    with ProcessPoolExecutor() as pool:
        errands = {pool.submit(_hold, start, last) for start in islice(starts, 2 * (os.cpu_count() or 1))}
        while errands:
            errand = _next(errands)
            errands.discard(errand)
            seeds, broken = errand.result()
            done, found = done + seeds, found + len(broken)
            for sentence in broken:
                print(sentence, flush=True)  # noqa: T201
            if found < MOST_FOUND and (rollouts or time.monotonic() < until):
                errands |= {pool.submit(_hold, start, last) for start in islice(starts, 1)}
            if time.monotonic() - told > REPORT_EVERY:
                told = time.monotonic()
                print(f"soak: {done:,} rollouts, {done / (told - begun):.0f} a second, {found} broke a law", flush=True)  # noqa: T201
    return found, done, time.monotonic() - begun


def _next(errands: set[Future[tuple[int, list[str]]]]) -> Future[tuple[int, list[str]]]:
    done: Iterator[Future[tuple[int, list[str]]]] = as_completed(errands)
    return next(done)


def _hold(start: int, last: int) -> tuple[int, list[str]]:
    """Run the seeds of one errand; return how many, and what was broken."""
    seeds = range(start, min(start + CHUNK, last))
    return len(seeds), [found for seed in seeds if (found := _found(Trial(seed)))]


def _found(trial: Trial) -> str:
    try:
        trial.hold()
    except Broken as broken:
        return str(broken)
    return ""


if __name__ == "__main__":
    sys.exit(main())
