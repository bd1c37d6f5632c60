"""The sudoers lines as docs/protocol.md prints them: what is tested is what the reader is told to write."""

from __future__ import annotations

import re
from pathlib import Path

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def documented_lines(page: Path = PROTOCOL) -> str:
    """Return the page's one block of sudoers lines; a page with none, or with several, is a fault of the page."""
    blocks = [block for block in BLOCK.findall(page.read_text(encoding="utf-8")) if "NOPASSWD:" in block]
    if len(blocks) != 1:
        raise AssertionError(f"{page.name}: {len(blocks)} blocks with NOPASSWD: lines, wanted is one")
    return str(blocks[0])
