"""Events for scripts: one JSON object per line in a file of the user's choice, as they happen."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.core.rollout.events_json import to_json
from agent.core.text.printable import printable_value
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.core.rollout.events import Event


@contextmanager
def event_file(path: Path | None) -> Iterator[Callable[[Event], None]]:
    """Give a listener that appends to the file; without a path, one that does nothing.

    Raises:
        InputError: the file cannot be opened; nothing has happened yet.

    """
    if path is None:
        yield lambda _: None
        return
    try:
        # Not blocking: a FIFO that nobody reads must not hang the task.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        file = open(os.open(path, flags, 0o644), "w", encoding="ascii")  # noqa: PTH123, SIM115 - a descriptor; below
    except OSError as error:
        raise InputError(f"--events {path}: {error.strerror}; name a file that can be written") from error
    with file:

        def write(event: Event) -> None:
            file.write(json.dumps(printable_value(to_json(event)), ensure_ascii=True) + "\n")
            file.flush()

        yield write
