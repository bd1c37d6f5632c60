"""What the stand-in makes of a file at start: the three faults with their titles, and silence where it is absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.lab.jira.startup import COULD_NOT_PARSE, INVALID_STORE, MISSING_STORE, Bucket, StartupFault, storage_at

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """<?xml version="1.1" ?>
<filestore-config>
  <filestores>
    <s3-filestore id="backupBucket">
      <config>
        <bucket-name>example-co-jira-backup-bucket</bucket-name>
        <region>ap-southeast-4</region>
        <endpoint-override>https://s3.dualstack.ap-southeast-4.amazonaws.com</endpoint-override>
      </config>
    </s3-filestore>
  </filestores>
  <associations>
    <association target="backups" file-store="backupBucket" />
  </associations>
</filestore-config>
"""


def fault_of(home: Path, text: str) -> str:
    (home / "filestore-config.xml").write_text(text, encoding="utf-8")
    with pytest.raises(StartupFault) as caught:
        storage_at(home)
    return caught.value.title


def test_an_absent_file_stores_everything_in_the_shared_home(tmp_path: Path) -> None:
    assert storage_at(tmp_path) == {}


def test_the_documented_example_moves_backups_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "filestore-config.xml").write_text(GOOD, encoding="utf-8")
    bucket = Bucket(
        name="example-co-jira-backup-bucket",
        region="ap-southeast-4",
        endpoint="https://s3.dualstack.ap-southeast-4.amazonaws.com",
    )
    assert storage_at(tmp_path) == {"backups": bucket}


def test_empty_elements_store_everything_in_the_shared_home(tmp_path: Path) -> None:
    text = "<filestore-config><filestores /><associations /></filestore-config>"
    (tmp_path / "filestore-config.xml").write_text(text, encoding="utf-8")
    assert storage_at(tmp_path) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<filestore-config>",
        GOOD + GOOD,
        "\n" + GOOD,
        GOOD.replace("1.1", "1.2"),
        GOOD.replace("1.1", "2.0"),
        GOOD.replace("?>", 'encoding="no-such" ?>'),
        "<other/>",
    ],
)
def test_what_the_parser_of_a_jvm_refuses_could_not_be_parsed(tmp_path: Path, text: str) -> None:
    assert fault_of(tmp_path, text) == COULD_NOT_PARSE


@pytest.mark.parametrize(
    ("found", "altered"),
    [
        ("<region>ap-southeast-4</region>", ""),
        ("<region>ap-southeast-4</region>", "<region/>"),
        ("<bucket-name>example-co-jira-backup-bucket</bucket-name>", "<bucket-name> \n </bucket-name>"),
        ("<bucket-name>example-co-jira-backup-bucket</bucket-name>", ""),
        ("<config>", "<conf>"),
    ],
)
def test_a_store_without_what_it_needs_is_invalid(tmp_path: Path, found: str, altered: str) -> None:
    text = GOOD.replace(found, altered).replace("</config>", "</conf>" if altered == "<conf>" else "</config>")
    assert fault_of(tmp_path, text) == INVALID_STORE


@pytest.mark.parametrize("altered", ['file-store="other"', 'filestore="backupBucket"', ""])
def test_an_association_to_no_store_is_missing_one(tmp_path: Path, altered: str) -> None:
    assert fault_of(tmp_path, GOOD.replace('file-store="backupBucket"', altered)) == MISSING_STORE


def test_a_fault_in_a_store_that_nobody_uses_locks_the_node_too(tmp_path: Path) -> None:
    unused = '<filestores><s3-filestore id="spare"><config><region>eu-west-1</region></config></s3-filestore>'
    assert fault_of(tmp_path, GOOD.replace("<filestores>", unused)) == INVALID_STORE
