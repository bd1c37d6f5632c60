"""Start and stop a stand-in node, as start-jira.sh and stop-jira.sh do: `start|stop|run -Djira.home=FOLDER`.

Run by path, with -I and -S, by any user who can read it. What a start needs before it can return is imported here and
nothing else: both commands take some 20 ms.
"""

from __future__ import annotations

import os
import signal
import sys

sys.path.insert(0, os.path.abspath(f"{__file__}/../../../.."))  # noqa: PTH100 - run by path, isolated; pathlib is slow to import

from agent.lab.jira import habits, lock

HOME = "-Djira.home="
USAGE = f"usage: start|stop|run {HOME}FOLDER"


def main(words: list[str]) -> int:
    """Do what the words say; 0 where it is done, 1 where it could not be, 2 for other words."""
    acts = {"start": start, "stop": stop, "run": run}
    if len(words) != 2 or words[0] not in acts or not words[1].startswith(f"{HOME}/"):  # noqa: PLR2004 - verb and home
        print(USAGE, file=sys.stderr)  # noqa: T201 - a command of its own
        return 2
    try:
        return acts[words[0]](words[1].removeprefix(HOME))
    except OSError as fault:
        print(f"{words[1]}: {fault.strerror}", file=sys.stderr)  # noqa: T201 - as above
        return 1


def start(home: str) -> int:
    """Start a node that outlives this command; nothing to do where one runs. Returns once it holds the home's lock.

    Descriptors that were inherited stay open in the node, as they do in a JVM: who starts it must not leak a lock.
    """
    if lock.holder_of(home) is not None or habits.does_nothing(home, "start"):
        return 0
    hears, tells = os.pipe()
    if os.fork() == 0:
        os.close(hears)
        _detach()
        return _live(home, tells)
    os.close(tells)
    return 0 if os.read(hears, 1) else 1


def run(home: str) -> int:
    """Be the node in the foreground, as start-jira.sh -fg."""
    os.umask(0o027)
    return _live(home, os.open(os.devnull, os.O_WRONLY))


def stop(home: str) -> int:
    """Ask the node to stop and return at once; nothing to do where none runs."""
    holder = lock.holder_of(home)
    if holder is not None and not habits.does_nothing(home, "stop"):
        os.kill(holder, signal.SIGTERM)
    return 0


def _detach() -> None:
    os.setsid()
    os.chdir("/")
    os.umask(0o027)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)


def _live(home: str, tells: int) -> int:
    """Lock the home, tell the starter, and live; two starts at once leave one node."""
    held = lock.take(home)
    if held is None and lock.holder_of(home) is None:
        return 1
    os.write(tells, b"+")
    os.close(tells)
    if held is None:
        return 0
    from pathlib import Path  # noqa: PLC0415 - the starter has returned by now

    from agent.lab.jira import process  # noqa: PLC0415 - as above

    process.live(Path(home))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
