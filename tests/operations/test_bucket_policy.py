"""bucket-policy: the documents of a cluster's buckets, shown or written, and what is refused."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import AgentError, InputError, Outcome
from agent.operations.bucket_policy import Wish, bucket_policy
from agent.operations.world import Choice
from tests.command_line import INVENTORY, said_by, write_inventory
from tests.operations.contract import as_json

if TYPE_CHECKING:
    from agent.core.report import Report

HEAD = 'jira: {version: "10.3.4", localhome: /var/jira}\nssh: {config: none}\nnodes: {"jira-[1-3]": {}}\n'
TWO = f"""{HEAD}filestores:
  files: {{bucket-name: co-jira-files, region: us-east-1}}
  saved: {{bucket-name: co-jira-saved, region: us-east-1}}
associations: {{attachments: files, avatars: files, backups: saved}}
"""
SHARED = TWO.replace("backups: saved", "backups: files").replace(
    "  saved: {bucket-name: co-jira-saved, region: us-east-1}\n", ""
)
AT_HOME = f"{HEAD}filestores: {{}}\nassociations: {{}}\n"
NODES = "arn:aws:iam::123456789012:role/jira"


def told(folder: Path, clusters: dict[str, str], *, choice: tuple[str, ...] = (), **wish: Any) -> Report:
    inventory = write_inventory(folder, **clusters)
    return bucket_policy(Choice(inventory=inventory, clusters=choice), Wish(**wish), template=None)


def text_of(report: Report) -> str:
    return "".join(f"{line.text}\n" for line in report.lines)


def test_nothing_is_written_unless_a_folder_is_named(tmp_path: Path) -> None:
    report = told(tmp_path, {"prod": TWO})
    document = as_json(report)

    assert [path.name for path in tmp_path.iterdir()] == ["inventory"]
    assert report.outcome is Outcome.OK
    assert {it["path"] for bucket in document["buckets"] for it in bucket["documents"]} == {None}
    assert {it["command"] for bucket in document["buckets"] for it in bucket["documents"]} == {None}
    assert "aws " not in text_of(report), "no command for a file that nobody wrote"
    assert report.sentence == (
        "4 documents for 2 buckets; --out FOLDER writes them and prints the commands that apply them;"
        " nothing was applied."
    )


def test_each_bucket_has_its_heading_and_commands_once_its_files_are_written(tmp_path: Path) -> None:
    shown, text = text_of(told(tmp_path, {"prod": TWO})), text_of(told(tmp_path, {"prod": TWO}, out=tmp_path / "out"))

    for it in (shown, text):
        assert (
            "# prod: bucket co-jira-files, us-east-1, partition aws, for attachments and avatars, the whole bucket\n"
            in it
        )
        assert "# prod: bucket co-jira-saved, us-east-1, partition aws, for backups, the whole bucket\n" in it
    assert text.count("then aws iam put-role-policy ") == 2
    assert text.count("then aws s3api put-bucket-lifecycle-configuration --bucket co-jira-saved ") == 1
    assert "lifecycle-configuration --bucket co-jira-files" not in text


def test_the_paths_in_the_commands_lead_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = text_of(told(tmp_path, {"prod": TWO}, out=Path("some/folder"), role="nodes"))

    paths = re.findall(r"file://(\S+)", text)
    assert len(paths) == 4
    assert all(Path(path).is_file() for path in paths)


def test_a_shared_bucket_gets_one_policy_by_prefix(tmp_path: Path) -> None:
    (bucket,) = as_json(told(tmp_path, {"prod": SHARED}))["buckets"]

    assert (bucket["bucket"], bucket["by_prefix"]) == ("co-jira-files", True)
    assert [it["kind"] for it in bucket["documents"]] == ["policy", "versioning", "lifecycle"]
    policy = json.loads(bucket["documents"][0]["content"])
    assert {resource for it in policy["Statement"] for resource in it["Resource"]} == {
        "arn:aws:s3:::co-jira-files",
        *(f"arn:aws:s3:::co-jira-files/{target}/*" for target in ("attachments", "avatars", "backups")),
    }


def test_the_files_are_written_as_they_are_told_and_the_commands_name_them(tmp_path: Path) -> None:
    out = tmp_path / "o 'ut" / "deep"
    report = told(tmp_path, {"prod": TWO}, out=out, role="jira-nodes")

    files = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert files == [
        "prod/co-jira-files/policy.json",
        *(f"prod/co-jira-saved/{name}" for name in ("lifecycle.json", "lifecycle.xml", "policy.json")),
        *(f"prod/co-jira-saved/{name}" for name in ("versioning.json", "versioning.xml")),
    ]
    for it in [it for bucket in as_json(report)["buckets"] for it in bucket["documents"]]:
        assert Path(it["path"]).read_text(encoding="ascii") == it["content"]
        if it["command"]:
            (line,) = [line for line in it["command"].split("\n") if " put-" in line]
            named = [word for word in shlex.split(line) if word.startswith("file://")]
            assert named == [f"file://{it['path']}"]
    assert not [line for line in text_of(report).splitlines() if line.startswith("{")], "written, so not shown"


def test_what_is_shown_can_be_given_to_a_shell_and_puts_each_document_once(tmp_path: Path) -> None:
    out = tmp_path / "o 'ut; $(touch broken)"
    text = text_of(told(tmp_path, {"prod": SHARED}, out=out, role="jira-nodes"))
    none = "echo '(NoSuchEntity) (NoSuchLifecycleConfiguration)' >&2; false"
    script = (
        f"exec 3>&1\naws() {{ case $2 in put-*) echo $2 >&3;; *versioning) echo None;; *) {none};; esac; }}\n{text}"
    )

    done = subprocess.run(["sh", "-euc", script], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.split() == [*("put-role-policy", "put-bucket-versioning", "put-bucket-lifecycle-configuration")]
    assert not (tmp_path / "broken").exists()


def test_the_same_again_replaces_the_files(tmp_path: Path) -> None:
    told(tmp_path, {"prod": TWO}, out=tmp_path / "out")
    path = tmp_path / "out" / "prod" / "co-jira-saved" / "policy.json"
    path.write_text("changed", encoding="ascii")
    told(tmp_path, {"prod": TWO}, out=tmp_path / "out")

    assert path.read_text(encoding="ascii").startswith("{")
    assert not list((tmp_path / "out").rglob(".*"))


def test_where_something_else_than_a_file_has_a_place_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "out" / "prod" / "co-jira-saved" / "lifecycle.xml").mkdir(parents=True)

    with pytest.raises(InputError, match=r"lifecycle\.xml: it is no file, and is not replaced"):
        told(tmp_path, {"prod": TWO}, out=tmp_path / "out")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="ascii")

    with pytest.raises(AgentError, match="--out"):
        told(tmp_path, {"prod": TWO}, out=tmp_path / "out")


@pytest.mark.parametrize(
    ("only", "form", "begins"),
    [
        ("policy", None, '{\n  "Version": "2012-10-17",'),
        ("versioning", None, '{\n  "Status": "Enabled"\n}\n'),
        ("versioning", "xml", '<?xml version="1.0" encoding="UTF-8"?>\n<VersioningConfiguration xmlns='),
        ("lifecycle", "json", '{\n  "Rules": ['),
        ("lifecycle", "xml", '<?xml version="1.0" encoding="UTF-8"?>\n<LifecycleConfiguration xmlns='),
    ],
)
def test_one_document_alone_can_be_piped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], only: str, form: str | None, begins: str
) -> None:
    inventory = write_inventory(tmp_path)
    words = ("bucket-policy", "--inventory", str(inventory), "--only", only, *(("--format", form) if form else ()))
    code, out, err = said_by(capsys, *words)

    assert code == 0
    assert out.startswith(begins)
    assert out.rstrip()[-1] in "}>"
    assert "nothing was applied" in err


def test_of_several_documents_none_is_piped_until_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"2 documents \(co-jira-files \(prod\), co-jira-saved \(prod\)\); say --bucket"
    ):
        told(tmp_path, {"prod": TWO}, only="policy")

    assert "co-jira-saved/*" in text_of(told(tmp_path, {"prod": TWO}, only="policy", bucket="co-jira-saved"))
    assert "Rules" in text_of(told(tmp_path, {"prod": TWO}, only="lifecycle")), "only one of them keeps backups"


def test_a_bucket_s_own_policy_names_the_principals(tmp_path: Path) -> None:
    (bucket,) = as_json(told(tmp_path, {"prod": INVENTORY}, principals=(NODES, NODES)))["buckets"]
    document = bucket["documents"][0]

    assert document["name"] == "prod/co-jira-backup-bucket/bucket-policy.json"
    assert [it["Principal"] for it in json.loads(document["content"])["Statement"]] == [{"AWS": NODES}]
    assert document["command"] is None
    out = text_of(told(tmp_path, {"prod": INVENTORY}, principals=(NODES,), out=tmp_path / "out"))
    assert "then aws s3api put-bucket-policy " in out


def test_a_named_principal_at_another_store_is_warned_of(tmp_path: Path) -> None:
    elsewhere = INVENTORY.replace("region:", 'endpoint-override: "https://minio.corp.example", region:')

    assert "MinIO gives a named principal nothing" in told(tmp_path, {"prod": elsewhere}, principals=(NODES,)).sentence
    assert "MinIO" not in told(tmp_path, {"prod": INVENTORY}, principals=(NODES,)).sentence


def test_of_a_bucket_in_another_partition_it_is_said_to_go_cluster_by_cluster(tmp_path: Path) -> None:
    china = INVENTORY.replace("ap-southeast-4", "cn-north-1").replace("jira-[", "cn-[")

    with pytest.raises(InputError, match="run bucket-policy for each cluster by itself") as refused:
        told(tmp_path, {"prod": INVENTORY, "china": china}, choice=("all",), principals=(NODES,))
    assert "--bucket" not in str(refused.value)


def test_who_gets_rights_by_prefix_is_not_told_to_give_them_by_prefix(tmp_path: Path) -> None:
    (finding,) = told(tmp_path, {"prod": SHARED}).findings

    assert finding.rule == "FS402"
    assert "the policy here gives them so" in (finding.hint or "")


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"only": "polcy"}, r'--only: "polcy" is none of policy, versioning, lifecycle \(did you mean .?policy'),
        ({"form": "yaml"}, r'--format: "yaml" is none of json, xml'),
        ({"only": "policy", "form": "xml"}, "a policy is written in JSON alone"),
        ({"bucket": "co-jira-save"}, r"--bucket: no target goes to .*did you mean .?co-jira-saved"),
        ({"bucket": "\x1b[2J"}, r"--bucket: no target goes to .\\x1b\[2J"),
        ({"role": "a b"}, "--role: "),
        ({"principals": ("*",)}, "--principal: "),
        ({"principals": (NODES,), "role": "jira"}, "--role, --principal: .* say one"),
    ],
)
def test_what_a_flag_cannot_mean_is_refused(tmp_path: Path, wish: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        told(tmp_path, {"prod": TWO}, **wish)


def test_an_invalid_inventory_is_refused_with_its_findings(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 error") as refused:
        told(tmp_path, {"prod": TWO.replace("co-jira-saved", "arn:aws:s3:::co-jira")}, out=tmp_path / "out")

    assert [it.rule for it in refused.value.findings] == ["FS201"]
    assert not (tmp_path / "out").exists()


def test_a_cluster_in_the_shared_home_has_nothing_to_grant(tmp_path: Path) -> None:
    report = told(tmp_path, {"prod": AT_HOME})

    assert as_json(report)["buckets"] == []
    assert report.outcome is Outcome.OK
    assert report.sentence == (
        "prod: no target goes to a bucket, all are in the shared home; there is nothing to grant."
    )


@pytest.mark.parametrize(
    ("clusters", "only", "message"),
    [
        ({"prod": AT_HOME}, "policy", "there is nothing to grant"),
        ({"prod": INVENTORY.replace("backups:", "avatars:")}, "lifecycle", "no bucket here keeps backups"),
    ],
)
def test_a_document_that_there_is_not_is_no_empty_pipe(
    tmp_path: Path, clusters: dict[str, str], only: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        told(tmp_path, clusters, only=only)


def test_all_clusters_at_once_have_a_folder_each(tmp_path: Path) -> None:
    clusters = {"prod": TWO, "test": INVENTORY, "home": AT_HOME.replace("jira-[1-3]", "jira-[7-9]")}
    clusters["test"] = INVENTORY.replace("jira-", "jira-test-")
    report = told(tmp_path, clusters, choice=("all",), out=tmp_path / "out")

    assert as_json(report)["cluster"] is None
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["prod", "test"]


def test_buckets_of_one_name_at_two_stores_have_a_folder_each(tmp_path: Path) -> None:
    text = TWO.replace(
        "co-jira-saved, region: us-east-1",
        'co-jira-files, region: us-east-1, endpoint-override: "https://minio.corp.example"',
    )
    told(tmp_path, {"prod": text}, out=tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out" / "prod").iterdir()) == ["co-jira-files", "co-jira-files+2"]


def test_the_whole_of_it_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory = write_inventory(tmp_path, prod=SHARED)
    code, out, _ = said_by(
        capsys,
        "bucket-policy",
        "--inventory",
        str(inventory),
        "--principal",
        NODES,
        "--principal",
        f"{NODES}-2",
        "--json",
    )
    document = json.loads(out)

    assert (code, document["outcome"]) == (0, "ok")
    statement = json.loads(document["buckets"][0]["documents"][0]["content"])["Statement"][0]
    assert statement["Principal"] == {"AWS": [NODES, f"{NODES}-2"]}
    assert [it["rule"] for it in document["findings"]] == ["FS402"]
