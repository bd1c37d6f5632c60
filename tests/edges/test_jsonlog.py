"""The events file: one ASCII object per line, at once, after what was there before."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from agent.core.rollout.events import Act, MoveStarted, NodeSick, RolloutEnded
from agent.edges.jsonlog import event_file
from agent.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_each_event_is_on_the_disk_as_soon_as_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"

    with event_file(path) as tell:
        tell(MoveStarted(act=Act.STAGE, nodes=("jira-1",)))
        assert json.loads(path.read_text(encoding="ascii"))["nodes"] == ["jira-1"]
        tell(RolloutEnded(outcome="ok"))

    assert [json.loads(line)["event"] for line in path.read_text(encoding="ascii").splitlines()] == [
        "MoveStarted",
        "RolloutEnded",
    ]


def test_what_was_there_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for _ in range(2):
        with event_file(path) as tell:
            tell(RolloutEnded(outcome="ok"))

    assert len(path.read_text(encoding="ascii").splitlines()) == 2


def test_a_nodes_words_are_escaped_and_stay_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"

    with event_file(path) as tell:
        tell(NodeSick(node="jira-1", reason="\x1b]52;c;x\x07\u202e\udcff\nnext"))

    (line,) = path.read_text(encoding="ascii").splitlines()
    assert line.isprintable()
    assert json.loads(line)["reason"] == "\\x1b]52;c;x\\x07\\u202e\\udcff\nnext"


def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    with event_file(None) as tell:
        tell(RolloutEnded(outcome="ok"))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "missing folder", "fifo without a reader"])
def test_a_file_that_cannot_be_opened_is_refused_by_its_flag_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "events"
    if kind == "folder":
        path.mkdir()
    elif kind == "missing folder":
        path = path / "nosuch"
    else:
        os.mkfifo(path)

    with pytest.raises(InputError, match=f"--events {path}"), event_file(path):
        pass
