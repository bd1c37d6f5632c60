"""Render: the documents as files, or the only one on the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.core.document import digest_of
from agent.errors import AgentError, InputError, Outcome
from agent.operations.render import render
from agent.operations.world import Choice
from tests.command_line import INVENTORY, write_inventory
from tests.operations.contract import as_json

if TYPE_CHECKING:
    from pathlib import Path

OWN = INVENTORY.replace("{}}", '{}, "jira-9": {filestores: {backupBucket: {max-concurrency: 7}}}}')


def test_the_only_document_is_printed_as_it_is(tmp_path: Path) -> None:
    report = render(Choice(inventory=write_inventory(tmp_path)), template=None, out=None)

    text = "\n".join(line.text for line in report.lines) + "\n"
    nodes = as_json(report)["nodes"]
    assert text.startswith("<?xml")
    assert {node["content"] for node in nodes} == {text}
    assert {node["desired_digest"] for node in nodes} == {digest_of(text.encode("ascii"))}
    assert {node["path"] for node in nodes} == {None}


def test_several_documents_need_a_folder_or_a_node(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, prod=OWN)

    with pytest.raises(InputError, match=r"2 distinct documents.*jira-\[1-3\].*jira-9.*--out DIR, or --limit NODE"):
        render(Choice(inventory=inventory), template=None, out=None)

    assert "max-concurrency>7" in str(
        render(Choice(inventory=inventory, limit="jira-9"), template=None, out=None).lines
    )


def test_every_document_is_written_below_its_cluster_and_node(tmp_path: Path) -> None:
    inventory = write_inventory(
        tmp_path, prod=OWN, test=INVENTORY.replace("co-jira", "co-test").replace("jira-[", "test-[")
    )
    out = tmp_path / "deep" / "out"

    report = render(Choice(inventory=inventory, clusters=("all",)), template=None, out=out)

    assert report.outcome is Outcome.OK
    document = json.loads(json.dumps(as_json(report)))
    assert document["cluster"] is None
    assert len(document["nodes"]) == 7
    for node in document["nodes"]:
        path = out / node["cluster"] / node["name"] / "filestore-config.xml"
        assert node["path"] == str(path)
        assert path.read_text(encoding="ascii") == node["content"]
    assert not list(out.rglob(".*"))
    assert report.lines == ()


def test_two_renders_give_the_same_bytes(tmp_path: Path) -> None:
    choice = Choice(inventory=write_inventory(tmp_path, prod=OWN))

    first, second = (as_json(render(choice, template=None, out=tmp_path / "out")) for _ in range(2))

    assert first == second


def test_an_invalid_inventory_writes_nothing(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, prod=INVENTORY.replace("backups: backupBucket", "backups: nosuch"))

    with pytest.raises(InputError) as refused:
        render(Choice(inventory=inventory), template=None, out=tmp_path / "out")

    assert refused.value.findings
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")

    with pytest.raises(AgentError, match=r"out.*--out"):
        render(Choice(inventory=write_inventory(tmp_path)), template=None, out=tmp_path / "out")
