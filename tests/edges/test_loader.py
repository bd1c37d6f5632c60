"""The inventory folder as an estate: the bad-input catalogue, the good inputs, and files that are no files."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.core.finding import Finding, Severity, errors_among
from agent.core.inventory.resolve import json_schema
from agent.core.rules.inventory_codes import Rule
from agent.core.text.shown import invisible_in
from agent.edges.loader import MOST_BYTES, Estate, load_estate, read_estate
from agent.errors import InputError

PROJECT = Path(__file__).parents[2]
CATALOGUE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "catalogue" / "inventory.yml").read_text("utf-8"))
BASE: str = CATALOGUE["base"]


def estate_of(folder: Path, text: str | bytes, *, name: str = "prod.yml") -> Estate:
    """Write one cluster file and read the folder."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_estate(folder)


def with_line(beginning: str, *lines: str) -> tuple[str, int]:
    """Replace the base's line that begins so; return the text and the number of the first new line."""
    base = BASE.splitlines()
    at = next(number for number, line in enumerate(base) if line.startswith(beginning))
    return "\n".join([*base[:at], *lines, *base[at + 1 :]]) + "\n", at + 1


def say_of(case: dict[str, Any]) -> str:
    """Name a case by its catalogue id and its input."""
    return f"{case['id']}-{case.get('line', case.get('text', case.get('hex', 'lines')))!r:.40}"


def assert_said(estate: Estate, case: dict[str, Any], file: Path, at: str) -> None:
    """Find the expected rule among the findings, at its place, with its words, its hint, and without its secret."""
    found = [finding for finding in estate.findings if finding.rule == case["rule"]]
    assert found, [f"{finding.place} {finding.rule} {finding.message}" for finding in estate.findings]
    assert str(found[0].place) == f"{file}:{at}"
    said = found[0].message.replace(str(file), "FILE")
    assert case["says"] in said
    assert case.get("hint", "") in (found[0].hint or "")
    everything = "".join(f"{finding.message}{finding.hint}" for finding in estate.findings)
    assert "never" not in case or case["never"] not in everything
    assert invisible_in(everything) is None


def test_the_catalogues_base_is_sound(tmp_path: Path) -> None:
    estate = estate_of(tmp_path, BASE)
    assert estate.findings == ()
    assert estate.names == ("prod",)


@pytest.mark.parametrize("case", CATALOGUE["lines"], ids=say_of)
def test_a_bad_line_is_told_with_its_place_and_hint(tmp_path: Path, case: dict[str, Any]) -> None:
    text, line = with_line(case["instead-of"], *case.get("lines", [case.get("line")]))
    estate = estate_of(tmp_path, text)
    assert_said(estate, case, tmp_path / "prod.yml", f"{line + case.get('from', 0)}:{case['column']}")
    assert ("prod" in estate.clusters) is not bool(errors_among(estate.findings))


@pytest.mark.parametrize("case", CATALOGUE["whole"], ids=say_of)
def test_a_bad_file_is_told_with_its_place(tmp_path: Path, case: dict[str, Any]) -> None:
    content = bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode()
    estate = estate_of(tmp_path, content)
    assert_said(estate, case, tmp_path / "prod.yml", case["at"])
    assert estate.clusters == {}
    assert estate.names == ("prod",)


def test_load_estate_raises_all_findings_of_all_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(with_line("    region", "    region: no")[0])
    (tmp_path / "two.yml").write_text(with_line("  version", "  version: 10.3")[0])
    (tmp_path / "three.yml").write_text(BASE)
    with pytest.raises(InputError, match="2 errors in the inventory") as refusal:
        load_estate(tmp_path)
    assert {(finding.cluster, finding.rule) for finding in refusal.value.findings} == {
        ("one", "FS022"),
        ("two", "FS022"),
    }
    assert set(read_estate(tmp_path).clusters) == {"three"}


def test_one_file_tells_faults_of_every_kind_together(tmp_path: Path) -> None:
    text, _ = with_line("    region", "    region: no", "    colour: red")
    text = text.replace("backups: backupBucket", "backups: nosuch").replace("  jira-4:", "  jira-1.example.com:")
    rules = [finding.rule for finding in estate_of(tmp_path, text).findings]
    assert sorted(rules) == ["FS020", "FS022", "FS040", "FS043"]


def test_findings_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    text, _ = with_line("    region", "    region: no")
    text = (
        text.replace("user: ops", "user: 7")
        .replace("canary", "canary")
        .replace("ready-timeout: 2h", "ready-timeout: 2")
    )
    lines = [finding.place.line or 0 for finding in estate_of(tmp_path, text).findings]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_bom_and_carriage_returns_change_nothing(tmp_path: Path) -> None:
    plain = estate_of(tmp_path, BASE).clusters["prod"]
    assert estate_of(tmp_path, b"\xef\xbb\xbf" + BASE.encode()).clusters["prod"] == plain
    assert estate_of(tmp_path, BASE.replace("\n", "\r\n")).clusters["prod"] == plain


def test_a_carriage_return_does_not_shift_the_place(tmp_path: Path) -> None:
    text, line = with_line("    region", "    region: no")
    (finding,) = estate_of(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()).findings
    assert (finding.place.line, finding.place.column) == (line, 13)


def test_a_template_in_quotes_is_text_and_never_rendered(tmp_path: Path) -> None:
    text, _ = with_line("    bucket-name", '    bucket-name: "{{ 7*7 }}"')
    assert estate_of(tmp_path, text).clusters["prod"].filestores["backupBucket"].bucket_name == "{{ 7*7 }}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="nested-lists"),
        pytest.param("{a: " * 60_000, id="nested-mappings"),
        pytest.param("".join(f"{' ' * depth}a:\n" for depth in range(600)), id="nested-blocks"),
        pytest.param("".join(f"x{n}: [{','.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 10)), id="laughs"),
        pytest.param("a: [" + "1," * 100_000 + "]", id="many-values"),
        pytest.param("? " * 100_000, id="question-marks"),
        pytest.param("- " * 100_000, id="dashes"),
        pytest.param("a: " + "9" * 200_000, id="long-number"),
        pytest.param("a: " + "a" * 200_000, id="long-text"),
        pytest.param("nodes:\n" + "".join(f"  a{n}-[1-10000]: {{}}\n" for n in range(300)), id="many-ranges"),
        pytest.param("nodes:\n" + "".join(f'  a{n}: {{address: "a[1-10000]"}}\n' for n in range(3000)), id="addresses"),
        pytest.param("nodes: {a: {}}\nrollout: {canary: [" + "'a[1-9999]'," * 9000 + "]}", id="canaries"),
    ],
)
def test_a_hostile_file_is_refused_quickly(tmp_path: Path, text: str) -> None:
    began = time.process_time()
    estate = estate_of(tmp_path, text)
    assert estate.clusters == {}
    assert errors_among(estate.findings)
    assert time.process_time() - began < 5


def test_a_five_thousand_digit_number_is_a_finding(tmp_path: Path) -> None:
    text, line = with_line("    max-concurrency", f"    max-concurrency: {'9' * 5000}")
    (finding,) = estate_of(tmp_path, text).findings
    assert finding.place.line == line
    assert len(finding.message) < 200


def test_a_thousand_faults_are_all_told_within_a_second(tmp_path: Path) -> None:
    text = BASE + "".join(f"unknown-key-{number}: x\n" for number in range(1000))
    began = time.process_time()
    estate = estate_of(tmp_path, text)
    assert len(estate.findings) == 1000
    assert time.process_time() - began < 1


def test_a_file_of_more_than_256_kib_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "prod.yml").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    (finding,) = read_estate(tmp_path).findings
    assert finding.rule == Rule.UNREADABLE_FILE
    assert "larger than 256 KiB" in finding.message


def test_a_file_of_exactly_256_kib_is_read(tmp_path: Path) -> None:
    assert estate_of(tmp_path, BASE + "#" * (MOST_BYTES - len(BASE))).findings == ()


@pytest.mark.parametrize("kind", ["fifo", "directory", "link-to-fifo", "dangling-link", "device"])
def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "prod.yml"
    elsewhere = tmp_path / "elsewhere"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to(elsewhere)
        if kind == "link-to-fifo":
            os.mkfifo(elsewhere)
    (finding,) = read_estate(tmp_path).findings
    assert finding.rule == Rule.UNREADABLE_FILE
    assert finding.place.file == str(path)
    assert finding.cluster == "prod"


def test_a_world_writable_file_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "prod.yml").write_text(BASE)
    (tmp_path / "prod.yml").chmod(0o666)
    estate = load_estate(tmp_path)
    assert [(finding.rule, finding.severity) for finding in estate.findings] == [("FS013", Severity.WARNING)]
    assert set(estate.clusters) == {"prod"}


@pytest.mark.parametrize("files", [[], ["defaults.yml"], ["prod.txt", ".hidden.yml", "schema.json"]])
def test_a_folder_without_a_cluster_says_so(tmp_path: Path, files: list[str]) -> None:
    for name in files:
        (tmp_path / name).write_text(BASE)
    with pytest.raises(InputError) as refusal:
        load_estate(tmp_path)
    assert [finding.rule for finding in refusal.value.findings] == ["FS012"]


def test_a_missing_folder_is_a_finding(tmp_path: Path) -> None:
    (finding,) = read_estate(tmp_path / "nowhere").findings
    assert finding.rule == Rule.UNREADABLE_FILE
    assert finding.hint == "name the folder with --inventory"


@pytest.mark.parametrize("name", ["all.yml", "two words.yml", "pröd.yml", "-x.yml"])
def test_a_file_whose_name_is_no_cluster_name_is_refused(tmp_path: Path, name: str) -> None:
    (finding,) = estate_of(tmp_path, BASE, name=name).findings
    assert finding.rule == Rule.NO_CLUSTER


def test_two_files_of_one_cluster_are_refused(tmp_path: Path) -> None:
    (tmp_path / "prod.yaml").write_text(BASE)
    (finding,) = estate_of(tmp_path, BASE).findings
    assert finding.rule == Rule.NO_CLUSTER
    assert "prod.yaml" in finding.message


def test_defaults_lie_under_every_cluster_and_the_cluster_wins(tmp_path: Path) -> None:
    (tmp_path / "defaults.yml").write_text(
        "ssh: {user: fleet, port: 2200}\nrollout: {ready-timeout: 1h, stop-timeout: 3m}\n"
    )
    ssh, _ = with_line("  port: 22")
    cluster = estate_of(tmp_path, ssh).clusters["prod"]
    assert (cluster.ssh.user, cluster.ssh.port) == ("ops", 2200)
    assert (cluster.rollout.ready_timeout, cluster.rollout.stop_timeout) == (7200.0, 180.0)


def test_a_list_in_a_cluster_replaces_that_of_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "defaults.yml").write_text("ssh: {jump: [gate-1, gate-2]}\n")
    assert estate_of(tmp_path, BASE).clusters["prod"].ssh.jump == ("bastion-a",)


def test_a_fault_of_the_defaults_is_told_once_and_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "defaults.yml").write_text("ssh:\n  prot: 22\nrollout:\n  stop-timeout: 5\n")
    (tmp_path / "one.yml").write_text(BASE)
    (tmp_path / "two.yml").write_text(BASE)
    findings = read_estate(tmp_path).findings
    assert [(str(finding.place), finding.cluster) for finding in findings] == [
        (f"{tmp_path}/defaults.yml:2:3", None),
        (f"{tmp_path}/defaults.yml:4:17", None),
    ]


def test_a_required_key_may_come_from_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "defaults.yml").write_text('jira: {version: "10.3.4"}\n')
    text, _ = with_line("  version")
    assert estate_of(tmp_path, text).findings == ()


def test_a_missing_key_points_to_the_mapping_that_lacks_it(tmp_path: Path) -> None:
    text, _ = with_line("  version")
    (finding,) = estate_of(tmp_path, text).findings
    assert (finding.rule, finding.place.line, finding.place.column) == ("FS021", 2, 3)
    assert finding.message == "jira.version: the key is missing"


def test_the_places_of_keys_can_be_asked_for(tmp_path: Path) -> None:
    estate = estate_of(tmp_path, BASE)
    file = f"{tmp_path}/prod.yml"
    assert str(estate.place("prod", ("filestores", "backupBucket", "region"))) == f"{file}:20:13"
    assert str(estate.place("prod", ("filestores", "backupBucket", "nosuch"))) == f"{file}:19:5"
    assert str(estate.key_place("prod", ("filestores", "backupBucket"))) == f"{file}:18:3"
    assert str(estate.place("prod", ("nosuch",))) == f"{file}:1:1"


def test_the_place_of_a_nodes_own_tuning_is_the_nodes_line(tmp_path: Path) -> None:
    text, line = with_line("  jira-4", "  jira-[4-5]: {filestores: {backupBucket: {max-concurrency: 5}}}")
    estate = estate_of(tmp_path, text)
    path = ("filestores", "backupBucket", "max-concurrency")
    assert estate.place_on_node("prod", "jira-5", path).line == line
    assert estate.place_on_node("prod", "jira-1.example.com", path) == estate.place("prod", path)


def test_a_single_node_is_accepted_with_a_warning(tmp_path: Path) -> None:
    text, _ = with_line("  jira-[1-3]")
    (finding,) = load_estate_of(tmp_path, text).findings
    assert (finding.rule, finding.severity) == ("FS048", Severity.WARNING)
    assert "downtime" in (finding.hint or "")


def load_estate_of(folder: Path, text: str) -> Estate:
    """Write one cluster file and insist that it is right."""
    (folder / "prod.yml").write_text(text)
    return load_estate(folder)


def test_ten_thousand_nodes_are_accepted(tmp_path: Path) -> None:
    text, _ = with_line("  jira-[1-3]", "  n[00001-09999]: {}")
    assert estate_of(tmp_path, text).findings == ()


def test_ten_thousand_and_one_nodes_are_refused_whatever_they_are_made_of(tmp_path: Path) -> None:
    text, line = with_line("  jira-[1-3]", "  n[00001-10000]: {}")
    (finding,) = estate_of(tmp_path, text).findings
    assert (finding.rule, finding.place.line) == ("FS033", line + 1)


def test_a_home_beside_the_shared_home_is_sound(tmp_path: Path) -> None:
    text, _ = with_line("  localhome", "  sharedhome: /mnt/shared", "  localhome: /mnt/shared-not")
    assert estate_of(tmp_path, text).findings == ()


def test_a_cluster_without_nodes_is_refused(tmp_path: Path) -> None:
    text, line = with_line("  jira-4")
    text = text.replace("nodes:\n  jira-[1-3].example.com: {}", "nodes: {}")
    (finding,) = estate_of(tmp_path, text).findings
    assert (finding.rule, finding.place.line) == ("FS042", line - 2)


def test_empty_associations_are_legal(tmp_path: Path) -> None:
    text = BASE.replace("associations:\n  backups: backupBucket", "associations: {}")
    assert estate_of(tmp_path, text).clusters["prod"].associations == {}


def test_the_shipped_folder_is_sound() -> None:
    estate = load_estate(PROJECT / "inventory")
    assert estate.names == ("example",)
    assert estate.findings == ()


def test_the_committed_schema_is_drawn_from_the_model() -> None:
    assert (PROJECT / "inventory" / "schema.json").read_text("ascii") == json_schema()


@pytest.mark.parametrize("name", ["example.yml", "defaults.yml"])
def test_the_shipped_files_fit_the_schema_they_name(name: str) -> None:
    text = (PROJECT / "inventory" / name).read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    jsonschema.validate(yaml.safe_load(text.replace(" on: ", ' "on": ')), yaml.safe_load(json_schema()))


def test_the_schema_refuses_what_the_model_refuses() -> None:
    schema = yaml.safe_load(json_schema())
    wrongs: tuple[dict[str, Any], ...] = (
        {"nodez": {}},
        {"ssh": {"port": 0}},
        {"ssh": {"user": None}},
        {"rollout": {"ready-timeout": 30}},
    )
    for wrong in wrongs:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def assert_estate_or_refusal(content: bytes, folder: Path) -> None:
    """Load; whatever comes is an estate or an InputError with findings that can be shown."""
    (folder / "prod.yml").write_bytes(content)
    findings: tuple[Finding, ...]
    try:
        findings = load_estate(folder).findings
    except InputError as refusal:
        findings = refusal.findings
        assert errors_among(findings)
    for finding in findings:
        assert invisible_in(f"{finding.message}{finding.hint}") is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inventory")


@settings(max_examples=150, deadline=None)
@given(
    content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
)
@example(content=b"? ?")
@example(content=b"nodes: {1: 2}\njira: 3")
@example(content=b"%YAML 9.9\n--- a")
@example(content=b"<<: 1")
@example(content=b"a: =")
def test_any_bytes_give_an_estate_or_a_refusal(folder: Path, content: bytes) -> None:
    assert_estate_or_refusal(content, folder)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["backups", "10.3.4"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["run", "on", "port", "systemd", "jira-1", "a"]) | st.text(max_size=5), inner, max_size=3
        )
    ),
    max_leaves=6,
)
KEYS = ["jira", "ssh", "nodes", "filestores", "associations", "rollout", "waivers", "notify", "extra"]


@settings(max_examples=150, deadline=None)
@given(document=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_any_values_under_known_keys_give_an_estate_or_a_refusal(folder: Path, document: dict[str, object]) -> None:
    assert_estate_or_refusal(yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "replace"), folder)


@settings(max_examples=150, deadline=None)
@given(
    at=st.integers(min_value=0, max_value=len(BASE)),
    gone=st.integers(min_value=0, max_value=12),
    new=st.text(alphabet=":-[]{}&*!|>'\"%@`#,? \n\tab01~\x00\x1b\u202e\u0430", max_size=6),
)
def test_any_mutation_of_a_sound_inventory_gives_an_estate_or_a_refusal(
    folder: Path, at: int, gone: int, new: str
) -> None:
    assert_estate_or_refusal((BASE[:at] + new + BASE[at + gone :]).encode(), folder)
