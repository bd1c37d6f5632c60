"""What the operator, a script and CI are told of the buckets, over nodes in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.forms.junit_cases import suites_of
from agent.core.planning.plan import Shape
from agent.core.preflight.check import Check, Health
from agent.core.preflight.judge import Preflight
from agent.core.s3.probe import Verb
from agent.errors import Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import ProbeStores
from agent.operations.buckets.beside_plan import ask_buckets
from agent.operations.buckets.probing import Asked, Findings
from agent.operations.buckets.words import rows
from agent.operations.plan import plan
from agent.operations.preflight_s3 import preflight_from_nodes, preflight_from_workstation
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.world import EMPTY, HURRIED, OTHER_BUCKET, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report

NOWHERE = "http://localhost:1"
BUCKET = "co-jira-backup-bucket"
NAMES = ("jira-1", "jira-2", "jira-3")


@pytest.fixture
def nodes(tmp_path: Path) -> Yard:
    return yard(tmp_path)


def preflight(nodes: Yard, **choice: str) -> Report:
    return preflight_from_nodes(nodes.world(), nodes.choice(**choice), template=None)


def text_of(report: Report) -> str:
    return "\n".join(line.text for line in report.lines)


def test_equal_answers_are_said_once_and_each_node_asks_once_by_names_of_its_own(nodes: Yard) -> None:
    report = preflight(nodes)
    assert (report.outcome, report.sentence) == (Outcome.OK, "1 bucket asked from 3 nodes: Jira can do what it needs.")
    assert f"good     {BUCKET} backups read, delete: not allowed, as is recommended  [jira-[1-3]]" in text_of(report)
    assert nodes.kinds() == ["ProbeStores"] * 3
    keys = {
        trial.key for _, asked in nodes.requests if isinstance(asked, ProbeStores) for trial in asked.probes[0].trials
    }
    assert len(keys) == 3
    assert sorted(nodes.closed) == sorted(NAMES)
    assert report.next_command == "filestore-agent plan"
    assert as_json(report)["nodes"][0]["left"][0]["certain"] is True


def test_what_jira_will_say_is_said_with_the_nodes_that_it_will_be_said_on(nodes: Yard) -> None:
    nodes.machine("jira-2").store.allowed = {}
    report = preflight(nodes)
    assert 'Jira will say "Unable to write to backup storage"  [jira-2]' in text_of(report)
    assert (report.outcome, report.next_command) == (Outcome.REFUSED, "filestore-agent bucket-policy")
    node = as_json(report)["nodes"][1]
    said = [(check["what"], check["says"], check["says_verified"]) for check in node["checks"] if check["says"]]
    assert said == [("write", "Unable to write to backup storage", True)]


def test_rights_that_are_too_wide_are_told_and_fail_nothing(nodes: Yard) -> None:
    for name in NAMES:
        nodes.machine(name).store.allowed = {"backups": frozenset(Verb)}
    report = preflight(nodes)
    assert '"Able to read data from backup storage", "Able to delete data from backup storage"' in text_of(report)
    assert (report.outcome, report.next_command) == (Outcome.OK, "filestore-agent bucket-policy")
    assert "left" not in text_of(report)


def test_a_bucket_that_is_not_there_is_a_fault(nodes: Yard) -> None:
    for name in NAMES:
        nodes.machine(name).store.missing = frozenset({BUCKET})
    report = preflight(nodes)
    assert report.outcome is Outcome.REFUSED
    assert "there is no such bucket" in text_of(report)


@pytest.mark.parametrize(
    ("mishap", "outcome"), [(Mishap.UNREACHABLE, Outcome.UNREACHABLE), (Mishap.LOST_AFTER, Outcome.PARTIAL)]
)
def test_a_node_that_does_not_answer_is_named_and_the_others_are_judged(
    nodes: Yard, mishap: Mishap, outcome: Outcome
) -> None:
    nodes.fault("jira-3", Fault(mishap=mishap))
    report = preflight(nodes)
    assert report.outcome is outcome
    assert "no answer from jira-3" in report.sentence
    assert report.next_command == "filestore-agent doctor"
    document = as_json(report)
    assert (document["nodes"][2]["checks"], document["nodes"][2]["identity"]) == ([], None)


def test_nodes_that_are_not_the_same_identity_are_told_apart(nodes: Yard) -> None:
    store = nodes.machine("jira-1").store
    store.rights = replace(store.rights, caller="arn:aws:iam::123456789012:user/old")
    report = preflight(nodes)
    assert "same identity: the nodes come with different identities" in text_of(report)
    assert as_json(report)["clusters"][0]["different_identities"] == [
        "jira-1: arn:aws:iam::123456789012:user/old",
        "jira-[2-3]: arn:aws:sts::123456789012:assumed-role/jira",
    ]


def test_where_all_data_stays_in_the_shared_home_nobody_is_asked(tmp_path: Path) -> None:
    nodes = yard(tmp_path, prod=EMPTY + HURRIED)
    report = preflight(nodes)
    assert (report.outcome, nodes.requests) == (Outcome.OK, [])
    assert "all data stays in the shared home" in report.sentence
    assert as_json(report)["clusters"][0]["buckets"] == []


def test_only_the_chosen_nodes_ask(nodes: Yard) -> None:
    report = preflight(nodes, limit="jira-2")
    assert [name for name, _ in nodes.requests] == ["jira-2"]
    assert report.sentence.startswith("1 bucket asked from 1 node:")


def test_several_clusters_are_told_one_by_one(tmp_path: Path) -> None:
    second = OTHER_BUCKET.replace("jira-[1-3]", "other-[1-2]")
    nodes = yard(tmp_path, prod=INVENTORY + HURRIED, stage=second + HURRIED)
    report = preflight_from_nodes(nodes.world(), nodes.choice("all"), template=None)
    document = as_json(report)
    assert (document["cluster"], [it["cluster"] for it in document["clusters"]]) == (None, ["prod", "stage"])
    assert "stage:" in text_of(report)


def test_ci_gets_a_case_for_each_node_and_check(nodes: Yard) -> None:
    nodes.machine("jira-2").store.allowed = {}
    cases = {(it.place, it.case.name): it.case for suite in suites_of(preflight(nodes)) for it in suite.trials}
    failed = {name for name, case in cases.items() if case.result == "failed"}
    assert failed == {
        ("preflight-s3.prod.jira-2", f"{BUCKET} backups write"),
        ("preflight-s3", "the verdict"),
    }
    assert ("preflight-s3.prod.jira-1", "identity") in cases


# Beside a plan


def planned(nodes: Yard) -> Report:
    return plan(
        nodes.world(),
        nodes.choice(),
        template=None,
        shape=Shape.COMMIT,
        said=frozenset({"--no-restart"}),
        preflight=ask_buckets,
    )


def test_a_plan_shows_what_the_nodes_learnt_of_buckets_that_are_new_in_it(nodes: Yard) -> None:
    nodes.rewrite(OTHER_BUCKET + HURRIED)
    report = planned(nodes)
    assert "Preflight of the buckets: 1 bucket asked from 3 nodes: Jira can do what it needs." in text_of(report)
    assert report.outcome is Outcome.CHANGES
    assert as_json(report)["preflight"]["buckets"] == ["co-jira-other-bucket"]
    assert (report.next_command or "").startswith("filestore-agent deploy-config")


def test_a_plan_whose_preflight_fails_says_so_and_ends_with_its_outcome(nodes: Yard) -> None:
    nodes.rewrite(OTHER_BUCKET + HURRIED)
    for name in NAMES:
        nodes.machine(name).store.missing = frozenset({"co-jira-other-bucket"})
    report = planned(nodes)
    assert (report.outcome, report.next_command) == (Outcome.REFUSED, "filestore-agent preflight-s3")
    assert "This by itself refuses no plan, since deploy-config asks no bucket" in text_of(report)
    assert "what is bad above would fail" in text_of(report)
    assert as_json(report)["preflight"]["outcome"] == "refused"
    assert as_json(report)["objections"] == []


def test_a_plan_whose_preflight_knows_nothing_of_a_node_does_not_say_that_something_fails(nodes: Yard) -> None:
    nodes.rewrite(OTHER_BUCKET + HURRIED)
    nodes.fault("jira-2", Fault(mishap=Mishap.LOST_BEFORE, request=ProbeStores))
    report = planned(nodes)
    assert report.outcome is Outcome.PARTIAL
    assert "whether it can do what it needs is not known" in text_of(report)
    assert "would fail" not in text_of(report)


def test_a_plan_for_ci_keeps_its_own_case_beside_those_of_the_buckets(nodes: Yard) -> None:
    names = {it.case.name for suite in suites_of(planned(nodes)) for it in suite.trials if "jira-1" in it.place}
    assert {"standing", "identity", f"{BUCKET} backups write"} <= names


def test_a_plan_that_was_not_asked_to_asks_no_bucket(nodes: Yard) -> None:
    report = plan(nodes.world(), nodes.choice(), template=None, shape=Shape.COMMIT, said=frozenset())
    assert "preflight" not in as_json(report)
    assert set(nodes.kinds()) == {"Observe"}


def test_what_a_store_repeats_of_a_key_is_masked_for_scripts_too() -> None:
    said = Check(what="write", health=Health.BAD, seen="no", detail="no such key AKIAIOSFODNN7EXAMPLE")
    asked = Asked(name="jira-1", cluster="prod", preflight=Preflight(checks=(said,), left=()))
    (row,) = rows(Findings(cluster="prod", asked=(asked,), buckets=(BUCKET,)))
    assert "EXAMPLE" not in repr(row)
    assert "no such key AKIA" in repr(row)


# From the workstation


def test_from_the_workstation_no_node_is_connected_and_the_limits_are_told(
    nodes: Yard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    nodes.rewrite(INVENTORY.replace("region: ap-southeast-4", f"region: ap-southeast-4, endpoint-override: {NOWHERE}"))
    report = preflight_from_workstation(nodes.choice(), template=None)
    assert (nodes.dialled, report.outcome is Outcome.OK) == (0, False)
    assert "nothing of the nodes" in text_of(report)
    assert [node["name"] for node in as_json(report)["nodes"]] == ["workstation"]
