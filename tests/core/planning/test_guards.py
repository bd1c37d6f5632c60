from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.judging.sight import SilenceKind
from agent.core.judging.standing import Judgement, judge
from agent.core.observation import FileFacts, FileKind, HomeFacts, LockHolder, Observation, Presence, Process
from agent.core.planning.budget import Budget
from agent.core.planning.guards import Objection, objections, standing_after
from agent.core.planning.make_plan import make_plan, restart_plan, restart_plan_for_everyone
from agent.core.planning.plan import Patience, Plan, Shape
from tests.core.sightings import (
    BOOT,
    STARTED,
    Parts,
    document,
    file_of,
    loaded,
    look,
    mark,
    observed,
    receipt,
    silent,
)

DESIRED, OTHER, TUNED = document(), document("other-bucket"), document(concurrency=7)
CURRENT, DRIFTED, ELSEWHERE = loaded(DESIRED), loaded(TUNED), loaded(OTHER)
PENDING = observed(file_of(DESIRED, changed=STARTED + 300), loaded=(mark(TUNED),), receipts=(receipt(TUNED),))
LINK = observed(FileFacts(kind=FileKind.SYMLINK))


def judged(*seen: Observation | SilenceKind) -> tuple[Judgement, ...]:
    looks = (
        silent(f"jira-{number}", it) if isinstance(it, SilenceKind) else look(f"jira-{number}", it)
        for number, it in enumerate(seen, 1)
    )
    return judge(tuple(looks))


def planned(judgements: tuple[Judgement, ...], shape: Shape, selected: frozenset[str] | None = None) -> Plan:
    if shape is Shape.RESTART:
        return restart_plan(judgements, cluster="example", plan_id="p", patience=Patience(), selected=selected)
    return make_plan(
        judgements,
        cluster="example",
        plan_id="p",
        shape=shape,
        documents={judgement.node.name: DESIRED for judgement in judgements},
        patience=Patience(),
        selected=selected,
    )


def against(
    *seen: Observation | SilenceKind,
    shape: Shape = Shape.COMMIT,
    selected: frozenset[str] | None = None,
    said: frozenset[str] = frozenset(),
    max_unavailable: int = 1,
    absent: tuple[str, ...] = (),
) -> list[Objection]:
    judgements = judged(*seen)
    plan = planned(judgements, shape, selected)
    granted = min(max_unavailable, max(1, len(seen) - 1))
    plan = replace(plan, budget=granted, absent=absent, bystanders=tuple(set(plan.bystanders) - set(absent)))
    budget = Budget(asked=max_unavailable, count=granted, told=str(max_unavailable))
    return list(standing_after(objections(judgements, plan, budget=budget, selected=selected), said))


def codes(*seen: Observation | SilenceKind, shape: Shape = Shape.COMMIT, max_unavailable: int = 1) -> list[str]:
    return [it.code for it in against(*seen, shape=shape, max_unavailable=max_unavailable)]


def drifted(**parts: object) -> Observation:
    """A node that is due, with some facts changed."""
    return replace(DRIFTED, **parts)  # type: ignore[arg-type] # the tests' own facts


@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER, Shape.RESTART])
def test_nothing_speaks_against_a_healthy_cluster(shape: Shape) -> None:
    assert codes(CURRENT, CURRENT, CURRENT, shape=shape) == []


@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER])
def test_nothing_speaks_against_tuning_a_healthy_cluster(shape: Shape) -> None:
    assert codes(DRIFTED, DRIFTED, shape=shape) == []


@pytest.mark.parametrize("kind", list(SilenceKind))
@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.RESTART])
def test_a_node_that_does_not_answer_stops_everything_and_no_flag_alone_helps(kind: SilenceKind, shape: Shape) -> None:
    (objection, *_) = against(DRIFTED, kind, DRIFTED, shape=shape)

    assert (objection.code, objection.flags) == (kind.value, ())
    assert objection.sentence.startswith("jira-2: connection timed out")
    assert "--exclude 'jira-2' --allow-partial" in objection.sentence


def test_a_silent_node_that_was_left_out_needs_one_more_word() -> None:
    others = frozenset({"jira-1", "jira-3"})
    (objection,) = against(DRIFTED, SilenceKind.UNREACHABLE, DRIFTED, selected=others)

    assert objection.flags == ("--allow-partial",)
    assert not against(DRIFTED, SilenceKind.UNREACHABLE, DRIFTED, selected=others, said=frozenset({"--allow-partial"}))


def test_a_silent_node_that_a_restart_would_ask_has_to_be_left_out_by_name() -> None:
    others, said = frozenset({"jira-1", "jira-3"}), frozenset({"--allow-partial"})
    seen = (DRIFTED, SilenceKind.UNREACHABLE, DRIFTED)
    asked = against(*seen, shape=Shape.ROLLING, selected=others, said=said, max_unavailable=2)
    left_out = against(*seen, shape=Shape.ROLLING, selected=others, said=said, max_unavailable=2, absent=("jira-2",))

    assert [(it.code, it.flags) for it in asked] == [("unreachable", ())]
    assert "--exclude 'jira-2' --allow-partial" in asked[0].sentence
    assert left_out == []


def test_a_reachable_node_that_would_keep_a_wrong_file_needs_a_word_too() -> None:
    (objection,) = against(DRIFTED, DRIFTED, CURRENT, selected=frozenset({"jira-1"}))

    assert (objection.code, objection.flags) == ("left-behind", ("--allow-partial",))
    assert objection.sentence.startswith("jira-2:")


def test_healthy_nodes_may_be_left_out_without_a_word() -> None:
    assert not against(DRIFTED, CURRENT, selected=frozenset({"jira-1"}))


def test_a_place_that_no_commit_can_replace_is_named() -> None:
    (objection,) = against(DRIFTED, LINK)

    assert (objection.code, objection.flags) == ("unreadable", ())
    assert objection.sentence == (
        "jira-2: there is a symbolic link in the file's place; move it away by hand, then plan again"
    )


def test_a_broken_file_speaks_against_nothing_since_a_commit_replaces_it() -> None:
    assert codes(observed(file_of(b"<", changed=STARTED + 300), receipts=(receipt(DESIRED),)), CURRENT) == []


def test_nodes_that_would_stay_on_another_routing_are_told_before_a_restart() -> None:
    judgements = judged(observed(file_of(DESIRED, changed=STARTED + 300), receipts=(receipt(OTHER),)), ELSEWHERE)
    plan = planned(judgements, Shape.RESTART, frozenset({"jira-1"}))
    found = objections(judgements, plan, budget=Budget(asked=1, count=1, told="1"), selected=frozenset({"jira-1"}))

    assert [(it.code, it.flags) for it in found] == [("left-behind", ("--allow-partial",))]
    assert found[0].sentence.startswith("jira-2: not selected, and data goes elsewhere there")


def test_whoever_holds_the_nodes_is_named_once() -> None:
    holder = LockHolder(holder="kim\x1b", host="desk", plan="p1", epoch=3, since="2026-01-01T00:00:00Z")
    later = replace(holder, since="2026-01-01T00:00:09Z")
    (objection,) = against(replace(CURRENT, lock=holder), replace(CURRENT, lock=later), CURRENT)

    assert (objection.code, objection.flags) == ("locked", ())
    assert objection.sentence.startswith("jira-[1-2]: held by kim\\x1b@desk since 2026-01-01T00:00:00Z for plan p1")


FOLDER = HomeFacts(kind=FileKind.DIRECTORY, owner="jira", writable=True)


@pytest.mark.parametrize(
    ("seen", "code", "words"),
    [
        (drifted(container="docker\x1b"), "container", r"docker\x1b"),
        (drifted(missing_tools=("flock", "sha256sum")), "missing-tools", "flock, sha256sum"),
        (drifted(ran_as="ops"), "no-sudo", "ops"),
        (drifted(home=HomeFacts(kind=FileKind.ABSENT)), "unknown", "the localhome /srv/jira is not there"),
        (drifted(home=HomeFacts(kind=FileKind.SYMLINK)), "localhome", "symlink"),
        (drifted(home=replace(FOLDER, writable=False)), "localhome", "may not create"),
        (drifted(home=replace(FOLDER, free_bytes=10)), "no-space", "10 bytes"),
        (drifted(home=replace(FOLDER, free_inodes=0)), "no-space", "make room"),
        (drifted(file=replace(file_of(TUNED), links=2)), "hard-link", "2 names"),
    ],
)
def test_a_node_that_would_refuse_is_found_before_any_node_is_touched(seen: Observation, code: str, words: str) -> None:
    (objection,) = against(DRIFTED, seen)

    assert (objection.code, objection.flags) == (code, ())
    assert objection.sentence.startswith("jira-2: ")
    assert words in objection.sentence


@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER])
def test_a_unit_whose_jira_uses_another_home_is_left_alone(shape: Shape) -> None:
    foreign = Process(presence=Presence.FOUND, pid=1, start_ticks=1, home="/srv/other\x1b", evidence="unit")
    found = {it.code: it for it in against(DRIFTED, drifted(process=foreign), shape=shape)}

    assert found["other-home"].flags == ()
    assert found["other-home"].sentence.startswith("jira-2: Jira runs there with the home /srv/other\\x1b")
    assert "/srv/jira" in found["other-home"].sentence
    assert codes(DRIFTED, drifted(process=replace(foreign, home="/srv/jira/")), shape=shape) == []
    assert codes(DRIFTED, drifted(process=replace(foreign, home=None)), shape=shape) == []


def test_a_process_that_locks_this_home_is_ours_under_whatever_name_it_knows_it() -> None:
    linked = Process(presence=Presence.FOUND, pid=1, start_ticks=1, home="/home/jira", evidence="lock")

    assert codes(DRIFTED, drifted(process=linked)) == []


def test_facts_that_are_not_known_do_not_speak_against_a_node() -> None:
    assert codes(drifted(home=HomeFacts(kind=FileKind.DIRECTORY))) == []


def test_a_bystander_may_be_as_it_is() -> None:
    assert codes(DRIFTED, replace(CURRENT, missing_tools=("flock",), container="docker")) == []


def test_a_change_of_routing_has_to_be_told_how() -> None:
    (objection,) = against(ELSEWHERE, ELSEWHERE)

    assert objection.code == "routing"
    assert objection.flags == ("--restart", "--together", "--no-restart")
    assert objection.sentence.endswith(
        "backups will be stored elsewhere, and the file alone changes no node over before its next restart;"
        " say --restart, --together or --no-restart"
    )


@pytest.mark.parametrize("flag", ["--restart", "--together", "--no-restart"])
def test_each_way_answers_the_question(flag: str) -> None:
    assert not against(ELSEWHERE, ELSEWHERE, said=frozenset({flag}))
    assert against(ELSEWHERE, ELSEWHERE, said=frozenset({"--yes"}))


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_a_plan_that_restarts_is_a_way(shape: Shape) -> None:
    assert codes(ELSEWHERE, ELSEWHERE, shape=shape) == []


def test_repairing_one_node_changes_no_routing() -> None:
    assert codes(CURRENT, ELSEWHERE) == []


def test_a_restart_into_a_wrong_file_is_refused() -> None:
    judgements = judged(CURRENT, DRIFTED, CURRENT)
    plan = restart_plan_for_everyone(judgements, cluster="example", plan_id="p", patience=Patience())
    (objection,) = objections(judgements, plan, budget=Budget(asked=1, count=1, told="1"))

    assert (objection.code, objection.flags) == ("wrong-file", ())
    assert objection.sentence.startswith("jira-2: ")


def place(device: str, inode: str, *, machine: str = "m", boot: str = BOOT) -> Observation:
    home = replace(FOLDER, device=device, inode=inode)
    parts: Parts = {"home": home, "machine_id": machine, "boot_id": boot, "receipts": (receipt(DESIRED, boot="old"),)}
    return observed(file_of(DESIRED), **parts)


def test_two_names_of_one_localhome_are_found() -> None:
    (objection,) = against(place("fd00", "7"), place("fd00", "7"), place("fd00", "8"))

    assert objection.code == "same-machine"
    assert objection.sentence.startswith("jira-[1-2]: ")


def test_copies_of_a_machine_and_neighbours_on_one_are_not_taken_for_the_same() -> None:
    assert codes(place("fd00", "7"), place("fd00", "7", boot="boot-of-a-copy"), place("fd00", "8")) == []
    assert codes(CURRENT, CURRENT) == []


def test_two_nodes_with_one_node_id_are_found() -> None:
    (objection,) = against(replace(CURRENT, node_id="node1"), replace(CURRENT, node_id="node1"), CURRENT, CURRENT)

    assert objection.code == "same-node-id"
    assert objection.sentence.startswith("jira-[1-2]: ")


def test_every_objection_is_told_not_only_the_first() -> None:
    assert codes(SilenceKind.UNREACHABLE, LINK, drifted(container="docker", missing_tools=("flock",))) == [
        "unreachable",
        "unreadable",
        "container",
        "missing-tools",
    ]


def test_the_concepts_tell_of_objections_that_there_are() -> None:
    root = Path(__file__).parents[3]
    source = "".join(path.read_text(encoding="utf-8") for path in (root / "agent/core/planning").glob("*guards.py"))
    page = (root / "docs/concepts.md").read_text(encoding="utf-8").partition("**What speaks against it.**")[2]
    told = set(re.findall(r"^\| `([a-z-]+)`", page, re.MULTILINE))

    assert {"budget", "unknown-member"} <= told
    assert told <= {*re.findall(r'code="([a-z-]+)"', source), "unreachable"}
