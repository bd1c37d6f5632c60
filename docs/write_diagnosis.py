"""Write docs/diagnosis.md from the table of causes; run it after a change there: python docs/write_diagnosis.py."""

# ruff: noqa: INP001 - a script beside the page that it writes, part of no package

from __future__ import annotations

from pathlib import Path

from agent.core.diagnosis.page import page


def main() -> None:
    """Write the page beside this file."""
    (Path(__file__).resolve().parent / "diagnosis.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
