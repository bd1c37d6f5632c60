"""The verdict on each node: desired against on disk against in force, judged from all nodes of a cluster together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from agent.core.document import digest_of, document_of
from agent.core.filestore import FILE_NAME, FilestoreConfig
from agent.core.finding import errors_among
from agent.core.judging import consequence, reason
from agent.core.judging.in_force import Known, describe, in_force, witness_of
from agent.core.judging.on_disk import Broken, Hidden, NoFile, Written, place_kind
from agent.core.judging.sight import Look, Sight, Silence, SilenceKind, of_another, unseen
from agent.core.judging.state import state_of
from agent.core.text.printable import printable
from agent.core.xml.parse import is_startup_fault, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.core.document import Document
    from agent.core.finding import Finding
    from agent.core.judging.in_force import InForce
    from agent.core.judging.on_disk import OnDisk
    from agent.core.judging.reason import Reason
    from agent.core.judging.state import State
    from agent.core.judging.witness import Witness
    from agent.core.node import Node
    from agent.core.observation import Observation
    from agent.core.routing import Routing
    from agent.core.xml.parse import Parsed

__all__ = ["Judgement", "Look", "Silence", "SilenceKind", "Standing", "judge", "most_severe"]


class Standing(StrEnum):
    """The verdict on one node, most severe first."""

    UNREACHABLE = "UNREACHABLE"
    UNKNOWN = "UNKNOWN"
    UNREADABLE = "UNREADABLE"
    SPLIT = "SPLIT"
    TIME_BOMB = "TIME_BOMB"
    DRIFTED = "DRIFTED"
    RESTART_PENDING = "RESTART_PENDING"
    COSMETIC = "COSMETIC"
    CURRENT = "CURRENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One node's standing with all that it rests on.

    reason is the short main clause, detail the evidence behind it; sentence is both.
    digest is what is on disk ("absent" where there is no file, None where that is not known); effective_routing is
    what is in force where that is known, else what the disk says; disk_is_right is about meaning, blemishes are what
    differs besides; consequence is set for SPLIT alone.
    """

    node: Node
    desired: Document
    standing: Standing
    state: State
    reason: str
    detail: str
    digest: str | None
    desired_digest: str
    on_disk: OnDisk
    in_force: InForce
    in_force_text: str
    disk_is_right: bool
    needs_restart: bool
    desired_routing: Routing
    disk_routing: Routing | None
    effective_routing: Routing | None
    observation: Observation | None
    config: FilestoreConfig | None
    findings: tuple[Finding, ...] = ()
    blemishes: tuple[str, ...] = ()
    consequence: str | None = None
    stray_data: str | None = None
    witness: Witness | None = None
    """What this look has proven of the process, for later ones."""

    @property
    def sentence(self) -> str:
        """Why the node has its standing, with the evidence."""
        return f"{self.reason}; {self.detail}" if self.detail else self.reason


def judge(looks: tuple[Look, ...]) -> tuple[Judgement, ...]:
    """Return the verdict on every node, in the order of the looks; that order changes nothing else.

    All nodes of the cluster belong in one call, since only together do they show whether data goes to two places.
    Files with equal bytes are parsed once.
    """
    sights = tuple(map(_reader(), looks))
    places = _places_in_use(sights)
    return tuple(_judgement(sight, places) for sight in sights)


def most_severe(judgements: tuple[Judgement, ...]) -> Standing:
    """Return the most severe standing among the nodes; CURRENT where there are none."""
    present = {judgement.standing for judgement in judgements}
    return next((standing for standing in Standing if standing in present), Standing.CURRENT)


def _reader() -> Callable[[Look], Sight]:
    """A function from look to sight that remembers, for its own life only, the bytes that it has parsed."""
    meaning = cache(_meaning_of)

    def read(look: Look) -> Sight:
        observation = look.observation
        if observation is None or look.silence is not None:
            return unseen(look)
        lies_there = place_kind(observation, look.node)
        on_disk = meaning(lies_there) if isinstance(lies_there, bytes) else lies_there
        loaded = of_another(look, observation) or in_force(observation, on_disk, node=look.node, witness=look.witness)
        return Sight(look=look, observation=observation, on_disk=on_disk, in_force=loaded)

    return read


def _meaning_of(content: bytes) -> Written | Broken:
    parsed = parse(content, file=FILE_NAME)
    faults = tuple(finding for finding in parsed.findings if is_startup_fault(finding))
    if faults:
        return _broken(content, parsed, "Jira would not start on the file", faults)
    if parsed.readable is None and parsed.config is None:
        return _broken(content, parsed, "the file cannot be read as a configuration", parsed.findings[:1])
    return _written(content, parsed)


def _broken(content: bytes, parsed: Parsed, why: str, faults: tuple[Finding, ...]) -> Broken:
    """The findings of start-up faults end with what they mean for Jira, which the reason says already."""
    told = _told(faults).replace("; Jira would not start", "")
    return Broken(reason=why, detail=told, replaceable=True, digest=digest_of(content), findings=parsed.findings)


def _written(content: bytes, parsed: Parsed) -> Written:
    """A meaning in doubt gets a canonical digest of its own, so that it is equal to no other."""
    if parsed.config is not None:
        return Written(document=document_of(content, parsed.config), findings=parsed.findings)
    guess = document_of(content, parsed.readable or FilestoreConfig())
    alone = replace(guess, canonical=digest_of(b"in doubt: " + content))
    return Written(document=alone, findings=parsed.findings, doubt=_told(errors_among(parsed.findings)[:1]))


def _told(findings: tuple[Finding, ...]) -> str:
    return "; ".join(f"line {finding.place.line or 1}: {printable(finding.message)}" for finding in findings)


def _places_in_use(sights: tuple[Sight, ...]) -> Mapping[Routing, tuple[str, ...]]:
    """Each routing that is in effect somewhere, with the nodes where it is."""
    names: defaultdict[Routing, list[str]] = defaultdict(list)
    for sight in sights:
        if sight.effective_routing is not None:
            names[sight.effective_routing].append(sight.look.node.name)
    return {routing: tuple(sorted(nodes)) for routing, nodes in names.items()}


def _judgement(sight: Sight, places: Mapping[Routing, tuple[str, ...]]) -> Judgement:
    standing = _standing(sight, places)
    look, on_disk = sight.look, sight.on_disk
    why = _REASONS[standing](sight)
    return Judgement(
        node=look.node,
        desired=look.desired,
        standing=standing,
        state=state_of(sight.observation),
        reason=why.clause,
        detail=why.detail,
        digest=sight.digest,
        desired_digest=look.desired.digest,
        on_disk=on_disk,
        in_force=sight.in_force,
        in_force_text=describe(sight.in_force),
        disk_is_right=sight.disk_is_right,
        needs_restart=sight.disk_is_right and not sight.is_loaded,
        desired_routing=sight.desired_routing,
        disk_routing=sight.disk_routing,
        effective_routing=sight.effective_routing,
        observation=sight.observation,
        config=on_disk.document.config if isinstance(on_disk, Written) else None,
        findings=on_disk.findings if isinstance(on_disk, Written | Broken) else (),
        blemishes=sight.blemishes,
        consequence=_consequence(standing, sight, places),
        witness=witness_of(sight.observation, sight.in_force),
        stray_data=consequence.stray_data(sight) if standing is Standing.SPLIT else None,
    )


def _standing(sight: Sight, places: Mapping[Routing, tuple[str, ...]]) -> Standing:
    """The first of the verdicts, most severe first, that fits."""
    verdicts = (
        (_is_unreachable(sight), Standing.UNREACHABLE),
        (isinstance(sight.on_disk, Hidden), Standing.UNKNOWN),
        (isinstance(sight.on_disk, Broken), Standing.UNREADABLE),
        (_is_split(sight, places), Standing.SPLIT),
        (_is_time_bomb(sight), Standing.TIME_BOMB),
        (not sight.disk_is_right, Standing.DRIFTED),
        (not sight.is_loaded, Standing.RESTART_PENDING),
        (bool(sight.blemishes), Standing.COSMETIC),
    )
    return next((standing for fits, standing in verdicts if fits), Standing.CURRENT)


def _is_unreachable(sight: Sight) -> bool:
    silence = sight.look.silence
    return silence is not None and silence.kind is SilenceKind.UNREACHABLE


def _is_split(sight: Sight, places: Mapping[Routing, tuple[str, ...]]) -> bool:
    """This node's own routing is among the places, so a second one means that another node has another."""
    return sight.effective_routing not in {None, sight.desired_routing} and len(places) > 1


def _is_time_bomb(sight: Sight) -> bool:
    """What is in force is right and the disk is not.

    A missing file that would route as desired is no bomb: a start without it stores in the same places.
    """
    if not isinstance(sight.in_force, Known) or sight.in_force.routing != sight.desired_routing:
        return False
    if sight.disk_routing != sight.desired_routing:
        return True
    return sight.is_loaded and not sight.disk_is_right and not isinstance(sight.on_disk, NoFile)


def _consequence(standing: Standing, sight: Sight, places: Mapping[Routing, tuple[str, ...]]) -> str | None:
    match standing:
        case Standing.SPLIT:
            return consequence.of_split(sight, places)
        case Standing.TIME_BOMB:
            return consequence.of_time_bomb(sight)
        case Standing.RESTART_PENDING:
            return consequence.of_restart_pending(sight)
        case _:
            return None


_REASONS: dict[Standing, Callable[[Sight], Reason]] = {
    Standing.UNREACHABLE: reason.of_unreachable,
    Standing.UNKNOWN: reason.of_unknown,
    Standing.UNREADABLE: reason.of_unreadable,
    Standing.SPLIT: reason.of_split,
    Standing.TIME_BOMB: reason.of_time_bomb,
    Standing.DRIFTED: reason.of_drifted,
    Standing.RESTART_PENDING: reason.of_restart_pending,
    Standing.COSMETIC: reason.of_cosmetic,
    Standing.CURRENT: reason.of_current,
}
