"""The README says what the code does."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from agent.edges.loader import load_estate
from agent.errors import EXIT_CODES, PRECEDENCE

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_exit_codes_is_the_codes_of_the_errors_module() -> None:
    rows = re.findall(r"^\| (\d+) \| ((?:`\w+`(?:, )?)+) \|", README, re.MULTILINE)
    told = {word: int(code) for code, words in rows for word in re.findall(r"`(\w+)`", words)}
    assert told == {str(outcome): code for outcome, code in EXIT_CODES.items()}


def test_the_precedence_is_the_one_of_the_errors_module() -> None:
    found = re.search(r"the first of ([\d, ]+)\.", README)
    assert found
    assert [int(code) for code in found[1].split(",")] == list(dict.fromkeys(EXIT_CODES[o] for o in PRECEDENCE))


def test_the_sudoers_lines_are_those_of_the_protocol() -> None:
    protocol = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    lines = re.findall(r"^ops ALL=.*$", protocol, re.MULTILINE)
    assert lines
    assert re.findall(r"^ops ALL=.*$", README, re.MULTILINE) == lines


def test_the_smallest_inventory_is_sound(tmp_path: Path) -> None:
    shown = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert shown
    (tmp_path / "prod.yml").write_text(textwrap.dedent("   " + shown[1].lstrip()), encoding="utf-8")
    estate = load_estate(tmp_path)
    assert (list(estate.clusters), estate.findings) == (["prod"], ())


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", README, re.MULTILINE)) <= targets
    assert {"demo", "test"} <= targets
