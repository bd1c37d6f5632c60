"""Validate: every finding at once, of the inventory or of any file, and nothing connected."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.errors import InputError, Outcome
from agent.operations.inputs.clusters import reachable_inputs, valid_inputs
from agent.operations.validate import validate, validate_files
from agent.operations.world import Choice
from tests.command_line import INVENTORY, write_inventory
from tests.operations.contract import as_json

if TYPE_CHECKING:
    from agent.core.report import Report

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
DOCUMENT = """\
<?xml version="1.1" ?>
<filestore-config>
  <filestores>
    <s3-filestore id="b"><config><bucket-name>co-backups</bucket-name><region>eu-west-1</region></config></s3-filestore>
  </filestores>
  <associations><association target="backups" file-store="b"/></associations>
</filestore-config>
"""


def _validate(tmp_path: Path, *, strict: bool = False, **clusters: str) -> Report:
    report = validate(Choice(inventory=write_inventory(tmp_path, **clusters)), template=None, strict=strict)
    as_json(report)
    return report


def test_a_sound_inventory_is_ok_and_the_doctor_comes_next(tmp_path: Path) -> None:
    report = _validate(tmp_path)

    assert report.outcome is Outcome.OK
    assert report.sentence.endswith("1 cluster checked (prod): no findings.")
    assert report.next_command == "filestore-agent doctor"
    assert as_json(report)["clusters"] == ["prod"]


def test_the_examples_own_nodes_are_a_note_and_no_next_step(tmp_path: Path) -> None:
    report = _validate(
        tmp_path, prod=INVENTORY.replace("10.0.0.", "192.0.2.").replace("jira-[1-3]", "jira-[1-3].example.com")
    )

    assert report.outcome is Outcome.OK
    assert [(finding.rule, finding.severity) for finding in report.findings] == [("FS050", "note")]
    assert report.sentence.endswith("1 cluster checked (prod): 1 note.")
    assert report.next_command is None


def test_the_smallest_inventory_of_the_readme_has_its_note_counted(tmp_path: Path) -> None:
    shown = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert shown

    report = _validate(tmp_path, prod=textwrap.dedent("   " + shown[1].lstrip()))

    (note,) = report.findings
    assert "there are no such machines" in note.message
    assert report.sentence.endswith("1 cluster checked (prod): 1 note.")


def test_a_line_that_names_several_examples_is_one_fault_for_a_task_that_connects(tmp_path: Path) -> None:
    examples = INVENTORY.replace("jira-[1-3]", "jira-[1-3].example.com")

    with pytest.raises(InputError, match=": 1 error; nothing was connected") as refused:
        reachable_inputs(Choice(inventory=write_inventory(tmp_path, prod=examples)), template=None)

    (fault,) = refused.value.findings
    assert fault.message.startswith("jira-[1-3].example.com are names for documentation")


def test_faults_of_all_clusters_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    report = _validate(
        tmp_path,
        prod=INVENTORY.replace("backups: backupBucket", "backups: nosuch").replace("region: ap", "region: AP"),
        test=INVENTORY.replace("bucket-name", "bukcet-name"),
    )

    assert report.outcome is Outcome.INVALID
    document = as_json(report)
    places = {(finding["cluster"], finding["line"]) for finding in document["findings"]}
    assert {("prod", 4), ("prod", 5), ("test", 4)} <= places
    assert any('did you mean "bucket-name"?' in (finding["hint"] or "") for finding in document["findings"])
    assert report.next_command is None


def test_every_cluster_is_checked_unless_one_is_named(tmp_path: Path) -> None:
    inventory = write_inventory(
        tmp_path, prod=INVENTORY, test=INVENTORY.replace("co-jira", "co-test").replace("jira-[", "test-[")
    )

    assert as_json(validate(Choice(inventory=inventory), template=None, strict=False))["clusters"] == ["prod", "test"]
    one = validate(Choice(inventory=inventory, clusters=("test",)), template=None, strict=False)
    assert as_json(one)["clusters"] == ["test"]


def test_of_no_clusters_none_is_not_told_as_if_it_were_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no cluster 'prod'; the inventory holds no cluster"):
        validate(Choice(inventory=tmp_path, clusters=("prod",)), template=None, strict=False)


def test_two_clusters_with_the_same_nodes_are_refused_in_both_files(tmp_path: Path) -> None:
    other = INVENTORY.replace("co-jira", "co-test")

    report = _validate(tmp_path, prod=INVENTORY, test=other)

    assert report.outcome is Outcome.INVALID
    assert [(it.rule, it.cluster, it.place.line) for it in report.findings] == [
        ("FS404", "prod", 3),
        ("FS404", "test", 3),
    ]


def test_two_jiras_on_one_machine_are_sound_with_homes_ports_and_units_of_their_own(tmp_path: Path) -> None:
    beside = INVENTORY.replace("co-jira", "co-test").replace("localhome: /var/jira", "localhome: /data/test")
    apart = beside.replace('"10.3.4",', '"10.3.4", status: {port: 8081}, service: {systemd: jira-test},')

    assert {it.rule for it in _validate(tmp_path, prod=INVENTORY, test=beside).findings} == {"FS405"}
    assert _validate(tmp_path, prod=INVENTORY, test=apart).outcome is Outcome.OK


@pytest.mark.parametrize("spoilt", ["", "bogus: 1\n", "rollout: {canary: many}\n"])
def test_a_push_to_one_cluster_hears_of_what_it_shares_with_another_however_broken_that_is(
    tmp_path: Path, spoilt: str
) -> None:
    inventory = write_inventory(tmp_path, prod=INVENTORY, test=INVENTORY + spoilt)

    with pytest.raises(InputError) as refused:
        valid_inputs(Choice(inventory=inventory, clusters=("prod",)), template=None)

    told = [(it.rule, it.cluster) for it in refused.value.findings]
    assert told == [("FS401", "prod"), ("FS404", "prod")]


@pytest.mark.parametrize(("strict", "outcome"), [(False, Outcome.OK), (True, Outcome.INVALID)])
def test_a_warning_is_an_error_only_where_that_is_wished(tmp_path: Path, strict: bool, outcome: Outcome) -> None:  # noqa: FBT001 - a parameter of the table
    spare = INVENTORY.replace("backupBucket: {", "spare: {bucket-name: co-spare, region: eu-west-1}, backupBucket: {")

    report = _validate(tmp_path, strict=strict, prod=spare)

    assert report.outcome is outcome
    assert "1 warning" in report.sentence
    assert ("refused: --strict counts 1 warning as an error." in report.sentence) == strict


def test_strictness_is_not_blamed_where_there_are_errors_or_no_warnings(tmp_path: Path) -> None:
    broken = INVENTORY.replace("backups: backupBucket", "backups: nosuch").replace("co-jira", "co.jira")

    assert "--strict" not in _validate(tmp_path, strict=True).sentence
    assert "--strict" not in _validate(tmp_path, strict=True, prod=broken).sentence


ALL_AT_ONCE = """\
jira: {version: "10.3.4", localhome: /var/jira}
ssh: {config: none}
nodes: {"jira-[1-3]": {}}
filestores:
  backupBucket:
    bucket-name: co-jira-backup-bucket
    region: eu-central-1
    endpoint-override: http://minio.co.net:9000
  avatarBucket: {bucket-name: co-jira-avatar-bucket, region: eu-cental-1}
associations:
  avatar: avatarBucket
  backups: backupBucket
waivers:
  FS999: "agreed"
  FS116: "later"
  FS211: ""
"""


def test_one_run_tells_all_that_can_be_told_of_a_broken_cluster(tmp_path: Path) -> None:
    report = _validate(tmp_path, prod=ALL_AT_ONCE)

    told = {(finding.rule, finding.place.line) for finding in report.findings}
    assert {("FS044", 11), ("FS390", 14), ("FS391", 15), ("FS392", 16), ("FS211", 8), ("FS216", 9)} <= told
    assert "FS304" not in {rule for rule, _ in told}
    assert report.sentence.endswith(" More checks run once these are mended.")


def test_what_one_run_tells_is_what_was_wrong_from_the_first(tmp_path: Path) -> None:
    first = _validate(tmp_path, prod=ALL_AT_ONCE)
    second = _validate(tmp_path, prod=ALL_AT_ONCE.replace("avatar:", "avatars:"))

    rules = [{finding.rule for finding in report.findings} for report in (first, second)]
    assert rules[1] == rules[0] - {"FS044"}


def test_a_waiver_counts_in_a_broken_cluster_too(tmp_path: Path) -> None:
    waived = ALL_AT_ONCE.replace('FS211: ""', 'FS211: "a lab"')

    found = {finding.rule: finding.severity for finding in _validate(tmp_path, prod=waived).findings}

    assert found["FS211"] == "note"


def test_a_waiver_without_a_reason_is_told_as_that_and_hides_no_other(tmp_path: Path) -> None:
    for reason in ("''", "'  '"):
        report = _validate(tmp_path, prod=INVENTORY + f"waivers: {{FS116: later, FS205: {reason}}}\n")

        assert [finding.rule for finding in report.findings] == ["FS391", "FS392"]


def test_a_sound_inventory_has_no_more_checks_to_wait_for(tmp_path: Path) -> None:
    assert "More checks" not in _validate(tmp_path).sentence


# Waivers that waive nothing.


def test_a_waiver_that_waives_nothing_is_a_note_at_its_line(tmp_path: Path) -> None:
    report = _validate(tmp_path, strict=True, prod=INVENTORY + 'waivers: {FS205: "agreed"}\n')

    assert report.outcome is Outcome.OK
    assert [(it.rule, it.severity, it.place.line) for it in report.findings] == [("FS393", "note", 6)]


@pytest.mark.parametrize(
    "inventory",
    [
        INVENTORY.replace("co-jira", "co.jira") + 'waivers: {FS205: "agreed"}\n',
        INVENTORY.replace("jira-[1-3]", "jira-1") + 'waivers: {FS048: "a lab"}\n',
        INVENTORY + 'waivers: {FS303: "once we are on 9.12 again"}\n',
        INVENTORY + 'waivers: {FS013: "this checkout is shared"}\n',
        INVENTORY.replace("backups: backupBucket", "backup: backupBucket") + 'waivers: {FS205: "agreed"}\n',
    ],
)
def test_no_waiver_is_told_that_waives_or_waits_or_stands_in_a_broken_file(tmp_path: Path, inventory: str) -> None:
    assert "FS393" not in {finding.rule for finding in _validate(tmp_path, prod=inventory).findings}


def test_a_waiver_of_the_defaults_is_told_once_and_only_where_no_cluster_needs_it(tmp_path: Path) -> None:
    test = INVENTORY.replace("co-jira", "co-test").replace("jira-[", "test-[")
    shared = 'waivers: {FS205: "agreed"}\n'

    idle = _validate(tmp_path, prod=INVENTORY, test=test, defaults=shared)
    needed = _validate(tmp_path, prod=INVENTORY, test=test.replace("co-test", "co.test"), defaults=shared)
    alone = validate(Choice(inventory=tmp_path / "inventory", clusters=("prod",)), template=None, strict=False)

    assert [(it.rule, it.cluster) for it in idle.findings] == [("FS393", None)]
    assert {it.rule for it in (*needed.findings, *alone.findings)} <= {"FS205"}


def test_a_missing_folder_is_a_finding_that_names_it(tmp_path: Path) -> None:
    report = validate(Choice(inventory=tmp_path / "nosuch"), template=None, strict=False)

    assert report.outcome is Outcome.INVALID
    assert as_json(report)["findings"][0]["file"] == str(tmp_path / "nosuch")


def test_a_missing_template_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nosuch\.j2"):
        validate(Choice(inventory=write_inventory(tmp_path)), template=tmp_path / "nosuch.j2", strict=False)


def test_any_file_can_be_checked_without_an_inventory(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_text(DOCUMENT, encoding="utf-8")
    bad.write_text(DOCUMENT.replace('file-store="b"', 'filestore="b"'), encoding="utf-8")

    report = validate_files((str(good), str(bad)), strict=False)

    document = as_json(report)
    assert report.outcome is Outcome.INVALID
    assert {finding["file"] for finding in document["findings"]} == {str(bad)}
    assert {finding["line"] for finding in document["findings"] if finding["severity"] == "error"} == {6}
    assert document["files"] == [str(good), str(bad)]


def test_clusters_with_faults_are_counted_as_checked_and_those_without_by_name(tmp_path: Path) -> None:
    broken = INVENTORY.replace("co-jira", "co-test").replace("jira-[", "test-[") + "bogus: 1\n"

    for folder in "abc":
        (tmp_path / folder).mkdir()
    both = _validate(tmp_path / "a", prod=INVENTORY, test=broken)
    none = _validate(tmp_path / "b", test=broken)
    inventory = write_inventory(tmp_path / "c", prod=INVENTORY, test=broken)
    one = validate(Choice(inventory=inventory, clusters=("test",)), template=None, strict=False)

    assert "2 clusters checked, 1 valid (prod): 1 error" in both.sentence
    assert "1 cluster checked, none valid: 1 error" in none.sentence
    assert "1 cluster checked, none valid: 1 error" in one.sentence


def test_a_cluster_with_a_fault_of_its_own_keeps_its_waivers(tmp_path: Path) -> None:
    waived = INVENTORY + "waivers: {FS401: one Jira under two names, FS404: the same}\n"

    report = _validate(tmp_path, prod=waived, test=waived + "bogus: 1\n")

    told = {(it.rule, it.cluster, it.severity) for it in report.findings if it.rule.startswith("FS40")}
    assert told == {(rule, cluster, "note") for rule in ("FS401", "FS404") for cluster in ("prod", "test")}


@pytest.mark.parametrize("nothing", ["null", "~", ""])
def test_a_waiver_of_nothing_is_told_to_have_a_reason(tmp_path: Path, nothing: str) -> None:
    (finding,) = _validate(tmp_path, prod=f"{INVENTORY}waivers: {{FS205: {nothing}}}\n").findings

    assert (finding.rule, finding.hint) == ("FS023", 'write FS205: "why it does not count here", or remove the key')


NO_VERSION = "; without --jira-version nothing is said of what that Jira knows"


def test_a_sound_file_is_ok(tmp_path: Path) -> None:
    file = tmp_path / "filestore-config.xml"
    file.write_text(DOCUMENT, encoding="utf-8")

    report = validate_files((str(file),), strict=True)

    assert (report.outcome, report.sentence) == (Outcome.OK, f"1 file checked: no findings{NO_VERSION}.")


def test_what_is_no_file_is_one_finding_that_names_it_once(tmp_path: Path) -> None:
    report = validate_files((str(tmp_path), str(tmp_path / "nosuch")), strict=False)

    folder, missing = as_json(report)["findings"]
    assert (folder["file"], missing["file"]) == (str(tmp_path), str(tmp_path / "nosuch"))
    assert str(tmp_path) not in folder["message"] + missing["message"]


def test_a_bucket_shared_by_two_clusters_can_be_waived_with_a_reason_by_the_one_that_is_blamed(tmp_path: Path) -> None:
    other = INVENTORY.replace('"jira-', '"test-')
    waiver = 'waivers: {FS401: "the same Jira, twice in this folder while it moves"}\n'

    assert "FS401" in {
        it.rule for it in _validate(tmp_path, prod=INVENTORY, test=other).findings if it.severity == "error"
    }
    report = _validate(tmp_path, prod=INVENTORY + waiver, test=other + waiver)

    assert report.outcome is Outcome.OK
    assert all("while it moves" in it.message for it in report.findings if it.rule == "FS401")
