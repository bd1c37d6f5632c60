"""Write docs/rules from the rule book; run it after a change of the rules: python docs/write_rules.py."""

# ruff: noqa: INP001 - a script beside the pages that it writes, part of no package

from __future__ import annotations

from pathlib import Path

from agent.core.rules.pages import pages


def main() -> None:
    """Write each page beside this file, in rules/."""
    folder = Path(__file__).resolve().parent / "rules"
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
