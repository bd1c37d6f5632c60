"""import-config, the whole program: what it writes is valid, says what the source says, and holds no secret."""

from __future__ import annotations

import io
import json
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.core.finding import errors_among
from agent.core.xml.parse import parse
from agent.edges.loader import read_estate
from tests.command_line import said_by
from tests.operations.contract import complaints
from tests.support.vendor import image_xml, meaning_of

SECRET = "hunter2-and-more"  # noqa: S105 - it has to be told from all else
ENV = {
    "ATL_S3AVATARS_BUCKET_NAME": "example-co-avatars",
    "ATL_S3AVATARS_REGION": "eu-central-1",
    "ATL_S3BACKUPS_BUCKET_NAME": "example-co-backups",
    "ATL_S3BACKUPS_REGION": "us-east-1",
    "ATL_S3BACKUPS_ENDPOINT_OVERRIDE": "https://s3.dualstack.us-east-1.amazonaws.com",
}
COMPOSE = "name: jira\nservices:\n  db: {}\n  jira:\n    environment:\n" + "".join(
    f'      {key}: "{value}"\n' for key, value in ENV.items()
)
HELM = """\
image: {tag: 10.3.4}
jira:
  s3Storage:
    avatars: {bucketName: example-co-avatars, bucketRegion: eu-central-1}
"""
ANSIBLE: dict[str, Any] = {
    "_meta": {
        "hostvars": {
            name: {"ansible_host": f"10.1.0.{at}", "ansible_user": "ops", "ansible_become_pass": SECRET}
            for at, name in enumerate(("jira-1", "jira-2", "jira-3"), start=11)
        }
        | {"db-1": {"pg_password": SECRET}}
    },
    "all": {"children": ["jira", "db"]},
    "jira": {"hosts": ["jira-1", "jira-2", "jira-3"]},
    "db": {"hosts": ["db-1"]},
}
XML = """<?xml version="1.1" ?>
<filestore-config>
  <filestores>
    <s3-filestore id="s3Bucket"><config><bucket-name>example-co-all</bucket-name><region>us-east-1</region>
      <max-concurrency>40</max-concurrency></config></s3-filestore>
  </filestores>
  <associations>
    <association target="attachments" file-store="s3Bucket" /><association target="backups" file-store="s3Bucket" />
  </associations>
</filestore-config>
"""
NODES = ("--nodes", "jira-[1-3].corp.net")
VERSION = ("--jira-version", "10.3.4")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources of every kind in the folder that the program runs in."""
    (tmp_path / "jira.env").write_text("".join(f"{name}={value}\n" for name, value in ENV.items()), encoding="utf-8")
    (tmp_path / "values.yaml").write_text(HELM, encoding="utf-8")
    (tmp_path / "inventory.json").write_text(json.dumps(ANSIBLE), encoding="utf-8")
    (tmp_path / "store.xml").write_text(XML, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def _imported(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """Import to clusters/prod.yml, and return the document; whatever happens, its shape is the committed one."""
    _, out, _ = said_by(capsys, "import-config", *words, "--json")
    document: dict[str, Any] = json.loads(out)
    assert complaints(document) == []
    assert SECRET not in out
    return document


def _rendered(capsys: pytest.CaptureFixture[str]) -> bytes:
    """Return what the inventory in clusters/ renders to, which has to be valid, for every node the same."""
    code, said, _ = said_by(capsys, "validate", "--inventory", "clusters")
    assert code == 0, said
    code, said, _ = said_by(capsys, "render", "--inventory", "clusters", "--out", "documents")
    assert code == 0, said
    contents = {file.read_bytes() for file in Path("documents").rglob("filestore-config.xml")}
    assert len(contents) == 1
    return contents.pop()


OUT = ("--out", "clusters/prod.yml")


@pytest.mark.parametrize("nodes", [NODES, ("--ansible-json", "inventory.json")], ids=lambda it: str(it[0]))
def test_the_images_variables_become_what_the_image_would_have_written(
    here: Path, capsys: pytest.CaptureFixture[str], nodes: tuple[str, ...]
) -> None:
    document = _imported(capsys, "--env", "jira.env", *nodes, *VERSION, *OUT)

    assert document["outcome"] == "ok"
    assert document["path"] == "clusters/prod.yml"
    assert stat.S_IMODE((here / "clusters" / "prod.yml").stat().st_mode) == 0o644
    assert document["inventory"] == (here / "clusters" / "prod.yml").read_text(encoding="utf-8")
    assert meaning_of(_rendered(capsys)) == meaning_of(image_xml(ENV))
    assert document["next_command"] == "filestore-agent validate --inventory clusters --cluster prod"


def test_this_processs_own_variables_are_read_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    assert _imported(capsys, "--from-environment", *NODES, *VERSION, *OUT)["outcome"] == "ok"
    assert meaning_of(_rendered(capsys)) == meaning_of(image_xml(ENV))


def test_values_of_helm_bring_the_version_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    document = _imported(capsys, "--helm", "values.yaml", *NODES, *OUT)

    assert document["outcome"] == "ok"
    assert 'version: "10.3.4"' in document["inventory"]
    (version,) = (it for it in document["taken"] if it["key"] == "jira.version")
    assert (version["value"], version["name"], version["line"]) == ("10.3.4", "image.tag", 1)
    assert meaning_of(_rendered(capsys)) == {"avatars": ("example-co-avatars", "eu-central-1", None)}


def test_several_values_files_are_merged_in_their_order(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "prod.yaml").write_text("jira: {s3Storage: {avatars: {bucketName: example-co-other}}}", encoding="utf-8")

    document = _imported(capsys, "--helm", "values.yaml", "--helm", "prod.yaml", *NODES, *OUT)

    assert document["outcome"] == "ok"
    assert meaning_of(_rendered(capsys))["avatars"][0] == "example-co-other"


def test_an_existing_file_keeps_its_very_meaning_ids_and_tuning_included(capsys: pytest.CaptureFixture[str]) -> None:
    assert _imported(capsys, "--xml", "store.xml", *NODES, *VERSION, *OUT)["outcome"] == "ok"

    assert parse(_rendered(capsys), file="a").config == parse(XML.encode(), file="b").config


def test_every_example_of_atlassians_pages_comes_through_unchanged(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = sorted((Path(__file__).parents[1] / "examples").glob("*.xml"))
    kept = 0
    for file in examples:
        meant = parse(file.read_bytes(), file="x")
        sound = meant.config is not None and not errors_among(meant.findings)
        document = _imported(capsys, "--xml", str(file), *NODES, *VERSION)
        if sound:
            (here / "again.yml").write_text(document["inventory"], encoding="utf-8")
            again = read_estate(here).clusters["again"]
            assert {it.file_store for it in (meant.config.associations if meant.config else ())} <= set(
                again.filestores
            )
            kept += 1
        else:
            assert (document["outcome"], document["inventory"]) == ("invalid", None)
    assert kept >= 9


def test_empty_says_that_everything_is_in_the_shared_home(capsys: pytest.CaptureFixture[str]) -> None:
    document = _imported(capsys, "--empty", "--ansible-json", "inventory.json", *VERSION, *OUT)

    assert document["outcome"] == "ok"
    assert "filestores: {}\nassociations: {}" in document["inventory"]
    assert b"<associations" in _rendered(capsys)


def test_hosts_of_ansible_are_folded_with_their_addresses_and_no_secret_leaves_a_trace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = _imported(capsys, "--ansible-json", "inventory.json", "--helm", "values.yaml", *OUT)

    assert 'ssh:\n  user: ops\nnodes:\n  jira-[1-3]:\n    address: "10.1.0.[11-13]"\n' in document["inventory"]
    assert [it["name"] for it in document["nodes"]] == ["jira-1", "jira-2", "jira-3"]
    assert document["group"] == "jira"
    assert [it["name"] for it in document["left"]] == ["ansible_become_pass"]


def test_addresses_that_do_not_count_with_their_names_stay_with_their_nodes(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = json.loads(json.dumps(ANSIBLE))
    odd["_meta"]["hostvars"]["jira-1"]["ansible_host"] = "10.1.0.14"
    odd["_meta"]["hostvars"]["jira-2"]["ansible_user"] = "other"
    (here / "inventory.json").write_text(json.dumps(odd), encoding="utf-8")

    assert _imported(capsys, "--ansible-json", "inventory.json", "--helm", "values.yaml", *OUT)["outcome"] == "ok"
    nodes = {it: form.address for it, form in read_estate(here / "clusters").clusters["prod"].nodes.items()}
    users = {it: form.user for it, form in read_estate(here / "clusters").clusters["prod"].nodes.items()}
    assert nodes == {"jira-1": "10.1.0.14", "jira-2": "10.1.0.12", "jira-3": "10.1.0.13"}
    assert users == {"jira-1": "ops", "jira-2": "other", "jira-3": "ops"}


def test_a_flag_goes_before_any_source(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--jira-version", "9.17.1", "--ssh-user", "me", "--localhome", "/data/jira", "--owner", "atlassian")
    document = _imported(capsys, "--ansible-json", "inventory.json", "--helm", "values.yaml", *words)

    assert (
        'version: "9.17.1"\n  localhome: /data/jira\n  owner: atlassian\n  group: atlassian\n' in document["inventory"]
    )
    assert "user: me" in document["inventory"]


def test_without_out_the_inventory_alone_goes_to_stdout(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said_by(capsys, "import-config", "--helm", "values.yaml", *NODES)

    assert code == 0
    (here / "shown").mkdir()
    (here / "shown" / "prod.yml").write_text(out, encoding="utf-8")
    assert errors_among(read_estate(here / "shown").findings) == ()
    assert "jira.version: 10.3.4  (image.tag, values.yaml:1:14)" in err
    assert not (here / "clusters").exists()


def test_quiet_leaves_the_inventory_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = said_by(capsys, "import-config", "-q", "--helm", "values.yaml", *NODES)

    assert out.startswith("# Imported at ")
    assert err == ""


@pytest.mark.parametrize("flag", ["--helm", "--env", "--xml"])
def test_every_source_may_be_piped_in(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    file = {"--helm": "values.yaml", "--env": "jira.env", "--xml": "store.xml"}[flag]
    content = (here / file).read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: False))

    document = _imported(capsys, flag, "-", *NODES, *VERSION)

    assert document["outcome"] == "ok"
    assert "(stdin)" in document["sources"][1]["source"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (json.dumps([{"Name": "/jira", "Config": {"Env": [f"{k}={v}" for k, v in ENV.items()]}}]), "inspect.json"),
        (json.dumps([{"Name": "/jira", "Config": {"Env": [f"{k}={v}" for k, v in ENV.items()]}}]), "inspect.yaml"),
        (json.dumps({"services": {"jira": {"environment": ENV}}}), "compose.yml"),
        (COMPOSE, "compose.yml"),
        (COMPOSE, "compose.yml.bak"),
        (COMPOSE, "-"),
        (json.dumps({"services": {"jira": {"environment": ENV}}}), "-"),
        ("\0".join(["PATH=/bin", *(f"{k}={v}" for k, v in ENV.items()), ""]), "environ"),
    ],
)
def test_containers_tell_the_same_as_an_env_file(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, content: str, name: str
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content.encode()), isatty=lambda: False))
    (here / name).write_text(content, encoding="utf-8")

    assert _imported(capsys, "--env", name, *NODES, *VERSION, *OUT)["outcome"] == "ok"
    assert meaning_of(_rendered(capsys)) == meaning_of(image_xml(ENV))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "nothing says where the filestores come from"),
        (("--ansible-json", "inventory.json"), "Ansible tells the nodes, and knows no filestores"),
        (("--helm", "values.yaml", "--xml", "store.xml"), "--helm and --xml: the filestores come from one source"),
        (("--empty", "--from-environment"), "--empty and --from-environment: the filestores come from one source"),
        (("--empty", "--nodes", "a", "--ansible", "x"), "--ansible and --nodes: the nodes come from one source"),
        (("--empty", "--nodes", "a", "--group", "x"), "--group: it names a group of Ansible"),
        (("--helm", "-", "--ansible-json", "-"), "only one source can be piped in"),
        (("--empty", "--nodes", "a[", *VERSION), "--nodes: "),
        (("--empty", "--nodes", "a", "--out", "x.txt"), "ends in .yml or .yaml"),
        (("--empty", "--nodes", "a", "--out", "defaults.yml"), "cannot be the name of a cluster"),
        (("--empty", "--nodes", "a", "--name", "x", "--out", "y.yml"), "--out says y"),
        (("--empty", "--nodes", "a", *VERSION, "--status-port", "0"), "--status-port 0: a port"),
        (("--empty", "--nodes", "a", *VERSION, "--ssh-port", "0000221111"), "--ssh-port 0000221111: a port"),
        (("--empty", "--ansible", "nowhere", *VERSION), "there is no such file or folder"),
    ],
)
def test_words_that_make_no_sense_together_are_wrong_usage(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    document = _imported(capsys, *words)

    assert document["exit_code"] == 5
    assert told in document["summary"]


def test_all_that_is_missing_is_told_at_once_with_the_flags(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _imported(capsys, "--env", "jira.env", *OUT)

    assert document["outcome"] == "invalid"
    assert [it["code"] for it in document["obstacles"]] == ["nodes", "version"]
    assert "--nodes 'jira-[1-3].example.com'" in document["obstacles"][0]["way"]
    assert len(document["taken"]) == 5
    assert not (here / "clusters").exists()


def test_sources_that_tell_different_versions_are_not_chosen_from(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(json.dumps(ANSIBLE))
    for name in ("jira-1", "jira-2", "jira-3"):
        told["_meta"]["hostvars"][name]["jira_version"] = "10.3.5"
    (here / "inventory.json").write_text(json.dumps(told), encoding="utf-8")

    document = _imported(capsys, "--ansible-json", "inventory.json", "--helm", "values.yaml")

    assert [it["code"] for it in document["obstacles"]] == ["version"]
    assert "(10.3.4 and 10.3.5)" in document["summary"]


def test_nothing_is_ever_written_over_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "prod.yml").write_text("mine", encoding="utf-8")

    document = _imported(capsys, "--helm", "values.yaml", *NODES, "--out", "prod.yml")

    assert document["outcome"] == "invalid"
    assert (here / "prod.yml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("flag", "content", "code"),
    [
        ("--helm", "jira: {s3Storage: {avatars: {bucketName: 123456789012, bucketRegion: no}}}", "FS604"),
        ("--helm", "jira: {s3Storage: {avatars: {bucketName: '{{ b }}', bucketRegion: eu-west-1}}}", "FS605"),
        ("--helm", "a: [", "FS602"),
        ("--helm", "jira: {}", "FS610"),
        ("--env", "ATL_S3AVATARS_BUCKET_NAME=x", "FS606"),
        ("--env", "ATL_S3AVATARS_BUCKET_NAME=${B}\nATL_S3AVATARS_REGION=eu-west-1", "FS605"),
        ("--env", f"PASSWORD={SECRET}\n", "FS610"),
        ("--xml", "<filestore-config>", "FS101"),
        ("--xml", XML.replace("us-east-1", ""), "FS115"),
        ("--xml", XML.replace('file-store="s3Bucket"', 'file-store="other"'), "FS116"),
        ("--xml", "<!DOCTYPE x [<!ENTITY a 'b'>]>" + XML.partition("\n")[2], "FS106"),
        ("--helm", HELM.replace("example-co-avatars", "Example_Co"), "FS203"),
        ("--helm", HELM.replace("example-co-avatars", "arn:aws:s3:::b"), "FS201"),
        ("--helm", HELM.replace("eu-central-1", "EU_CENTRAL_1"), "FS206"),
        ("--helm", HELM.replace("10.3.4", "9.4.0").replace("avatars:", "backups:"), "FS302"),
    ],
)
def test_a_source_that_would_make_a_bad_file_is_refused_and_nothing_is_written(
    here: Path, capsys: pytest.CaptureFixture[str], flag: str, content: str, code: str
) -> None:
    (here / "source").write_text(content, encoding="utf-8")
    version = () if "tag:" in content else VERSION

    document = _imported(capsys, flag, "source", *NODES, *version, *OUT)

    assert (document["outcome"], document["exit_code"]) == ("invalid", 5)
    assert code in {it["rule"] for it in document["findings"]}
    assert not (here / "clusters").exists()


def test_what_validate_would_refuse_is_shown_to_be_mended_but_not_written(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "values.yaml").write_text(HELM.replace("example-co-avatars", "Example_Co"), encoding="utf-8")

    code, out, err = said_by(capsys, "import-config", "--helm", "values.yaml", *NODES)

    assert code == 5
    assert "bucket-name: Example_Co" in out
    assert "FS203" in err


def test_what_another_cluster_of_the_folder_has_already_is_refused_before_anything_is_written(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = _imported(capsys, "--helm", "values.yaml", *NODES, *OUT)
    (here / "clusters" / "broken.yml").write_text("nodes: 5\n", encoding="utf-8")
    second = _imported(capsys, "--helm", "values.yaml", *NODES, "--out", "clusters/second.yml")
    (here / "clusters" / "prod.yml").rename(here / "prod.yml")
    alone = _imported(capsys, "--helm", "values.yaml", *NODES, "--out", "clusters/second.yml")

    assert (first["outcome"], second["outcome"], alone["outcome"]) == ("ok", "invalid", "ok")
    assert {it["rule"] for it in second["findings"]} == {"FS401", "FS404"}
    assert {it["file"] for it in second["findings"]} == {"clusters/prod.yml", "clusters/second.yml (not written)"}
    assert second["path"] is None


def test_a_folder_whose_defaults_would_change_the_meaning_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "clusters").mkdir()
    more = "filestores: {x: {bucket-name: example-co-more, region: us-east-1}}\nassociations: {backups: x}\n"
    (here / "clusters" / "defaults.yml").write_text(more, encoding="utf-8")

    document = _imported(capsys, "--helm", "values.yaml", *NODES, *OUT)

    assert document["outcome"] == "refused"
    assert "defaults.yml" in document["summary"]
    assert [it.name for it in (here / "clusters").iterdir()] == ["defaults.yml"]


def test_a_host_of_ansible_cannot_smuggle_anything_into_the_inventory(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a: {}\nevil", "a\x1b]52;c;x\x07", "-oProxyCommand=x", "jira-[1-3]"):
        (here / "bad.json").write_text(json.dumps({"jira": {"hosts": [name]}}), encoding="utf-8")
        code, out, err = said_by(capsys, "import-config", "--ansible-json", "bad.json", "--empty", *VERSION)
        assert code == 5
        assert "\x1b" not in out + err
        assert "\x07" not in out + err


def test_ansibles_own_program_is_asked(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = here / "bin" / "ansible-inventory"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\ntest "$1 $2" = "--list -i" && cat inventory.json\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    (here / "hosts.ini").write_text("[jira]\njira-[1:3]\n", encoding="utf-8")

    document = _imported(capsys, "--ansible", "hosts.ini", "--helm", "values.yaml", *OUT)

    assert document["outcome"] == "ok"
    assert "the Ansible inventory hosts.ini, group jira" in (here / "clusters" / "prod.yml").read_text("utf-8")


def test_what_the_targets_share_is_told_of_what_was_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "filestore-config.xml"
    source.write_text(XML, encoding="utf-8")

    _, out, _ = said_by(capsys, "import-config", "--xml", str(source), *NODES, *VERSION, "--json")

    assert "FS402" in [it["rule"] for it in json.loads(out)["findings"]]
