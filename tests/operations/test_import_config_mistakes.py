"""import-config in the hands of somebody new: each slip ends in a sentence that says what to say instead."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.command_line import said_by
from tests.operations.contract import complaints

HELM = """\
image: {tag: 10.3.4}
jira:
  s3Storage:
    avatars: {bucketName: example-co-avatars, bucketRegion: eu-central-1}
"""
UMBRELLA = "".join(f"  {line}\n" for line in HELM.splitlines())
ANSIBLE = {"_meta": {"hostvars": {}}, "jira": {"hosts": ["jira-1.corp.net", "jira-2.corp.net"]}}
XML = """<?xml version="1.1" ?><filestore-config>
  <filestores><s3-filestore id="s"><config><bucket-name>example-co-all</bucket-name><region>us-east-1</region></config>
  </s3-filestore></filestores><associations><association target="backups" file-store="s"/></associations>
</filestore-config>
"""
HALF = f"{HELM}    attachments: {{bucketName: example-co-attachments}}\n"
NODES = ("--nodes", "jira-[1-3].corp.net")
VERSION = ("--jira-version", "10.3.4")
OUT = ("--out", "clusters/prod.yml")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources of every kind in the folder that the program runs in."""
    sources = {
        "values.yaml": HELM,
        "umbrella.yaml": f"jira:\n{UMBRELLA}",
        "jira.env": "ATL_S3AVATARS_BUCKET_NAME=example-co-avatars\nATL_S3AVATARS_REGION=eu-central-1\n",
        "compose.yml": "services: {jira: {environment: {ATL_S3AVATARS_BUCKET_NAME: b}}}\n",
        "inspect.json": json.dumps([{"Name": "/jira", "Config": {"Env": ["ATL_S3AVATARS_BUCKET_NAME=b"]}}]),
        "inventory.json": json.dumps(ANSIBLE),
        "hosts.ini": "[jira]\njira-1.corp.net ansible_user=ops\n",
        "hosts.yml": "all:\n  children:\n    jira:\n      hosts:\n        jira-1.corp.net:\n",
        "store.xml": XML,
        "prod.yml": "jira: {version: 10.3.4}\nnodes: {a: {}}\nfilestores: {}\nassociations: {}\n",
        "half.yaml": HALF,
    }
    for name, text in sources.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def _imported(capsys: pytest.CaptureFixture[str], *words: str, task: str = "import-config") -> dict[str, Any]:
    _, out, _ = said_by(capsys, task, *words, "--json")
    document: dict[str, Any] = json.loads(out)
    assert complaints(document) == []
    return document


def _all_said(document: dict[str, Any]) -> str:
    """Everything that the findings, the obstacles and the sentence tell."""
    found = [f"{it['message']} {it['hint']}" for it in document["findings"]]
    kept = [f"{it['message']} {it['way']}" for it in document.get("obstacles", [])]
    return "\n".join([document["summary"], *found, *kept])


@pytest.mark.parametrize("task", ["import-config", "adopt"])
@pytest.mark.parametrize(
    ("nodes", "cure"),
    [
        ("jira-1 jira-2", "put a comma between names: jira-1,jira-2"),
        ("jira-1;jira-2", "put a comma between names: jira-1,jira-2"),
        ("jira-1\tjira-2\n", "put a comma between names: jira-1,jira-2"),
        ("a b c d e f g", "put a comma between names: a,b,c,d,e,..."),
        ("ops@jira-1", "say --nodes jira-1 --ssh-user ops"),
        ("jira-1:22", "say --nodes jira-1 --ssh-port 22"),
        ("jira-[1-2]:2222", "say --nodes 'jira-[1-2]' --ssh-port 2222"),
        ("ops@jira-1:2222", "say --nodes jira-1 --ssh-user ops --ssh-port 2222"),
        ("ssh://jira-1", "a host name has letters, digits"),
        ("jira_1,jira-\u0435", "write it"),
        ("$(id)@x", "name the user"),
        ("jira-[1-20000]", "name fewer nodes"),
        ("jira-[3-1]", "write 1-3"),
    ],
)
def test_a_list_of_nodes_that_cannot_be_is_wrong_usage_with_its_cure(
    here: Path, capsys: pytest.CaptureFixture[str], task: str, nodes: str, cure: str
) -> None:
    source = ("--helm", "values.yaml") if task == "import-config" else ()

    document = _imported(capsys, "--nodes", nodes, *source, *VERSION, *OUT, task=task)

    assert (document["outcome"], document["exit_code"]) == ("invalid", 5)
    assert document["findings"][0]["file"] == "--nodes"
    assert cure in document["findings"][0]["hint"]
    assert "fault of filestore-agent" not in document["summary"]
    assert not (here / "clusters").exists()
    assert not (here / "state").exists()


@pytest.mark.parametrize("task", ["import-config", "adopt"])
@pytest.mark.parametrize(
    ("flag", "value", "told"),
    [
        ("--jira-version", "10", "write all three numbers"),
        ("--jira-version", "10.3", "write all three numbers"),
        ("--localhome", "jira", "absolute"),
        ("--owner", "a b", "name of a user"),
        ("--unit", "a b", "systemd unit"),
        ("--context-path", "jira", "context path"),
        ("--ssh-user", "a b", "name of a user"),
        ("--jump", "ops@bastion", "holds a user"),
        ("--jump", "a,,b", "0 characters"),
        ("--known-hosts", "known_hosts", "absolute"),
        ("--ssh-config", "./config", "absolute"),
    ],
)
def test_a_flag_that_cannot_be_is_told_at_the_flag(
    capsys: pytest.CaptureFixture[str], task: str, flag: str, value: str, told: str
) -> None:
    source = ("--helm", "values.yaml") if task == "import-config" else ()

    document = _imported(capsys, *NODES, *source, flag, value, *OUT, task=task)

    assert document["exit_code"] == 5
    assert document["summary"].startswith(f"{flag} ")
    assert told in document["summary"]
    assert document["findings"] == []


def test_errors_are_never_placed_in_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    bad = ("--helm", "bad.yaml")
    Path("bad.yaml").write_text(HELM.replace("example-co-avatars", "Example_Co"), encoding="utf-8")

    shown = _imported(capsys, *bad, *NODES)
    written = _imported(capsys, *bad, *NODES, *OUT)

    assert {it["file"] for it in shown["findings"]} == {"(stdout)"}
    assert {(it["file"], it["line"]) for it in written["findings"]} == {("clusters/prod.yml (not written)", None)}
    assert "below" not in _all_said(shown) + _all_said(written)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--ansible", "inventory.json", "--empty"), "say --ansible-json inventory.json"),
        (("--ansible-json", "hosts.ini", "--empty"), "say --ansible hosts.ini"),
        (("--ansible-json", "hosts.yml", "--empty"), "say --ansible hosts.yml"),
        (("--ansible-json", "store.xml", "--empty"), "this is XML"),
        (("--env", "values.yaml"), "say --helm values.yaml"),
        (("--env", "store.xml"), "say --xml store.xml"),
        (("--xml", "values.yaml"), "say --helm values.yaml"),
        (("--xml", "jira.env"), "say --env jira.env"),
        (("--xml", "prod.yml"), "(YAML), no XML"),
        (("--xml", "compose.yml"), "say --env compose.yml"),
        (("--helm", "store.xml"), "say --xml store.xml"),
        (("--helm", "jira.env"), "say --env jira.env"),
        (("--helm", "compose.yml"), "say --env compose.yml"),
        (("--helm", "inspect.json"), "say --env inspect.json"),
        (("--helm", "values.yaml", "--helm", "jira.env"), "say --env jira.env"),
        (("--helm", "prod.yml"), "an inventory of filestore-agent"),
        (("--helm", "inventory.json"), "say --ansible-json inventory.json"),
    ],
)
def test_a_source_under_the_wrong_flag_is_told_with_the_right_one(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    nodes = () if "ansible" in words[0] else NODES

    document = _imported(capsys, *words, *nodes, *OUT)

    assert document["exit_code"] == 5
    assert told in _all_said(document)
    assert "say --empty" not in _all_said(document)
    assert "no source tells" not in _all_said(document)
    assert not (here / "clusters").exists()


def test_an_inventory_is_no_xml_to_validate_either(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said_by(capsys, "validate", "--file", "prod.yml", *VERSION)

    assert code == 5
    assert "(YAML), no XML" in out
    assert out.count("error") == 2
    assert "validate --inventory FOLDER" in out


@pytest.mark.parametrize("words", [("--helm", "-"), ("--env", "-"), ("--xml", "-")])
@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_a_pipe_that_brought_nothing_is_asked_about(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], content: bytes
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: False))

    document = _imported(capsys, *words, *NODES, *VERSION)

    assert document["exit_code"] == 5
    assert [it["message"] for it in document["findings"]] == ["nothing came through the pipe"]
    assert "did the command before it fail?" in document["findings"][0]["hint"]
    assert "--empty" not in _all_said(document)


def test_a_near_miss_is_no_reason_to_say_empty(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "near.yaml").write_text(HELM.replace("s3Storage", "s3storage"), encoding="utf-8")
    (here / "nothing.yaml").write_text("image: {tag: 10.3.4}\n", encoding="utf-8")

    near = _imported(capsys, "--helm", "near.yaml", *NODES)
    nothing = _imported(capsys, "--helm", "nothing.yaml", *NODES)

    assert near["exit_code"] == nothing["exit_code"] == 5
    assert 'did you mean "s3Storage"?' in _all_said(near)
    assert "--empty" not in _all_said(near)
    assert "--empty" in _all_said(nothing)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("apiVersion: v1\nkind: Pod\nspec: {env: [{name: ATL_S3AVATARS_REGION}]}\n", "kubectl exec POD -- env |"),
        ('{"containerDefinitions": [{"environment": [{"name": "ATL_S3AVATARS_REGION"}]}]}', "of ECS"),
        ("[Service]\nEnvironment=ATL_S3AVATARS_REGION=eu-west-1\n", "of systemd"),
        ("FOO=1\nX_ATL_S3AVATARS_REGION=eu-west-1\n", "this line speaks of S3"),
        ("ATL_S3AVATARS_REGION=\n", "this line speaks of S3"),
    ],
)
def test_a_source_that_speaks_of_s3_elsewhere_is_never_answered_with_empty(
    here: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    (here / "strange").write_text(text, encoding="utf-8")

    document = _imported(capsys, "--env", "strange", *NODES, *VERSION, *OUT)

    assert document["exit_code"] == 5
    assert told in _all_said(document)
    assert "--empty" not in _all_said(document)


def test_a_variable_that_cannot_be_read_is_not_told_as_missing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "ATL_S3BACKUPS_BUCKET_NAME=jira-bk\nATL_S3BACKUPS_REGION = eu-west-1\n"
    (here / "half.env").write_text(text, encoding="utf-8")

    document = _imported(capsys, "--env", "half.env", *NODES, *VERSION)

    assert [it["rule"] for it in document["findings"]] == ["FS602"]


def test_values_that_are_a_template_still_are_told_as_that(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "values.yaml.gotmpl").write_text("{{- if .Values.x }}\njira: {}\n{{- end }}\n", encoding="utf-8")

    document = _imported(capsys, "--helm", "values.yaml.gotmpl", *NODES, *VERSION)

    assert [it["rule"] for it in document["findings"]] == ["FS605"]
    assert "--empty" not in _all_said(document)


def test_the_way_out_of_an_umbrella_chart_is_a_command_that_works(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = _imported(capsys, "--helm", "umbrella.yaml", *NODES)

    assert "yq .jira umbrella.yaml | filestore-agent import-config --helm - " in _all_said(document)
    assert "no source tells Jira's version" not in _all_said(document)
    assert document["left"] == []

    inner = "".join(line.removeprefix("  ") for line in UMBRELLA.splitlines(keepends=True)).encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(inner), isatty=lambda: False))
    assert _imported(capsys, "--helm", "-", *NODES)["outcome"] == "ok"


def test_a_tag_that_stands_one_level_too_deep_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = HELM.replace("image: {tag: 10.3.4}\n", "").replace("jira:\n", "jira:\n  image: {tag: 10.3.4}\n")
    (here / "deep.yaml").write_text(deep, encoding="utf-8")

    document = _imported(capsys, "--helm", "deep.yaml", *NODES)

    assert [(it["name"], it["line"]) for it in document["left"]] == [("jira.image.tag", 2)]
    assert "image.tag" in document["left"][0]["why"]


def test_a_block_that_is_left_out_is_in_the_summary_and_in_the_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said_by(capsys, "import-config", "-q", "--helm", "half.yaml", *NODES, *OUT)

    assert code == 0
    assert "written; 3 nodes, avatars in S3; 1 warning: attachments left out." in out
    written = (here / "clusters" / "prod.yml").read_text(encoding="utf-8")
    (line,) = (it for it in written.splitlines() if it.startswith("# Warning: "))
    assert "FS606" in line
    assert "half.yaml:5" in line
    assert "attachments stay in the shared home" in line


def test_a_quiet_import_to_stdout_still_tells_what_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = said_by(capsys, "import-config", "-q", "--helm", "half.yaml", *NODES)

    assert "# Warning: " in out
    assert "1 warning: attachments left out" in err
    assert err.count("\n") == 1


def test_a_quiet_import_that_is_refused_says_why_on_stderr(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.yaml").write_text(HELM.replace("example-co-avatars", "Example_Co"), encoding="utf-8")

    code, out, err = said_by(capsys, "import-config", "-q", "--helm", "bad.yaml", *NODES)

    assert code == 5
    assert "bucket-name: Example_Co" in out
    assert "FS203" in err


@pytest.mark.parametrize(
    ("words", "remarks"),
    [(("--helm", "values.yaml"), 1), (("--env", "jira.env"), 1), (("--xml", "store.xml"), 0)],
)
def test_that_nodes_in_containers_are_not_managed_is_said_to_who_comes_from_them(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], remarks: int
) -> None:
    code, out, _ = said_by(capsys, "import-config", *words, *NODES, *VERSION, *OUT)

    assert code == 0
    assert out.count("move off Helm or docker to plain machines") == out.count("are refused") == remarks


def test_a_cluster_that_nobody_named_is_not_called_as_if_somebody_had(capsys: pytest.CaptureFixture[str]) -> None:
    document = _imported(capsys, "--helm", "values.yaml", *NODES)

    assert document["cluster"] == "unnamed"
    assert document["summary"] == (
        "unnamed: 3 nodes, avatars in S3; --out FILE writes it, and its name is the cluster's."
    )
