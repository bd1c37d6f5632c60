"""The page on the preflight says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from agent.core.preflight import places
from agent.core.preflight.aims import name_for
from agent.core.preflight.identity import CHAIN
from agent.core.preflight.judge import judge
from agent.core.s3.probe import Verb
from agent.edges.s3 import HOW_TO_INSTALL
from agent.errors import EXIT_CODES, Outcome
from agent.node.port import ProbeStores
from agent.node.wire.script import PARTS, script_of
from tests.core.preflight.given import DENIED, all_as, tried, view

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "preflight-s3.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


def test_the_objects_are_those_that_are_tried_with() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| `([^`]+<random>)` \|$", PAGE, re.MULTILINE))
    assert told == {target: name_for(target, "<random>") for target in ("backups", "avatars", "attachments")}


def test_what_jiras_check_says_is_what_is_said_here() -> None:
    told = set(re.findall(r"`((?:Unable|Able) to [^`]+)`", PAGE))
    lacking = judge(view(tried("avatars", **all_as(DENIED)), tried("backups", **all_as(DENIED))))
    unread = judge(view(tried("avatars", read=DENIED)))
    wide = judge(view(tried("backups")))
    said = {check.says for found in (lacking, unread, wide) for check in found.checks if check.says}
    assert told == said
    assert len(told) == 3 + len(Verb)


def test_the_checks_of_the_table_are_those_that_are_made() -> None:
    table = PAGE.partition("## What else is told")[2].partition("\n\nNodes")[0]
    told = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert told == [check.what for check in judge(view(tried())).checks if not check.target]


def test_the_numbers_and_the_chain_are_those_of_the_code() -> None:
    assert f"more than {places.SKEW_REFUSED // 60} minutes off" in WORDS
    assert f"told from {places.SKEW_WARNED // 60} minutes on" in WORDS
    assert f"default chain: {CHAIN}" in WORDS
    budget = int(re.findall(r"begun \+ (\d+) - now", script_of(PARTS[ProbeStores], {}))[0])
    assert budget <= 50
    assert "within 50 seconds" in WORDS
    assert HOW_TO_INSTALL.partition("; ")[2].partition(" brings")[0] in PAGE


def test_the_codes_are_those_of_the_outcomes() -> None:
    table = PAGE.partition("## How it ends")[2]
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    ends = (Outcome.OK, Outcome.REFUSED, Outcome.PARTIAL, Outcome.UNREACHABLE)
    assert told == {EXIT_CODES[outcome] for outcome in ends}
