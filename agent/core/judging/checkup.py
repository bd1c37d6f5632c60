"""Can it work on this node: each check with what was seen, and the cure where it is not good."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.judging.on_disk import home_fault
from agent.core.judging.state import State, state_of
from agent.core.judging.twins import same_folder
from agent.core.node import SystemdService
from agent.core.observation import FileKind, Presence
from agent.core.text.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.core.node import Node
    from agent.core.observation import Observation

STAGE_BYTES = 256 * 1024
"""Room that a push needs: the staged document, the one kept, receipts; generous, since blocks are rounded up."""
STOP_SECONDS = 120
"""Seconds; a unit that kills sooner may cut a busy node off in the middle of what it has to write down."""


class Health(StrEnum):
    """How a check came out."""

    GOOD = "good"
    CARE = "care"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at on one node; cure says what to do where it is not good."""

    what: str
    health: Health
    seen: str
    cure: str | None = None


def examine(nodes: tuple[Node, ...], seen: Mapping[str, Observation | str]) -> dict[str, tuple[Check, ...]]:
    """Return the checks of each node, those that need all nodes included; a text instead of an observation is why."""
    twins = same_folder({name: said for name, said in seen.items() if not isinstance(said, str)})
    found: dict[str, tuple[Check, ...]] = {}
    for node in nodes:
        said = seen[node.name]
        if isinstance(said, str):
            found[node.name] = (
                _bad("connection", said, "try it by hand: ssh with the same user, port, key, known_hosts"),
            )
        else:
            found[node.name] = (*_check_node(node, said), *_check_twins(node.name, twins))
    return found


def _check_node(node: Node, seen: Observation) -> Iterator[Check]:
    yield _good("connection", "logged in")
    yield _check_owner(node, seen)
    yield _check_home(node, seen)
    yield _check_tools(seen)
    if home_fault(seen, node) is None:
        yield from _check_jira(node, seen)
    yield from _check_unit(node, seen)
    if seen.container:
        cure = "its start rewrites the file: use the image's own settings instead"
        yield _bad("container", f"Jira runs in the vendor's image ({seen.container})", cure)


def _check_jira(node: Node, seen: Observation) -> Iterator[Check]:
    """What is told of Jira's folder, its file and its process, which means nothing where the folder is not Jira's."""
    yield _check_room(seen)
    yield _check_file(node, seen)
    yield _check_process(node, seen)
    yield _check_status(node, seen)


def _check_owner(node: Node, seen: Observation) -> Check:
    if seen.ran_as == node.owner:
        return _good("file owner", f"acts as {node.owner}")
    cure = f"allow it in sudoers (doctor prints the lines), or log in as {node.owner}"
    return _bad("file owner", f"acts as {seen.ran_as}, since sudo -n -u {node.owner} was refused", cure)


def _check_home(node: Node, seen: Observation) -> Check:
    home, fault = seen.home, home_fault(seen, node)
    if fault is not None:
        return _bad("localhome", fault.reason.removeprefix("the localhome "), fault.cure)
    if home.kind is FileKind.SYMLINK:
        cure = "name the folder itself as jira.localhome, and as jira.home in Jira's own settings"
        return _bad("localhome", f"{node.localhome} is a symbolic link, and nothing is written through one", cure)
    if home.kind is not FileKind.DIRECTORY:
        return _bad("localhome", f"{node.localhome} is {home.kind}", "correct jira.localhome, or grant access to it")
    if home.owner and home.owner != node.owner:
        cure = f"correct jira.owner in the inventory, or chown the folder to {node.owner}"
        return _bad("localhome", f"{node.localhome} belongs to {home.owner}", cure)
    if home.writable is False:
        cure = "look at its mode and at how it is mounted"
        return _bad("localhome", f"{node.localhome} cannot be written by {seen.ran_as}", cure)
    return _good("localhome", f"a folder of {home.owner}:{home.group}, mode {home.mode}")


def _check_room(seen: Observation) -> Check:
    free, inodes = seen.home.free_bytes, seen.home.free_inodes
    if free is None:
        return _care("disk", "how much is free is not known", "look with df on the node")
    if free < STAGE_BYTES or inodes == 0:
        cure = "make room on the file system of the localhome"
        return _bad("disk", f"{free // 1024} KiB and {inodes} inodes free", cure)
    return _good("disk", "enough room for a push")


def _check_tools(seen: Observation) -> Check:
    if seen.missing_tools:
        return _bad("tools", f"missing: {', '.join(seen.missing_tools)}", "install coreutils and util-linux")
    return _good("tools", "all there")


def _check_file(node: Node, seen: Observation) -> Check:
    file = seen.file
    if file.kind is FileKind.ABSENT:
        return _good("file", "absent, so everything goes to the shared home")
    if file.kind is FileKind.HIDDEN:
        return _care("file", "may not be looked at", "see to the file owner first")
    if file.kind is not FileKind.REGULAR:
        return _bad(
            "file", f"is {file.kind}, not a regular file", "replace it by a plain file; links are never followed"
        )
    if file.links > 1:
        return _bad("file", f"has {file.links} hard links", "remove the other names; a push would part them")
    if file.owner != node.owner:
        return _care("file", f"belongs to {file.owner}, not to {node.owner}", "a push replaces it by one that is right")
    return _good("file", f"{file.owner}:{file.group}, mode {file.mode}")


def _check_process(node: Node, seen: Observation) -> Check:
    process = seen.process
    if process.presence is Presence.NONE:
        return _care("process", "no Jira uses this localhome", "start Jira, or correct jira.localhome")
    if process.presence is Presence.UNKNOWN:
        return _care("process", f"not certain ({process.evidence})", "what is in force cannot be proven here")
    if process.home is not None and process.home.rstrip("/") != node.localhome:
        cure = f"correct jira.localhome: Jira never reads {node.localhome}"
        return _bad("process", f"runs with -Djira.home={process.home}", cure)
    return _good("process", f"found by {process.evidence}")


def _check_status(node: Node, seen: Observation) -> Check:
    page = seen.status
    if page.code is not None and seen.process.presence is Presence.NONE:
        told = f"{node.status.url}: HTTP {page.code} {page.state or ''}".rstrip()
        cure = "correct jira.localhome or jira.status: this page may be another Jira's"
        return _bad("status page", f"{told}, but no Jira uses {node.localhome}", cure)
    if state_of(seen) is State.ERROR:
        cure = f"see {node.localhome}/log/atlassian-jira.log on the node"
        return _bad("status page", f"HTTP {page.code} {page.state}: the start of Jira was prevented", cure)
    if state_of(seen) is State.UNKNOWN:
        said = page.reason or f"HTTP {page.code} {page.state or ''}".rstrip()
        return _bad(
            "status page", f"{node.status.url}: {said}", "correct jira.status; without it no restart is allowed"
        )
    return _good("status page", f"HTTP {page.code} {page.state}" if page.code else "nobody listens, Jira is down")


def _check_unit(node: Node, seen: Observation) -> Iterator[Check]:
    if not isinstance(node.service, SystemdService):
        return
    facts = dict(seen.unit)
    if not facts:
        told = f"systemctl said nothing of {node.service.unit}, so a restart would halt"
        cure = f"see what `systemctl show {node.service.unit}` says on the node, or name start and stop commands"
        yield _bad("service", told, f"{cure} as jira.service")
        return
    if facts.get("LoadState") != "loaded":
        yield _bad("service", f"{node.service.unit} is {facts.get('LoadState') or 'unknown'}", "correct jira.service")
        return
    limit = _seconds(facts.get("TimeoutStopUSec", ""))
    if limit is not None and limit < STOP_SECONDS:
        cure = (
            f"raise TimeoutStopSec of {node.service.unit} to some minutes: systemd kills what has not stopped by then"
        )
        yield _care("service", f"{node.service.unit} is killed {limit} s after a stop", cure)
    else:
        yield _good("service", f"{node.service.unit} is {facts.get('ActiveState', '?')}")


_UNITS = {"d": 86400, "h": 3600, "min": 60, "s": 1, "ms": 0, "us": 0}


def _seconds(span: str) -> int | None:
    """Read systemd's time span ("1min 30s", systemd.time(7)) as whole seconds; None for infinity and anything else."""
    words = re.findall(r"([0-9]+)(d|h|min|ms|us|s)\b", span)
    return sum(int(count) * _UNITS[unit] for count, unit in words) if words else None


def _check_twins(name: str, twins: tuple[tuple[str, ...], ...]) -> Iterator[Check]:
    for names in twins:
        if name in names:
            yield _bad("identity", f"{fold(names)} are one machine with one localhome", "list it once")


def _good(what: str, seen: str) -> Check:
    return Check(what=what, health=Health.GOOD, seen=seen)


def _care(what: str, seen: str, cure: str) -> Check:
    return Check(what=what, health=Health.CARE, seen=seen, cure=cure)


def _bad(what: str, seen: str, cure: str) -> Check:
    return Check(what=what, health=Health.BAD, seen=seen, cure=cure)
