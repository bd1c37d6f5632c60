"""The page on CI shows the very pipelines that `schedule` makes, and what their offline jobs run really runs."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.command_line import INVENTORY, said_by, write_inventory
from tests.support.checkout import checkout

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.checkout import Checkout

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "write_ci.py"))
written: Callable[[str], str] = SCRIPT["written"]
SHOWN = [yaml.safe_load(text) for text in re.findall(r"```yml\n(.*?)```", PAGE, re.DOTALL)]
WORKFLOW, PIPELINE = SHOWN


def lines_of(pipeline: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return what the offline job runs, and the variables that the pipeline gives it."""
    if pipeline is WORKFLOW:
        return "\n".join(it["run"] for it in pipeline["jobs"]["offline"]["steps"] if "run" in it), pipeline["env"]
    return "\n".join(pipeline["filestore-offline"]["script"]), pipeline["variables"]


def with_clusters(folder: Path, text: str = INVENTORY) -> Checkout:
    """Lay a checkout whose inventory lies where the page says."""
    there = checkout(folder, text=text)
    (there.folder / "inventory").rename(there.folder / "clusters")
    return there


def test_the_pipelines_on_the_page_are_made_from_the_templates_as_they_are_now() -> None:
    assert written(PAGE) == PAGE, "run python docs/write_ci.py"


def test_only_what_stands_between_the_markers_is_written() -> None:
    assert "an older line" not in written(PAGE.replace("cancel-in-progress: false", "an older line"))
    with pytest.raises(SystemExit, match="the markers are not there"):
        written("# CI\n")


def test_the_commands_on_the_page_make_these_very_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_inventory(tmp_path).rename(tmp_path / "clusters")
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^filestore-agent (schedule .*)$", PAGE, re.MULTILINE)
    for command in commands:
        assert said_by(capsys, *command.split())[0] == 0
    made = [tmp_path / name for name in (".github/workflows/filestore-agent-drift-prod.yml", ".gitlab-ci.yml")]
    assert [yaml.safe_load(it.read_text(encoding="utf-8")) for it in made] == SHOWN


@pytest.mark.parametrize("pipeline", SHOWN, ids=["github", "gitlab"])
def test_the_offline_jobs_lines_run_in_a_fresh_checkout_without_key_or_network(
    pipeline: dict[str, Any], tmp_path: Path
) -> None:
    script, variables = lines_of(pipeline)
    there = with_clusters(tmp_path / "co")
    alone = ["unshare", "--net", "--map-root-user"]
    cut_off = subprocess.run([*alone, "true"], check=False, capture_output=True).returncode == 0
    script = f"{' '.join(alone)} bash -e <<'END'\n{script}\nEND\n" if cut_off else script
    done = there.run(script, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    left = {it.name for it in there.build.iterdir()}
    assert left == {"validate.json", "validate.xml", "render.json", "render.xml", "render"}


@pytest.mark.parametrize("pipeline", SHOWN, ids=["github", "gitlab"])
def test_a_wrong_inventory_fails_the_offline_job_and_both_files_are_there(
    pipeline: dict[str, Any], tmp_path: Path
) -> None:
    script, variables = lines_of(pipeline)
    there = with_clusters(tmp_path / "co", INVENTORY.replace("jira:", "jra:"))
    assert there.run(script, **variables).returncode != 0
    assert {it.suffix for it in there.build.iterdir()} == {".json", ".xml"}
    assert json.loads((there.build / "render.json").read_text())["outcome"] == "invalid"


def test_the_files_that_gitlab_keeps_are_those_that_make_leaves() -> None:
    kept = {it for job in PIPELINE.values() if "artifacts" in job for it in job["artifacts"]["reports"]["junit"]}
    told = set(re.findall(r"`(build/\w+\.xml)`", PAGE))
    assert kept == told


def test_the_page_names_every_variable_that_the_targets_heed() -> None:
    (exported,) = re.findall(r"^export (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    rows = "".join(re.findall(r"^\| (`[A-Z`, ]+) \|", PAGE, re.MULTILINE))
    assert set(re.findall(r"[A-Z]+", rows)) == set(exported.split())
