"""What our own small files on a node say: who holds it, and what earlier commits left behind."""

from __future__ import annotations

import re

from agent.core.observation import LoadedMark, LockHolder, Receipt
from agent.node.port import HIGHEST_EPOCH
from agent.node.wire.grammar import matching, number, text_of
from agent.node.wire.plain import Garbled, printable

BOOT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_TAG = re.compile(r"[0-9a-f]{16}\Z")
_DIGEST = re.compile(r"(absent|sha256:[0-9a-f]{64})\Z")
_EPOCH_DIGITS = len(str(HIGHEST_EPOCH))


def lock_in(value: str | None) -> tuple[LockHolder | None, str]:
    """Return the holder and the tag of its temps. A damaged lock still locks; its token is the empty plan, epoch 0."""
    if value is None:
        return None, ""
    if value == "damaged":
        return LockHolder(holder="unknown (the lock file is damaged)", host="", plan="", epoch=0, since=""), ""
    match value.split(" "):
        case [tag, plan, epoch, holder, host, since]:
            found = LockHolder(
                holder=text_of(holder),
                host=text_of(host),
                plan=text_of(plan),
                epoch=number(epoch, "the lock's epoch", digits=_EPOCH_DIGITS),
                since=text_of(since),
            )
            return found, matching(_TAG, tag, "lock")
    raise Garbled("the lock is not described as it must be")


def epoch_in(value: str | None, localhome: str) -> int:
    """Return the epoch that the node remembers; raises Garbled where it keeps what is none, and so fences nobody."""
    try:
        return number(value or "0", "epoch", digits=_EPOCH_DIGITS)
    except Garbled:
        raise Garbled(no_epoch(localhome)) from None


def no_epoch(localhome: str) -> str:
    """Say what is wrong with a node that remembers an epoch that none can be, and what to do about it."""
    return (
        f"{printable(localhome, 80)}/.filestore-agent/epoch holds no epoch that can be (up to {HIGHEST_EPOCH});"
        " find out who wrote it, remove it while no rollout runs, and look again"
    )


def traces_in(values: list[str]) -> tuple[tuple[Receipt, ...], tuple[LoadedMark, ...]]:
    """Return receipts and loaded marks, the oldest first; raises Garbled where one is not written as it must be."""
    receipts, marks = [], []
    for value in values:
        match value.split(" "):
            case ["receipt", digest, canonical, routing, previous, boot_id, ticks]:
                receipts.append(
                    Receipt(
                        digest=matching(_DIGEST, digest, "receipt"),
                        canonical=text_of(canonical),
                        routing=text_of(routing, 4096),
                        previous=matching(_DIGEST, previous, "receipt"),
                        boot_id=matching(BOOT_ID, boot_id, "receipt"),
                        ticks=number(ticks, "receipt"),
                    )
                )
            case ["loaded", canonical, routing, boot_id, ticks]:
                marks.append(
                    LoadedMark(
                        canonical=text_of(canonical),
                        routing=text_of(routing, 4096),
                        boot_id=matching(BOOT_ID, boot_id, "loaded"),
                        ticks=number(ticks, "loaded"),
                    )
                )
            case _:
                raise Garbled(f"a receipt is not written as it must be: {printable(value, 60)}")
    return tuple(receipts), tuple(marks)
