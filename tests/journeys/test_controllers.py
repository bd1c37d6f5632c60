"""Two controllers: at the same moment, or one that sleeps while another takes over. One writer, whatever happens."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import SECOND

if TYPE_CHECKING:
    from tests.support.controller import Controller
    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd
DEPLOY = ("deploy-config", "--restart", "--yes")


def test_of_controllers_that_start_at_the_same_moment_exactly_one_goes_on(deployed: Journey) -> None:
    racers = [deployed.at(f"workstation-{number}").start("deploy-config", "--yes") for number in range(4)]
    ended = [(racer.end(), racer.said, racer.output) for racer in racers]
    codes = sorted(code for code, _, _ in ended)
    assert codes[0] == 0, ended
    # Too late: nothing to do, a stale plan, or a look that fell into the other's commit: then nothing was begun.
    assert set(codes[1:]) <= {0, 6, 7, 8}, ended
    assert not [it for it in ended if it[0] == 8 and "locking" in it[1]], ended
    brought = [racer for racer in racers if "committing on jira-[1-3]" in racer.said]
    assert len(brought) == 1, [racer.said for racer in racers]
    assert deployed.remains() == {}
    assert set(deployed.standings().values()) == {"RESTART_PENDING"}


def test_a_second_deploy_is_refused_while_the_first_runs_and_names_who_holds_it(deployed: Journey) -> None:
    first = deployed.start(*DEPLOY)
    first.wait_for("jira-1: starting")
    first.send(signal.SIGSTOP)  # so that it cannot be over before the others have looked
    code, told = deployed.at("elsewhere").run(*DEPLOY)
    assert (code, told["outcome"]) == (6, "locked"), told
    code, told = deployed.run("resume", "--yes")
    assert (code, told["outcome"]) == (6, "locked"), told
    first.send(signal.SIGCONT)
    assert first.end() == 0, first.said
    assert set(deployed.standings().values()) == {"CURRENT"}


def asleep(journey: Journey, point: str) -> Controller:
    """Start a rollout, and stop its process when the second node is on its way."""
    journey.declare(SECOND, stop_timeout="5s")
    sleeper = journey.start(*DEPLOY)
    sleeper.wait_for(point)
    sleeper.send(signal.SIGSTOP)
    return sleeper


def assert_it_wakes_to_change_nothing(journey: Journey, sleeper: Controller, codes: set[int]) -> None:
    """It is refused by the nodes, says so, and touches nobody."""
    pids, files = journey.pids(), journey.files()
    sleeper.send(signal.SIGCONT)
    assert sleeper.end() in codes, sleeper.said
    assert "halted" in sleeper.said
    assert (journey.pids(), journey.files()) == (pids, files)
    assert set(journey.standings().values()) == {"CURRENT"}
    assert journey.remains() == {}


@pytest.mark.parametrize(("point", "codes"), [("jira-2: stopping", {6, 8}), ("jira-2: starting", {6, 8})])
def test_a_controller_that_slept_while_another_resumed_changes_nothing_any_more(
    deployed: Journey, point: str, codes: set[int]
) -> None:
    starts = deployed.starts()
    sleeper = asleep(deployed, point)
    deployed.at("elsewhere").done("resume", "--yes")
    assert_it_wakes_to_change_nothing(deployed, sleeper, codes)
    assert deployed.starts() == {name: count + 1 for name, count in starts.items()}


def test_a_controller_that_slept_while_the_lock_was_released_changes_nothing_any_more(deployed: Journey) -> None:
    sleeper = asleep(deployed, "jira-2: starting")
    elsewhere = deployed.at("elsewhere")
    elsewhere.done("lock", "--release", "--yes")
    for node in deployed.lab.nodes:  # the one that it had stopped is started by hand
        if node.pid is None:
            node.start_jira()
        node.wait_for("RUNNING")
    elsewhere.done(*DEPLOY)
    assert_it_wakes_to_change_nothing(deployed, sleeper, {6, 8})


@pytest.mark.parametrize("words", [("abort", "--yes"), ("resume", "--yes")], ids=lambda words: words[0])
def test_what_was_gone_on_with_and_rolled_back_elsewhere_is_over_here_too(
    deployed: Journey, words: tuple[str, ...]
) -> None:
    first = deployed.start(*DEPLOY)
    first.wait_for("staging on")
    assert first.kill()
    elsewhere = deployed.at("elsewhere")
    elsewhere.done("resume", "--yes")
    elsewhere.done("rollback", "--together", "--yes")
    files, pids = deployed.files(), deployed.pids()
    code, told = deployed.run(*words)
    # All is as it was before, so an abort has nothing to put back and may end well; a resume must be refused.
    assert code == 7 or (words[0] == "abort" and "nothing to put back" in told["summary"]), told
    assert (deployed.files(), deployed.pids()) == (files, pids)
