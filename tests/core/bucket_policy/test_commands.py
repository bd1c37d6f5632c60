"""The commands: quoted for a shell, with the region, and with a word of warning where they replace what is there."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from agent.core.bucket_policy.bucket import Bucket, buckets_of
from agent.core.bucket_policy.commands import Step, step_for
from agent.core.bucket_policy.papers import Form, papers_of
from tests.core.bucket_policy.configs import config_of

if TYPE_CHECKING:
    from pathlib import Path

(BUCKET,) = buckets_of(config_of({"backups": "co-jira"}, region="eu-west-1"))
(MINIO,) = buckets_of(config_of({"backups": "co-jira"}, endpoint="https://minio.example.com:9000"))


def step_of(bucket: Bucket, name: str, *, role: str | None = "nodes", path: str = "/o ut/$x'.json") -> Step:
    principals = ("arn:aws:iam::123456789012:role/jira",) if name == "bucket-policy.json" else ()
    (paper,) = [it for it in papers_of(bucket, principals) if it.name == name]
    step = step_for(bucket, paper, path=path, role=role)
    assert step is not None
    return step


def said(bucket: Bucket, name: str) -> tuple[list[str], str]:
    """Return the words of the line that puts, and what is said before it."""
    step = step_of(bucket, name)
    (put,) = [
        line for line in (step.command or "then ").split("\n") if line.startswith("then ") and "printf" not in line
    ]
    return shlex.split(put)[1:], " ".join(step.said)


def test_an_identity_s_policy_is_put_on_the_role() -> None:
    words, _ = said(BUCKET, "policy.json")

    assert words == [
        *("aws", "iam", "put-role-policy", "--role-name", "nodes", "--policy-name", "jira-co-jira"),
        *("--region", "eu-west-1", "--policy-document", "file:///o ut/$x'.json"),
    ]


def test_without_a_role_the_command_has_a_place_for_it() -> None:
    (paper,) = [it for it in papers_of(BUCKET) if it.name == "policy.json"]
    step = step_for(BUCKET, paper, path="p", role=None)

    assert step is not None
    assert '--role-name "$ROLE" ' in (step.command or "")
    assert "--role NAME" in " ".join(step.said)


@pytest.mark.parametrize(
    ("name", "verb", "warning"),
    [
        ("bucket-policy.json", "bucket-policy", "a bucket has one policy"),
        ("lifecycle.json", "bucket-lifecycle-configuration", "a bucket has one set of rules"),
        ("versioning.json", "bucket-versioning", "can be suspended but not removed"),
    ],
)
def test_what_changes_a_bucket_is_told_and_looks_before_it_puts(name: str, verb: str, warning: str) -> None:
    words, told = said(BUCKET, name)
    lines = (step_of(BUCKET, name).command or "").split("\n")

    assert words[:7] == ["aws", "s3api", f"put-{verb}", "--bucket", "co-jira", "--region", "eu-west-1"]
    assert words[-1] == "file:///o ut/$x'.json"
    assert warning in told
    assert lines[1].startswith(f"if aws s3api get-{verb} --bucket co-jira ")
    assert [line for line in lines if " put-" in line] == [lines[2 if name == "versioning.json" else 4]]


SHELLS = [shell for shell in ("sh", "bash", "zsh") if shutil.which(shell)]
ANSWERS = {
    "bucket-policy.json": "An error occurred (NoSuchBucketPolicy) when calling it",
    "lifecycle.json": "aws: [ERROR]: An error occurred (NoSuchLifecycleConfiguration) when calling it",
    "policy.json": "An error occurred (NoSuchEntity) when calling it",
}


def pasted(shell: str, folder: Path, name: str, *, answer: str, code: int) -> tuple[str, str]:
    """Type the command and what is said before it into a shell whose aws answers so; return what was put and said."""
    step = step_of(BUCKET, name, path=f"{folder}/o 'ut/{name}")
    (folder / "o 'ut").mkdir(exist_ok=True)
    aws = (
        f'aws() {{ case "$2" in put-*) echo "$2" >> put;; *) echo {shlex.quote(answer)} {">&2" if code else ""};'
        f" return {code};; esac; }}"
    )
    typed = "\n".join((aws, *(f"# {line}" for line in step.said), step.command or "", ""))
    words = [shell, *(("-f",) if shell == "zsh" else ()), "-i"]
    done = subprocess.run(
        words, input=typed, cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder)}, check=False, timeout=60,
        capture_output=True, text=True,
    )  # fmt: skip
    put = folder / "put"
    return put.read_text(encoding="ascii") if put.exists() else "", done.stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ANSWERS)
def test_where_there_is_none_it_is_put_in_every_shell(shell: str, name: str, tmp_path: Path) -> None:
    put, _ = pasted(shell, tmp_path, name, answer=ANSWERS[name], code=254)

    assert put.startswith("put-")
    assert put.count("\n") == 1


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_there_is_kept_and_not_replaced_in_any_shell(shell: str, name: str, tmp_path: Path) -> None:
    there = '{"Policy": "(NoSuchBucketPolicy) (NoSuchLifecycleConfiguration) (NoSuchEntity)"}'
    put, told = pasted(shell, tmp_path, name, answer=there, code=0)

    assert put == ""
    assert "nothing was replaced" in told
    (kept,) = (tmp_path / "o 'ut").glob(f"{name.removesuffix('.json')}-before-*.json")
    assert kept.read_text(encoding="ascii").strip() == there
    assert str(kept) in told


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", [*ANSWERS, "versioning.json"])
def test_where_nobody_may_look_nothing_is_put_and_the_refusal_is_shown(shell: str, name: str, tmp_path: Path) -> None:
    refusal = "An error occurred (AccessDenied) when calling it on NoSuchEntity, NoSuchBucketPolicy, None"
    put, told = pasted(shell, tmp_path, name, answer=refusal, code=254)

    assert put == ""
    assert refusal in told


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("answer", "is_put"), [("None", True), ("Suspended", False), ("Enabled", False)])
def test_versioning_is_turned_on_only_where_nobody_has_decided(
    shell: str, answer: str, *, is_put: bool, tmp_path: Path
) -> None:
    put, told = pasted(shell, tmp_path, "versioning.json", answer=answer, code=0)

    assert (put == "put-bucket-versioning\n") is is_put
    assert is_put or answer in told


@pytest.mark.parametrize("bucket", [BUCKET, MINIO], ids=["Amazon's", "another"])
@pytest.mark.parametrize("name", ["policy.json", "bucket-policy.json", "versioning.json", "lifecycle.json"])
def test_a_comment_holds_nothing_that_a_shell_would_read(bucket: Bucket, name: str) -> None:
    for role in (None, "nodes"):
        assert not set("".join(step_of(bucket, name, role=role).said)) & set("'\"`$;&|<>()[]{}*?!\\\n")


def test_another_store_is_spoken_to_at_its_endpoint() -> None:
    words, _ = said(MINIO, "lifecycle.json")
    assert words[words.index("--endpoint-url") + 1] == "https://minio.example.com:9000"
    assert step_of(MINIO, "policy.json").command is None
    assert "mc admin policy" in step_of(MINIO, "policy.json").said[0]


@pytest.mark.parametrize(
    ("name", "warning"),
    [("bucket-policy.json", "MinIO this gives nothing"), ("lifecycle.json", "unfinished uploads: Ceph takes it")],
)
def test_what_other_stores_do_not_do_is_told_there_and_not_at_amazon(name: str, warning: str) -> None:
    assert warning in said(MINIO, name)[1]
    assert "MinIO" not in said(BUCKET, name)[1]


def test_versioning_of_a_shared_bucket_tells_what_else_it_keeps() -> None:
    (shared,) = buckets_of(config_of({"backups": "co-jira", "attachments": "co-jira"}))

    assert "keeps what Jira deletes of attachments as well" in said(shared, "versioning.json")[1]
    assert "as well" not in said(BUCKET, "versioning.json")[1]


def test_xml_is_for_other_tools() -> None:
    steps = [step_for(BUCKET, it, path="p", role=None) for it in papers_of(BUCKET) if it.form is Form.XML]

    assert steps == [None, None]
