"""What the pipelines run to look at nodes, as it stands: a key in an agent, pinned hosts, real SSH servers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.checkout import Checkout, checkout

if TYPE_CHECKING:
    from tests.support.journey import Journey

PAGE = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
WORKFLOW, PIPELINE = (yaml.safe_load(text) for text in re.findall(r"```yml\n(.*?)```", PAGE, re.DOTALL))


def checked_out(journey: Journey, folder: Path) -> Checkout:
    """Lay a checkout whose inventory names neither a key nor a list of hosts: the runner brings both."""
    text = (journey.lab.inventory / "lab.yml").read_text(encoding="utf-8")
    text = re.sub(r"^  config: .*$", "  config: none", text, flags=re.MULTILINE)
    text = re.sub(r"^  known-hosts: .*\n", "", text, flags=re.MULTILINE)
    return checkout(folder, text=text)


def given_by_github(journey: Journey, target: str) -> tuple[str, dict[str, str]]:
    (step,) = (it for it in WORKFLOW["jobs"]["nodes"]["steps"] if "run" in it)
    key, hosts = (journey.lab.folder / name for name in ("client_key", "known_hosts"))
    filled = {"TARGET": target, "CLUSTER": "prod", "SSH_KEY": key.read_text(), "KNOWN_HOSTS": hosts.read_text()}
    assert set(filled) == set(step["env"])
    return step["run"], filled


def given_by_gitlab(journey: Journey, target: str) -> tuple[str, dict[str, str]]:
    job: dict[str, Any] = PIPELINE[f"filestore-{target}"]
    lines = "\n".join((*PIPELINE[job["extends"]]["before_script"], *job["script"]))
    files = {"SSH_KEY": "client_key", "KNOWN_HOSTS": "known_hosts"}
    named = {f"FILESTORE_AGENT_{name}": str(journey.lab.folder / file) for name, file in files.items()}
    return lines, {"CLUSTER": "prod", **named}


@pytest.mark.parametrize("given", [given_by_github, given_by_gitlab], ids=["github", "gitlab"])
@pytest.mark.parametrize(("target", "outcome"), [("drift", "drift"), ("plan", "changes")])
def test_the_nodes_are_looked_at_with_the_key_and_the_hosts_that_were_given(
    deployed: Journey, tmp_path: Path, given: Any, target: str, outcome: str
) -> None:
    script, variables = given(deployed, target)
    there = checked_out(deployed, tmp_path / "co")
    done = there.run(script, **variables)
    assert done.returncode == 2, done.stdout + done.stderr
    told = json.loads((there.build / f"{target}.json").read_text())
    assert told["outcome"] == outcome, told
    assert "jira-[1-3]" in done.stdout
    assert (there.build / f"{target}.xml").exists()
    secret = (deployed.lab.folder / "client_key").read_text().splitlines()[2]
    kept = [it for it in there.folder.rglob("*") if it.is_file() and secret in it.read_text(errors="replace")]
    assert kept == []
    assert secret not in done.stdout + done.stderr


def test_a_host_that_was_not_pinned_is_not_believed(deployed: Journey, tmp_path: Path) -> None:
    script, variables = given_by_github(deployed, "drift")
    there = checked_out(deployed, tmp_path / "co")
    assert there.run(script, **{**variables, "KNOWN_HOSTS": ""}).returncode == 2
    assert json.loads((there.build / "drift.json").read_text())["outcome"] == "unreachable"
