"""The page on moving existing data names the folders that the code names, and no command on it can lose a file."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from agent.core.filestore import Target
from agent.core.relocation import FOLDERS, HOW_TO_COPY
from agent.operations.proposal.next_command import WAYS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / HOW_TO_COPY).read_text(encoding="utf-8")
PAGE = " ".join(TEXT.split())
COPIES = [shlex.split(line) for line in re.findall(r"^ *(aws s3 sync .*)$", TEXT, re.MULTILINE)]
INTO_S3 = [words for words in COPIES if words[3].startswith("/")]


@pytest.mark.parametrize("target", Target)
def test_each_target_has_the_folder_that_the_plan_names_and_its_prefix(target: Target) -> None:
    row = re.search(rf"^\| {target} \| `(.+?)` \| `(.+?)` \| (.+) \|$", TEXT, re.MULTILINE)

    assert row
    assert row[1] == FOLDERS[target]
    assert row[2] == f"{target}/"
    assert ("copy nothing" in row[3]) == (target is Target.BACKUPS)


def test_what_is_copied_comes_from_a_folder_of_a_target_and_goes_below_its_prefix() -> None:
    prefix_of = {f"/shared/jira/{FOLDERS[target]}": target for target in Target}

    assert {prefix_of[words[3]] for words in INTO_S3} == {Target.ATTACHMENTS, Target.AVATARS}
    assert all(words[4].endswith(f"/{prefix_of[words[3]]}") for words in INTO_S3)


def test_no_copy_deletes_anything() -> None:
    assert COPIES
    assert "--delete" not in TEXT
    assert all(set(words[5:]) <= {"--dryrun"} for words in COPIES)
    assert not re.search(r"^ *(aws s3 (rm|mv)|rm|mv) ", TEXT, re.MULTILINE)


def test_it_is_copied_before_the_change_and_by_the_same_command_after_it() -> None:
    before, change, after = TEXT.partition("filestore-agent deploy-config --restart\n")

    assert change
    for words in ("attachments", "avatars"):
        copy = rf"^ *aws s3 sync /shared/jira/data/{words} \S+$"
        (first,), (again,) = (re.findall(copy, side, re.MULTILINE) for side in (before, after))
        assert first == again


def test_every_way_to_change_over_says_when_the_second_copy_may_begin() -> None:
    table = TEXT.partition("| way |")[2].partition("\n\n")[0]

    assert re.findall(r"^\| `(--[a-z-]+)` \|", table, re.MULTILINE) == list(WAYS)


def test_what_is_inferred_is_marked() -> None:
    assert PAGE.count("*inferred*") >= 3


@pytest.mark.parametrize("page", ["README.md", "docs/concepts.md"])
def test_the_page_is_found_from_where_an_operator_reads_of_it(page: str) -> None:
    assert "moving-data.md" in (ROOT / page).read_text(encoding="utf-8")
