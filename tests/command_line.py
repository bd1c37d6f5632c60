"""The program run inside this process, and an inventory for it to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent import program
from agent.tasks import namespace

if TYPE_CHECKING:
    from pathlib import Path

INVENTORY = """\
jira: {version: "10.3.4", localhome: /var/jira}
ssh: {config: none}
nodes: {"jira-[1-3]": {}}
filestores: {backupBucket: {bucket-name: co-jira-backup-bucket, region: ap-southeast-4}}
associations: {backups: backupBucket}
"""


def write_inventory(folder: Path, **clusters: str) -> Path:
    """Write an inventory folder of these clusters, or of one called prod, and return it."""
    inventory = folder / "inventory"
    inventory.mkdir(exist_ok=True)
    for name, text in (clusters or {"prod": INVENTORY}).items():
        (inventory / f"{name}.yml").write_text(text, encoding="utf-8")
    return inventory


def said_by(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run the program on these words; return its exit code, its stdout and its stderr."""
    with pytest.raises(SystemExit) as end:
        program.run(namespace, ["filestore-agent", *words])
    said = capsys.readouterr()
    assert isinstance(end.value.code, int)
    return end.value.code, said.out, said.err
