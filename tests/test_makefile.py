"""make's targets for CI: one run each, JSON and JUnit under build/, a verdict to read, no value run by a shell."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from agent.tasks import namespace
from tests.command_line import INVENTORY
from tests.support.checkout import ROOT, checkout

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.checkout import Checkout

TARGETS = ("validate", "render", "plan", "drift")
OFFLINE = TARGETS[:2]
NOTES = 'printf "%s\\n" "$@" > "$1.words"'
"""Stands for the program, and writes down the words that it was given."""
WITH_JUNIT = pytest.mark.skipif(
    any("junit" not in {flag.name for flag in namespace.tasks[name].flags} for name in TARGETS),
    reason="not every task has --junit yet",
)


def words_of(there: Checkout, target: str, **variables: str) -> list[str]:
    """Return the words that the program is given by a target."""
    done = there.run(f"make {target}", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return (there.folder / f"{target}.words").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("target", TARGETS)
def test_each_target_runs_its_task_once_and_leaves_both_files(tmp_path: Path, target: str) -> None:
    program = 'printf "%s\\n" "$*" >> all.words; ' + NOTES
    there = checkout(tmp_path / "co", program)
    words = words_of(there, target)
    assert words[:3] == [target, "--inventory", "inventory"]
    for flag, name in (("--json-out", f"build/{target}.json"), ("--junit", f"build/{target}.xml")):
        assert words[words.index(flag) + 1] == name
    assert len((there.folder / "all.words").read_text().splitlines()) == 1


@pytest.mark.parametrize("target", TARGETS)
def test_the_values_reach_the_program_as_they_are(tmp_path: Path, target: str) -> None:
    odd = "a b'\"; touch pwned; $(shell touch pwned) `touch pwned` $(touch pwned) $$HOME #x*"
    there = checkout(tmp_path / "co", NOTES)
    named = {"INVENTORY": "--inventory", "CLUSTER": "--cluster", "TEMPLATE": "--template", "LIMIT": "--limit"}
    words = words_of(there, target, **dict.fromkeys((*named, "EXCLUDE"), odd))
    for flag in (*named.values(), "--exclude"):
        assert words[words.index(flag) + 1] == odd
    assert not list(there.folder.rglob("pwned"))


def test_further_words_are_split_at_blanks_and_nothing_in_them_is_run(tmp_path: Path) -> None:
    there = checkout(tmp_path / "co", NOTES)
    words = words_of(there, "validate", ARGS="--strict  $(touch pwned) * $(shell touch pwned)")
    assert words[-7:] == ["--strict", "$(touch", "pwned)", "*", "$(shell", "touch", "pwned)"]
    assert not list(there.folder.rglob("pwned"))


def test_what_is_not_said_is_left_out(tmp_path: Path) -> None:
    assert not {"--cluster", "--template", "--limit", "--exclude"} & set(words_of(checkout(tmp_path, NOTES), "drift"))


def test_a_verdict_of_yesterday_is_not_taken_for_todays(tmp_path: Path) -> None:
    there = checkout(tmp_path / "co", "exit 5")
    there.build.mkdir()
    for name in ("drift.json", "drift.xml", "plan.json"):
        (there.build / name).write_text("old", encoding="utf-8")
    assert there.run("make drift").returncode == 2
    assert [it.name for it in there.build.iterdir()] == ["plan.json"]


def test_with_k_the_later_targets_run_although_an_earlier_one_failed(tmp_path: Path) -> None:
    there = checkout(tmp_path / "co", f"{NOTES}; exit 5")
    assert there.run(f"make -k {' '.join(TARGETS)}").returncode == 2
    assert sorted(it.stem for it in there.folder.glob("*.words")) == sorted(TARGETS)


@WITH_JUNIT
def test_without_key_and_network_the_offline_targets_leave_json_and_junit(tmp_path: Path) -> None:
    there = checkout(tmp_path / "co")
    done = there.run("make -k validate render", CLUSTER="all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 cluster checked" in done.stdout
    for target in OFFLINE:
        assert json.loads((there.build / f"{target}.json").read_text())["outcome"] == "ok"
        assert "<testcase" in (there.build / f"{target}.xml").read_text()
    assert len(list((there.build / "render" / "prod").iterdir())) == 3


@WITH_JUNIT
def test_where_the_files_are_wrong_each_target_says_so_in_all_three_forms(tmp_path: Path) -> None:
    there = checkout(tmp_path / "co", text=INVENTORY.replace("jira:", "jra:"))
    done = there.run(f"make -k {' '.join(TARGETS)}")
    assert done.returncode == 2
    assert done.stdout.count("did you mean") >= 4
    for target in TARGETS:
        assert json.loads((there.build / f"{target}.json").read_text())["exit_code"] == 5
        assert re.search(r"<(failure|error)", (there.build / f"{target}.xml").read_text())


def test_make_help_names_the_targets_and_every_variable_that_they_heed() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (exported,) = re.findall(r"^export (.+)$", makefile, re.MULTILINE)
    told = checkout_help()
    assert set(exported.split()) == {"INVENTORY", "CLUSTER", "TEMPLATE", "LIMIT", "EXCLUDE", "ARGS"}
    assert all(re.search(rf"^ +{name} +\w", told, re.MULTILINE) for name in exported.split())
    assert all(f"make {target} " in told for target in TARGETS)


def checkout_help() -> str:
    """Return what make help prints."""
    return subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
