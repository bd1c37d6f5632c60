"""The page on CI and monitoring names what the code names; the alerts are sound and alarm when they should."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from agent.core.forms.gauges import ABOUT, OUTCOMES, PREFIX, SEVERITIES
from agent.core.forms.junit_cases import FILES, STANDING, VERDICT
from agent.core.judging.cases import NAMES
from agent.core.judging.standing import Standing
from agent.flags import EVERY
from agent.operations.proposal.policy import read_duration
from tests.support.need import needs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
ALERTS = ROOT / "examples" / "prometheus"
ALERTS_TEXT = (ALERTS / "alerts.yml").read_text(encoding="utf-8")
RULES = yaml.safe_load(ALERTS_TEXT)["groups"][0]["rules"]


def _promtool(*words: str, folder: Path = ALERTS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True, check=False)


def test_each_metric_is_on_the_page_with_its_labels_and_in_its_order() -> None:
    rows = re.findall(rf"^\| `{PREFIX}_(\w+)` \| ([\w, ]+) \| (.+) \|$", PAGE, re.MULTILINE)

    assert [(name, tuple(labels.split(", "))) for name, labels, _ in rows] == [
        (name, labels) for name, (labels, _) in ABOUT.items()
    ]


def test_the_page_says_of_each_metric_what_its_help_says() -> None:
    rows = dict(re.findall(rf"^\| `{PREFIX}_(\w+)` \| [\w, ]+ \| (.+) \|$", PAGE, re.MULTILINE))

    for name, (_, about) in ABOUT.items():
        first = re.split(r"[.;:,]", about)[0].lower()
        assert first in rows[name].lower(), name


def test_each_case_of_a_node_is_on_the_page_and_in_its_order() -> None:
    table = PAGE.partition("| case | fails where |")[2].partition("\n\n")[0]

    assert tuple(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)) == NAMES
    assert all(f"`{name}`" in PAGE for name in (VERDICT, FILES, STANDING))


def test_alerts_name_metrics_labels_and_values_that_there_are() -> None:
    for rule in RULES:
        for name, labels in re.findall(rf"{PREFIX}_(\w+)(?:\{{([^}}]*)\}})?", rule["expr"]):
            known, _ = ABOUT[name]
            for label, values in re.findall(r'(\w+)=~?"([^"]*)"', labels):
                assert label in known
                assert set(values.split("|")) <= {*Standing, *OUTCOMES, *SEVERITIES}


def test_every_standing_but_current_has_an_alert() -> None:
    told = " ".join(rule["expr"] for rule in RULES)

    named = {it for it in Standing if re.search(rf"\b{it}\b", told)}
    assert named | {Standing.RESTART_PENDING} == set(Standing) - {Standing.CURRENT}
    assert "node_restart_pending == 1" in told


def test_what_has_to_last_lasts_for_three_checks_as_schedule_makes_them() -> None:
    minutes = read_duration("--every", EVERY) / 60
    assert "Written for a check every ten minutes, as `schedule` makes it" in ALERTS_TEXT
    assert "has rules for a check every ten minutes, as `schedule` makes it" in PAGE
    assert minutes == 10

    lasting = {rule["for"] for rule in RULES if "for" in rule and rule["alert"] != "FilestoreInTransitionForLong"}
    (stale,) = (rule["expr"] for rule in RULES if rule["alert"] == "FilestoreCheckStale")
    assert lasting == {f"{3 * minutes:g}m"}
    assert stale.endswith(f"> 3 * {60 * minutes:g}")


def test_alerts_lead_on_with_commands_that_there_are() -> None:
    from agent.tasks import namespace  # noqa: PLC0415 - the program's own table

    commands = [
        it for rule in RULES for it in re.findall(r"filestore-agent ([a-z-]+)", rule["annotations"]["description"])
    ]
    assert len(commands) >= 8
    assert set(commands) <= set(namespace.tasks)


@needs("promtool", "prometheus")
def test_prometheus_takes_the_rules_and_they_alarm_when_they_should() -> None:
    checked, tested = _promtool("check", "rules", "alerts.yml"), _promtool("test", "rules", "alerts_test.yml")

    assert (checked.returncode, f"{len(RULES)} rules found" in checked.stdout) == (0, True), checked
    assert tested.returncode == 0, tested


@needs("promtool", "prometheus")
@pytest.mark.parametrize("rule", [rule["alert"] for rule in RULES])
def test_without_any_one_rule_the_tests_of_the_alerts_fail(rule: str, tmp_path: Path) -> None:
    shutil.copy(ALERTS / "alerts_test.yml", tmp_path)
    left = [it for it in RULES if it["alert"] != rule]
    (tmp_path / "alerts.yml").write_text(yaml.safe_dump({"groups": [{"name": "x", "rules": left}]}), encoding="utf-8")

    assert _promtool("test", "rules", "alerts_test.yml", folder=tmp_path).returncode != 0
