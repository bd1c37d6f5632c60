"""The page on restore-backup says what the program does: numbers, names, exit codes, and the inventory's key."""

from __future__ import annotations

import re
from pathlib import Path

from agent.core.inventory.model import Jira
from agent.core.s3.backups import LONGEST_NAME
from agent.edges.s3_backups import URL_SECONDS
from agent.errors import EXIT_CODES
from agent.node.restoring import FETCHING_SECONDS, LISTED_AT_ONCE
from agent.operations.restore import SPARE
from agent.operations.restoring.source import MOST_PAGES
from agent.tasks import namespace

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "restore-backup.md").read_text(encoding="utf-8")


def test_the_numbers_are_those_of_the_program() -> None:
    assert f"{SPARE >> 20} MiB more for Jira" in PAGE
    assert f"each slice ({FETCHING_SECONDS} seconds)" in PAGE
    assert f"more than {LONGEST_NAME} bytes" in PAGE
    assert f"more than {MOST_PAGES * LISTED_AT_ONCE:,} objects" in PAGE
    assert URL_SECONDS == 120
    assert "a URL that holds for two minutes" in PAGE
    digests = (ROOT / "agent/node/wire/script/take_digests.sh").read_text(encoding="ascii")
    owner = (ROOT / "agent/node/wire/script/as_owner.sh").read_text(encoding="ascii")
    whole = int(re.findall(r"seconds_left=\$\(\((\d+) - ", owner)[0]) - int(re.findall(r"time_left (\d+)", digests)[0])
    assert whole < 40
    assert "less than 40 seconds" in PAGE


def test_the_key_of_the_inventory_is_one_of_the_model() -> None:
    (key,) = re.findall(r"```yml\njira:\n  (\w+):", PAGE)
    assert key in Jira.model_fields


def test_the_exit_codes_are_codes_that_there_are() -> None:
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]
    assert codes == sorted(codes)
    assert set(codes) == set(EXIT_CODES.values()) - {EXIT_CODES["changes"], EXIT_CODES["halted"]}  # type: ignore[index]


def test_every_flag_of_its_own_is_told() -> None:
    own = {"list", "backup", "node", "from-workstation", "yes"}
    assert own <= {flag.name for flag in namespace.tasks["restore-backup"].flags}
    assert all(f"--{name}" in PAGE for name in own)


def test_the_names_of_what_lies_hidden_are_those_of_the_script() -> None:
    script = (ROOT / "agent/node/wire/script/import_folder.sh").read_text(encoding="ascii")
    assert "half=.$backup.$backup_tag.part damaged=.$backup.$backup_tag.damaged" in script
    assert "`.NAME.TAG.part`" in PAGE
    assert "`.NAME.TAG.damaged`" in PAGE
