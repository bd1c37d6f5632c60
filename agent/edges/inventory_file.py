"""An inventory that is written for the first time: whole or not at all, and never over a file that is there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agent.edges.whole_file import FOR_EVERYONE, make_file
from agent.errors import AgentError, InputError

if TYPE_CHECKING:
    from pathlib import Path

_ENDINGS = (".yml", ".yaml")


def require_free(path: Path) -> None:
    """Insist that nothing lies at the place yet, before anything is connected.

    Raises:
        InputError: something does, the cluster has a file already, or the name is not that of a YAML file.

    """
    if path.suffix not in _ENDINGS:
        raise InputError(f"--out {path}: a cluster's file ends in .yml or .yaml; its name before that is the cluster's")
    if os.path.lexists(path):
        raise _taken(path)
    for twin in map(path.with_suffix, _ENDINGS):
        if os.path.lexists(twin):
            raise InputError(f"--out {path}: {twin.name} has the same name before its ending; name another file")


def write_new(path: Path, content: bytes) -> None:
    """Write a file that all may read, making its folder; the name is given to it last, and only if it is free.

    Raises:
        InputError: something lies at that place by now; it is as it was.
        AgentError: the folder or the file cannot be written.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path, content)
    except OSError as fault:
        raise AgentError(f"{path}: cannot be written ({fault.strerror}); choose another place with --out") from fault


def _make(path: Path, content: bytes) -> None:
    try:
        make_file(path, content, mode=FOR_EVERYONE)
    except FileExistsError as fault:
        raise _taken(path) from fault


def _taken(path: Path) -> InputError:
    return InputError(f"--out {path}: it is there already, and nothing is written over it; name another file")
