"""What is read back, torn or damaged."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.edges.journal import places, read
from agent.errors import JournalError
from tests.edges.journal.world import EVENTS, sealed, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("kept", [1, 40, 80])
def test_a_torn_last_line_is_dropped_and_reported(folder: Path, kept: int) -> None:
    path = written(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:kept])
    assert read(path) == (EVENTS[:-1], lines[-1][:kept])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_bit_is_never_read_as_something_else(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "rollouts" / "plan-1.jsonl"
    if not path.exists():
        written(path.parent)
    content = path.read_bytes()
    position = data.draw(st.integers(0, len(content) - 2))
    flipped = content[position] ^ (1 << data.draw(st.integers(0, 7)))
    copy = tmp_path / "plan-1.jsonl"
    copy.write_bytes(content[:position] + bytes([flipped]) + content[position + 1 :])
    with pytest.raises(JournalError, match=r"plan-1\.jsonl:\d+: "):
        read(copy)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda lines: [*lines[:2], *lines[3:]], ":3: a line before it is missing"),
        (lambda lines: [*lines[:2], *lines[1:]], ":3: a line before it is missing, or it stands here twice"),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], ":2: "),
        (lambda lines: [*lines[:2], b"\n", *lines[2:]], ":3: not a line of a journal"),
        (lambda lines: [sealed({"number": 0}), *lines[1:]], ":1: it does not name the format"),
        (lambda lines: [sealed({"number": 0, "format": 0}), *lines[1:]], ":1: there is no format 0"),
        (lambda lines: [sealed({"number": 0, "format": 2}), *lines[1:]], "a newer filestore-agent"),
        (lambda lines: [sealed({"number": 0, "format": 1, "plan": "plan-2"}), *lines[1:]], ":1: it is the journal of"),
        (lambda lines: [sealed({"number": 0, "format": 1}), *lines[1:]], ":1: it is the journal of"),
        (lambda lines: [lines[0], sealed({"number": 1, "event": "Exploded"})], ":2: there is no event"),
        (lambda lines: [lines[0], sealed({"number": True, "event": "RolloutEnded"})], ":2: a line before"),
        (lambda _lines: [], "an empty journal"),
        (lambda _lines: [b"{}"], "an empty journal"),
    ],
)
def test_anything_else_that_is_wrong_names_its_line(
    folder: Path, damage: Callable[[list[bytes]], list[bytes]], complaint: str
) -> None:
    path = written(folder)
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(JournalError, match=complaint):
        read(path)


@pytest.mark.parametrize("text", [b'{"number": 0, "x": NaN}', b"{" * 9 + b"}", b'{"a":' * 90_000 + b"}"])
def test_a_sealed_line_that_is_not_json_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "plan-1.jsonl"
    path.write_bytes(hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n")
    with pytest.raises(JournalError, match=":1: not JSON"):
        read(path)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan-1.jsonl")
    with pytest.raises(JournalError, match="not a regular file"):
        read(tmp_path / "plan-1.jsonl")


def test_a_missing_journal_and_a_link_are_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "link").symlink_to(written(folder))
    with pytest.raises(JournalError, match="No such file"):
        read(tmp_path / "nowhere")
    with pytest.raises(JournalError):
        read(tmp_path / "link")


def test_a_file_larger_than_any_journal_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LIMIT", 10)
    (tmp_path / "plan-1.jsonl").write_bytes(b"x" * 11)
    with pytest.raises(JournalError, match="larger than any journal"):
        read(tmp_path / "plan-1.jsonl")
