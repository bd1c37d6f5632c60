"""`demo` tells the whole story, and the README shows what it really says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NUMBERS = re.compile(r"jira-(\d)-\d+-\d+\.bin")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """One run of the demo, in a folder for temporary files of its own."""
    folder = tmp_path_factory.mktemp("demo")
    return subprocess.run(
        [sys.executable, "-m", "agent", "demo"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TMPDIR": str(folder), "NO_COLOR": "1"},
        cwd=folder,
    )


def test_every_chapter_ends_as_it_should(told: subprocess.CompletedProcess[str]) -> None:
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    assert "nothing is left running" in told.stdout


def test_the_story_is_on_stdout_in_order(told: subprocess.CompletedProcess[str]) -> None:
    commands = re.findall(r"^\$ filestore-agent (\S+)", told.stdout, re.MULTILINE)
    assert commands == [
        "validate", "plan", "deploy-config", "drift", "deploy-config", "deploy-config", "rolling-restart", "drift",
    ]  # fmt: skip


def test_nothing_is_left_behind(
    told: subprocess.CompletedProcess[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert told.returncode == 0
    folder = str(tmp_path_factory.getbasetemp())
    running = [line for line in _command_lines() if "filestore-agent-demo-" in line and folder in line]
    assert not running


def test_what_the_readme_shows_is_what_the_demo_says(told: subprocess.CompletedProcess[str]) -> None:
    shown = re.search(
        r"From `make demo`.*?```\n(.*?)\n```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert shown
    said = {NUMBERS.sub(r"jira-\1.bin", line) for line in told.stdout.splitlines()}
    lines = [NUMBERS.sub(r"jira-\1.bin", line) for line in shown[1].splitlines()]
    assert [line for line in lines if line not in said] == ["..."]


def _command_lines() -> list[str]:
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue  # it has ended meanwhile
    return lines
