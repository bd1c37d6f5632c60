"""Which nodes of a plan cannot be served as they are, or are not what their names say? Guards on single nodes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from agent.core.judging.on_disk import Broken
from agent.core.observation import FileKind
from agent.core.planning.objection import Case, Objection
from agent.core.text.names import fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.core.node import Node
    from agent.core.observation import LockHolder, Observation


def nodes_of_another(case: Case) -> Iterator[Objection]:
    """A rollout is under way, or has died: whatever else speaks against this plan may be its doing."""
    holders: dict[tuple[str, str, str], list[LockHolder]] = defaultdict(list)
    names: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for judgement in case.judgements:
        lock = judgement.observation.lock if judgement.observation else None
        if lock is not None:
            holders[lock.holder, lock.host, lock.plan].append(lock)
            names[lock.holder, lock.host, lock.plan].append(judgement.node.name)
    for key, locks in holders.items():
        held, first = fold(names[key]), locks[0]
        who = printable(f"{first.holder}@{first.host} since {first.since} for plan {first.plan}")
        yield Objection(code="locked", sentence=f"{held}: held by {who}; see with `lock` whether it still runs")


def places_that_cannot_be_replaced(case: Case) -> Iterator[Objection]:
    """No commit follows a link, or puts a file where a folder lies."""
    for judgement in case.judgements:
        on_disk = judgement.on_disk
        if case.is_chosen(judgement) and isinstance(on_disk, Broken) and not on_disk.replaceable:
            sentence = f"{judgement.node.name}: {on_disk.reason}; move it away by hand, then plan again"
            yield Objection(code="unreadable", sentence=sentence)


def nodes_that_cannot_be_served(case: Case) -> Iterator[Objection]:
    """What a node would refuse at its own step is told before any node is touched."""
    for step, judgement, seen in case.observed:
        for code, sentence in _faults_of_a_machine(seen, judgement.node):
            yield Objection(code=code, sentence=f"{step.node}: {sentence}")
        if step.document is None:
            continue
        for code, sentence in _faults_of_a_folder(seen, len(step.document)):
            yield Objection(code=code, sentence=f"{step.node}: {sentence}")


def _faults_of_a_machine(seen: Observation, node: Node) -> Iterator[tuple[str, str]]:
    if seen.container is not None:
        told = printable(seen.container)
        yield "container", f"Jira runs in a container ({told}), whose start rewrites the file; use the image's settings"
    if seen.missing_tools:
        yield "missing-tools", f"tools are missing ({printable(', '.join(seen.missing_tools))}); install them first"
    if seen.ran_as != node.owner:
        told = f"work has to be done as {node.owner}, and {printable(seen.ran_as)} may not (sudo was refused)"
        yield "no-sudo", f"{told}; doctor shows the line"
    home = seen.process.home
    # Whoever locks a file in this localhome uses it, also where a link gives it a second name.
    if home is not None and seen.process.evidence != "lock" and home.rstrip("/") != node.localhome.rstrip("/"):
        told = f"Jira runs there with the home {printable(home)} and never reads {node.localhome}"
        yield "other-home", f"{told}; correct localhome, or the service's unit, in the inventory"


def _faults_of_a_folder(seen: Observation, size: int) -> Iterator[tuple[str, str]]:
    """What staging would refuse on this node, found before any other node is touched."""
    if seen.home.kind is not FileKind.DIRECTORY:
        yield "localhome", f"the localhome is no folder (found: {seen.home.kind}); correct localhome in the inventory"
    if seen.home.writable is False:
        yield "localhome", "the owner may not create files in the localhome (read-only, or another owner); correct that"
    if seen.home.free_inodes == 0 or (seen.home.free_bytes is not None and seen.home.free_bytes < size):
        yield "no-space", f"no space in the localhome (free: {seen.home.free_bytes} bytes); make room first"
    if seen.file.links > 1:
        yield "hard-link", f"the file has {seen.file.links} names (hard links); remove the others first"


def names_of_one_machine(case: Case) -> Iterator[Objection]:
    """Copied machines share machine ids and even inodes, but not the boot id; neighbours share that, but no folder."""
    seen = [(it.node.name, it.observation) for it in case.judgements if it.observation is not None]
    homes = ((name, (at.machine_id, at.boot_id, at.home.device, at.home.inode)) for name, at in seen)
    for names in _twins((name, home) for name, home in homes if all(home)):
        sentence = f"{fold(names)}: the same localhome on the same machine; each node belongs in the inventory once"
        yield Objection(code="same-machine", sentence=sentence)


def names_of_one_jira_node(case: Case) -> Iterator[Objection]:
    """Two nodes that call themselves the same cannot be told apart in the cluster's own view."""
    ids = ((it.node.name, it.observation.node_id) for it in case.judgements if it.observation is not None)
    for names in _twins((name, node_id) for name, node_id in ids if node_id):
        sentence = f"{fold(names)}: the same jira.node.id in cluster.properties; give each node its own"
        yield Objection(code="same-node-id", sentence=sentence)


def _twins(pairs: Iterable[tuple[str, object]]) -> list[list[str]]:
    names: defaultdict[object, list[str]] = defaultdict(list)
    for name, mark in pairs:
        names[mark].append(name)
    return [alike for alike in names.values() if len(alike) > 1]
