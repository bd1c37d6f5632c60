"""What the file on a node's disk means: nothing there, a document, something Jira would not start on, or not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.document import ABSENT
from agent.core.observation import FileKind
from agent.core.routing import Routing, routing_of
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from agent.core.document import Document
    from agent.core.finding import Finding
    from agent.core.node import Node
    from agent.core.observation import Observation

CAP_BYTES = 64 * 1024
"""No file beyond this size is read; a real one has some hundred bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFile:
    """Nothing lies there; Jira starts without it and keeps every target in the shared home."""

    @property
    def digest(self) -> str:
        """The word that stands for the digest of no file."""
        return ABSENT

    @property
    def canonical(self) -> str:
        """The word that stands for the meaning of no file; never equal to that of a document."""
        return ABSENT

    @property
    def routing(self) -> Routing:
        """Everything in the shared home."""
        return routing_of(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A document that Jira may start on, with the findings that it has nevertheless.

    doubt is set where it holds what nobody can foretell the effect of (an unknown element, something said twice): its
    canonical digest then equals no other, and its routing is the best guess.
    """

    document: Document
    findings: tuple[Finding, ...] = ()
    doubt: str | None = None

    @property
    def digest(self) -> str:
        """The digest of the bytes."""
        return self.document.digest

    @property
    def canonical(self) -> str:
        """The digest of the meaning."""
        return self.document.canonical

    @property
    def routing(self) -> Routing:
        """Where the document sends the data."""
        return routing_of(self.document.config)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Something lies there that Jira would not start on, or that is no file at all; replaceable: a commit would do.

    detail is what exactly is wrong with it, where the reason leaves that open.
    """

    reason: str
    detail: str = ""
    replaceable: bool
    digest: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """We were not allowed to look, or the node's own words contradict each other; nothing is known."""

    reason: str
    cure: str = ""


OnDisk = NoFile | Written | Broken | Hidden

_FOREIGN = {
    FileKind.SYMLINK: "a symbolic link",
    FileKind.DIRECTORY: "a directory",
    FileKind.FIFO: "a named pipe",
    FileKind.OTHER: "a device or socket",
}


_NO_FOLDER = {
    FileKind.ABSENT: "is not there",
    FileKind.REGULAR: "is not a folder",
    FileKind.FIFO: "is not a folder",
    FileKind.OTHER: "is not a folder",
}


def home_fault(observation: Observation, node: Node) -> Hidden | None:
    """Return what is wrong where the localhome is no folder; None where it is one, or may not be looked at.

    A link to a folder is read through, since Jira does the same; that nothing is written through it is doctor's to say.
    """
    said = _NO_FOLDER.get(observation.home.kind)
    if _leads_nowhere(observation, node):
        said = "is a symbolic link that leads to no folder"
    return Hidden(reason=f"the localhome {node.localhome} {said}", cure="correct jira.localhome") if said else None


def _leads_nowhere(observation: Observation, node: Node) -> bool:
    """Only of the owner is it known that no right was missing to follow the link."""
    home, file = observation.home.kind, observation.file.kind
    return home is FileKind.SYMLINK and file is FileKind.HIDDEN and observation.ran_as == node.owner


def place_kind(observation: Observation, node: Node) -> NoFile | Broken | Hidden | bytes:
    """Return what lies at the target's place as far as the file's facts tell; bytes still have to be read."""
    facts = observation.file
    hidden = home_fault(observation, node) or (_unseen(observation, node) if facts.kind is FileKind.HIDDEN else None)
    if hidden is not None:
        return hidden
    if facts.kind is FileKind.ABSENT:
        return NoFile()
    if facts.kind in _FOREIGN:
        return Broken(reason=f"there is {_FOREIGN[facts.kind]} in the file's place", replaceable=False)
    if facts.size > CAP_BYTES:
        return Broken(reason=f"the file has {facts.size} bytes, more than any configuration", replaceable=False)
    if facts.content is None or facts.digest is None:
        return _unread(observation, node.owner)
    return facts.content


def _unseen(observation: Observation, node: Node) -> Hidden:
    """To be the owner, and still not let in, is nothing that sudo could help."""
    reason = f"user {printable(observation.ran_as)} may not look into the localhome"
    own = f"correct jira.owner or jira.localhome, or let {printable(node.owner)} into {node.localhome}"
    return Hidden(reason=reason, cure=own if observation.ran_as == node.owner else _cure(node.owner))


def _unread(observation: Observation, owner: str) -> Broken | Hidden:
    """The owner itself cannot read it: neither can Jira. Anybody else: nothing is known."""
    if observation.ran_as == owner:
        return Broken(reason=f"user {printable(owner)}, as whom Jira runs, may not read the file", replaceable=False)
    return Hidden(reason=f"user {printable(observation.ran_as)} may not read the file", cure=_cure(owner))


def _cure(owner: str) -> str:
    return f"allow sudo to {printable(owner)} (doctor shows the lines), then read again"
