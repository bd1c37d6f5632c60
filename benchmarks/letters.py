"""The product's own letters, for a floor that sends the very same bytes and does nothing else."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.core.node import Node
from agent.node.port import ABSENT, Claim, Commit, LockToken, Observe, Release, Request, Stage
from agent.node.wire.letter import end_mark, letter_for
from benchmarks.fleet import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = LockToken(plan="benchmark", epoch=1)
LOOKS: tuple[Request, ...] = (Observe(),)
PUSHES: tuple[Request, ...] = (
    Observe(),
    Claim(token=TOKEN, holder="benchmark", host="localhost", since="2026-01-01T00:00:00Z"),
    Stage(token=TOKEN, document=DOCUMENT, digest=digest_of(DOCUMENT), expected=ABSENT),
    Commit(token=TOKEN, digest=digest_of(DOCUMENT), expected=ABSENT, canonical="sha256:0", routing="backups"),
    Release(token=TOKEN, raise_epoch=1),
)


def letters(
    requests: tuple[Request, ...], name: str, home: str, user: str, group: str
) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield command, stdin and the mark that ends a good answer, for each request to one node."""
    node = Node(name=name, cluster="lab", address="127.0.0.1", localhome=home, owner=user, group=group)
    for request in requests:
        nonce = secrets.token_hex(16)
        letter = letter_for(node, request, nonce, login_user=user)
        yield letter.command, letter.stdin, end_mark(nonce)
