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
    """Something lies there that Jira would not start on, or that is no file at all; replaceable: a commit would do."""

    reason: str
    replaceable: bool
    digest: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """We were not allowed to look, or the node's own words contradict each other; nothing is known."""

    reason: str


OnDisk = NoFile | Written | Broken | Hidden

_FOREIGN = {
    FileKind.SYMLINK: "a symbolic link",
    FileKind.DIRECTORY: "a directory",
    FileKind.FIFO: "a named pipe",
    FileKind.OTHER: "a device or socket",
}


def place_kind(observation: Observation, *, owner: str) -> NoFile | Broken | Hidden | bytes:
    """Return what lies at the target's place as far as the file's facts tell; bytes still have to be read."""
    facts = observation.file
    if facts.kind is FileKind.ABSENT:
        return NoFile()
    if facts.kind is FileKind.HIDDEN:
        return Hidden(reason=f"user {printable(observation.ran_as)} may not look into the localhome; {_cure(owner)}")
    if facts.kind in _FOREIGN:
        return Broken(reason=f"there is {_FOREIGN[facts.kind]} in the file's place", replaceable=False)
    if facts.size > CAP_BYTES:
        return Broken(reason=f"the file has {facts.size} bytes, more than any configuration", replaceable=False)
    if facts.content is None or facts.digest is None:
        return _unread(observation, owner)
    return facts.content


def _unread(observation: Observation, owner: str) -> Broken | Hidden:
    """The owner itself cannot read it: neither can Jira. Anybody else: nothing is known."""
    if observation.ran_as == owner:
        return Broken(reason=f"user {printable(owner)}, as whom Jira runs, may not read the file", replaceable=False)
    return Hidden(reason=f"user {printable(observation.ran_as)} may not read the file; {_cure(owner)}")


def _cure(owner: str) -> str:
    return f"allow sudo to {printable(owner)} (doctor shows the line), then read again"
