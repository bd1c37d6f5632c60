"""The files of other tools: regular, within bounds, UTF-8, each key once; no FIFO hangs, no keyboard is read."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.finding import Finding, Place
from agent.edges.sources import STDIN, as_json, as_text, read_source

if TYPE_CHECKING:
    from pathlib import Path


def _code(found: object) -> str | None:
    return found.rule if isinstance(found, Finding) else None


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"\x00\xff")

    assert read_source(str(file)) == b"\x00\xff"


def test_what_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"x" * 11)

    for name in ("nothing", "fifo", "."):
        assert _code(read_source(str(tmp_path / name))) == "FS601"
    assert _code(read_source(str(tmp_path / "large"), limit=10)) == "FS601"
    assert _code(read_source("a\x00b")) == "FS601"


def _stdin(monkeypatch: pytest.MonkeyPatch, content: bytes, *, tty: bool) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: tty))


def test_what_is_piped_in_is_read_within_bounds_and_a_keyboard_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    _stdin(monkeypatch, b"abc", tty=False)
    assert read_source(STDIN) == b"abc"
    _stdin(monkeypatch, b"abc", tty=False)
    assert _code(read_source(STDIN, limit=2)) == "FS601"
    _stdin(monkeypatch, b"abc", tty=True)
    assert _code(read_source(STDIN)) == "FS601"
    monkeypatch.setattr(sys, "stdin", None)
    assert _code(read_source(STDIN)) == "FS601"


def test_text_is_utf8_with_or_without_a_mark_at_its_beginning() -> None:
    assert as_text(b"\xef\xbb\xbfa\r\n", "x") == "a\r\n"
    found = as_text(b"a\nb\xff", "x")
    assert isinstance(found, Finding)
    assert (found.rule, found.place) == ("FS601", Place(file="x", line=2))


def test_json_is_read_and_what_is_none_is_told_by_its_place() -> None:
    assert as_json('{"a": [1]}', "x") == ({"a": [1]}, None)
    value, finding = as_json('{"a":\n  hunter2}', "x")
    assert value is None
    assert finding is not None
    assert (finding.rule, finding.place) == ("FS602", Place(file="x", line=2, column=3))
    assert "hunter2" not in finding.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "FS603"),
        ("[" * 200_000, "FS602"),
        ('{"a":' * 200_000, "FS602"),
        ("9" * 5000, "FS602"),
        ("", "FS602"),
        ("{", "FS602"),
    ],
    ids=lambda it: it[:12],
)
def test_json_that_hurts_is_a_finding(text: str, code: str) -> None:
    found: Any = as_json(text, "x")

    assert found[0] is None
    assert found[1].rule == code
