"""Why a node did not come up: its log's word beside the verdict; what is blamed is our file, or nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.observation import HealthCheck, LogExcerpt, RestView
from agent.core.rollout.diagnosed import diagnosis_of
from agent.core.rollout.table import StepState
from tests.core.rollout.situations import MARK, at, look

if TYPE_CHECKING:
    from agent.core.rollout.events import NodeDiagnosed

BLAME = "2026-01-01 00:00:00,000 localhost-startStop-1 ERROR Couldn't parse filestore-config.xml"
LOCKED = look(code=500, state="ERROR")


def diagnose(*lines: str, excerpt: bool = True, rest: RestView | None = None, **facts: Any) -> NodeDiagnosed:
    progress = at(StepState.SICK, **{"wrote": True, "started": True, "log": MARK, **facts})
    return diagnosis_of(progress, replace(LOCKED, excerpt=LogExcerpt(lines=lines) if excerpt else None, rest=rest))


def test_a_log_that_blames_the_file_that_we_wrote_blames_it() -> None:
    found = diagnose(BLAME)
    assert (found.node, found.code, found.blames_config) == ("jira-1", "file-not-parsed", True)
    assert (found.confidence, found.sentence) == ("certain", "Jira could not parse filestore-config.xml")
    assert "parse filestore-config.xml" in found.line
    assert "validate" in found.hint


def test_a_file_that_is_not_ours_is_not_blamed() -> None:
    assert not diagnose(BLAME, wrote=False).blames_config


def test_without_the_place_where_the_log_ended_it_is_possible_at_most() -> None:
    found = diagnose(BLAME, log=None)
    assert (found.blames_config, found.confidence) == (False, "possible")


@pytest.mark.parametrize("log", [MARK, None])
@pytest.mark.parametrize("excerpt", [True, False])
def test_a_log_that_says_nothing_is_unknown_with_or_without_that_place(log: object, excerpt: bool) -> None:  # noqa: FBT001 - a column
    found = diagnose(excerpt=excerpt, log=log)
    assert (found.code, found.confidence, found.blames_config) == ("unknown", "unknown", False)


def test_a_log_that_could_not_be_read_says_so() -> None:
    found = diagnosis_of(at(StepState.SICK), "timed out")
    assert (found.code, found.confidence, found.blames_config) == ("unread", "", False)
    assert found.sentence == "its log could not be read (timed out)"


def test_a_failing_check_speaks_where_the_node_serves() -> None:
    failing = HealthCheck(name="Backup Filestore", healthy=False, reason="Unable to write to backup storage")
    progress = at(StepState.SICK, wrote=True, log=MARK, check=failing)
    found = diagnosis_of(progress, look(excerpt=LogExcerpt()))
    assert (found.code, found.blames_config) == ("backups-not-writable", False)
    assert diagnosis_of(at(StepState.SICK, wrote=True, log=MARK), look(excerpt=LogExcerpt())).code == "unknown"
