"""Values of the vendor's chart: merged as Helm merges them, counted as the chart counts, and refused where it bends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent.core.finding import Finding, Severity
from agent.core.importing.helm import Values, chart_stores
from agent.core.xml.render import render
from agent.edges.templates import load_template
from agent.edges.yaml_values import read_values
from tests.support.vendor import chart_environment, helm_merged, image_xml, meaning_of

if TYPE_CHECKING:
    from agent.core.importing.told import Stores

TEMPLATE = load_template(None)
WHOLE = "jira: {s3Storage: {avatars: {bucketName: co-avatars, bucketRegion: eu-west-1}}}\n"


def _read(*texts: str) -> Stores:
    values = []
    for number, text in enumerate(texts):
        read = read_values(text, f"values-{number}.yaml")
        assert read.findings == ()
        values.append(Values(file=f"values-{number}.yaml", root=read.root, doubled=read.doubled))
    return chart_stores(values)


def _errors(found: Stores) -> list[Finding]:
    return [it for it in found.findings if it.severity is Severity.ERROR]


def _codes(found: Stores) -> list[str]:
    return [it.rule for it in found.findings]


REAL = """\
# Values of our Jira, in the shape that people keep them in
replicaCount: 2
image:
  repository: registry.example.net/atlassian/jira-software
  tag: "9.12.15-jdk17"
serviceAccount:
  eksIrsa: {roleArn: "arn:aws:iam::123456789012:role/jira-s3"}
x-common: &places
  bucketRegion: ap-southeast-4
  endpointOverride:
database:
  type: postgres72
  url: jdbc:postgresql://db.example.net:5432/jira
jira:
  service: {contextPath: /jira}
  additionalJvmArgs:
    - -Dcom.atlassian.jira.attachments.storage.configurable=true
  s3Storage:
    avatars:
      <<: *places
      bucketName: "example-co-jira-avatars"
    attachments:
      bucketName:
      bucketRegion:
    backups: {<<: *places, bucketName: example-co-jira-backups, endpointOverride: "https://s3.dualstack.ap-southeast-4.amazonaws.com"}
  additionalFiles:
    - name: custom
      mountPath: /opt
      content: |
        #!/bin/sh
        echo "{{ not ours }}" $HOME
"""


def test_a_file_as_people_keep_them_gives_the_stores_and_the_version() -> None:
    found = _read(REAL)

    assert found.findings == ()
    assert found.config is not None
    assert [(it.id, it.bucket_name, it.region, it.endpoint_override) for it in found.config.filestores] == [
        ("avatarBucket", "example-co-jira-avatars", "ap-southeast-4", None),
        (
            "backupBucket",
            "example-co-jira-backups",
            "ap-southeast-4",
            "https://s3.dualstack.ap-southeast-4.amazonaws.com",
        ),
    ]
    assert found.keys == {"jira-version": "9.12.15"}
    taken = {it.key: (it.name, it.place.line) for it in found.taken}
    assert taken["filestores.avatarBucket.bucket-name"] == ("jira.s3Storage.avatars.bucketName", 21)
    assert taken["jira.version"] == ("image.tag", 5)


def test_what_helm_get_values_prints_is_read_with_its_heading_and_as_json() -> None:
    plain = _read(WHOLE)

    assert _read(f"USER-SUPPLIED VALUES:\n{WHOLE}").config == plain.config
    assert _read(json.dumps(yaml.safe_load(WHOLE))).config == plain.config


@pytest.mark.parametrize("gone", ["null", "", "~"])
def test_null_of_a_later_file_takes_a_value_away(gone: str) -> None:
    found = _read(WHOLE, f"jira:\n  s3Storage:\n    avatars:\n      bucketRegion: {gone}\n")

    assert found.config is None
    assert _codes(found) == ["FS606"]


@pytest.mark.parametrize("later", ["jira: null", "jira: {s3Storage: null}", "jira: {s3Storage: {avatars: null}}"])
def test_null_takes_whole_parts_away(later: str) -> None:
    found = _read(WHOLE, later)

    assert (found.config, found.findings) == (None, ())


def test_a_later_file_goes_before_an_earlier_one_key_by_key() -> None:
    found = _read(WHOLE, "jira: {s3Storage: {avatars: {bucketRegion: us-east-1}, backups: {}}}")

    assert found.config is not None
    assert [(it.bucket_name, it.region) for it in found.config.filestores] == [("co-avatars", "us-east-1")]
    assert {it.place.file for it in found.taken} == {"values-0.yaml", "values-1.yaml"}


_LEAF = st.sampled_from([None, "", "co-one", "co-two"])
_BLOCK = st.one_of(
    st.none(), st.dictionaries(st.sampled_from(["bucketName", "bucketRegion", "endpointOverride"]), _LEAF)
)
_STORAGE = st.one_of(st.none(), st.dictionaries(st.sampled_from(["avatars", "attachments", "backups"]), _BLOCK))
_VALUES = st.one_of(
    st.just({}), st.builds(lambda it: {"jira": {"s3Storage": it}}, _STORAGE), st.just({"jira": None, "image": {}})
)


@given(files=st.lists(_VALUES, min_size=1, max_size=3))
def test_whatever_files_say_the_document_means_what_the_image_would_have_written(files: list[dict[str, Any]]) -> None:
    merged: dict[str, Any] = {}
    for values in files:
        merged = helm_merged(merged, values)

    found = _read(*(yaml.safe_dump(values) for values in files))

    assert _errors(found) == []
    ours = render(found.config, TEMPLATE.text, template_name=TEMPLATE.name).content if found.config else None
    assert meaning_of(ours) == meaning_of(image_xml(chart_environment(merged)))


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("123456789012", "a number"),
        ("0x1F", "a number"),
        ("1.5", "a number in another notation"),
        ("no", "a boolean"),
        ("on", "a boolean"),
        ("2024-01-01", "a date"),
        ("[a]", "a list"),
        ("{a: b}", "a mapping"),
        ("!secret x", "has a tag"),
    ],
)
def test_what_is_no_text_to_yaml_is_refused_at_its_place(written: str, kind: str) -> None:
    found = _read(f"jira:\n  s3Storage:\n    avatars:\n      bucketName: {written}\n      bucketRegion: eu-west-1\n")

    (finding,) = _errors(found)
    assert (finding.rule, finding.place.line, finding.place.column) == ("FS604", 4, 19)
    assert kind in finding.message
    assert _codes(found) == ["FS604"]


@pytest.mark.parametrize("written", ['"123456789012"', "'no'", "!!str 123"])
def test_in_quotes_it_is_text(written: str) -> None:
    found = _read(f"jira: {{s3Storage: {{avatars: {{bucketName: {written}, bucketRegion: eu-west-1}}}}}}")

    assert found.findings == ()


@pytest.mark.parametrize(
    ("tag", "version"),
    [('"10.3.4"', "10.3.4"), ("10.3.4", "10.3.4"), ("9.12.4-ubuntu-jdk11", "9.12.4"), ("10.3.4-ubi9-jdk17", "10.3.4")],
)
def test_a_tag_that_is_a_version_is_jiras_version(tag: str, version: str) -> None:
    assert _read(f"{WHOLE}image: {{tag: {tag}}}").keys == {"jira-version": version}


@pytest.mark.parametrize("tag", ["latest", "9.10", '"9.10"', "10", "10.0.0-EAP02", "sha256:00", "{{ .Values.tag }}"])
def test_any_other_tag_is_left_with_the_reason(tag: str) -> None:
    quoted = tag if tag.startswith('"') or tag[0].isdigit() else f'"{tag}"'
    found = _read(f"{WHOLE}image: {{tag: {quoted}}}")

    assert found.keys == {}
    assert [it.name for it in found.left] == ["image.tag"]
    assert "say --jira-version" in found.left[0].why
    assert _errors(found) == []


def test_no_tag_at_all_is_no_fault() -> None:
    assert _read(f'{WHOLE}image: {{tag: ""}}').left == ()


@pytest.mark.parametrize(
    ("text", "told", "meant"),
    [
        ("jira: {s3Storage: {backup: {bucketName: b}}}", "no target backup", 'did you mean "backups"?'),
        (
            "jira: {s3Storage: {backups: {bucketname: b, bucketRegion: eu-west-1}}}",
            "no key bucketname",
            'did you mean "bucketName"?',
        ),
        ("jira: {s3Storage: {backups: {region: b}}}", "no key region", 'did you mean "bucketRegion"?'),
    ],
)
def test_a_key_that_the_chart_ignores_is_told_with_the_one_that_was_meant(text: str, told: str, meant: str) -> None:
    finding = _read(text).findings[0]

    assert (finding.rule, finding.severity, finding.hint) == ("FS607", Severity.WARNING, meant)
    assert told in finding.message


@pytest.mark.parametrize(
    ("text", "line", "meant"),
    [
        (f"# umbrella\njira:\n  {WHOLE}", 3, "what stands under jira: yq .jira"),
        (f"global: {{}}\nmy-jira:\n  {WHOLE}", 3, "what stands under my-jira: yq"),
        ("s3Storage: {avatars: {bucketName: b}}", 1, "did you mean jira.s3Storage?"),
    ],
)
def test_settings_at_another_place_than_the_chart_looks_are_not_guessed_at(text: str, line: int, meant: str) -> None:
    (finding,) = _errors(_read(text))

    assert (finding.rule, finding.place.line) == ("FS610", line)
    assert meant in str(finding.hint)


def test_additional_variables_go_to_the_image_after_the_charts_own() -> None:
    extra = """
  additionalEnvironmentVariables:
    - {name: ATL_S3AVATARS_REGION, value: us-east-1}
    - {name: ATL_S3BACKUPS_BUCKET_NAME, value: co-backups}
    - {name: ATL_S3BACKUPS_REGION, value: us-east-1}
    - {name: JVM_X, value: 1}
    - not a mapping
"""
    found = _read("jira:\n  s3Storage: {avatars: {bucketName: co-avatars, bucketRegion: eu-west-1}}" + extra)

    assert found.config is not None
    assert [(it.id, it.region) for it in found.config.filestores] == [
        ("avatarBucket", "us-east-1"),
        ("backupBucket", "us-east-1"),
    ]
    assert _codes(found) == ["FS603"]


def test_a_variable_from_a_secret_cannot_be_read() -> None:
    extra = "additionalEnvironmentVariables: [{name: ATL_S3AVATARS_REGION, valueFrom: {secretKeyRef: {key: x}}}]"

    assert [it.rule for it in _errors(_read(f"jira: {{{extra}}}"))] == ["FS605"]


@pytest.mark.parametrize("value", ['value: ""', "value: null", "value:", ""])
def test_an_extra_variable_that_is_empty_takes_away_what_the_chart_sets(value: str) -> None:
    item = ", ".join(filter(None, ("name: ATL_S3AVATARS_ENDPOINT_OVERRIDE", value)))
    block = "{bucketName: co-avatars, bucketRegion: eu-west-1, endpointOverride: https://minio.corp.test}"
    found = _read(f"jira: {{s3Storage: {{avatars: {block}}}, additionalEnvironmentVariables: [{{{item}}}]}}")

    assert found.config is not None
    assert [it.endpoint_override for it in found.config.filestores] == [None]
    (told,) = found.findings
    assert (told.rule, told.severity) == ("FS603", Severity.WARNING)
    assert "ATL_S3AVATARS_ENDPOINT_OVERRIDE is empty and goes before jira.s3Storage.avatars" in told.message


def test_an_extra_variable_that_empties_the_region_takes_the_target_out() -> None:
    extra = 'additionalEnvironmentVariables: [{name: ATL_S3AVATARS_REGION, value: ""}]'
    found = _read(f"jira: {{s3Storage: {{avatars: {{bucketName: b-1, bucketRegion: eu-west-1}}}}, {extra}}}")

    assert (found.config, found.left_out, _codes(found)) == (None, ("avatars",), ["FS603", "FS606"])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"{WHOLE}jira: {{}}", ["FS603"]),
        ("jira: {s3Storage: {avatars: {bucketName: a, bucketName: b, bucketRegion: eu-west-1}}}", ["FS603"]),
        (f"{WHOLE}ingress: {{a: 1, a: 2}}", []),
    ],
)
def test_a_key_that_is_written_twice_is_refused_where_it_counts(text: str, codes: list[str]) -> None:
    assert [it.rule for it in _errors(_read(text))] == codes


@pytest.mark.parametrize("text", ["[a]", "just text", "42"])
def test_what_is_no_mapping_is_no_values_file(text: str) -> None:
    assert [it.rule for it in _errors(_read(text))] == ["FS602"]


@pytest.mark.parametrize("text", ["", "null", "# nothing", "{}", "jira: {}"])
def test_an_empty_file_says_nothing(text: str) -> None:
    assert (_read(text).config, _read(text).findings) == (None, ())


@pytest.mark.parametrize("text", ["jira: 5", "jira: {s3Storage: [a]}", "jira: {s3Storage: {avatars: a-bucket}}"])
def test_a_value_where_keys_are_looked_for_is_refused(text: str) -> None:
    found = _errors(_read(text))

    assert [it.rule for it in found][:1] == (["FS604"] if "s3Storage" in text else [])


def test_aliases_of_aliases_cost_nothing_in_any_number_of_files() -> None:
    bomb = "a: &a {x: 1}\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} {{" + ", ".join(f"k{i}: *{chr(97 + n)}" for i in range(10)) + "}\n"
        for n in range(12)
    )
    read = read_values(f"{bomb}jira: *l", "v.yaml")

    found = chart_stores([Values(file="v.yaml", root=read.root)] * 3)

    assert (found.config, found.findings) == (None, ())


@pytest.mark.parametrize(
    ("beside", "meant"),
    [
        ("jira: {s3Storage: STORE, s3storage: STORE}", "s3Storage"),
        ("jira: {s3Storage: STORE, s3-storage: STORE}", "s3Storage"),
        ("jira: {s3Storage: STORE, S3Storage: STORE}", "s3Storage"),
        ("jira: {s3Storage: STORE, s3Stroage: STORE}", "s3Storage"),
        ("jira: {s3Storage: STORE}\nJira: {s3Storage: STORE}", "jira.s3Storage"),
        ("jira: {s3Storage: STORE}\nJIRA: {s3_storage: STORE}", "jira.s3Storage"),
        ("jira: {s3Storage: STORE}\ns3Storage: STORE", "jira.s3Storage"),
        (
            "jira: {s3Storage: STORE, additionalEnvVars: [{name: ATL_S3BACKUPS_REGION, value: x}]}",
            "additionalEnvironmentVariables",
        ),
    ],
)
def test_a_block_whose_name_is_nearly_right_is_told_of_beside_one_that_is(beside: str, meant: str) -> None:
    found = _read(beside.replace("STORE", "{avatars: {bucketName: co-avatars, bucketRegion: eu-west-1}}"))

    (warned,) = found.findings
    assert (warned.rule, warned.severity) == ("FS607", Severity.WARNING)
    assert warned.hint == f'did you mean "{meant}"?'
    assert warned.place.line == beside.count("\n") + 1
    assert found.config is not None


@pytest.mark.parametrize(
    "beside",
    [
        "jira: {s3Storage: STORE, additionalJvmArgs: [], storage: {}, additionalEnvVars: [{name: TZ, value: UTC}]}",
        "jira: {s3Storage: STORE}\nconfluence: {s3Storage: STORE}\ns3: {}\nvolumes: {}",
        "jira: {s3Storage: STORE}\nJira: null",
    ],
)
def test_keys_that_are_only_somewhat_alike_are_none_of_our_business(beside: str) -> None:
    found = _read(beside.replace("STORE", "{avatars: {bucketName: co-avatars, bucketRegion: eu-west-1}}"))

    assert found.findings == ()


@pytest.mark.parametrize(
    ("key", "way"),
    [
        ("jira", ": yq .jira values-0.yaml | filestore-agent import-config --helm - ..."),
        ("jira-dc", ": yq '.\"jira-dc\"' values-0.yaml | filestore-agent import-config --helm - ..."),
        ('"$(id)"', " alone"),
        ('"a\'b"', " alone"),
    ],
)
def test_what_an_umbrella_covers_is_cut_out_by_a_command_that_a_shell_reads_as_meant(key: str, way: str) -> None:
    found = _read(f"{key}: {{image: {{tag: 9.12.15}}, {WHOLE.strip()}}}\n")

    (error,) = _errors(found)
    assert error.hint is not None
    assert error.hint.endswith(way)
    assert found.keys == {"jira-version": "9.12.15"}
    assert found.taken == ()


def test_of_several_files_the_umbrellas_part_goes_into_a_file_of_its_own() -> None:
    found = _read(f"jira:\n  {WHOLE}", "replicaCount: 2\n")

    assert "yq .jira values-0.yaml > FILE, and --helm FILE in its place" in str(_errors(found)[0].hint)


def test_a_block_that_variables_complete_is_not_told_as_left_out() -> None:
    half = f"{WHOLE.strip()[:-2]}, attachments: {{bucketName: co-files}}}}"
    complete = ", ".join(
        f"{{name: ATL_S3ATTACHMENTS_{part}, value: {value}}}"
        for part, value in (("BUCKET_NAME", "co-files"), ("REGION", "eu-west-1"))
    )

    left_out = _read(f"{half}}}")
    completed = _read(f"{half}, additionalEnvironmentVariables: [{complete}]}}")

    assert (left_out.left_out, _codes(left_out)) == (("attachments",), ["FS606"])
    assert (completed.left_out, _codes(completed)) == ((), [])


@pytest.mark.parametrize("extra", ["{ATL_S3BACKUPS_BUCKET_NAME: x}", '"ATL_S3BACKUPS_BUCKET_NAME: x"'])
def test_extra_variables_of_s3_in_a_shape_that_the_chart_cannot_use_are_refused(extra: str) -> None:
    assert _codes(_read(f"jira: {{additionalEnvironmentVariables: {extra}}}")) == ["FS604"]
    assert _codes(_read(f"jira: {{additionalEnvironmentVariables: {extra.replace('ATL_S3', 'X')}}}")) == []


@pytest.mark.parametrize(
    "value", ["{{ .Values.bucket }}", "{{x}}", '"{{ x }}"', "ref+awsssm://jira/b", '"ENC[AES256_GCM]"']
)
def test_a_value_that_somebody_else_fills_in_is_told_as_that(value: str) -> None:
    found = _read(f"jira:\n  s3Storage:\n    avatars:\n      bucketRegion: eu-west-1\n      bucketName: {value}\n")

    assert [it.rule for it in _errors(found)] == ["FS605"]


BELOW = "jira: {s3Storage: {avatars: {bucketName: a-b-c, bucketRegion: eu-west-1}}}"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"global: {{jira: {{s3Storage: {{}}}}}}\njira-prod: {{{BELOW}}}\n", [2]),
        (f"global: {{jira: {{s3Storage: {{avatars: {{bucketName: }}}}}}}}\njira-prod: {{{BELOW}}}\n", [2]),
        (f"one: {{{BELOW}}}\ntwo: {{{BELOW}}}\n", [1, 2]),
        ("global: {jira: {s3Storage: {}}}\n", [1]),
    ],
)
def test_blocks_that_set_something_are_all_told_and_hide_behind_no_empty_one(text: str, lines: list[int]) -> None:
    found = _read(text)

    assert [(it.rule, it.place.line) for it in found.findings] == [("FS610", line) for line in lines]
