"""A small copy of what CI checks out, whose make runs this program without having to install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.command_line import INVENTORY, write_inventory

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
NEEDED = ("Makefile", "pyproject.toml", "requirements-dev.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A folder with Makefile and inventory; VENV names a folder that looks installed."""

    folder: Path

    @property
    def build(self) -> Path:
        return self.folder / "build"

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run lines of a shell as a CI's runner does: from the first that fails nothing more is run."""
        return subprocess.run(
            ["/bin/bash", "-e", "-o", "pipefail", "-c", script], cwd=self.folder, check=False, capture_output=True,
            text=True, timeout=120, env=self.environment(variables),
        )  # fmt: skip

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return a runner's variables: hardly any, no key among them."""
        paths = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "VENV": str(self.folder / "venv")}
        return {**paths, "CI": "true", **variables}


def checkout(folder: Path, program: str = f'exec "{sys.executable}" -m agent "$@"', text: str = INVENTORY) -> Checkout:
    """Lay a checkout; program is what stands for the installed command, as lines of sh."""
    folder.mkdir(exist_ok=True)
    for name in NEEDED:
        shutil.copy(ROOT / name, folder / name)
    write_inventory(folder, prod=text)
    binaries = folder / "venv" / "bin"
    binaries.mkdir(parents=True)
    script = binaries / "filestore-agent"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}"\nexport PYTHONPATH\n{program}\n', encoding="utf-8")
    script.chmod(0o755)
    ready = folder / "venv" / ".ready"
    ready.touch()
    os.utime(ready, (4_000_000_000, 4_000_000_000))
    return Checkout(folder=folder)
