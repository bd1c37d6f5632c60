from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.judging.sight import SilenceKind
from agent.core.observation import IndexSummary, Member, Observation, RestView
from agent.core.planning.members import stand_ins, strangers
from agent.core.planning.plan import Shape
from tests.core.planning.test_guards import CURRENT, DRIFTED, against, judged
from tests.core.sightings import document, down, file_of

ONE, TWO = "node1", "node2"


def member(node_id: str, state: str = "ACTIVE", *, alive: bool = True) -> Member:
    return Member(node_id=node_id, state=state, alive=alive)


BOTH = (member(ONE), member(TWO))


def telling(seen: Observation, node_id: str | None, *members: Member, upgrade: str | None = "STABLE") -> Observation:
    """A node that was asked for Jira's pages, and how it lists the cluster."""
    index = IndexSummary(node_id=node_id, readable=True, in_database=1, in_index=1, queued=0)
    rest = RestView(members=members or None, index=index, upgrade=upgrade)
    return replace(seen, node_id=node_id, rest=rest)


def found(*seen: Observation | SilenceKind, shape: Shape = Shape.ROLLING) -> list[tuple[str, tuple[str, ...]]]:
    return [(it.code, it.flags) for it in against(*seen, shape=shape)]


def test_a_cluster_that_sees_what_we_see_says_nothing_against_it() -> None:
    assert found(telling(DRIFTED, ONE, *BOTH), telling(DRIFTED, TWO, *BOTH)) == []
    assert found(replace(DRIFTED, node_id=ONE), replace(DRIFTED, node_id=TWO)) == []


@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING])
def test_a_member_that_the_inventory_lacks_is_named_with_its_state(shape: Shape) -> None:
    other = member("node9")
    (objection,) = against(telling(DRIFTED, ONE, *BOTH, other), telling(DRIFTED, TWO, *BOTH, other), shape=shape)

    assert (objection.code, objection.flags) == ("unknown-member", ("--allow-partial",))
    assert objection.sentence.startswith(
        "node9: the cluster lists this node (ACTIVE, alive) and the inventory lacks it"
    )
    assert "go on with the file that it has" in objection.sentence


def test_a_dead_member_that_the_inventory_lacks_counts_as_down() -> None:
    other = member("node\x1b9", "OFFLINE", alive=False)
    (objection,) = against(telling(DRIFTED, ONE, *BOTH, other), telling(DRIFTED, TWO, *BOTH))

    assert objection.sentence.startswith("node\\x1b9: the cluster lists this node (OFFLINE, not alive)")
    assert "it counts as down" in objection.sentence


def test_a_node_that_was_not_seen_accounts_for_one_member_and_first_for_a_dead_one() -> None:
    dead, alive = member("node8", alive=False), member("node3")
    judgements = judged(telling(CURRENT, ONE, member(ONE), alive, dead), SilenceKind.UNREACHABLE)

    assert stand_ins(judgements) == (dead,)
    assert strangers(judgements) == (alive,)
    assert strangers(judged(telling(CURRENT, ONE, member(ONE), alive), SilenceKind.UNREACHABLE)) == ()
    assert strangers(judged(telling(CURRENT, ONE, member(ONE), alive), replace(CURRENT, node_id=None))) == ()


@pytest.mark.parametrize(
    ("listed", "word"),
    [(member(TWO, alive=False), "ACTIVE, not alive"), (member(TWO, "PASSIVE"), "PASSIVE, alive"), (None, "not listed")],
)
def test_a_node_that_says_running_and_is_not_in_the_cluster_stops_every_restart(
    listed: Member | None, word: str
) -> None:
    seen = (telling(DRIFTED, ONE, *filter(None, (member(ONE), listed))), telling(DRIFTED, TWO, *BOTH[1:], *BOTH[:1]))
    seen = seen if listed else (seen[0], replace(seen[1], rest=None))
    (objection,) = against(*seen, shape=Shape.ROLLING)

    assert (objection.code, objection.flags) == ("not-in-cluster", ())
    assert objection.sentence.startswith("jira-2: its own status page says RUNNING")
    assert word in objection.sentence
    assert "five minutes" in objection.sentence
    assert found(*seen, shape=Shape.COMMIT) == []


def test_where_the_nodes_lists_differ_the_worse_word_counts() -> None:
    good, bad = RestView(members=BOTH), RestView(members=(member(ONE), member(TWO, alive=False)))

    for first, second in ((good, bad), (bad, good)):
        seen = (replace(DRIFTED, node_id=ONE, rest=first), replace(DRIFTED, node_id=TWO, rest=second))
        assert found(*seen) == [("not-in-cluster", ())]


def test_a_node_that_is_down_may_be_missing_from_the_cluster() -> None:
    gone = replace(down(file_of(document(concurrency=7))), node_id=TWO)

    assert found(telling(DRIFTED, ONE, member(ONE), member(TWO, alive=False)), gone) == []


def test_an_upgrade_under_way_is_told_once_for_all_nodes() -> None:
    seen = [telling(DRIFTED, name, *BOTH, upgrade="MIXED") for name in (ONE, TWO)]
    (objection,) = against(*seen, shape=Shape.ROLLING)

    assert (objection.code, objection.flags) == ("upgrade", ("--without-rest",))
    assert objection.sentence.startswith("jira-[1-2]: a zero-downtime upgrade of Jira is under way (MIXED)")
    assert found(*seen, shape=Shape.COMMIT) == []


def test_pages_that_are_refused_name_the_cure_and_the_flag() -> None:
    refused = replace(DRIFTED, node_id=ONE, rest=RestView(faults=("members: HTTP 401\x1b",)))
    (objection,) = against(refused, telling(DRIFTED, TWO, *BOTH), shape=Shape.ROLLING)

    assert (objection.code, objection.flags) == ("rest-refused", ("--without-rest",))
    assert objection.sentence.startswith("jira-1: its REST pages cannot be read (members: HTTP 401\\x1b)")
    assert "jira.rest.token" in objection.sentence
    assert found(refused, telling(DRIFTED, TWO, *BOTH), shape=Shape.COMMIT) == []


def test_a_node_that_is_down_refuses_no_pages() -> None:
    mute = replace(down(file_of(document(concurrency=7))), rest=RestView(faults=("members: no HTTP answer",)))

    assert found(mute, telling(DRIFTED, TWO, *BOTH)) == []


def test_a_status_address_that_another_node_answers_is_found() -> None:
    other = telling(DRIFTED, ONE, *BOTH)
    (objection,) = against(replace(other, node_id=TWO), replace(CURRENT, node_id=ONE))

    assert (objection.code, objection.flags) == ("other-node", ())
    assert objection.sentence.startswith("jira-1: its status address is answered by node node1, not by node2")
