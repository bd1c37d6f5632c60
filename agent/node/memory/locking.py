"""Who holds a machine? Its lock as the script takes it, takes it over and gives it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.observation import LockHolder
from agent.node.memory.refusing import Refusal, holds, require_safe_home
from agent.node.port import HIGHEST_EPOCH
from agent.node.wire.brought import PLAN_CAP

if TYPE_CHECKING:
    from agent.node.memory.machine import Machine
    from agent.node.port import Claim, Release


def claim(machine: Machine, request: Claim) -> None:
    """Take the lock, or take it over from the same plan, or from one that ours puts back; the copy comes first.

    Only the very same claim is ours already: two controllers of one plan may come with the same epoch.
    """
    _require_epochs(request.token.epoch)
    require_safe_home(machine)
    _require_memory(machine)
    token = request.token
    ours = LockHolder(holder=request.holder, host=request.host, plan=token.plan, epoch=token.epoch, since=request.since)
    ours_already = machine.lock == ours
    if not ours_already:
        _require_turn(machine, request)
    is_new = machine.lock is None or machine.lock.plan != token.plan
    _keep_copy(machine, request.plan_copy or (b"" if is_new else machine.plan_copy or b""))
    if not ours_already:
        machine.lock = ours
        machine.epoch = token.epoch


def release(machine: Machine, request: Release) -> None:
    """Give the lock back and remember the epoch that fences its holder."""
    _require_epochs(request.token.epoch, request.raise_epoch)
    _require_memory(machine)
    if machine.lock is not None and not holds(machine.lock, request.token):
        raise Refusal("not-ours", "another rollout holds it")
    if machine.lock is None and not machine.epoch:
        return
    machine.lock = machine.plan_copy = None
    machine.epoch = max(machine.epoch, request.raise_epoch, request.token.epoch)


def _require_epochs(*epochs: int) -> None:
    for epoch in epochs:
        if epoch > HIGHEST_EPOCH:
            raise Refusal("no-epoch", f"the request has {epoch}, the highest is {HIGHEST_EPOCH}")


def _require_memory(machine: Machine) -> None:
    if machine.forgot:
        raise Refusal("no-epoch", ".filestore-agent/epoch")


def _require_turn(machine: Machine, request: Claim) -> None:
    lock, token = machine.lock, request.token
    if lock is not None and lock.plan not in (token.plan, request.undoes):
        raise Refusal("locked")
    if lock is not None and token.epoch <= lock.epoch:
        who = "this very plan" if lock.plan == token.plan else "the plan to be put back"
        raise Refusal("locked", f"{who} holds it at epoch {lock.epoch}")
    if token.epoch <= machine.epoch:
        raise Refusal("epoch", f"the node has seen {machine.epoch}, the claim has {token.epoch}")


def _keep_copy(machine: Machine, copy: bytes) -> None:
    if len(copy) > PLAN_CAP:
        raise Refusal("not-written", f"the copy of the plan has {len(copy)} bytes, more than {PLAN_CAP}")
    if machine.home.free_bytes is not None and machine.home.free_bytes < len(copy):
        raise Refusal("no-space", f"{machine.home.free_bytes} bytes are free")
    machine.plan_copy = copy or None
