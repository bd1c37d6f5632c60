"""Is what was fetched the object? By the store's own checksum where a node can take it, else by what else there is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.report import Tone
from agent.core.s3.brought import ArchiveTest, Digests
from agent.node.restoring import InImport, ReadThrough, TakeDigests
from agent.operations.restoring.asking import ask

if TYPE_CHECKING:
    from agent.core.s3.proof import Proof
    from agent.node.port import NodePort
    from agent.operations.world import World

_ARCHIVES = {
    ArchiveTest.TOO_LONG: "unzip would need longer than a request may take",
    ArchiveTest.NO_TOOL: "the node has no unzip to test the archive with",
    ArchiveTest.UNSURE: "unzip has a warning about it, or could not read all of it",
}


_UNREADABLE = (
    "unzip cannot read it through; if it ends so again after it was fetched anew, "
    "the object in the bucket is no sound ZIP"
)


class Verdict(StrEnum):
    """How the proof came out."""

    PROVEN = "proven"
    READABLE = "readable"
    OPEN = "open"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """The verdict, and by what, in words."""

    verdict: Verdict
    words: str


def prove(world: World, port: NodePort, place: InImport, proofs: tuple[Proof, ...]) -> Proven:
    """Hold the fetched file against what the store says of the object, the strongest proof first."""
    doubts = []
    for proof in proofs:
        found, fault = _digests(world, port, place, proof)
        if fault:
            doubts.append(f"{proof.by}: {fault}")
        elif proof.proves(found):
            return Proven(verdict=Verdict.PROVEN, words=proof.words)
        elif proof.is_binding:
            return Proven(verdict=Verdict.DAMAGED, words=f"its {proof.by} is not that of the object")
        else:
            doubts.append(f"{proof.by}: it differs, which need not mean anything here")
    return _by_archive(world, port, place, tuple(dict.fromkeys(doubts)))


def _digests(world: World, port: NodePort, place: InImport, proof: Proof) -> tuple[tuple[str, ...], str]:
    found: tuple[str, ...] = ()
    world.progress(f"  proving it by {proof.words}", Tone.QUIET)
    while len(found) < proof.count:
        errand = TakeDigests(
            sharedhome=place.sharedhome,
            name=place.name,
            tag=place.tag,
            digest=proof.digest,
            piece=proof.piece,
            first=len(found),
            count=proof.count - len(found),
        )
        brought = ask(port, errand, Digests)
        if brought.fault or not brought.found:
            return found, brought.fault or "the node took none"
        found += brought.found
        if len(found) < proof.count:
            world.progress(f"  {len(found)} of {proof.count} pieces", Tone.QUIET)
    return found, ""


def _by_archive(world: World, port: NodePort, place: InImport, doubts: tuple[str, ...]) -> Proven:
    """Each file in a ZIP has a checksum of its own, which unzip holds it against."""
    because = "; ".join(doubts) or "the store has no checksum that a node could take"
    if not place.name.lower().endswith(".zip"):
        return Proven(verdict=Verdict.OPEN, words=f"only by its size ({because})")
    world.progress("  the store's checksum proves nothing here; reading the archive through", Tone.QUIET)
    errand = ReadThrough(sharedhome=place.sharedhome, name=place.name, tag=place.tag)
    test = ask(port, errand, ArchiveTest)
    if test is ArchiveTest.SOUND:
        return Proven(verdict=Verdict.READABLE, words=f"its size, and unzip has read it through ({because})")
    if test is ArchiveTest.DAMAGED:
        return Proven(verdict=Verdict.DAMAGED, words=_UNREADABLE)
    return Proven(verdict=Verdict.OPEN, words=f"only by its size ({because}; {_ARCHIVES[test]})")
