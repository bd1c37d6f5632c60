"""The door to a node that is only a value: what the script does to a real one, without a machine, and with faults."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from agent.core.altered import altered
from agent.core.document import digest_of
from agent.core.filestore import FILE_NAME
from agent.core.observation import FileFacts, FileKind, LogExcerpt, Observation, Presence, Process, StatusPage
from agent.node.memory.backups import run_errand
from agent.node.memory.filing import commit, discard, restore, stage
from agent.node.memory.locking import claim, release
from agent.node.memory.machine import BOOTED_AT, Machine
from agent.node.memory.refusing import Refusal, require_lock
from agent.node.port import (
    BRIEFLY_ANSWERED,
    Claim,
    Commit,
    Consult,
    Discard,
    Errand,
    Lost,
    Observe,
    Ok,
    ProbeStores,
    ReadLog,
    Recall,
    Refused,
    Release,
    Restore,
    Stage,
    Start,
    Stop,
    Unreachable,
)
from agent.node.wire.facts import CONTENT_CAP, TICKS_PER_SECOND
from agent.node.wire.ours import no_epoch
from agent.node.wire.refusals import reason_for
from agent.node.wire.rest_pages import only, view_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.node import Node
    from agent.core.observation import HomeFacts, RestView
    from agent.core.s3.brought import Brought
    from agent.node.memory.machine import Entry, Jira
    from agent.node.port import Answer, Change, Request

_CODES = {"ERROR": 500, "MAINTENANCE": 503}
_GONE = Process(presence=Presence.NONE)
_NOT_ASKED = Process(presence=Presence.UNKNOWN, evidence="not asked")
_REFUSED = StatusPage(refused=True, reason="nobody listens on the status port")


class Mishap(StrEnum):
    """What may befall a request on its way."""

    UNREACHABLE = "unreachable"
    """Never connected; nothing happened."""
    LOST_BEFORE = "lost before"
    """The answer is lost, and nothing happened."""
    LOST_AFTER = "lost after"
    """The answer is lost, and the request was carried out."""
    REFUSED = "refused"
    """The node says no, with the fault's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One mishap, once: it strikes the next request of this kind (None: of any kind), after so many were spared."""

    mishap: Mishap
    request: type[Request] | None = None
    spared: int = 0
    code: str = "no-space"


class MemoryNode:
    """A node in memory: same requests, same answers; each fault strikes once, and the faults wait in their order."""

    def __init__(self, node: Node, machine: Machine | None = None, faults: Iterable[Fault] = ()) -> None:
        self._node = node
        self.machine = machine if machine is not None else Machine(node)
        self._faults = list(faults)

    @property
    def name(self) -> str:
        """The node's name in the inventory."""
        return self._node.name

    @property
    def identity(self) -> str | None:
        """A name of its own for each node, where a real machine has its host key."""
        return f"memory:{self._node.name}"

    def perform(self, request: Request) -> Answer:
        """Carry out one request, unless a fault strikes it."""
        fault = self._strike(request)
        match fault.mishap if fault else None:
            case Mishap.UNREACHABLE:
                return Unreachable(reason="nobody answered")
            case Mishap.LOST_BEFORE:
                return Lost(reason="the connection broke")
            case Mishap.LOST_AFTER:
                self._answer(request)
                return Lost(reason="the connection broke")
            case Mishap.REFUSED if fault:
                return Refused(code=fault.code, reason=reason_for(fault.code, ""), observation=self.look())
        return self._answer(request)

    def close(self) -> None:
        """Nothing stays open between requests."""

    def look(self) -> Observation:
        """Describe the machine as the script would; each look lets a starting Jira go one state further."""
        return observed(self._node, self.machine)

    def _strike(self, request: Request) -> Fault | None:
        """Return the first fault that is meant for this request and has spared enough, and forget it."""
        for index, fault in enumerate(self._faults):
            if fault.request in (None, type(request)):
                if fault.spared:
                    self._faults[index] = replace(fault, spared=fault.spared - 1)
                    return None
                return self._faults.pop(index)
        return None

    def _answer(self, request: Request) -> Answer:
        self.machine.ticks += 1
        no, brought = self._refusal(request)
        if self.machine.forgot:
            return Lost(reason=no_epoch(self._node.localhome))
        if no is not None:
            return Refused(code=no.code, reason=reason_for(no.code, no.detail), observation=self.look())
        if isinstance(request, BRIEFLY_ANSWERED):
            return Ok(observation=_briefly(self._node, self.machine))
        return Ok(observation=self._bring(request, brought))

    def _refusal(self, request: Request) -> tuple[Refusal | None, Brought | None]:
        """Carry a request out: why not, and what an errand brought."""
        try:
            if isinstance(request, Errand):
                return None, run_errand(self.machine, request)
            self._carry_out(request)
        except Refusal as no:
            return no, None
        return None, None

    def _bring(self, request: Request, brought: Brought | None) -> Observation:
        """Look, and add what this kind of look is for."""
        seen = self.look()
        match request:
            case Recall():
                return altered(seen, plan_copy=self.machine.plan_copy)
            case Consult():
                return altered(seen, rest=_rest(self.machine, request))
            case ProbeStores():
                return altered(seen, stores=self.machine.store.answer(request))
            case ReadLog() if seen.home.kind is FileKind.DIRECTORY:
                return altered(seen, excerpt=self.machine.log.excerpt(request.since, request.signs))
            case ReadLog():
                return altered(seen, excerpt=LogExcerpt(whole=False))
        return altered(seen, brought=brought) if brought is not None else seen

    def _carry_out(self, request: Observe | Change) -> None:
        machine = self.machine
        match request:
            case Observe():
                return
            case Claim():
                claim(machine, request)
            case Release():
                release(machine, request)
            case Stage():
                stage(machine, request)
            case Commit():
                commit(machine, request)
            case Restore():
                restore(machine, request)
            case Discard():
                discard(machine, request)
            case Stop():
                require_lock(machine, request.token)
                machine.stop_jira()
            case Start():
                require_lock(machine, request.token)
                machine.start_jira()


def observed(node: Node, machine: Machine) -> Observation:
    """Describe a machine as its letter would."""
    inside = machine.home.kind in (FileKind.DIRECTORY, FileKind.SYMLINK)
    return Observation(
        ran_as=node.owner,
        boot_id=machine.boot_id,
        btime=BOOTED_AT,
        ticks_per_second=TICKS_PER_SECOND,
        now=machine.now,
        file=_file(machine) if inside else FileFacts(kind=FileKind.ABSENT),
        home=machine.home,
        process=_process(node, machine.jira),
        status=_status(machine.jira),
        folder=machine.folder_times if inside else None,
        receipts=tuple(machine.receipts),
        loaded=tuple(machine.marks),
        lock=machine.lock,
        epoch=machine.epoch,
        staged=machine.staged(),
        leftovers=tuple(name for name in machine.temps() if name != machine.staged_name()),
        strays=machine.strays(),
        node_id=node.name,
        machine_id=f"machine-of-{node.name}",
        host_name=node.address,
        missing_tools=machine.missing_tools,
        unit=machine.unit,
        log=machine.log.mark if inside else None,
    )


def _briefly(node: Node, machine: Machine) -> Observation:
    """Describe what an act touched, as its letter would; a starting Jira is not looked at, and goes no further."""
    return Observation(
        brief=True,
        ran_as=node.owner,
        boot_id=machine.boot_id,
        btime=0,
        ticks_per_second=TICKS_PER_SECOND,
        now=machine.now,
        file=_file(machine),
        home=_brief_home(machine.home),
        process=_NOT_ASKED,
        status=StatusPage(reason="not asked"),
        receipts=tuple(machine.receipts),
        loaded=tuple(machine.marks),
        lock=machine.lock,
        epoch=machine.epoch,
        staged=machine.staged(),
    )


@lru_cache
def _brief_home(home: HomeFacts) -> HomeFacts:
    return replace(home, writable=None, free_bytes=None, free_inodes=None, filesystem="")


def _rest(machine: Machine, request: Consult) -> RestView:
    """Return what the machine's Jira says of these pages; where nobody says anything, that is every page's fault."""
    said = machine.rest() if machine.jira is not None else None
    return only(said, request.pages) if said is not None else view_of(dict.fromkeys(sorted(request.pages), b""))


def _file(machine: Machine) -> FileFacts:
    entry = machine.entries.get(FILE_NAME)
    return FileFacts(kind=FileKind.ABSENT) if entry is None else _facts_of(entry, machine.home.device)


@lru_cache
def _facts_of(entry: Entry, device: str) -> FileFacts:
    readable = entry.kind is FileKind.REGULAR and len(entry.content) <= CONTENT_CAP
    return FileFacts(
        kind=entry.kind,
        size=len(entry.content),
        mode=entry.mode,
        owner=entry.owner,
        group=entry.group,
        links=entry.links,
        device=device,
        inode=str(entry.inode),
        mtime=entry.changed,
        ctime=entry.changed,
        content=entry.content if readable else None,
        digest=digest_of(entry.content) if readable else None,
    )


def _process(node: Node, jira: Jira | None) -> Process:
    if jira is None:
        return _GONE
    return Process(presence=Presence.FOUND, pid=jira.pid, start_ticks=jira.ticks, home=node.localhome, evidence="lock")


def _status(jira: Jira | None) -> StatusPage:
    """Show the present state; the look itself lets it pass on, so that nobody has to wait."""
    if jira is None:
        return _REFUSED
    return _page_of(jira.states.pop(0) if len(jira.states) > 1 else jira.states[0])


@lru_cache
def _page_of(state: str) -> StatusPage:
    return StatusPage(code=_CODES.get(state, 200), state=state)
