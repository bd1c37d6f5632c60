"""How does a user speak of a lab's cluster, and what does he see? The program as processes of its own, from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.edges.journal import read, rollouts
from agent.lab import sshd
from agent.lab.cluster import LabCluster, lab_cluster
from agent.lab.inventory import FILESTORES
from tests.support.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.core.rollout.events import Event

PATIENCE = 180.0
"""Seconds that a task may take; none takes a tenth of it on a machine at rest."""
SECOND = FILESTORES.replace("max-concurrency: 100", "max-concurrency: 50")
"""Another document that sends the data to the same places."""
ALL_BUT_LOCAL = {"XDG_STATE_HOME", "FILESTORE_AGENT_INVENTORY"}
STARTED = "stand-in for a Jira node"
"""Words of the first line that each start writes into the log."""
OURS = ".filestore-agent"


def policy(**keys: object) -> str:
    """Return the inventory's key `rollout`: quick looks, and what a test wants besides."""
    words: dict[str, object] = {"ready-timeout": "60s", "ready-streak": 1, "ready-interval": "1s"}
    words |= {name.replace("_", "-"): value for name, value in keys.items()}
    return "rollout:\n" + "".join(f"  {name}: {json.dumps(value)}\n" for name, value in words.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A running cluster and a user's way to speak of it; every workstation has journals of its own."""

    lab: LabCluster
    workstation: str = "workstation"
    controllers: list[Controller] = field(default_factory=list)

    def at(self, workstation: str) -> Journey:
        """Return the same journey as somebody at another workstation sees it."""
        return replace(self, workstation=workstation)

    @property
    def state_home(self) -> Path:
        """Where this workstation keeps what it remembers."""
        return self.lab.folder / self.workstation

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the user, whose journals are his own."""
        kept = {name: value for name, value in os.environ.items() if name not in ALL_BUT_LOCAL}
        return {**kept, "XDG_STATE_HOME": str(self.state_home)}

    def command(self, *words: str) -> list[str]:
        """Return the command line of a task on this cluster."""
        return [sys.executable, "-m", "agent", *words, "--inventory", str(self.lab.inventory)]

    def run(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run a task, and return its exit code and JSON."""
        done = subprocess.run(
            [*self.command(*words), "--json"], stdin=subprocess.DEVNULL,
            check=False, capture_output=True, text=True, timeout=PATIENCE, env=self.environment,
        )  # fmt: skip
        assert done.stdout, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        assert told["exit_code"] == done.returncode, told
        return done.returncode, {**told, "stderr": done.stderr}

    def done(self, *words: str) -> dict[str, Any]:
        """Run a task that has to come to its good end, and return its JSON."""
        code, told = self.run(*words)
        assert (code, told["outcome"]) == (0, "ok"), told
        return told

    def start(self, *words: str) -> Controller:
        """Start a task and go on; its progress can be read."""
        controller = Controller(self.command(*words), self.environment)
        self.controllers.append(controller)
        return controller

    def deployed(self) -> Journey:
        """Bring the first file into force on all nodes, the quick way."""
        self.done("deploy-config", "--together", "--confirm", "lab")
        return self

    def declare_another(self, **rollout: object) -> Journey:
        """Let the inventory want another document of the same routing."""
        self.declare(SECOND, **rollout)
        return self

    def declare(self, filestores: str, **rollout: object) -> None:
        """Write the inventory anew."""
        self.lab.write_inventory(filestores, rollout=policy(**rollout))

    def declare_another_and_a_token(self) -> Journey:
        """Let the inventory name the token for Jira's own pages, too."""
        self.lab.write_inventory(SECOND, rollout=policy(), token_file=self.lab.token_file)
        return self

    def standings(self) -> dict[str, str]:
        """Return every node's standing as `drift` sees it."""
        return {node["name"]: node["standing"] for node in self.run("drift")[1]["nodes"]}

    def pids(self, *names: str) -> dict[str, int | None]:
        """Return the process of each node's Jira; of all nodes where none is named."""
        return {node.name: node.pid for node in self.lab.nodes if not names or node.name in names}

    def files(self) -> dict[str, bytes | None]:
        """Return what lies on each node, None where nothing does."""
        return {node.name: node.file.read_bytes() if node.file.exists() else None for node in self.lab.nodes}

    def starts(self) -> dict[str, int]:
        """Return how often each node's Jira has been started so far."""
        return {node.name: node.log.count(STARTED) for node in self.lab.nodes}

    def remains(self) -> dict[str, list[str]]:
        """Return what a rollout may have left behind: temps, a lock, a copy of a plan; only nodes that have any."""
        found = {node.name: sorted(_remains(node.home)) for node in self.lab.nodes}
        return {name: names for name, names in found.items() if names}

    def holders(self) -> set[str]:
        """Return the plans that hold nodes, as `lock` sees them."""
        return {holder["plan"] for holder in self.run("lock")[1]["holders"]}

    def rollouts(self) -> tuple[tuple[str, Path], ...]:
        """Return plan and journal of each rollout that was begun or gone on with here, the latest first."""
        return rollouts(self.state_home / "filestore-agent" / "rollouts" / "lab")

    def events(self) -> tuple[Event, ...]:
        """Return what the latest journal here tells; empty where there is none."""
        return next((read(path)[0] for _, path in self.rollouts()), ())


def _remains(home: Path) -> list[str]:
    temps = [path.name for path in home.iterdir() if path.name.startswith(".filestore-config.xml")]
    ours = home / OURS
    kept = {"epoch", "receipts", "mutex", "documents"}
    return temps + ([path.name for path in ours.iterdir() if path.name not in kept] if ours.is_dir() else [])


@contextmanager
def journeying(folder: Path, count: int = 3, *, deployed: bool = False, **rollout: object) -> Iterator[Journey]:
    """Start a lab with Jira running on every node; whatever was started in it ends with it."""
    require_sshd()
    with lab_cluster(folder, count) as lab:
        lab.write_inventory(rollout=policy(**rollout))
        lab.start_jira()
        journey = Journey(lab=lab)
        try:
            yield journey.deployed() if deployed else journey
        finally:
            for controller in journey.controllers:
                controller.kill()


def require_sshd() -> None:
    """Skip by name where there is no sshd, and fail where everything is required."""
    if sshd.available() is None:
        reason = "no sshd on this machine; install openssh-server"
        if os.environ.get("FILESTORE_AGENT_REQUIRE") == "all":
            pytest.fail(reason)
        pytest.skip(reason)
