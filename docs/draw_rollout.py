"""Draw the diagrams of docs/rollout.md from the tables; run it after a change of them: python docs/draw_rollout.py."""

# ruff: noqa: INP001 - a script beside the page that it writes, part of no package

from __future__ import annotations

from pathlib import Path

from agent.core.rollout.table import draw

PAGE = Path(__file__).resolve().parent / "rollout.md"
MARKER = "<!-- What follows is drawn by docs/draw_rollout.py from agent/core/rollout/table.py; a test compares it. -->"
END = "<!-- The end of what is drawn. -->"


def drawn(page: str) -> str:
    """Return the page with the diagrams as the tables are now; what stands around them stays."""
    before, marker, rest = page.partition(MARKER)
    _, end, behind = rest.partition(END)
    if not marker or not end:
        raise SystemExit(f"{PAGE.name}: the markers of the diagrams are not there; put them back: {MARKER} {END}")
    return f"{before}{MARKER}\n\n{draw()}\n{END}{behind}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
