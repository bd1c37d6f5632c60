"""One node's answer put beside what it should have: on disk, in force, and where its data goes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent.core.judging.in_force import Known, Unknown
from agent.core.judging.on_disk import Hidden, NoFile, OnDisk, Written, home_fault
from agent.core.observation import Presence
from agent.core.routing import Routing, routing_of
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from agent.core.document import Document
    from agent.core.judging.in_force import InForce
    from agent.core.judging.witness import Witness
    from agent.core.node import Node
    from agent.core.observation import Observation

OTHER_LAYOUT: Final = "other layout"
"""How the blemishes call other bytes of the same meaning."""
_PARTS = re.compile(r"(?P<what>(?:[^(;]|;(?! )|\([^()]*\))+); (?P<next>.+)", re.DOTALL)


class SilenceKind(StrEnum):
    """Why there is no observation: never connected, or connected and the answer was lost or garbled."""

    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A node that gave no observation, and why."""

    kind: SilenceKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One node, the document it should have, and what came of looking: an observation or a silence."""

    node: Node
    desired: Document
    observation: Observation | None = None
    silence: Silence | None = None
    witness: Witness | None = None
    """What an earlier look has proven of a process of this node, if anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A look with its meaning worked out; everything here is about this node alone."""

    look: Look
    observation: Observation | None
    on_disk: OnDisk
    in_force: InForce

    @property
    def desired_routing(self) -> Routing:
        """Where the desired document sends the data."""
        return routing_of(self.look.desired.config)

    @property
    def disk_routing(self) -> Routing | None:
        """Where the file on disk would send the data; None where Jira would not start on it or nothing is known."""
        return self.on_disk.routing if isinstance(self.on_disk, Written | NoFile) else None

    @property
    def effective_routing(self) -> Routing | None:
        """Where data goes now as far as is known: by what is in force, else by the disk."""
        return self.in_force.routing if isinstance(self.in_force, Known) else self.disk_routing

    @property
    def digest(self) -> str | None:
        """The digest on disk; ABSENT where there is no file."""
        return None if isinstance(self.on_disk, Hidden) else self.on_disk.digest

    @property
    def disk_is_right(self) -> bool:
        """Whether the file on disk means what it should; no file is right only where none is desired."""
        return isinstance(self.on_disk, Written | NoFile) and self.on_disk.canonical == self.look.desired.canonical

    @property
    def is_loaded(self) -> bool:
        """Whether the running process is known to have the desired meaning loaded."""
        return isinstance(self.in_force, Known) and self.in_force.canonical == self.look.desired.canonical

    @property
    def blemishes(self) -> tuple[str, ...]:
        """What differs without changing the meaning: bytes, mode, owner, group; facts not given are not judged."""
        if self.observation is None or not isinstance(self.on_disk, Written):
            return ()
        facts, node = self.observation.file, self.look.node
        pairs = (
            ("mode", facts.mode.zfill(4) if facts.mode else "", node.mode.zfill(4)),
            ("owner", facts.owner, node.owner),
            ("group", facts.group, node.group),
        )
        layout = () if self.digest == self.look.desired.digest else (OTHER_LAYOUT,)
        differing = (f"{word} {printable(is_)} instead of {due}" for word, is_, due in pairs if is_ and is_ != due)
        return (*layout, *differing)


def of_another(look: Look, observation: Observation) -> Unknown | None:
    """Return why the process that was found, or not found, tells nothing of this node's Jira; None where it does."""
    fault = home_fault(observation, look.node)
    if fault is not None:
        return Unknown(reason=fault.reason)
    homes = other_homes(look.node, observation)
    if homes:
        told = " or ".join(map(printable, homes))
        return Unknown(reason=f"the process was started with the home {told}, the inventory says {look.node.localhome}")
    return _page_of_another(observation)


def other_homes(node: Node, observation: Observation) -> tuple[str, ...]:
    """Return the homes of which one is that of the Jira that runs here, where it is not the inventory's localhome.

    A process that was started with another home has read another file, whatever lies in this one; unless it holds the
    lock in this one, which it then knows under another name (as from within a container). Where no process has this
    home and a page answers all the same, it is that of one of the others.
    """
    process = observation.process
    if process.presence is Presence.FOUND:
        if process.evidence == "lock":
            return ()
        same = process.home is None or process.home.rstrip("/") == node.localhome.rstrip("/")
        return () if same or process.home is None else (process.home,)
    return process.elsewhere if observation.status.code is not None else ()


def _page_of_another(observation: Observation) -> Unknown | None:
    """A page answers, so some Jira runs; that none uses this localhome means that one of the two is not this node's."""
    if observation.process.presence is not Presence.NONE or observation.status.code is None:
        return None
    return Unknown(reason="the status page answers, but no Jira uses this localhome (one of the two is another Jira's)")


def unseen(look: Look) -> Sight:
    """Return the sight of a node that gave no observation."""
    reason = look.silence.reason if look.silence else "the node was not looked at"
    what, cure = _parted(printable(reason))
    return Sight(look=look, observation=None, on_disk=Hidden(reason=what, cure=cure), in_force=Unknown(reason=what))


def _parted(sentence: str) -> tuple[str, str]:
    """Part what happened from what to do next, as all sentences of faults are built; brackets stay whole."""
    found = _PARTS.fullmatch(sentence)
    return (found["what"], found["next"]) if found else (sentence, "")
