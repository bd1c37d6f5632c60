"""How does the file change? Staging, committing, putting back and discarding, as the script does them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.core.filestore import FILE_NAME
from agent.core.observation import LoadedMark, Receipt
from agent.node.memory.refusing import (
    Refusal,
    require_expected,
    require_lock,
    require_room,
    require_safe_home,
    require_tools,
)
from agent.node.port import ABSENT
from agent.node.wire.facts import CONTENT_CAP

if TYPE_CHECKING:
    from agent.node.memory.machine import Machine
    from agent.node.port import Commit, Discard, Restore, Stage

KEPT = 20
KEPT_DOCUMENTS = 10


def stage(machine: Machine, request: Stage) -> None:
    """Lay the document beside the target."""
    require_tools(machine)
    require_lock(machine, request.token)
    require_expected(machine, request.expected)
    require_safe_home(machine)
    require_room(machine, len(request.document))
    _remove_temps(machine)
    if digest_of(request.document) != request.digest:
        raise Refusal("damaged", f"sent {request.digest}, arrived {digest_of(request.document)}")
    machine.put(machine.staged_name(), request.document, mode=machine.node.mode)


def commit(machine: Machine, request: Commit) -> None:
    """Rename the staged document over the target and leave a receipt."""
    require_lock(machine, request.token)
    require_expected(machine, request.expected)
    staged = machine.entries.get(machine.staged_name())
    if staged is None:
        raise Refusal("not-staged", "nothing is staged")
    if digest_of(staged.content) != request.digest:
        raise Refusal("not-staged", f"staged is {digest_of(staged.content)}")
    require_safe_home(machine)
    _keep_previous(machine)
    del machine.entries[machine.staged_name()]
    machine.entries[FILE_NAME] = replace(staged, changed=machine.now)
    _leave_mark(machine, request)
    _leave_receipt(machine, request)


def restore(machine: Machine, request: Restore) -> None:
    """Put an earlier document back, or the absence of one."""
    require_lock(machine, request.token)
    require_expected(machine, request.expected)
    if request.digest == ABSENT:
        _keep_previous(machine)
        machine.entries.take(FILE_NAME)
    else:
        content = machine.documents.get(request.digest)
        if content is None:
            raise Refusal("not-kept")
        require_safe_home(machine)
        require_room(machine, CONTENT_CAP)
        _remove_temps(machine)
        _keep_previous(machine)
        machine.put(FILE_NAME, content, mode=machine.node.mode)
    _leave_receipt(machine, request)


def discard(machine: Machine, request: Discard) -> None:
    """Remove temps of ours, this rollout's and dead ones'."""
    require_lock(machine, request.token)
    _remove_temps(machine)


def _keep_previous(machine: Machine) -> None:
    entry = machine.entries.get(FILE_NAME)
    if entry is not None:
        digest = digest_of(entry.content)
        machine.documents.pop(digest, None)
        machine.documents[digest] = entry.content
        for old in list(machine.documents)[:-KEPT_DOCUMENTS]:
            del machine.documents[old]


def _leave_mark(machine: Machine, request: Commit) -> None:
    if request.loaded_canonical is not None and request.loaded_ticks is not None:
        mark = LoadedMark(
            canonical=request.loaded_canonical,
            routing=request.loaded_routing or "",
            boot_id=machine.boot_id,
            ticks=request.loaded_ticks,
        )
        machine.marks = [*machine.marks, mark][-KEPT:]


def _leave_receipt(machine: Machine, request: Commit | Restore) -> None:
    machine.ticks += 1
    receipt = Receipt(
        digest=request.digest,
        canonical=request.canonical,
        routing=request.routing,
        previous=request.expected,
        boot_id=machine.boot_id,
        ticks=machine.ticks,
    )
    machine.receipts = [*machine.receipts, receipt][-KEPT:]


def _remove_temps(machine: Machine) -> None:
    for name in machine.temps():
        del machine.entries[name]
