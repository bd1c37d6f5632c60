"""How much an answer tells."""

from __future__ import annotations

from agent.core.document import digest_of
from agent.core.observation import Presence
from agent.node.port import (
    Discard,
    Observe,
    Stop,
)
from tests.node.contract.door import NEW, OLD, OURS, Door, claim, commit, release, restore, stage
from tests.node.contract.given import Given


class AnsweringContract(Given):
    """How much an answer tells."""

    def test_claim_stage_and_commit_answer_briefly_and_say_so(self, held: Door) -> None:
        for request in (claim(), stage(), commit()):
            seen = held.ok(request)
            assert (seen.brief, seen.process.presence, seen.status.state) == (True, Presence.UNKNOWN, None)
            assert (seen.process.evidence, seen.status.reason, seen.status.refused) == ("not asked", "not asked", False)
            assert (seen.ran_as, seen.epoch, seen.home.writable) == (held.node.owner, 7, None)
            assert seen.lock is not None
        assert (seen.file.content, seen.receipts[-1].digest) == (NEW, digest_of(NEW))

    def test_every_other_answer_and_every_refusal_describes_the_whole_node(self, held: Door) -> None:
        held.ok(stage())
        held.ok(commit())
        put_back = restore(digest_of(OLD), expected=digest_of(NEW))
        for request in (Observe(), Discard(token=OURS), put_back, Stop(token=OURS), release()):
            seen = held.ok(request)
            assert (seen.brief, seen.process.presence, seen.status.refused) == (False, Presence.NONE, True)
        for refused in (claim(), stage(), commit()):
            seen = held.refused(refused).observation
            assert (seen.brief, seen.process.presence, seen.status.refused) == (False, Presence.NONE, True)
