"""What an errand brings from elsewhere, and that the node's own file is not touched by it."""

from __future__ import annotations

from agent.core.s3.probe import Verb
from agent.node.port import ProbeStores
from tests.node.contract.door import OLD, Door
from tests.node.contract.given import Given
from tests.support.bucket_node import probe_of
from tests.support.hands import TARGET

PROBES = (
    probe_of("jira-data-bucket", "http://127.0.0.1:1", "attachments", "avatars"),
    probe_of("jira-backup-bucket", "http://127.0.0.1:1"),
)
"""Nobody listens there: the memory's store answers all the same, and the others learn that."""


class ErrandContract(Given):
    """What an errand brings from elsewhere, and that the node's own file is not touched by it."""

    def test_an_errand_brings_an_answer_to_every_question_and_changes_nothing(self, door: Door) -> None:
        door.hands.write(TARGET, OLD)
        before = door.look()
        seen = door.ok(ProbeStores(probes=PROBES))
        assert seen.stores is not None
        assert tuple(tried.probe for tried in seen.stores.tried) == PROBES
        data, backups = (tuple((target, verb) for target, verb, _ in tried.replies) for tried in seen.stores.tried)
        assert data == tuple((target, verb) for target in ("attachments", "avatars") for verb in Verb)
        assert backups == tuple(("backups", verb) for verb in Verb if verb is not Verb.LIST)
        assert (seen.file, seen.lock, seen.epoch, seen.brief) == (before.file, None, 0, False)
        assert door.hands.names() == {TARGET}

    def test_an_errand_about_no_bucket_tells_whose_rights_it_would_have_had(self, door: Door) -> None:
        seen = door.ok(ProbeStores(probes=()))
        assert seen.stores is not None
        assert (seen.stores.tried, seen.stores.rights.surroundings in {"process", "owner"}) == ((), True)

    def test_a_look_brings_nothing_of_buckets(self, door: Door) -> None:
        assert door.look().stores is None
