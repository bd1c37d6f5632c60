"""A node behind a door, and the requests and bytes that the contract speaks of."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.node.port import (
    Claim,
    Commit,
    LockToken,
    Observe,
    Ok,
    Refused,
    Release,
    Restore,
    Stage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.node import Node
    from agent.core.observation import Observation
    from agent.node.port import NodePort, Request
    from tests.support.hands import Hands

OLD = b"<filestore-config>\n  <filestores/>\n</filestore-config>\n"
NEW = b"<filestore-config/>\n\\n $(id) `id` '\"%s \\0101\0\xff\r\n"
"""Awkward on purpose: every byte must arrive, and none may be run."""
OURS = LockToken(plan="plan-1", epoch=7)
THEIRS = LockToken(plan="plan-2", epoch=8)
RESUMED = LockToken(plan="plan-1", epoch=8)
PLAN = b'{"plan": "one",\n "awkward": "\xff\0 $(id) \'\\\\n"}\r\n'
SIGNS = ("Unable to start", "[startup] -e '.*'", "\u00fcbel")
"""The second would be an option, a pattern or a quote, were it not a plain text."""
PATIENCE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A node, the door to it, and hands behind the door."""

    node: Node
    port: NodePort
    hands: Hands

    def ok(self, request: Request) -> Observation:
        """Perform what must succeed."""
        answer = self.port.perform(request)
        assert isinstance(answer, Ok), answer
        return answer.observation

    def refused(self, request: Request) -> Refused:
        """Perform what must be refused."""
        answer = self.port.perform(request)
        assert isinstance(answer, Refused), answer
        return answer

    def look(self) -> Observation:
        return self.ok(Observe())

    def look_until(self, wanted: Callable[[Observation], bool]) -> Observation:
        """Look until it is so, or fail when patience ends."""
        ends = time.monotonic() + PATIENCE
        while not wanted(seen := self.look()):
            assert time.monotonic() < ends, seen
        return seen


def claim(token: LockToken = OURS, plan_copy: bytes = b"") -> Claim:
    return Claim(token=token, holder="ann", host="desk", since="2026-01-02T03:04:05Z", plan_copy=plan_copy)


def resumption(plan_copy: bytes = b"", epoch: int = 8) -> Claim:
    """Return the claim of another holder for the same plan."""
    token = LockToken(plan="plan-1", epoch=epoch)
    return Claim(token=token, holder="bob", host="spare", since="2026-01-03T00:00:00Z", plan_copy=plan_copy)


def undoing(epoch: int = 8, plan_copy: bytes = b"", undoes: str = "plan-1") -> Claim:
    """Return the claim of a plan that puts another one back."""
    token = LockToken(plan="plan-3", epoch=epoch)
    return replace(resumption(plan_copy), token=token, undoes=undoes)


def stage(content: bytes = NEW, *, expected: str = digest_of(OLD), token: LockToken = OURS) -> Stage:
    return Stage(token=token, document=content, digest=digest_of(content), expected=expected)


def commit(content: bytes = NEW, *, expected: str = digest_of(OLD), token: LockToken = OURS) -> Commit:
    return Commit(
        token=token, digest=digest_of(content), expected=expected, canonical="sha256:meaning", routing="backups -> b"
    )


def restore(digest: str, *, expected: str) -> Restore:
    return Restore(token=OURS, digest=digest, expected=expected, canonical="sha256:old", routing="none")


def release(token: LockToken = OURS, raise_epoch: int = 0) -> Release:
    return Release(token=token, raise_epoch=raise_epoch)
