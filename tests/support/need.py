"""What a test needs of the machine: without it the test is skipped by name, and in CI it fails."""

from __future__ import annotations

import os
import shutil

import pytest


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """Mark a test that runs a program which a bare machine may lack."""
    absent = shutil.which(program) is None and os.environ.get("FILESTORE_AGENT_REQUIRE") != "all"
    return pytest.mark.skipif(absent, reason=f"{program} is not on this machine; install {package}")
