"""`python -m agent.lab`: a cluster to try things on, that ends with its command."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.edges.loader import load_estate
from agent.lab.processes import all_with

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "agent.lab", *words]


def refused(*words: str) -> tuple[int, str]:
    done = subprocess.run(command(*words), check=False, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@contextmanager
def lab_in(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command, and give it once it has said all that it says."""
    with subprocess.Popen(
        command("--folder", str(folder), *words),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as lab:
        try:
            assert lab.stdout is not None
            assert [lab.stdout.readline() for _ in range(3)] == [
                f"{folder}/inventory\n",
                f"Try: filestore-agent plan --inventory {folder}/inventory\n",
                "Ctrl-C ends all of it.\n",
            ]
            yield lab
        finally:
            lab.kill()


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_it_ends_everything_when_it_is_told_to(tmp_path: Path, ending: signal.Signals, code: int) -> None:
    folder = tmp_path / "lab"
    with lab_in(folder, "--nodes", "2") as lab:
        homes = [folder / f"jira-{number}" / "home" for number in (1, 2)]
        assert all(all_with(f"-Djira.home={home}") for home in homes)
        lab.send_signal(ending)
        assert lab.wait(20) == code
        assert all_with(f"{folder}/") == ()


def test_nothing_outlives_it_when_it_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    with lab_in(folder, "--nodes", "1") as lab:
        lab.kill()
    give_up = time.monotonic() + 20
    while all_with(f"{folder}/") and time.monotonic() < give_up:
        time.sleep(0.01)
    assert all_with(f"{folder}/") == ()


def test_its_inventory_names_the_token_only_when_asked(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    for words, named in (((), False), (("--rest",), True)):
        with lab_in(folder, "--nodes", "1", *words) as lab:
            assert bool(load_estate(folder / "inventory").clusters["lab"].jira.rest) is named
            lab.send_signal(signal.SIGINT)
            assert lab.wait(20) == 0


def test_a_folder_where_a_lab_runs_is_left_alone(tmp_path: Path) -> None:
    with lab_in(tmp_path / "lab", "--nodes", "1") as lab:
        code, said = refused("--folder", str(tmp_path / "lab"))
        assert (code, "a lab runs there" in said) == (1, True)
        assert lab.poll() is None
        assert all_with(f"-Djira.home={tmp_path}/lab/jira-1/home")


def test_a_folder_with_other_things_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("mine", encoding="utf-8")
    tmp_path.chmod(0o755)
    code, said = refused("--folder", str(tmp_path))
    assert (code, "other things lie there" in said) == (1, True)
    assert ([file.name for file in tmp_path.iterdir()], tmp_path.stat().st_mode & 0o777) == (["letters"], 0o755)
    assert refused("--folder", str(tmp_path / "letters"))[0] == 1


@pytest.mark.parametrize("words", [("--nodes", "0"), ("--nodes", "51"), ("--nodes", "many"), ("--node", "3", "x")])
def test_words_that_it_does_not_know_are_refused(words: tuple[str, ...]) -> None:
    assert refused(*words)[0] == 2
