"""Where may a file lie that a task leaves beside its result? Where a file lies, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.edges.whole_file import BY_UMASK, is_file_or_free, replace_file
from agent.errors import AgentError

if TYPE_CHECKING:
    from pathlib import Path


def write_result(path: Path, content: bytes, *, mode: int | None = BY_UMASK) -> None:
    """Replace the file; its mode is that of any new file of this user, unless one is said.

    Raises:
        AgentError: something else than a file lies there (a link, a pipe, a device), or it cannot be written.

    """
    try:
        if not is_file_or_free(path):
            raise AgentError(
                f"{path}: not a regular file (no link is followed, no stream written to); choose another place"
            )
        replace_file(path, content, mode=mode)
    except OSError as error:
        raise AgentError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
