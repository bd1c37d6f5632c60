"""What `schedule` writes really runs drift: each way to start the program, as systemd and cron would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.command_line import INVENTORY, write_inventory
from tests.support.need import needs
from tests.support.scheduled import DRIFT_FLAGS, run_alone
from tests.support.systemd import commands_of, complaints_about

ROOT = Path(__file__).parents[2]
NOBODY = INVENTORY.replace('"jira-[1-3]": {}', "jira-1: {address: 127.0.0.1, port: 1}")
"""A sound inventory of a node at which nobody answers."""
ON_CHANGE = pytest.mark.skipif("on-change" not in DRIFT_FLAGS, reason="drift has no --on-change yet")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command as pip leaves it in a venv, whose folder has a blank in its name."""
    home = tmp_path_factory.mktemp("a venv")
    venv.create(home, with_pip=False, symlinks=True)
    packages = next((home / "lib").glob("python*")) / "site-packages"
    (packages / "paths.pth").write_text(f"{ROOT}\n" + "".join(f"{it}\n" for it in sys.path if "site-packages" in it))
    script = home / "bin" / "filestore-agent"
    # As pip writes it where the interpreter's path cannot stand in the first line.
    script.write_text(
        f"#!/bin/sh\n'''exec' '{home}/bin/python' \"$0\" \"$@\"\n' '''\nfrom agent.__main__ import main\nmain()\n"
    )
    script.chmod(0o755)
    return script


def ways(installed: Path) -> dict[str, list[str]]:
    """Each way to start the program, from the checkout."""
    return {
        "installed": [str(installed)],
        "module": [sys.executable, "-m", "agent"],
        "fab": [str(Path(sys.executable).with_name("fab"))],
    }


def made(words: list[str], inventory: Path, out: Path, *flags: str) -> list[Path]:
    """Let the program write its files, from within the checkout."""
    done = subprocess.run(
        [*words, "schedule", *flags, "--inventory", str(inventory), "--out", str(out), "--json"],
        check=True, capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(out / "state")},
    )  # fmt: skip
    return [Path(file["path"]) for file in json.loads(done.stdout)["files"]]


@needs("systemd-analyze", "systemd")
@pytest.mark.parametrize("way", ["installed", "module", "fab"])
def test_what_the_unit_starts_is_this_program_on_these_files(installed: Path, tmp_path: Path, way: str) -> None:
    inventory = write_inventory(tmp_path, prod=NOBODY)
    service, timer = made(ways(installed)[way], inventory, tmp_path / "100% out", "--systemd", "--user", "ops")
    assert complaints_about(service, timer) == ""
    (command,) = commands_of(service)
    # What is installed beside it in the same environment may be another copy of the package.
    assert command[0] == str(installed) if way == "installed" else f"PYTHONPATH={ROOT}" in command
    reached = run_alone(command, tmp_path)
    assert reached.returncode == 4, reached.stdout + reached.stderr
    assert "UNREACHABLE" in reached.stdout
    write_inventory(tmp_path, prod=NOBODY.replace("jira:", "jra:", 1))
    assert run_alone(command, tmp_path).returncode == 5


@ON_CHANGE
@pytest.mark.parametrize("way", ["installed", "module", "fab"])
def test_what_cron_runs_speaks_once_and_then_only_when_the_state_changes(
    installed: Path, tmp_path: Path, way: str
) -> None:
    inventory = write_inventory(tmp_path, prod=NOBODY)
    (file,) = made(ways(installed)[way], inventory, tmp_path / "out", "--cron")
    command = file.read_text(encoding="utf-8").splitlines()[-1].split(" ", 5)[5].replace("\\%", "%")
    told = [run_alone(["/bin/sh", "-c", command], tmp_path) for _ in range(2)]
    assert [it.returncode for it in told] == [4, 4]
    assert "UNREACHABLE" in told[0].stdout
    assert told[1].stdout + told[1].stderr == ""
    write_inventory(tmp_path, prod=NOBODY.replace("jira:", "jra:", 1))
    assert run_alone(["/bin/sh", "-c", command], tmp_path).stdout


@pytest.mark.parametrize("folder", ["agent", "."])
def test_no_folder_that_it_starts_in_takes_the_programs_place(installed: Path, tmp_path: Path, folder: str) -> None:
    inventory = write_inventory(tmp_path, prod=NOBODY)
    (file,) = made(ways(installed)["module"], inventory, tmp_path / "out", "--cron")
    command = file.read_text(encoding="utf-8").splitlines()[-1].split(" ", 5)[5].partition(" drift ")[0]
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "__init__.py").touch()
    (tmp_path / folder / "agent.py").write_text("raise SystemExit(99)\n")
    done = subprocess.run(["/bin/sh", "-c", f"{command} --version"], cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 0
