"""Looks that bring versions too: Jira's own list of its nodes where the inventory has a token, else its log's words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.core.judging.versions import SIGNS
from agent.core.observation import Presence
from agent.edges.secrets import resolve
from agent.errors import InputError
from agent.node.answers import Ok
from agent.node.looks import Consult, Page, ReadLog
from agent.operations.looking.gathering import ask_each, judged, observation_in, proven_here

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement
    from agent.node.answers import Answer
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.looking.read_only import ReadOnlyPort
    from agent.operations.world import World

_LOG = ReadLog(since=None, signs=SIGNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What Jira's pages are asked with; None where there is nothing to ask with, and why, where that is a fault."""

    secret: str | None = field(default=None, repr=False)
    fault: str | None = None


def token_for(world: World, cluster: ClusterInput) -> Token:
    """Return the inventory's token; a view does without one that is not to be had here, and says so."""
    rest = cluster.inventory.jira.rest
    if rest is None:
        return Token()
    try:
        return Token(secret=resolve(rest.token, world.environment))
    except InputError as error:
        return Token(fault=f"Jira's pages were not asked: {error}")


def look_for_versions(world: World, cluster: ClusterInput, token: Token, *, forks: int) -> tuple[Judgement, ...]:
    """Judge the selected nodes by looks that bring what tells their versions."""

    def ask(port: ReadOnlyPort) -> Answer:
        return port.look(_LOG) if token.secret is None else _consulted(port, token.secret)

    return judged(
        cluster, cluster.selected, ask_each(world, cluster.selected, ask, forks=forks), proven_here(world, cluster)
    )


def _consulted(port: ReadOnlyPort, secret: str) -> Answer:
    """Only where Jira runs and does not give the page is the log asked for, on the same connection."""
    answer = port.look(Consult(pages=frozenset({Page.MEMBERS}), token=secret))
    seen = observation_in(answer)
    has_page = seen is not None and seen.rest is not None and seen.rest.members is not None
    if seen is None or has_page or seen.process.presence is not Presence.FOUND:
        return answer
    further = observation_in(port.look(_LOG))
    return answer if further is None else Ok(observation=replace(seen, excerpt=further.excerpt))
