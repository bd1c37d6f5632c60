"""The page on replaced machines: the gate opens for 0 alone and never waits without end; the user data fits."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from agent.core.filestore import FILE_NAME
from agent.core.inventory.resolve import resolve_nodes
from agent.edges.loader import load_estate
from tests.command_line import said_by, write_inventory

PAGE = (Path(__file__).parents[2] / "docs" / "replaced-machines.md").read_text(encoding="utf-8")
(GATE,) = (text for text in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if text.startswith("# gate"))
STUB = """\
#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --json-out ] && file=$2; [ "$1" = --limit ] && node=$2; shift; done
echo "$node" >> looks
set -- $(sed -n "$(wc -l < looks)p" story)
echo "{\\"state\\": \\"$2\\"}" | sed 's/":"/": "/' > "$file"
exit "$1"
"""


def opened(folder: Path, *story: str, looks: int = 5) -> tuple[int, int]:
    """Let the gate meet these looks, each a code and a state; return its own code, and how often it looked."""
    program = folder / "bin" / "filestore-agent"
    program.parent.mkdir()
    program.write_text(STUB)
    program.chmod(0o755)
    (folder / "story").write_text("".join(f"{it}\n" for it in story))
    done = subprocess.run(
        ["/bin/sh", "-c", f"set -eu\n{GATE}\ngate jira-1"], cwd=folder, check=False, timeout=20,
        env={"PATH": f"{program.parent}:/usr/bin:/bin", "LOOKS": str(looks), "PAUSE": "0"},
    )  # fmt: skip
    asked = (folder / "looks").read_text().split()
    assert set(asked) == {"jira-1"}
    return done.returncode, len(asked)


@pytest.mark.parametrize(
    ("story", "ended"),
    [
        (("0 running",), (0, 1)),
        (("4 unknown", "8 unknown", "2 starting", "0 starting", "0 running"), (0, 5)),
        (("2 running",) * 9, (2, 5)),
        (("4 unknown",) * 9, (4, 5)),
        (("8 down",) * 9, (8, 5)),
        (("0 starting",) * 9, (8, 5)),
        (("0 error",) * 9, (8, 5)),
        (("5 unknown",) * 9, (5, 1)),
        (("1 unknown",) * 9, (1, 1)),
        (("130 unknown",) * 9, (130, 1)),
    ],
)
def test_the_gate_opens_for_a_right_node_that_serves_and_gives_up_in_the_end(
    tmp_path: Path, story: tuple[str, ...], ended: tuple[int, int]
) -> None:
    assert opened(tmp_path, *story) == ended


def test_the_user_data_puts_the_file_where_jira_reads_it_and_as_it_must_be(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yml\n(#cloud-config\n.*?)```", PAGE, re.DOTALL)
    (file,) = yaml.safe_load(text)["write_files"]
    (node, *_) = resolve_nodes(load_estate(write_inventory(tmp_path)).clusters["prod"], "prod")
    assert Path(file["path"]).name == FILE_NAME
    assert file["owner"] == f"{node.owner}:{node.group}" == "jira:jira"
    assert file["permissions"] == node.mode
    assert file["defer"] is True
    assert file["encoding"] == "b64"


def test_what_render_prints_is_the_file_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory = str(write_inventory(tmp_path))
    code, out, err = said_by(capsys, "render", "--inventory", inventory, "--cluster", "prod", "--limit", "jira-1")
    assert code == 0
    assert "prod: jira-1" in err
    said_by(capsys, "render", "--inventory", inventory, "--cluster", "prod", "--out", str(tmp_path / "out"))
    written = tmp_path / "out" / "prod" / "jira-1" / FILE_NAME
    assert out.encode() == written.read_bytes()
    encoded = subprocess.run(["base64", "-w0", written], check=True, capture_output=True).stdout
    assert base64.b64decode(encoded) == written.read_bytes()
