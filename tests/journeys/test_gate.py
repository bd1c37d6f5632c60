"""The gate before the balancer, on a node that is replaced: its file laid by hand, its Jira started after it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.journey import Journey

PAGE = (Path(__file__).parents[2] / "docs" / "replaced-machines.md").read_text(encoding="utf-8")
(GATE,) = (text for text in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if text.startswith("# gate"))


def gate(journey: Journey, folder: Path) -> int:
    """Let the page's own loop look once at jira-2, and return its code."""
    program = folder / "filestore-agent"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m agent "$@" --inventory "{journey.lab.inventory}"\n')
    program.chmod(0o755)
    script = f"set -eu\n{GATE.replace('--cluster prod', '--cluster lab')}\ncd {folder}\ngate jira-2"
    variables = {**journey.environment, "LOOKS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    path = f"{folder}:{variables['PATH']}"
    return subprocess.run(["/bin/sh", "-c", script], check=False, env={**variables, "PATH": path}).returncode


def later_than(file: Path) -> None:
    """Let the times prove that what is started now comes after the file."""
    time.sleep(max(0.0, file.stat().st_ctime + 5 - time.time()))


def test_only_a_node_that_has_loaded_the_right_file_and_serves_passes(journey: Journey, tmp_path: Path) -> None:
    node = journey.lab.node("jira-2")
    assert gate(journey, tmp_path) == 2
    document = journey.done("render", "--limit", "jira-2")["nodes"][0]["content"].encode()
    node.write(document)
    node.file.chmod(0o600)
    assert gate(journey, tmp_path) == 2
    node.stop_jira()
    node.wait_until_down()
    assert gate(journey, tmp_path) == 2
    later_than(node.file)
    node.start_jira()
    node.wait_for("RUNNING")
    assert gate(journey, tmp_path) == 2  # the mode is not the inventory's
    node.file.chmod(0o640)
    node.stop_jira()
    node.wait_until_down()
    later_than(node.file)
    node.start_jira()
    node.wait_for("RUNNING")
    assert gate(journey, tmp_path) == 0
