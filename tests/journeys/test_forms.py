"""One check of real nodes in all its forms: JSON, JUnit and metrics tell the same, and fit what reads them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from junitparser import JUnitXml
from prometheus_client.parser import text_string_to_metric_families

from tests.operations.contract import complaints
from tests.support.need import needs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd


def _bad(path: Path) -> set[str]:
    suites = JUnitXml.fromfile(str(path))
    return {case.classname for suite in suites for case in suite if case.is_failure or case.is_error}


def _standings(path: Path) -> dict[str, str]:
    return {
        sample.labels["node"]: sample.labels["standing"]
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8"))
        for sample in family.samples
        if family.name == "filestore_agent_node_standing" and sample.value == 1
    }


@needs("promtool", "prometheus")
def test_a_check_of_real_nodes_tells_the_same_in_every_form(deployed: Journey, tmp_path: Path) -> None:
    junit, metrics = tmp_path / "drift.xml", tmp_path / "drift.prom"
    deployed.lab.server("jira-3").stop()
    deployed.lab.node("jira-2").file.write_text("<filestore-config", encoding="utf-8")

    code, told = deployed.run("drift", "--junit", str(junit), "--metrics", str(metrics))

    said = told.pop("stderr")
    assert (code, complaints(told)) == (4, []), (told, said)
    standings = {node["name"]: node["standing"] for node in told["nodes"]}
    assert (standings["jira-2"], standings["jira-3"]) == ("UNREADABLE", "UNREACHABLE")
    assert _standings(metrics) == standings
    odd = {name for name, standing in standings.items() if standing != "CURRENT"}
    assert _bad(junit) == {*(f"drift.lab.{name}" for name in odd), "drift"}
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=metrics.read_bytes(), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, b""), checked


def test_a_check_opens_one_connection_and_one_channel_to_each_node(deployed: Journey) -> None:
    before = {name: _logged(deployed, name) for name in ("jira-1", "jira-2", "jira-3")}

    deployed.run("drift")

    after = {name: _logged(deployed, name) for name in before}
    assert {
        name: (after[name][0] - logins, after[name][1] - commands) for name, (logins, commands) in before.items()
    } == (dict.fromkeys(before, (1, 1)))


def _logged(journey: Journey, name: str) -> tuple[int, int]:
    """How many logins, and how many commands, the node's server has written down."""
    log = (journey.lab.folder / name / "ssh" / "sshd.log").read_text(encoding="utf-8", errors="replace")
    return log.count("Accepted publickey"), log.count("Starting session: command")
