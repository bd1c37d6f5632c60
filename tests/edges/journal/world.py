"""A plan, its events, a journal of them, and disks that fail."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.rollout.events import (
    Act,
    MoveStarted,
    NodeClaimed,
    RolloutEnded,
)
from agent.edges.journal import Journal
from tests.core.planning.test_plan_json import PLAN as ANY_PLAN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.rollout.events import Event


PLAN = replace(ANY_PLAN, id="plan-1")
EVENTS: tuple[Event, ...] = (
    MoveStarted(act=Act.CLAIM, nodes=("jira-1",)),
    NodeClaimed(node="jira-1"),
    RolloutEnded(outcome="ok"),
)


def written(folder: Path) -> Path:
    with Journal.create(folder, PLAN) as journal:
        for event in EVENTS:
            journal.append(event)
    return journal.path


def failing(_descriptor: int) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def failing_with(number: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


def sealed(body: object) -> bytes:
    text = json.dumps(body).encode()
    return hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"
