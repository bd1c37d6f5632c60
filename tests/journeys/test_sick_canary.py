"""The first node does not come up: what is put back, what is kept, who is left alone, and what a user is told to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support import choosy
from tests.support.journey import SECOND

if TYPE_CHECKING:
    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd
DEPLOY = ("deploy-config", "--restart", "--yes")
OTHERS = tuple(f"jira-{number}" for number in range(2, 7))
DISLIKED = "<max-concurrency>50<"


def let_dislike(journey: Journey, text: str) -> None:
    """Give every node a start command that locks Jira where the file holds this text."""
    file = journey.lab.inventory / "lab.yml"
    said = file.read_text(encoding="utf-8")
    for node in journey.lab.nodes:
        plain = json.dumps(node.service("start"))
        assert plain in said
        said = said.replace(plain, json.dumps(choosy.before(node, text)))
    file.write_text(said, encoding="utf-8")


def halted_by_the_file(journey: Journey) -> None:
    """Deploy a file that Jira will not have, and see to it that the first node alone has felt it."""
    let_dislike(journey, DISLIKED)
    files, pids, starts = journey.files(), journey.pids(), journey.starts()
    code, told = journey.run(*DEPLOY)
    assert (code, told["outcome"], told["rollout"]["halted"]["node"]) == (3, "halted", "jira-1"), told
    assert journey.files() == files, "the canary has its earlier file again, and no other was touched"
    assert journey.lab.node("jira-1").state == "RUNNING"
    assert journey.starts() == {**starts, "jira-1": starts["jira-1"] + 2}
    assert {name: pid for name, pid in journey.pids().items() if name != "jira-1"} == {
        name: pid for name, pid in pids.items() if name != "jira-1"
    }
    cause = "an <s3-filestore> in filestore-config.xml lacks its config, bucket-name or region (certain)"
    assert [cause in line for line in told["stderr"].splitlines()].count(True) == 1, told["stderr"]
    assert told["next_command"].startswith("filestore-agent resume "), told


def test_a_canary_that_the_new_file_keeps_from_starting_gets_its_earlier_one_back_and_abort_ends_it(
    six: Journey,
) -> None:
    halted_by_the_file(six)
    pids = six.pids()
    six.done("abort", "--yes")
    assert six.pids() == pids, "all runs with what it had; nobody is restarted for that"
    assert six.remains() == {}
    six.declare(SECOND.replace("50", "100"))
    assert set(six.standings().values()) == {"CURRENT"}


def test_once_jira_takes_the_file_resume_brings_it_to_all(six: Journey) -> None:
    halted_by_the_file(six)
    six.declare_another(max_unavailable=2)
    six.done("resume", "--yes")
    assert set(six.standings().values()) == {"CURRENT"}
    assert six.remains() == {}


def test_a_bucket_that_denies_access_halts_with_the_file_kept_since_it_will_hit_every_node(six: Journey) -> None:
    six.declare_another_and_a_token()
    canary = six.lab.node("jira-1")
    canary.behave(s3_trouble="access-denied")
    pids = six.pids(*OTHERS)
    code, told = six.run(*DEPLOY)
    assert (code, told["rollout"]["halted"]["node"]) == (3, "jira-1"), told
    assert "Backup Filestore" in told["rollout"]["halted"]["reason"]
    assert "denie" in told["rollout"]["halted"]["reason"], told["rollout"]
    assert canary.state == "RUNNING"
    assert DISLIKED.encode() in canary.file.read_bytes(), "the file is not to blame and stays"
    assert six.pids(*OTHERS) == pids
    assert told["next_command"].startswith("filestore-agent resume "), told
    canary.behave_well()
    canary.stop_jira()
    canary.start_jira()
    mended = canary.pid
    six.done("resume", "--yes")
    assert canary.pid == mended, "a node that was seen to is not restarted again"
    assert set(six.standings().values()) == {"CURRENT"}


@pytest.mark.parametrize(
    ("habit", "cause"),
    [("out_of_memory", "Jira's heap is too small"), ("port_in_use", "a port that Jira needs is in use")],
)
def test_a_machine_that_cannot_hold_jira_halts_with_the_file_kept(deployed: Journey, habit: str, cause: str) -> None:
    deployed.declare(SECOND, ready_timeout="8s")
    canary = deployed.lab.node("jira-1")
    canary.behave(**{habit: True})
    pids = deployed.pids("jira-2", "jira-3")
    code, told = deployed.run(*DEPLOY)
    assert (code, told["rollout"]["halted"]["node"]) == (3, "jira-1"), told
    assert cause in told["rollout"]["halted"]["reason"], told["rollout"]
    assert DISLIKED.encode() in canary.file.read_bytes()
    assert deployed.pids("jira-2", "jira-3") == pids
    assert told["next_command"].startswith("filestore-agent resume "), told
    canary.behave_well()
    deployed.done("resume", "--yes")
    assert set(deployed.standings().values()) == {"CURRENT"}
