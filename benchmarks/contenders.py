"""Who is measured, doing what: the product's own commands, the two floors, plain Fabric; each a program of its own."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.fleet import DOCUMENT
from benchmarks.letters import LOOKS, letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.fleet import Fleet

INSTALLED = Path(sys.executable).with_name("filestore-agent")
PRODUCT = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-m", "agent"]


class Work(StrEnum):
    """What is done to every node; each begins with a new process and without a connection."""

    DRIFT = "drift"
    PUSH = "push"
    SAME = "no-op push"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A program under measurement; floors are what the others are compared with."""

    name: str
    floor: bool
    command: Sequence[str]
    right: dict[int, str]


def contenders(work: Work, fleet: Fleet, folder: Path) -> tuple[Contender, ...]:
    """Return everybody who takes part in one discipline."""
    return (
        Contender(name="filestore-agent", floor=False, command=_product(work, fleet), right=RIGHT[work]),
        Contender(name="floor: bare paramiko", floor=True, command=_module("floor", work, fleet), right=DONE),
        Contender(name="floor: ssh program", floor=True, command=_ssh(work, fleet, folder), right=DONE),
        Contender(name="plain Fabric", floor=False, command=_module("plain_fabric", work, fleet), right=DONE),
    )


DONE = {0: "done"}
RIGHT = {
    Work.DRIFT: {0: "all as they should be", 2: "drift, since no Jira runs here that could have loaded the file"},
    Work.PUSH: {0: "pushed", 2: "pushed, restarts pending"},
    Work.SAME: {0: "nothing to do", 2: "nothing to push, restarts pending"},
}


def _product(work: Work, fleet: Fleet) -> list[str]:
    where = ["--inventory", str(fleet.cluster.inventory), "--cluster", "lab", "--json"]
    if work is Work.DRIFT:
        return [*PRODUCT, "drift", *where]
    return [*PRODUCT, "deploy-config", *where, "--yes", "--confirm", "lab", "--no-restart"]


def _module(module: str, work: Work, fleet: Fleet) -> list[str]:
    """A no-op push is one look for the floor: nothing less tells that there is nothing to do."""
    fabric = {Work.DRIFT: "look", Work.PUSH: "push", Work.SAME: "same"}
    floor = {Work.DRIFT: "look", Work.PUSH: "push", Work.SAME: "look"}
    act = (fabric if module == "plain_fabric" else floor)[work]
    return [sys.executable, "-m", f"benchmarks.{module}", act, str(fleet.card)]


def _ssh(work: Work, fleet: Fleet, folder: Path) -> list[str]:
    """Return a shell line that runs one ssh a node, 32 at a time, with the quick key exchange and one command each."""
    folder.mkdir(exist_ok=True)
    cluster = fleet.cluster
    user = cluster.folder.owner()
    for node in cluster.nodes:
        if work is Work.PUSH:
            command, stdin = _one_push(str(node.file)), DOCUMENT
        else:
            command, stdin, _ = next(letters(LOOKS, node.name, str(node.home), user, cluster.folder.group()))
        (folder / f"{node.name}.stdin").write_bytes(stdin)
        (folder / f"{node.name}.sh").write_text(
            f"exec ssh -F {cluster.folder}/ssh_config -o KexAlgorithms=curve25519-sha256 -o BatchMode=yes"
            f" -p {node.ssh_port} 127.0.0.1 {shlex.quote(command)} < {folder}/{node.name}.stdin",
            encoding="utf-8",
        )
    return ["/bin/sh", "-c", f"printf '%s\\0' {folder}/*.sh | xargs -0 -P 32 -n 1 /bin/sh"]


def _one_push(file: str) -> str:
    """Return the least that a push can be: temp, fsync, mode, rename, fsync of the folder, read back."""
    return (
        f"umask 027; t=$(mktemp {file}.XXXXXX) && cat > $t && chmod 0640 $t && sync $t && mv -T $t {file}"
        f" && sync $(dirname {file}) && sha256sum {file}"
    )
