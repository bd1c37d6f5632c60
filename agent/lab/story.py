"""`demo`: the whole story on an embedded cluster, told by the product's own commands as a user would type them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.core.report import Line, Report, Tone
from agent.errors import Outcome
from agent.lab import sshd
from agent.lab.cluster import lab_cluster
from agent.lab.inventory import FILESTORES

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.lab.cluster import LabCluster

    Say = Callable[[str, Tone], None]

HAND_MADE = b"""<?xml version="1.1" ?>
<filestore-config>
  <filestores />
  <associations />
</filestore-config>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One command of the story: why it is run, its words, and the exit code that belongs to it."""

    why: str
    words: tuple[str, ...]
    expected: Outcome


IMAGINED = (
    Chapter(
        why="Is the inventory right? Nothing is connected for that.",
        words=("validate",),
        expected=Outcome.OK,
    ),
    Chapter(
        why="What would be done, and what would it mean?",
        words=("plan", "--restart"),
        expected=Outcome.CHANGES,
    ),
    Chapter(
        why="Do it: stage on all; if none objects, node by node stop, commit, start, wait until it is ready.",
        words=("deploy-config", "--restart", "--confirm", "lab"),
        expected=Outcome.OK,
    ),
)
ALTERED = (
    Chapter(
        why="Does anybody notice? Jira does not: it says RUNNING on every node.",
        words=("drift",),
        expected=Outcome.DRIFT,
    ),
    Chapter(
        why="Repair: only the node that stands out is touched.",
        words=("deploy-config", "--restart", "--yes"),
        expected=Outcome.OK,
    ),
)
TUNED = (
    Chapter(
        why="Push it now and restart later: nobody has to wait for a restart window.",
        words=("deploy-config", "--yes"),
        expected=Outcome.OK,
    ),
    Chapter(
        why="The restart window: what waits for a restart, one node at a time.",
        words=("rolling-restart", "--yes"),
        expected=Outcome.OK,
    ),
    Chapter(
        why="And now?",
        words=("drift",),
        expected=Outcome.OK,
    ),
)


def tell_story(say: Say) -> Report:
    """Start three nodes, go through deploy, drift, repair and rolling restart, and leave nothing behind."""
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="filestore-agent-demo-") as folder,
        lab_cluster(Path(folder).resolve(), 3) as cluster,
    ):
        say(f"Three nodes on this machine, behind {_servers()}; a stand-in plays Jira.", Tone.TITLE)
        cluster.start_jira()
        missed = _play(IMAGINED, cluster, say)
        _alter_by_hand(cluster, say)
        missed += _play(ALTERED, cluster, say)
        _tune(cluster, say)
        missed += _play(TUNED, cluster, say)
    if missed:
        return Report(task="demo", outcome=Outcome.ERROR, sentence=f"The demo went wrong at: {', '.join(missed)}.")
    return Report(
        task="demo",
        outcome=Outcome.OK,
        sentence=f"The whole story in {time.monotonic() - began:.0f} seconds; nothing is left running.",
        lines=(Line(text=""),),
        next_command="write clusters/prod.yml (README.md), then filestore-agent doctor --inventory clusters",
    )


def _play(chapters: tuple[Chapter, ...], cluster: LabCluster, say: Say) -> list[str]:
    """Run the chapters in order, and return those that did not end as they should."""
    return [shlex.join(chapter.words) for chapter in chapters if not _run(chapter, cluster, say)]


def _alter_by_hand(cluster: LabCluster, say: Say) -> None:
    say("", Tone.PLAIN)
    say(
        "Somebody copies an old file to jira-2 by hand and restarts it. Then a backup is made on each node:",
        Tone.TITLE,
    )
    odd = cluster.node("jira-2")
    odd.stop_jira()
    odd.write(HAND_MADE)
    time.sleep(4)  # people take a while, and what changed about two seconds before a start proves nothing
    odd.start_jira()
    odd.wait_for("RUNNING")
    for node in cluster.nodes:
        say(f"  {node.name} wrote its backup to {node.store('backups').relative_to(cluster.folder)}", Tone.PLAIN)


def _tune(cluster: LabCluster, say: Say) -> None:
    say("", Tone.PLAIN)
    say("Another day: max-concurrency goes from 100 to 50 in the inventory; the data stays where it is.", Tone.TITLE)
    cluster.write_inventory(FILESTORES.replace("max-concurrency: 100", "max-concurrency: 50"))


def _run(chapter: Chapter, cluster: LabCluster, say: Say) -> bool:
    """Run the installed program in a process of its own, its output straight to the terminal."""
    say("", Tone.PLAIN)
    say(f"# {chapter.why}", Tone.TITLE)
    say(f"$ filestore-agent {shlex.join(chapter.words)}", Tone.PLAIN)
    environment = {
        **os.environ,
        "FILESTORE_AGENT_INVENTORY": str(cluster.inventory),
        "XDG_STATE_HOME": str(cluster.folder / "state"),
    }
    done = subprocess.run(  # noqa: S603 - our own program with words of our own
        [sys.executable, "-m", "agent", *chapter.words],
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    return done.returncode == chapter.expected.exit_code


def _servers() -> str:
    return "real OpenSSH servers" if sshd.available() else "SSH servers of our own (there is no sshd here)"
