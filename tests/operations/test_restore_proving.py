"""Proving: a node that takes no digest and does not say why is not asked for ever, and proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.core.s3.brought import ArchiveTest, Digests
from agent.core.s3.proof import Digest, Proof
from agent.node.port import SurveyImport, TakeDigests
from agent.operations.restoring import proving
from agent.operations.restoring.proving import Verdict, prove
from tests.operations.world import yard

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PROOF = Proof(digest=Digest.MD5, piece=0, count=1, size=9, wanted="0" * 32, by="MD5 (ETag)")
PLACE = SurveyImport(sharedhome="/mnt/shared", name="a.zip", tag="0123456789ab")


def test_a_node_that_takes_no_digest_and_tells_no_reason_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def answer(_: object, errand: object, kind: type[Any]) -> object:
        asked.append(errand)
        assert len(asked) < 5
        return Digests() if kind is Digests else ArchiveTest.NO_TOOL

    monkeypatch.setattr(proving, "ask", answer)
    there = yard(tmp_path)
    proven = prove(there.world(), None, PLACE, (PROOF,))  # type: ignore[arg-type] # nobody is spoken to
    assert proven.verdict is Verdict.OPEN
    assert "the node took none" in proven.words
    assert sum(isinstance(it, TakeDigests) for it in asked) == 1
