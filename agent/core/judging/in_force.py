"""Which configuration the running Jira has loaded, by the node's own evidence.

The file is read at start only, so the question is which content lay there when the process started. Proof comes from
the node's own clock of boot id and start ticks: a loaded mark names the process itself, a receipt names the moment of
a commit. Times in seconds are a witness only for what was altered by hand, and never within TOLERANCE_SECONDS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.judging.on_disk import Hidden, NoFile, Written
from agent.core.judging.witness import Witness
from agent.core.observation import Presence
from agent.core.routing import Routing, parse_routing, routing_line

if TYPE_CHECKING:
    from agent.core.judging.on_disk import OnDisk
    from agent.core.node import Node
    from agent.core.observation import FileFacts, LoadedMark, Observation, Receipt

TOLERANCE_SECONDS: Final = 2
"""File times are cut to whole seconds and the boot time wanders by one."""


LOCKED_BY_SECONDS: Final = 60
"""Until when after its start Jira has made its lock file; a JVM needs some seconds to come that far (inferred)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the process has loaded, and by which evidence.

    A caveat is set where this is the likely reading of the evidence and not proven by it: enough to judge by, never
    enough to be written down on the node as a loaded mark.
    """

    canonical: str
    routing: Routing
    evidence: str
    caveat: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """There is, or may be, a process, and nothing proves what it has loaded."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRunning:
    """No process uses this localhome, so nothing is in force."""


InForce = Known | Unknown | NotRunning


def in_force(
    observation: Observation, on_disk: OnDisk, *, node: Node | None = None, witness: Witness | None = None
) -> InForce:
    """Return what the running process has loaded; on_disk is the meaning of the observation's own file.

    By the node is told which mode and owner the file should have, and so whether they were altered; the witness is what
    an earlier look has proven.
    The rules and their reasons are told in docs/concepts.md, "How in force is judged".
    """
    process = observation.process
    if process.presence is Presence.NONE:
        return NotRunning()
    if process.presence is Presence.UNKNOWN:
        return Unknown(reason="it is not clear which process, if any, uses this localhome")
    if process.start_ticks is None or not observation.boot_id:
        return Unknown(reason="the node does not say when the process started")
    marks = _marks_of_this_process(observation)
    if marks:
        return _by_marks(marks)
    return _by_witness(observation, witness, _by_receipts(observation, on_disk, node))


def witness_of(observation: Observation | None, what: InForce) -> Witness | None:
    """Return what has been proven of the process, for later looks; an assumption is no proof."""
    ticks = observation.process.start_ticks if observation else None
    if observation is None or ticks is None or not isinstance(what, Known) or what.caveat:
        return None
    return Witness(
        boot_id=observation.boot_id, ticks=ticks, canonical=what.canonical, routing=routing_line(what.routing)
    )


def _by_witness(observation: Observation, witness: Witness | None, found: InForce) -> InForce:
    """What is seen now stands where it proves the same; where it does not, what was proven of the process before."""
    routing = parse_routing(witness.routing) if witness and witness.speaks_of(observation) else None
    if witness is None or routing is None:
        return found
    if isinstance(found, Known) and not found.caveat and found.canonical == witness.canonical:
        return found
    return Known(
        canonical=witness.canonical, routing=routing, evidence="an earlier look proved what this process has loaded"
    )


def describe(what: InForce) -> str:
    """Return one sentence for people: what is in force and how that is known."""
    match what:
        case Known(evidence=evidence, caveat=None):
            return f"in force: {evidence}"
        case Known(evidence=evidence, caveat=caveat):
            return f"in force, most likely: {evidence}; {caveat}"
        case Unknown(reason=reason):
            return f"in force: not known, since {reason}"
        case NotRunning():
            return "in force: nothing, Jira does not run"


def _marks_of_this_process(observation: Observation) -> tuple[tuple[LoadedMark, Routing], ...]:
    """Marks name the process by boot and ticks; one whose routing cannot be read back proves nothing."""
    name = (observation.boot_id, observation.process.start_ticks)
    readable = (
        (mark, parse_routing(mark.routing)) for mark in observation.loaded if (mark.boot_id, mark.ticks) == name
    )
    return tuple((mark, routing) for mark, routing in readable if routing is not None)


def _by_marks(marks: tuple[tuple[LoadedMark, Routing], ...]) -> InForce:
    """A process loads once, so all marks of one process must say the same."""
    meanings = {(mark.canonical, routing) for mark, routing in marks}
    if len(meanings) > 1:
        return Unknown(reason="the node's notes about this process contradict each other")
    canonical, routing = meanings.pop()
    return Known(canonical=canonical, routing=routing, evidence="an earlier commit noted what this process has loaded")


def _by_receipts(observation: Observation, on_disk: OnDisk, node: Node | None) -> InForce:
    """The last commit before the process started is what it found, unless somebody altered the file in between."""
    receipts = observation.receipts
    if not receipts:
        return _without_receipts(observation, on_disk)
    early = [_precedes(receipt, observation) for receipt in receipts]
    if early != sorted(early, reverse=True):
        return Unknown(reason="the node's receipts are out of order")
    if not early[0]:
        return Unknown(reason="the process is older than the first receipt, and nothing shows what it found")
    last = early.count(True) - 1
    if last == len(receipts) - 1:
        return _by_last_receipt(receipts[last], observation, on_disk, node)
    return _by_earlier_receipt(receipts[last], receipts[last + 1], observation)


def _precedes(receipt: Receipt, observation: Observation) -> bool:
    """Another boot is an earlier one; in this boot the ticks decide, and equal ticks prove nothing."""
    ticks = observation.process.start_ticks
    return receipt.boot_id != observation.boot_id or (ticks is not None and receipt.ticks < ticks)


def _by_earlier_receipt(receipt: Receipt, following: Receipt, observation: Observation) -> InForce:
    """A commit came after the start; what it replaced is what had lain there since the receipt before, or was not."""
    if (following.boot_id, following.ticks) == (observation.boot_id, observation.process.start_ticks):
        return Unknown(reason="a commit and the start of the process fell on the same clock tick")
    if following.previous != receipt.digest:
        return Unknown(reason="the file was altered by hand between two commits, and the process started between them")
    return _from_receipt(receipt, "committed before the process started, replaced only after that")


def _by_last_receipt(receipt: Receipt, observation: Observation, on_disk: OnDisk, node: Node | None) -> InForce:
    """Only an alteration by hand can have come between the receipt and the start."""
    if isinstance(on_disk, Hidden):
        return Unknown(reason=on_disk.reason)
    if isinstance(on_disk, Written | NoFile) and on_disk.digest == receipt.digest:
        return _still_the_receipts(observation, on_disk, node)
    if isinstance(on_disk, NoFile):
        return _removed(receipt, observation, on_disk)
    return _altered(receipt, observation, on_disk)


def _still_the_receipts(observation: Observation, on_disk: Written | NoFile, node: Node | None) -> InForce:
    """Equal bytes that were written anew after the start leave open what lay there in between.

    A time of writing can be set (cp -p, rsync, a file moved away and back), the ctime cannot. A change of owner or mode
    moves the ctime too; where there is one to be seen, that explains it.
    """
    started = _started(observation)
    if not isinstance(on_disk, Written) or started is None:
        return _from_disk(on_disk, "committed before the process started and not altered since")
    if observation.file.mtime > started + TOLERANCE_SECONDS:
        return Unknown(reason="the file was rewritten by hand after Jira started; what Jira found then is not recorded")
    if observation.file.ctime > started + TOLERANCE_SECONDS and not _is_dressed_otherwise(observation.file, node):
        return Unknown(
            reason="the file was moved, copied or touched after Jira started; what Jira found then is not recorded"
        )
    return _from_disk(on_disk, "committed before the process started and not altered since")


def _is_dressed_otherwise(facts: FileFacts, node: Node | None) -> bool:
    """Tell whether mode, owner or group are other than a commit of ours left them; without a node that may be so."""
    if node is None:
        return True
    return (facts.mode.zfill(4), facts.owner, facts.group) != (node.mode.zfill(4), node.owner, node.group)


def _removed(receipt: Receipt, observation: Observation, on_disk: NoFile) -> InForce:
    """No time of its own tells when a file was removed; that of its folder does, as long as no other name came or went.

    Where one did after the start, a running Jira whose file was deleted is the likely case, and the other reading
    (deleted, then restarted) cannot be told from it; so the receipt is taken as loaded with a caveat, which keeps it
    from ever becoming a mark.
    """
    gone = _gone_at_start(observation, on_disk)
    caveat = "nothing shows whether the file was removed before or after that"
    return gone or _from_receipt(receipt, "committed before the process started", caveat=caveat)


def _gone_at_start(observation: Observation, on_disk: NoFile) -> InForce | None:
    """Return that there was no file at the start, where the folder's last change was not later; None where it was.

    Jira makes its lock file right at its start (if there is none) and reads its file after that. So where the two
    changed at once, nothing was removed later.
    """
    ticks, rate, folder = observation.process.start_ticks, observation.ticks_per_second, observation.folder
    if folder is None or ticks is None or rate <= 0:
        return None
    started = folder.booted + ticks / rate
    if folder.changed < started - folder.slack:
        return _from_disk(on_disk, "no file, for no name in its folder has come or gone since the process started")
    made_lock = folder.changed == folder.lock_changed and folder.changed < started + LOCKED_BY_SECONDS
    if not made_lock and folder.changed > started + folder.slack:
        return None
    evidence = "no file, for the last name that came or went in its folder did so when the process started"
    caveat = "one may have been removed in that very moment"
    return Known(canonical=on_disk.canonical, routing=on_disk.routing, evidence=evidence, caveat=caveat)


def _altered(receipt: Receipt, observation: Observation, on_disk: OnDisk) -> InForce:
    """The content differs from the last receipt's: what counts is whether that happened before or after the start."""
    started = _started(observation)
    facts = observation.file
    if started is None or not facts.ctime:
        return Unknown(reason="the file was altered by hand, and the node's times do not show when")
    if facts.ctime < started - TOLERANCE_SECONDS:
        return _found_at_start(on_disk, "altered by hand before the process started")
    if min(facts.ctime, facts.mtime) > started + TOLERANCE_SECONDS:
        return _from_receipt(receipt, "committed before the process started, altered by hand only after that")
    return Unknown(reason=f"the file was altered by hand, and it {_open_question(facts, started)}")


def _without_receipts(observation: Observation, on_disk: OnDisk) -> InForce:
    """A file that nobody committed through us has only its ctime to say how long it has been so."""
    started = _started(observation)
    if isinstance(on_disk, NoFile):
        unknown = Unknown(reason="there is no file, and nothing shows whether there was one when the process started")
        return _gone_at_start(observation, on_disk) or unknown
    if started is None or not observation.file.ctime:
        return Unknown(reason="the node's times do not show whether the file is older than the process")
    if observation.file.ctime < started - TOLERANCE_SECONDS:
        return _found_at_start(on_disk, "the file is older than the process")
    ours = "what was committed there cannot be seen" if observation.ours_hidden else "it was not committed by this tool"
    return Unknown(reason=f"{ours}, and the file {_open_question(observation.file, started)}")


def _open_question(facts: FileFacts, started: int) -> str:
    if facts.ctime > started + TOLERANCE_SECONDS:
        return "changed after the process started"
    return f"changed within {TOLERANCE_SECONDS} seconds of the start of the process"


def _found_at_start(on_disk: OnDisk, evidence: str) -> InForce:
    if isinstance(on_disk, Written | NoFile):
        return _from_disk(on_disk, evidence)
    if isinstance(on_disk, Hidden):
        return Unknown(reason=on_disk.reason)
    return Unknown(
        reason="what lies there was there before the process started, and what Jira makes of it is not known"
    )


def _from_disk(on_disk: Written | NoFile, evidence: str) -> InForce:
    """The disk's own meaning, rather than the receipt's word for it, wherever the bytes are the same."""
    if isinstance(on_disk, Written) and on_disk.doubt:
        return Unknown(reason=f"what Jira makes of the file that it found is not known ({on_disk.doubt})")
    return Known(canonical=on_disk.canonical, routing=on_disk.routing, evidence=evidence)


def _from_receipt(receipt: Receipt, evidence: str, *, caveat: str | None = None) -> InForce:
    routing = parse_routing(receipt.routing)
    if routing is None:
        return Unknown(reason="the node's receipt cannot be read back")
    return Known(canonical=receipt.canonical, routing=routing, evidence=evidence, caveat=caveat)


def _started(observation: Observation) -> int | None:
    """When the process started, in whole seconds of the node's clock; None where the node's numbers make no sense."""
    ticks, rate = observation.process.start_ticks, observation.ticks_per_second
    return observation.btime + ticks // rate if ticks is not None and rate > 0 and observation.btime > 0 else None
