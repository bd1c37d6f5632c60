"""Restore with the workstation's rights: it signs anew for each slice, what it lacks is told with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.s3.answers import StoreFault
from agent.core.s3.backups import Backup, Listing
from agent.errors import AgentError, Outcome, Refused
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import FetchSlice, Presigned
from agent.operations.restore import list_backups
from agent.operations.restoring import way
from agent.operations.restoring.way import Wish
from tests.operations.test_restore import NEW, restored, there_with

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.s3.address import BucketAddress
    from agent.core.s3.proof import BackupFacts
    from agent.node.memory.pretend_backups import PretendBackups

HERE = Wish(yes=True, from_workstation=True)


class Here:
    """What the workstation sees of a pretended bucket; each URL is another one."""

    def __init__(self, shared: PretendBackups, fault: StoreFault | None = None) -> None:
        self.shared, self.fault, self.signed = shared, fault, 0

    def page(self, _: str) -> Listing | StoreFault:
        facts = {key: self.shared.facts_of(key) for key in self.shared.objects}
        found = (Backup(key=key, size=it.size, etag=it.etag, modified=it.modified) for key, it in facts.items())
        return self.fault or Listing(backups=tuple(found))

    def facts(self, key: str) -> BackupFacts | StoreFault:
        return self.shared.facts_of(key)

    def url_of(self, key: str) -> str:
        self.signed += 1
        return f"https://b.example/{key}?X-Amz-Signature={self.signed:04}"


def put_here(monkeypatch: pytest.MonkeyPatch, here: Here) -> None:
    def found(_: BucketAddress) -> Here:
        return here

    monkeypatch.setattr(way, "BucketFromHere", found)


def test_each_slice_goes_by_a_url_of_its_own_since_a_signature_holds_for_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, shared = there_with(tmp_path)
    shared.flow = len(NEW) // 4
    put_here(monkeypatch, Here(shared))
    report = restored(there, HERE)
    urls = [it.way.url for _, it in there.requests if isinstance(it, FetchSlice) and isinstance(it.way, Presigned)]
    assert (report.outcome, len(urls) >= 4, len(set(urls))) == (Outcome.OK, True, len(urls))
    assert shared.files == {"new.zip": NEW}
    assert "X-Amz-Signature" not in repr(report)


def test_a_node_that_is_away_gives_way_to_the_next_before_anybody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, shared = there_with(tmp_path)
    put_here(monkeypatch, Here(shared))
    there.fault("jira-1", Fault(mishap=Mishap.UNREACHABLE))
    report = restored(there, HERE)
    assert report.outcome is Outcome.OK
    assert {name for name, it in there.requests if isinstance(it, FetchSlice)} == {"jira-2"}


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        (StoreFault(code="no-keys", message="Unable to locate credentials"), Refused, "choose some with AWS_PROFILE"),
        (StoreFault(code="AccessDenied"), Refused, "choose others with AWS_PROFILE"),
        (StoreFault(code="NoSuchBucket", message="none"), AgentError, "correct `bucket-name`"),
        (StoreFault(code="Odd", message="for AKIAIOSFODNN7EXAMPLE"), AgentError, r"AKIA\*\*\*\*"),
    ],
)
def test_what_the_workstation_lacks_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: StoreFault, kind: type[AgentError], said: str
) -> None:
    there, shared = there_with(tmp_path)
    put_here(monkeypatch, Here(shared, fault))
    with pytest.raises(kind, match=said) as no:
        list_backups(there.world(), there.choice(), HERE, template=None)
    assert "no-keys" not in str(no.value)
    assert there.requests == []
