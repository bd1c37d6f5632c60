"""The forecast: from the cluster's own past, shown in the plan and while waiting; a damaged past hinders nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act, NodeAwaited, NodeClaimed
from agent.errors import Outcome
from agent.node.memory.machine import Temper
from agent.operations.history import history
from agent.operations.plan import plan
from agent.operations.proposal.foretelling import Waiting, foretold
from tests.core.planning.test_plan_json import PLAN
from tests.operations.contract import as_json
from tests.operations.rollouts import last_plan, roll_back, roll_out, tuned
from tests.operations.world import HURRIED, OTHER_BUCKET, QuickClock, Yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report
    from agent.operations.world import World


class MovingClock(QuickClock):
    """A clock whose waits take no time, and whose date moves on with them."""

    def now_iso(self) -> str:
        """Return the moment that has come by all waits."""
        moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC) + timedelta(seconds=self.monotonic())
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def slow(tmp_path: Path) -> tuple[Yard, World]:
    """Return nodes that take minutes to start, and a world in which that can be seen."""
    there = tuned(tmp_path, Temper(warm_up=("STARTING",) * 300))
    there.rewrite(there.inventory.joinpath("prod.yml").read_text().replace("ready-timeout: 1m", "ready-timeout: 1h"))
    return there, replace(there.world(), clock=MovingClock())


def planned(there: Yard, world: World) -> Report:
    """Return the plan that there is now."""
    report = plan(world, there.choice(), template=None, shape=Shape.ROLLING, said=frozenset({"--restart"}))
    as_json(report)
    return report


def test_without_a_past_the_plan_says_that_nothing_is_known(tmp_path: Path) -> None:
    there, world = slow(tmp_path)

    report = planned(there, world)

    assert as_json(report)["forecast"] == [
        "how long it takes here is not known yet: no past rollout of this cluster tells"
    ]


def test_the_past_is_shown_in_the_next_plan_and_while_waiting(tmp_path: Path) -> None:
    there, world = slow(tmp_path)
    assert roll_out(there, world=world).outcome is Outcome.OK
    assert not any("usually" in line for line in there.told)
    there.told.clear()
    there.rewrite(OTHER_BUCKET + HURRIED.replace("ready-timeout: 1m", "ready-timeout: 1h"))

    forecast = as_json(planned(there, world))["forecast"]
    assert forecast[0].startswith("a restart takes about 5m")
    assert forecast[1].startswith("the whole rollout about")

    roll_out(there, world=world)
    assert any("usually 5m" in line for line in there.told)


def test_a_plan_that_does_nothing_needs_no_forecast(tmp_path: Path) -> None:
    there, world = slow(tmp_path)
    roll_out(there, world=world)

    assert as_json(planned(there, world))["forecast"] == []


@pytest.mark.parametrize("content", [b"", b"\x00" * 99, b"{}\n", b"half a line"])
def test_a_damaged_journal_tells_nothing_and_hinders_nobody(tmp_path: Path, content: bytes) -> None:
    there, world = slow(tmp_path)
    roll_out(there, world=world)
    journal = there.folder / "state" / "rollouts" / "prod" / f"{last_plan(there)}.jsonl"
    journal.write_bytes(content)
    there.rewrite(OTHER_BUCKET + HURRIED.replace("1m", "1h"))

    assert "not known yet" in as_json(planned(there, world))["forecast"][0]
    assert roll_out(there, world=world).outcome is Outcome.OK


def test_a_folder_that_others_may_enter_foretells_nothing(tmp_path: Path) -> None:
    there, world = slow(tmp_path)
    roll_out(there, world=world)
    (there.folder / "state" / "rollouts" / "prod").chmod(0o777)
    there.rewrite(OTHER_BUCKET + HURRIED)

    assert "not known yet" in as_json(planned(there, world))["forecast"][0]


def test_only_waiting_is_commented_upon(tmp_path: Path) -> None:
    there, world = slow(tmp_path)
    waiting = Waiting.for_cluster(world, "prod")
    awaited = NodeAwaited(act=Act.START, node="jira-1", state="starting", seconds=60.0, limit=90.0)

    assert waiting.words(NodeClaimed(node="jira-1")) == ""
    assert waiting.words(awaited) == ""

    roll_out(there, world=world)
    assert Waiting.for_cluster(world, "prod").words(awaited).startswith(" (usually ")


def test_another_cluster_has_another_past(tmp_path: Path) -> None:
    there, world = slow(tmp_path)
    roll_out(there, world=world)
    there.rewrite(OTHER_BUCKET + HURRIED)
    shown = plan(world, there.choice(), template=None, shape=Shape.COMMIT, said=frozenset({"--no-restart"}))
    assert as_json(shown)["forecast"]

    assert "not known yet" in foretold(world, replace(PLAN, cluster="test"))[0]


def test_history_tells_of_everything_after_a_deploy_and_its_rollback(tmp_path: Path) -> None:
    there, world = slow(tmp_path)
    roll_out(there, world=world)
    deployed = last_plan(there)
    roll_back(there, world=world)
    undoing = last_plan(there)

    report = history(world, there.choice(), rollout=None, last=9)

    as_json(report)
    text = "\n".join(line.text for line in report.lines)
    assert deployed in text
    assert undoing in text
    for name in (deployed, undoing):
        one = history(world, there.choice(), rollout=name, last=9)
        as_json(one)
        other = undoing if name == deployed else deployed
        assert other in "\n".join(line.text for line in one.lines)
