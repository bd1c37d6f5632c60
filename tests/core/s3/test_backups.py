"""Which backups can be fetched, and which one is the newest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.s3.backups import (
    LONGEST_NAME,
    Backup,
    age_words,
    fault_of_name,
    newest,
    only_backups,
    other_folders,
    tag_of_object,
)


def backup(name: str, modified: float = 0.0) -> Backup:
    return Backup(key=f"backups/{name}", size=1, etag="e", modified=modified)


NO_NAMES = (
    *("", ".", "..", "a/b", "../x", "-rf", ".x", " x", "x ", "a\tb", "a\nb", "a\rb", "a\0b", "a\x1b[2J", "a\x7f"),
    *("a\u202eb", "a\u200bb", "a\u00a0b", "a\ud800b", "a\\b", "a\u2028b"),
    *("x" * (LONGEST_NAME + 1), "é" * (LONGEST_NAME // 2 + 1)),
)


@pytest.mark.parametrize("name", NO_NAMES)
def test_whatever_is_no_plain_file_name_cannot(name: str) -> None:
    assert fault_of_name(name) is not None


@given(st.text())
def test_a_name_that_can_be_fetched_stays_in_its_folder_and_fits_with_our_own_letters(name: str) -> None:
    if fault_of_name(name) is None:
        assert "/" not in name
        assert name[0] not in "-."
        assert len(f".{name}.{tag_of_object('e')}.damaged".encode()) <= 255


def test_jiras_own_checks_and_ours_are_no_backups() -> None:
    marks = ["", "Healthcheck", "Healtcheck-1", "healthcheck.zip", ".filestore-agent-x", "filestore-agent-preflight"]
    assert only_backups(map(backup, [*marks, "a.zip"])) == (backup("a.zip"),)
    assert other_folders(["backups/Healthcheck/", "backups/Healtcheck/", "backups/old/"]) == ("backups/old/",)


def test_the_newest_is_an_archive_with_a_name_that_can_be_fetched() -> None:
    found = [backup("a.zip", 1), backup("b.zip", 2), backup("notes.txt", 9), backup("-c.zip", 8), backup("A.ZIP", 2)]
    assert newest(only_backups(found)) == backup("A.ZIP", 2)
    assert newest(only_backups([backup("a.zip", 1), backup("z.zip", 3), backup("b.zip", 2)])) == backup("z.zip", 3)
    assert newest(only_backups([backup("x.txt")])) is None
    assert newest(()) is None
    assert newest([replace(backup("cut.zip", 3), size=0), backup("whole.zip", 2)]) == backup("whole.zip", 2)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (59, "just now"), (60, "1m"), (7199, "119m"), (7200, "2h"), (172_799, "47h"), (172_800, "2d")],
)
def test_an_age_is_one_word(seconds: float, words: str) -> None:
    assert age_words(seconds) == words
