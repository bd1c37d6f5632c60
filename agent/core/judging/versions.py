"""Which version of Jira does each node run: by the cluster's own list of its nodes, else by the node's own log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent.core.observation import Presence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Member, Observation

SIGNS: Final = (" started. You can now access J", "startup checks.")
"""What the lines of the log bear that tell of a start: its end, which names the version, and its beginning."""
_STARTED = re.compile(
    r"\s*J(?:ira|IRA) (?P<version>[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}) build: [0-9]{1,12} started\. You can now .*"
)
"""The vendor's own sentence, on a line of its own between two rows of stars. It was seen in logs of Jira 6 to 8; that
9.9 and later still write it is inferred. Where they do not, no version is known, and none is guessed."""


class Source(StrEnum):
    """Who says it: Jira's REST pages, or the node itself."""

    REST = "rest"
    NODE = "node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A version and whose word it is."""

    version: str
    source: Source


def version_of(judgement: Judgement, judgements: tuple[Judgement, ...]) -> Told | None:
    """Return the version of one node, all of them seen together; None where nobody says it."""
    member = member_of(judgement, judgements)
    if member is not None and member.version is not None:
        return Told(version=member.version, source=Source.REST)
    logged = judgement.observation and version_in_log(judgement.observation)
    return Told(version=logged, source=Source.NODE) if logged else None


def member_of(judgement: Judgement, judgements: tuple[Judgement, ...]) -> Member | None:
    """Return how the cluster lists a node: by the node's own page, else by that of any other."""
    node_id = judgement.observation.node_id if judgement.observation else None
    listed = (*_listed(judgement), *(member for it in judgements for member in _listed(it)))
    return next((member for member in listed if node_id and member.node_id == node_id), None)


def version_in_log(observation: Observation) -> str | None:
    """Return the version that the last start wrote into the log; None once a later one has begun, or nothing runs.

    The log may have been rotated away, so that the absence of a version means nothing.
    """
    if observation.excerpt is None or observation.process.presence is not Presence.FOUND:
        return None
    said: str | None = None
    for line in observation.excerpt.lines:
        found = _STARTED.fullmatch(line)
        if found or line.rstrip().endswith(SIGNS[1]):
            said = found["version"] if found else None
    return said


def _listed(judgement: Judgement) -> Iterator[Member]:
    rest = judgement.observation.rest if judgement.observation else None
    yield from (rest.members or ()) if rest else ()
