"""Write the pipelines of docs/ci.md from the templates; run it after a change of them: python docs/write_ci.py."""

# ruff: noqa: INP001 - a script beside the page that it writes, part of no package

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.core.scheduling.job import Job
from agent.core.scheduling.pipelines import github_actions, gitlab_ci
from agent.edges.templates import schedule_templates

if TYPE_CHECKING:
    from agent.core.scheduling.job import Piece

PAGE = Path(__file__).resolve().parent / "ci.md"
JOB = Job(program=(), inventory="clusters", clusters=("prod",), every=3600, host="")
"""What the page says: `--inventory clusters --cluster prod --every 1h`."""


def pieces() -> tuple[Piece, ...]:
    """Return the pipelines as `schedule` makes them now."""
    templates = schedule_templates()
    return (*github_actions(JOB, templates), *gitlab_ci(JOB, templates))


def written(page: str) -> str:
    """Return the page with each pipeline between its own two markers; what stands around them stays."""
    for piece in pieces():
        begin, end = f"<!-- {piece.place}, by docs/write_ci.py -->\n", f"<!-- the end of {piece.place} -->"
        before, marker, rest = page.partition(begin)
        _, closing, behind = rest.partition(end)
        if not marker or not closing:
            raise SystemExit(f"{PAGE.name}: the markers are not there; put them back: {begin}{end}")
        page = f"{before}{begin}\n```yml\n{piece.text}```\n\n{end}{behind}"
    return page


def main() -> None:
    """Write the page."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
