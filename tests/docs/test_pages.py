"""The pages agree with the program and with each other: commands, flags, links, codes, inventories, decisions."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from agent.edges.loader import load_estate
from agent.errors import EXIT_CODES
from agent.flags import CONFIRM, OVERRIDES, POLICY, ROLLOUT, SAVED, SHAPE
from agent.tasks import namespace
from tests.command_line import INVENTORY

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "examples", "inventory", "templates")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
WORDS_OF_ALL = {"help"}
"""The flags that the program itself has for every task."""


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def without_code(text: str) -> str:
    """Leave out fences, and what stands between backticks: no link of ours stands there."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def links_of(page: Path) -> list[str]:
    return [it for it in re.findall(r"\]\(([^)\s]+)\)", without_code(text_of(page))) if "://" not in it]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page: lower case, blanks as hyphens, no other signs."""
    headings = re.findall(r"^#{1,6} (.+?)\s*$", FENCE.sub("", text_of(page)), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def commands_of(page: Path) -> list[tuple[str, list[str]]]:
    """Return each command line of a page's fences, as the task and its words."""
    fences = "\n".join(body for _, _, body in FENCE.findall(text_of(page)))
    lines = re.findall(r"^ *(?:\$ )?filestore-agent ([a-z].*)$", fences, re.MULTILINE)
    return [(words[0], words[1:]) for words in (shlex.split(line, comments=True) for line in lines)]


def spoken_of(page: Path) -> list[str]:
    """Return what a page's sentences and tables have between backticks."""
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", text_of(page)))


def flags_of(task: str) -> set[str]:
    return {flag.name for flag in namespace.tasks[task].flags} | WORDS_OF_ALL


def flags_in(words: list[str]) -> set[str]:
    return {word.removeprefix("--").partition("=")[0] for word in words if re.match(r"--[a-z]", word)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_page_and_to_a_heading_of_it(page: Path) -> None:
    for link in links_of(page):
        target, _, anchor = link.partition("#")
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), link
        assert not anchor or there.suffix != ".md" or anchor in anchors_of(there), link


def test_what_the_pages_link_to_is_in_the_source_archive() -> None:
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packed = set(facts["tool"]["hatch"]["build"]["targets"]["sdist"]["include"])
    shown = [page for page in PAGES if page.relative_to(ROOT).parts[0] in packed]
    targets = [(page, link.partition("#")[0]) for page in shown for link in links_of(page)]
    found = {(page.parent / target).resolve().relative_to(ROOT).parts[0] for page, target in targets if target}
    assert {"docs", "examples", "inventory"} <= found
    assert found <= packed


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_line_has_a_task_and_flags_of_that_task(page: Path) -> None:
    for task, words in commands_of(page):
        assert task in namespace.tasks, task
        assert flags_in(words) <= flags_of(task), (task, words)


def test_the_readme_shows_commands_at_all() -> None:
    shown = {task for task, _ in commands_of(ROOT / "README.md")}
    assert {"validate", "doctor", "plan", "deploy-config"} <= shown


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_spoken_of_as_a_task_with_flags_is_one(page: Path) -> None:
    for words in (spoken.split() for spoken in spoken_of(page)):
        words = words[words[0] == "filestore-agent" :]  # noqa: PLW2901 - the program's own name says nothing
        if len(words) > 1 and words[0] in namespace.tasks:
            assert flags_in(words) <= flags_of(words[0]), words


def test_every_flag_that_the_readme_and_the_rollouts_page_speak_of_is_one_of_the_program() -> None:
    known = {flag.name for task in namespace.tasks.values() for flag in task.flags} | WORDS_OF_ALL
    for page in (ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "docs/rollout.md", ROOT / "docs/concepts.md"):
        flags = [flags_in([word]) for spoken in spoken_of(page) for word in spoken.split() if word.startswith("--")]
        assert set().union(*flags) <= known, page


def test_the_readme_has_a_row_for_every_task_but_the_demo() -> None:
    rows = re.findall(r"^\| ((?:`[a-z0-9-]+`(?:, )?)+) \| ", README.partition("## The tasks")[2], re.MULTILINE)
    told = [task for row in rows for task in re.findall(r"`([a-z0-9-]+)`", row) if task in namespace.tasks]
    assert sorted(told) == sorted(set(namespace.tasks) - {"demo"})


def test_the_flags_of_one_rollout_are_those_of_both_tasks_that_restart() -> None:
    table = README.partition("for one rollout by flags:")[2].partition("\n\n**")[0]
    told = set(re.findall(r"`--([a-z-]+)", table))
    assert "max-unavailable" in told
    assert told <= flags_of("deploy-config") & flags_of("rolling-restart")


def test_the_ways_on_after_a_halt_are_told_with_codes_that_there_are() -> None:
    table = README.partition("## When it stops half-way")[2].partition("\n- ")[0]
    codes = [int(code) for cell in re.findall(r"^\| (\d[^|]*)\|", table, re.MULTILINE) for code in _codes(cell)]
    assert sorted(codes) == [3, 3, 4, 6, 7, 8, 130]
    assert set(codes) <= set(EXIT_CODES.values())
    assert {"resume", "abort", "lock", "status", "plan", "doctor"} <= set(re.findall(r"`([a-z]+)`", table))


def _codes(cell: str) -> list[str]:
    return re.findall(r"\b\d+\b", cell)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_inventory_on_a_page_is_sound(page: Path, tmp_path: Path) -> None:
    """A page may show a part: what it leaves out comes from the defaults that lie under it."""
    for number, (indent, kind, body) in enumerate(FENCE.findall(text_of(page))):
        if kind != "yaml":
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        lines = [line.removeprefix(indent) for line in body.splitlines()]
        (folder / "defaults.yml").write_text(INVENTORY, encoding="utf-8")
        (folder / "prod.yml").write_text("\n".join([*lines, ""]), encoding="utf-8")
        estate = load_estate(folder)
        assert (list(estate.clusters), estate.findings) == (["prod"], ())


def test_decisions_are_numbered_without_gaps_and_those_that_are_superseded_say_by_which() -> None:
    notes = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(note.name[:4]) for note in notes] == list(range(1, len(notes) + 1))
    superseded = [note for note in notes if "Superseded by" in text_of(note)]
    assert [note.name[:4] for note in superseded] == ["0004"]
    assert all(re.search(r"Superseded by \[\d{4}\]\(\d{4}-", text_of(note)) for note in superseded)


def test_the_changelog_keeps_its_form() -> None:
    log = text_of(ROOT / "CHANGELOG.md")
    assert re.findall(r"^## (.+)$", log, re.MULTILINE)[0] == "[Unreleased]"
    assert re.findall(r"^### (.+)$", log, re.MULTILINE) == ["Added", "Changed", "Know before you use it"]


def test_every_flag_that_makes_a_rollout_another_one_is_told_of_on_some_page() -> None:
    told = "".join(text_of(page) for page in PAGES)
    flags = {flag.name for flag in (*OVERRIDES, *SHAPE, *POLICY, ROLLOUT, SAVED, CONFIRM)}
    assert {flag for flag in flags if f"--{flag}" not in told} == set()
