"""What the page on bucket policies shows is what the task writes, and its numbers and words are those of the code."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.core.bucket_policy.bucket import buckets_of
from agent.core.bucket_policy.papers import Form, Kind, papers_of
from agent.core.bucket_policy.settings import (
    DAYS_OF_HEALTH_CHECKS,
    DAYS_OF_THE_REPLACED,
    DAYS_OF_UNFINISHED,
    HEALTH_CHECKS,
    LIFECYCLE,
    LIFECYCLE_ELSEWHERE,
)
from agent.core.filestore import Target
from agent.tasks import namespace
from tests.command_line import said_by
from tests.core.bucket_policy.configs import config_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (Path(__file__).parents[2] / "docs" / "bucket-policy.md").read_text(encoding="utf-8")
PAGE = " ".join(TEXT.split())
EXAMPLES = re.findall(r"^filestore-agent (bucket-policy .*)$", TEXT, re.MULTILINE)
INVENTORY = """\
jira: {version: "10.3.4", localhome: /var/jira}
nodes: {"jira-[1-3]": {}}
filestores: {backupBucket: {bucket-name: example-co-jira-backup-bucket, region: ap-southeast-4}}
associations: {backups: backupBucket}
"""


@pytest.fixture
def _clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / "prod.yml").write_text(INVENTORY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return iter(())


@pytest.mark.usefixtures("_clusters")
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_run(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said_by(capsys, *shlex.split(example))

    assert code == 0
    assert out


@pytest.mark.usefixtures("_clusters")
def test_the_document_that_is_shown_is_the_one_that_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    said_by(capsys, *shlex.split(EXAMPLES[0]))

    (shown,) = re.findall(r"^```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)  # at the margin, not in a list
    assert Path("policies/prod/example-co-jira-backup-bucket/policy.json").read_text(encoding="ascii") == shown


def test_every_flag_of_its_own_is_told_and_every_kind_and_form() -> None:
    own = {flag.name for flag in namespace.tasks["bucket-policy"].flags} - {
        flag.name for flag in namespace.tasks["history"].flags
    }
    assert own == set(re.findall(r"^\| `--([a-z]+)", TEXT, re.MULTILINE))
    assert all(f"`{word}`" in PAGE or f" {word}`" in PAGE for word in (*Kind, *Form))


@pytest.mark.parametrize("target", list(Target))
def test_the_rights_in_the_table_are_those_of_the_policies(target: Target) -> None:
    (row,) = [
        row for row in re.findall(r"^\| (`.*`) \| (.*) \| (`s3.*`) \|$", TEXT, re.MULTILINE) if f"`{target}`" in row[0]
    ]
    (bucket,) = buckets_of(config_of({target: "co-jira"}))
    actions = {action for it in json.loads(papers_of(bucket)[0].text)["Statement"] for action in it["Action"]}

    assert set(re.findall(r"s3:\w+", "".join(row[1:]))) == actions


def test_the_prefixes_and_the_days_are_those_of_the_rules() -> None:
    assert f"| {', '.join(f'`{prefix}`' for prefix in HEALTH_CHECKS)} |" in PAGE
    assert f"expires after {DAYS_OF_HEALTH_CHECKS} days" in PAGE
    assert f"removed {DAYS_OF_THE_REPLACED} day later" in PAGE
    assert PAGE.count(f"after {DAYS_OF_UNFINISHED} days") == 2


def test_the_rule_that_other_stores_do_not_get_is_the_one_that_amazon_gets() -> None:
    (shown,) = re.findall(r"^  ```json\n(.*?)^  ```", TEXT, re.MULTILINE | re.DOTALL)

    assert json.loads(shown) == LIFECYCLE["Rules"][-1]  # type: ignore[index]  # a list, as the API has it
    assert LIFECYCLE["Rules"][:-1] == LIFECYCLE_ELSEWHERE["Rules"]  # type: ignore[index]  # as above


def test_the_pages_lead_to_each_other() -> None:
    docs = Path(__file__).parents[2] / "docs"
    for page in ("diagnosis.md", "preflight-s3.md", "troubleshooting/README.md", "rules/estate.md"):
        assert "bucket-policy.md" in (docs / page).read_text(encoding="utf-8"), page
    for page in ("diagnosis.md", "bucket-policy.md", "troubleshooting/README.md", "rules/estate.md"):
        assert "preflight-s3.md" in (docs / page).read_text(encoding="utf-8"), page
