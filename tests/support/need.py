"""What a test needs of the machine: without it the test is skipped by name, and in CI it fails."""

from __future__ import annotations

import os
import shutil

import pytest


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """Mark a test that runs a program which a bare machine may lack."""
    return pytest.mark.skipif(_absent(program), reason=_reason(program, package))


def skip_without(program: str, package: str) -> None:
    """Skip the test that runs now, where a fixture of it needs the program."""
    if _absent(program):
        pytest.skip(_reason(program, package))


def _absent(program: str) -> bool:
    return shutil.which(program) is None and os.environ.get("FILESTORE_AGENT_REQUIRE") != "all"


def _reason(program: str, package: str) -> str:
    return f"{program} is not on this machine; install {package}"
