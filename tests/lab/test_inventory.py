"""The lab's inventory is one that the product's own loader takes without a finding, and it leads to the lab's nodes."""

from __future__ import annotations

from pathlib import Path

from agent.core.inventory.resolve import resolve_filestores, resolve_nodes
from agent.core.node import CommandService
from agent.core.rules.inventory_codes import Rule
from agent.edges.loader import load_estate
from agent.lab.inventory import FILESTORES, inventory_text
from agent.lab.node import LabNode


def nodes_of(folder: Path, filestores: str = FILESTORES, token_file: Path | None = None) -> tuple[LabNode, ...]:
    homes = folder / "homes"
    nodes = tuple(
        LabNode(name=f"jira-{n}", home=homes / f"jira-{n}", ssh_port=2200 + n, status_port=8080 + n) for n in (1, 2)
    )
    text = inventory_text(
        nodes, ssh_config=folder / "config", known_hosts=folder / "known", filestores=filestores, token_file=token_file
    )
    (folder / "lab.yml").write_text(text, encoding="utf-8")
    return nodes


def test_the_loader_takes_it_and_sees_every_node_as_the_lab_does(tmp_path: Path) -> None:
    nodes = nodes_of(tmp_path)
    estate = load_estate(tmp_path)
    assert {finding.rule for finding in estate.findings} <= {Rule.OWNER_ROOT}, "root may run the lab, and is told so"
    inventory = estate.clusters["lab"]
    resolved = resolve_nodes(inventory, "lab")
    assert [(node.name, node.address, Path(node.localhome)) for node in resolved] == [
        (node.name, "127.0.0.1", node.home) for node in nodes
    ]
    assert [node.ssh.port for node in resolved] == [2201, 2202]
    assert [node.status.port for node in resolved] == [8081, 8082]
    assert [node.service for node in resolved] == [
        CommandService(start=tuple(node.service("start")), stop=tuple(node.service("stop"))) for node in nodes
    ]
    assert resolve_filestores(inventory, "jira-1").filestore_of("backups") is not None


def test_other_filestores_can_be_given(tmp_path: Path) -> None:
    nodes_of(tmp_path, "filestores: {}\nassociations: {}\n")
    inventory = load_estate(tmp_path).clusters["lab"]
    assert resolve_filestores(inventory, "jira-1").filestores == ()


def test_the_token_is_named_by_its_file_where_the_product_may_ask_jira(tmp_path: Path) -> None:
    nodes_of(tmp_path)
    assert load_estate(tmp_path).clusters["lab"].jira.rest is None
    nodes_of(tmp_path, token_file=tmp_path / "a folder" / "token")
    estate = load_estate(tmp_path)
    assert {finding.rule for finding in estate.findings} <= {Rule.OWNER_ROOT}
    rest = estate.clusters["lab"].jira.rest
    assert rest
    assert rest.token == f"file:{tmp_path}/a folder/token"
