"""What is installed from the wheel works on its own, in a folder with nothing but an inventory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an empty venv: our code from the wheel, the libraries lent by this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(
        ROOT, source, ignore=shutil.ignore_patterns(".git", ".venv", "build", "dist", ".*_cache", "__pycache__")
    )
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    wheel = next(folder.glob("*.whl"))
    home = folder / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    packages = next((home / "lib").glob("python*")) / "site-packages"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            str(folder / "ours"),
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    # Ours comes before the lent libraries, whose folder holds a link to the checkout.
    (packages / "paths.pth").write_text(f"{folder / 'ours'}\n{sysconfig.get_paths()['purelib']}\n")
    script = home / "bin" / "filestore-agent"
    script.write_text(f"#!{home}/bin/python\nfrom agent.tasks import main\nmain()\n")
    script.chmod(0o755)
    return script


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an inventory and nothing else."""
    (tmp_path / "inventory").mkdir()
    shutil.copy(ROOT / "inventory" / "example.yml", tmp_path / "inventory" / "prod.yml")
    return tmp_path


def test_validate_works_without_a_checkout(command: Path, folder: Path) -> None:
    done = subprocess.run([command, "validate", "--json"], cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["clusters"] == ["prod"]


def test_the_template_comes_out_of_the_wheel(command: Path, folder: Path) -> None:
    done = subprocess.run(
        [command, "render", "--limit", "jira-4.example.com"], cwd=folder, check=False, capture_output=True, text=True
    )
    assert done.stdout.startswith('<?xml version="1.1" ?>\n<filestore-config>\n'), done.stdout + done.stderr


def test_the_code_is_the_wheels_not_the_checkouts(command: Path, folder: Path) -> None:
    done = subprocess.run(
        [command.parent / "python", "-c", "import agent; print(agent.__file__)"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    assert str(ROOT) not in done.stdout


def test_the_templates_of_the_schedulers_come_out_of_the_wheel(command: Path, folder: Path) -> None:
    for scheduler in ("systemd", "cron", "github-actions", "gitlab-ci"):
        done = subprocess.run(
            [command, "schedule", f"--{scheduler}"], cwd=folder, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "filestore-agent" in done.stdout
