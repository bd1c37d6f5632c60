"""Adopt: the inventory says what the nodes have, or nothing is written and every reason is told."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.filestore import FILE_NAME
from agent.core.observation import FileKind, HomeFacts, LockHolder
from agent.edges.loader import load_estate
from agent.errors import InputError, Outcome, Refused
from agent.node.memory.adapter import Fault, Mishap
from agent.operations.adopt import Wish, adopt
from agent.operations.drift import drift
from agent.operations.validate import validate
from agent.operations.world import Choice
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.test_status import _start
from tests.operations.world import OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report

SETTINGS = {"localhome": "/var/jira", "jira-version": "10.3.4", "ssh-config": "none"}
DUAL = INVENTORY.replace(
    "ap-southeast-4}", "ap-southeast-4, endpoint-override: 'https://s3.dualstack.ap-southeast-4.amazonaws.com'}"
)
TYPO = b"<filestore-config><filestores><s3-store /></filestores><associations /></filestore-config>"
NOT_STARTED = b"<filestore-config>"


def _adopt(there: Yard, *, nodes: str | None = "jira-[1-3]", exclude: str | None = None, **wish: Any) -> Report:
    """Adopt to clusters/found.yml from machines that only the flags name; or from the yard's inventory."""
    folder = Choice(inventory=there.folder / "nowhere" if nodes else there.inventory, exclude=exclude, forks=2)
    said = Wish(nodes=nodes, settings=SETTINGS if nodes else {}, out=there.folder / "clusters" / "found.yml")
    report = adopt(there.world(), folder, replace(said, **wish), template=None)
    as_json(report)
    return report


def _found(there: Yard) -> str:
    return (there.folder / "clusters" / "found.yml").read_text(encoding="utf-8")


def _content(there: Yard, text: str) -> bytes:
    """Return the document of another inventory."""
    before = there.desired["jira-1"]
    kept = (there.inventory / "prod.yml").read_text(encoding="utf-8")
    there.rewrite(text)
    content = there.desired["jira-1"].content
    there.rewrite(kept)
    assert content != before.content
    return content


def _lay(there: Yard, name: str, content: bytes | None) -> None:
    there.lay(name, content)
    there.start_jira(name)


def _standings(there: Yard) -> list[str | None]:
    """Return what drift says of the inventory that was written, which has to be valid."""
    folder = there.folder / "clusters"
    assert validate(Choice(inventory=folder), template=None, strict=False).outcome is Outcome.OK
    return [row.standing for row in drift(there.world(), Choice(inventory=folder), template=None).nodes]


def _codes(report: Report) -> list[str]:
    return [it["code"] for it in as_json(report)["obstacles"]]


def _nothing_written(there: Yard) -> bool:
    return not (there.folder / "clusters").exists()


# --- all nodes agree ---


def test_nodes_that_agree_are_adopted_and_drift_then_finds_nothing(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = _adopt(there)

    assert (report.outcome, report.cluster) == (Outcome.OK, "found")
    assert report.next_command == f"filestore-agent validate --inventory {tmp_path / 'clusters'} --cluster found"
    assert there.changed_nothing()
    assert there.kinds() == ["Examine"] * 3
    assert sorted(there.closed) == ["jira-1", "jira-2", "jira-3"]
    assert _standings(there) == ["CURRENT"] * 3


def test_the_file_is_whole_readable_and_says_where_it_comes_from(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = _adopt(there)

    file = tmp_path / "clusters" / "found.yml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [it.name for it in file.parent.iterdir()] == ["found.yml"]
    assert _found(there) == as_json(report)["inventory"]
    assert _found(there).split("\n\n", 1)[1] == (
        'jira:\n  version: "10.3.4"\n  localhome: /var/jira\n  owner: jira\n  group: jira\n  mode: "0640"\n'
        "ssh:\n  config: none\nnodes:\n  jira-[1-3]: {}\n"
        "filestores:\n  backupBucket:\n    bucket-name: co-jira-backup-bucket\n    region: ap-southeast-4\n"
        "associations:\n  backups: backupBucket\n"
    )
    assert there.desired["jira-1"].digest in _found(there)
    assert "2026-01-02T03:04:05Z" in _found(there)


def test_another_layout_is_the_same_state_and_drift_calls_it_cosmetic(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _lay(there, "jira-2", there.desired["jira-2"].content.replace(b"  ", b"    "))

    report = _adopt(there)

    (state,) = as_json(report)["states"]
    assert (state["nodes"], len(state["digests"])) == (["jira-1", "jira-2", "jira-3"], 2)
    assert _standings(there) == ["CURRENT", "COSMETIC", "CURRENT"]


@pytest.mark.parametrize("other", [TUNED, DUAL])
def test_what_a_node_may_have_of_its_own_is_written_at_that_node(tmp_path: Path, other: str) -> None:
    there = yard(tmp_path)
    _lay(there, "jira-3", _content(there, other))

    report = _adopt(there)

    assert report.outcome is Outcome.OK
    assert "nodes:\n  jira-[1-2]: {}\n  jira-3:\n    filestores:\n      backupBucket:\n        " in _found(there)
    assert _standings(there) == ["CURRENT"] * 3


def test_where_one_node_lacks_the_setting_the_others_have_it_of_their_own(tmp_path: Path) -> None:
    there = yard(tmp_path)
    tuned = _content(there, TUNED)
    for name in ("jira-1", "jira-2"):
        _lay(there, name, tuned)

    assert _adopt(there).outcome is Outcome.OK

    own = "filestores:\n      backupBucket:\n        max-concurrency: 50"
    assert f"  jira-[1-2]:\n    {own}\n  jira-3: {{}}" in _found(there)
    assert _standings(there) == ["CURRENT"] * 3


# --- they differ ---


@pytest.mark.parametrize("odd", [None, TYPO, NOT_STARTED, "other"])
def test_nodes_that_differ_are_not_decided_by_majority(tmp_path: Path, odd: bytes | str | None) -> None:
    there = yard(tmp_path)
    there.lay("jira-2", _content(there, OTHER_BUCKET) if isinstance(odd, str) else odd)

    report = _adopt(there)

    assert (report.outcome, _codes(report)) == (Outcome.REFUSED, ["differ"])
    assert _nothing_written(there)
    assert [it["nodes"] for it in as_json(report)["states"]] == [["jira-1", "jira-3"], ["jira-2"]]
    assert "--like jira-1" in as_json(report)["obstacles"][0]["way"]
    text = "\n".join(line.text for line in report.lines)
    assert "jira-[1,3] (2 nodes): " in text
    assert ("What differs, from jira-[1,3] to jira-2:" in text) is (odd in {None, "other"})


def test_like_says_which_is_meant_and_the_others_are_the_odd_ones(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _lay(there, "jira-2", _content(there, OTHER_BUCKET))

    report = _adopt(there, like="jira-2")

    assert (report.outcome, as_json(report)["odd"]) == (Outcome.OK, ["jira-1", "jira-3"])
    assert "co-jira-other-bucket" in _found(there)
    assert "not like that, and left as it is: jira-[1,3]" in _found(there)
    assert _standings(there) == ["SPLIT", "CURRENT", "SPLIT"]


@pytest.mark.parametrize(("content", "words"), [(None, "no file"), (TYPO, "unknown element"), (NOT_STARTED, "start")])
def test_like_takes_only_a_file_with_a_plain_meaning(tmp_path: Path, content: bytes | None, words: str) -> None:
    there = yard(tmp_path)
    there.lay("jira-2", content)

    report = _adopt(there, like="jira-2")

    assert (report.outcome, _codes(report)) == (Outcome.REFUSED, ["like"])
    assert words in as_json(report)["obstacles"][0]["message"]
    assert _nothing_written(there)


def test_like_keeps_the_tuning_of_nodes_that_agree_with_it(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _lay(there, "jira-1", _content(there, TUNED))
    _lay(there, "jira-2", _content(there, OTHER_BUCKET))

    assert as_json(_adopt(there, like="jira-3"))["odd"] == ["jira-2"]
    assert _standings(there) == ["CURRENT", "SPLIT", "CURRENT"]


def test_like_names_one_node_that_there_is(tmp_path: Path) -> None:
    there = yard(tmp_path)

    for like in ("jira-9", "jira-[1-2]"):
        with pytest.raises(InputError, match=r"^--like"):
            _adopt(there, like=like)
    assert there.dialled == 0


# --- not everything can be seen ---


def test_a_dead_node_stops_it_until_it_is_left_out_and_is_then_written_as_a_node(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.fault("jira-2", Fault(mishap=Mishap.UNREACHABLE))

    report = _adopt(there)

    assert (report.outcome, _codes(report)) == (Outcome.UNREACHABLE, ["unreachable"])
    assert "--exclude jira-2" in as_json(report)["obstacles"][0]["way"]
    assert _nothing_written(there)
    assert as_json(_adopt(there, exclude="jira-2"))["left_out"] == ["jira-2"]
    assert "jira-[1-3]: {}" in _found(there)
    assert "not looked at: jira-2" in _found(there)


def test_a_lost_answer_is_partial_and_all_reasons_are_told_at_once(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.fault("jira-2", Fault(mishap=Mishap.LOST_AFTER))
    there.lay("jira-3", None)

    report = _adopt(there, settings={"localhome": "/var/jira"})

    assert (report.outcome, _codes(report)) == (Outcome.PARTIAL, ["hidden", "version", "differ"])


def test_of_nodes_that_are_all_dead_nothing_else_is_asked(tmp_path: Path) -> None:
    there = yard(tmp_path)
    for name in there.nodes:
        there.fault(name, Fault(mishap=Mishap.UNREACHABLE))

    report = _adopt(there, settings={"localhome": "/var/jira"})

    assert (report.outcome, _codes(report)) == (Outcome.UNREACHABLE, ["unreachable"])


def test_a_localhome_that_is_not_there_is_told_for_what_it_is(tmp_path: Path) -> None:
    there = yard(tmp_path)
    for name in there.nodes:
        there.machine(name).home = HomeFacts(kind=FileKind.ABSENT)

    report = _adopt(there)

    assert (report.outcome, _codes(report)) == (Outcome.PARTIAL, ["hidden"])
    assert "the localhome /var/jira is not there" in report.sentence


def test_under_a_rollout_nothing_is_adopted(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-1").lock = LockHolder(holder="ann", host="laptop", plan="p", epoch=1, since="now")

    report = _adopt(there)

    assert (report.outcome, _codes(report)) == (Outcome.LOCKED, ["locked"])


# --- no file at all ---


def test_no_file_anywhere_is_nothing_to_adopt_unless_that_is_what_is_meant(tmp_path: Path) -> None:
    there = yard(tmp_path)
    for name in there.nodes:
        there.lay(name, None)

    report = _adopt(there)

    assert (report.outcome, _codes(report)) == (Outcome.REFUSED, ["no-file"])
    assert "--empty" in as_json(report)["obstacles"][0]["way"]
    assert _adopt(there, said=frozenset({"--empty"})).outcome is Outcome.OK
    assert "filestores: {}\nassociations: {}" in _found(there)
    assert _standings(there) == ["DRIFTED"] * 3


def test_empty_is_refused_where_there_is_a_file(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.lay("jira-1", None)

    assert _codes(_adopt(there, said=frozenset({"--empty"}))) == ["empty"]


# --- what the nodes tell besides ---


def test_the_version_is_asked_for_unless_the_logs_agree_on_one(tmp_path: Path) -> None:
    there = yard(tmp_path)
    settings = {key: value for key, value in SETTINGS.items() if key != "jira-version"}

    report = _adopt(there, settings=settings)

    assert (report.outcome, _codes(report)) == (Outcome.REFUSED, ["version"])
    assert "--jira-version" in as_json(report)["obstacles"][0]["way"]
    there.machine("jira-1").log.write(*_start("9.16.1"))
    there.machine("jira-2").log.write(*_start("10.3.4"))
    assert "9.16.1 on jira-1, 10.3.4 on jira-2" in as_json(_adopt(there, settings=settings))["obstacles"][0]["message"]
    there.machine("jira-1").log.write(*_start("10.3.4"))
    assert _adopt(there, settings=settings).outcome is Outcome.OK
    assert '\n  version: "10.3.4"\n' in _found(there)
    assert "Jira's version is what the log tells of the last start: 10.3.4 on jira-[1-2]" in _found(there)


def test_the_mode_and_group_of_the_files_are_written_down_where_all_have_the_same(tmp_path: Path) -> None:
    there = yard(tmp_path)
    for name in there.nodes:
        machine = there.machine(name)
        machine.entries[FILE_NAME] = replace(machine.entries[FILE_NAME], mode="0600", group="atlassian")

    assert as_json(_adopt(there))["remarks"] == []
    assert '  group: atlassian\n  mode: "0600"\n' in _found(there)
    assert _standings(there) == ["CURRENT"] * 3


def test_what_does_not_fit_together_is_remarked_and_keeps_nothing_back(tmp_path: Path) -> None:
    there = yard(tmp_path)
    machine = there.machine("jira-1")
    machine.entries[FILE_NAME] = replace(machine.entries[FILE_NAME], mode="0666", owner="root")
    machine.unit = (("LoadState", "not-found"), ("ActiveState", "inactive"), ("TimeoutStopUSec", "10min"))

    report = _adopt(there)

    remarks = "\n".join(as_json(report)["remarks"])
    for words in ("belongs to root", "mode 0666, which no inventory takes", "no unit jira", "differ in mode: 0666 on"):
        assert words in remarks
    assert report.outcome is Outcome.OK
    assert 'mode: "0640"' in _found(there)
    assert _standings(there) == ["COSMETIC", "CURRENT", "CURRENT"]


def test_what_runs_by_another_file_is_told(tmp_path: Path) -> None:
    there = yard(tmp_path)
    other = _content(there, OTHER_BUCKET)
    for name in there.nodes:
        there.lay(name, other)

    report = _adopt(there)

    assert report.outcome is Outcome.OK
    text = "\n".join(line.text for line in report.lines)
    assert "On jira-[1-3] it is not proven that Jira runs by what lies on disk" in text
    assert "co-jira-other-bucket" in _found(there)


def test_what_the_rules_have_against_the_file_is_told_and_not_waived(tmp_path: Path) -> None:
    there = yard(tmp_path)
    content = there.desired["jira-1"].content.replace(b"co-jira-backup-bucket", b"Co_Jira")
    for name in there.nodes:
        _lay(there, name, content)

    report = _adopt(there)

    assert report.outcome is Outcome.OK
    assert "validate will refuse it for" in report.sentence
    assert any(finding.severity == "error" for finding in report.findings)
    assert "waivers" not in _found(there)


def test_what_no_inventory_can_say_is_refused_with_the_reason(tmp_path: Path) -> None:
    there = yard(tmp_path)
    content = there.desired["jira-1"].content.replace(b'target="backups"', b'target="backup"')
    for name in there.nodes:
        _lay(there, name, content)

    report = _adopt(there)

    assert report.outcome is Outcome.REFUSED
    assert _codes(report) == ["format"]
    assert _nothing_written(there)


# --- where it begins, and where it is written ---


def test_an_inventory_that_is_there_keeps_its_ways_and_gets_its_filestores_anew(tmp_path: Path) -> None:
    there = yard(tmp_path)
    for name in there.nodes:
        _lay(there, name, _content(there, OTHER_BUCKET))
    before = (there.inventory / "prod.yml").read_bytes()

    report = _adopt(there, nodes=None)

    assert report.outcome is Outcome.OK
    assert "bucket-name: co-jira-other-bucket" in _found(there)
    assert (there.inventory / "prod.yml").read_bytes() == before
    kept, anew = (load_estate(it).clusters for it in (there.inventory, tmp_path / "clusters"))
    assert (kept["prod"].jira, kept["prod"].ssh, kept["prod"].rollout) == (
        anew["found"].jira,
        anew["found"].ssh,
        anew["found"].rollout,
    )
    assert _standings(there) == ["CURRENT"] * 3


def test_its_filestores_may_be_wrong_as_long_as_its_nodes_can_be_reached(tmp_path: Path) -> None:
    there = yard(tmp_path)
    (there.inventory / "prod.yml").write_text(INVENTORY.replace("bucket-name", "bucket"), encoding="utf-8")

    assert _adopt(there, nodes=None).outcome is Outcome.OK
    assert _standings(there) == ["CURRENT"] * 3


def test_a_range_with_addresses_is_parted_where_its_nodes_differ(tmp_path: Path) -> None:
    ranged = INVENTORY.replace('"jira-[1-3]": {}', '"jira-[1-3]": {address: "10.0.0.[11-13]", tags: [a]}')
    there = yard(tmp_path, prod=ranged)
    _lay(
        there,
        "jira-2",
        there.desired["jira-2"].content.replace(b"</region>", b"</region><max-concurrency>7</max-concurrency>"),
    )

    assert _adopt(there, nodes=None).outcome is Outcome.OK

    nodes = load_estate(tmp_path / "clusters").clusters["found"].nodes
    assert {name: form.address for name, form in nodes.items()} == {
        "jira-1": "10.0.0.11",
        "jira-2": "10.0.0.12",
        "jira-3": "10.0.0.13",
    }
    assert {form.tags for form in nodes.values()} == {("a",)}


def test_without_out_the_inventory_is_shown_and_nothing_is_written(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = _adopt(there, out=None, name="prod")

    assert (report.cluster, report.next_command, as_json(report)["path"]) == ("prod", None, None)
    assert "  backups: backupBucket" in [line.text for line in report.lines if line.exact]
    assert _nothing_written(there)


def test_to_see_an_inventory_a_cluster_needs_no_name(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = _adopt(there, out=None)

    assert (report.outcome, report.cluster) == (Outcome.OK, "unnamed")
    assert report.sentence.startswith("unnamed: it says what is on jira-[1-3]; --out FILE writes it, and its name")
    assert _nothing_written(there)


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    there = yard(tmp_path)
    taken = there.inventory / "prod.yml"
    before = taken.read_bytes()

    with pytest.raises(InputError, match="it is there already"):
        _adopt(there, out=taken)

    assert there.dialled == 0
    assert taken.read_bytes() == before


def test_defaults_in_the_folder_that_would_change_the_meaning_are_noticed(tmp_path: Path) -> None:
    there = yard(tmp_path)
    folder = tmp_path / "clusters"
    folder.mkdir()
    (folder / "defaults.yml").write_text("filestores: {backupBucket: {max-concurrency: 9}}\n", encoding="utf-8")

    with pytest.raises(Refused, match="would not say what jira-\\[1-3\\] has"):
        _adopt(there)

    assert [it.name for it in folder.iterdir()] == ["defaults.yml"]


@pytest.mark.parametrize(
    ("wish", "complaint"),
    [
        ({"nodes": None, "settings": {"ssh-user": "ops"}}, "--ssh-user: the inventory says that"),
        ({"name": "other"}, "--name other: the cluster's name is that of its file"),
        ({"nodes": "jira-[1-3"}, "--nodes: "),
        ({"nodes": "jira-[1-3].example.com"}, "names for documentation"),
        ({"settings": {**SETTINGS, "jira-version": "10.3"}}, '--jira-version "10.3" is not a Jira version'),
        ({"settings": {**SETTINGS, "status-port": "http"}}, "--status-port http: a port"),
        ({"out": None, "name": "a/b"}, '--name: "a/b" cannot be the name of a cluster'),
        ({"out": None, "name": "all"}, '--name: "all" cannot be the name of a cluster'),
    ],
)
def test_flags_that_cannot_be_meant_are_wrong_usage(tmp_path: Path, wish: dict[str, Any], complaint: str) -> None:
    there = yard(tmp_path)

    with pytest.raises(InputError) as caught:
        _adopt(there, **wish)

    assert complaint in str(caught.value)
    assert there.dialled == 0


@pytest.mark.parametrize("stem", ["a b", "é", "-x", ".x", "x" * 65, "a\x1b[2J", "all", "defaults"])
@pytest.mark.parametrize("nodes", ["jira-[1-3]", None])
def test_a_file_that_no_reader_would_take_for_a_cluster_is_refused_before_anything_is_connected(
    tmp_path: Path, stem: str, nodes: str | None
) -> None:
    there = yard(tmp_path)

    with pytest.raises(InputError, match=r"--out: .* cannot be the name of a cluster; use letters, digits") as caught:
        _adopt(there, nodes=nodes, out=tmp_path / "clusters" / f"{stem}.yml")

    assert "\x1b" not in str(caught.value)
    assert there.dialled == 0
    assert _nothing_written(there)


def test_a_second_file_of_the_same_cluster_is_refused_since_no_reader_would_take_it(tmp_path: Path) -> None:
    there = yard(tmp_path)

    with pytest.raises(InputError, match=r"prod\.yml has the same name before its ending"):
        _adopt(there, out=there.inventory / "prod.yaml")

    assert there.dialled == 0


def test_without_an_inventory_and_without_nodes_it_says_how_to_begin(tmp_path: Path) -> None:
    there = yard(tmp_path)

    with pytest.raises(InputError, match="name the machines with --nodes"):
        adopt(there.world(), Choice(inventory=tmp_path / "none"), Wish(), template=None)
