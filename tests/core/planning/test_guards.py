from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.judging.sight import SilenceKind
from agent.core.judging.standing import Judgement, judge
from agent.core.observation import FileFacts, FileKind, HomeFacts, Observation, Presence, Process, StatusPage
from agent.core.planning.guards import Objection, objections
from agent.core.planning.make_plan import make_plan, restart_plan, restart_plan_for_everyone
from agent.core.planning.plan import Patience, Plan, Shape
from tests.core.sightings import (
    BOOT,
    REFUSED,
    STARTED,
    Parts,
    document,
    down,
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
SILENT_PAGE = StatusPage(reason="timed out")
STARTING = StatusPage(code=200, state="STARTING")


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
) -> list[Objection]:
    judgements = judged(*seen)
    plan = planned(judgements, shape, selected)
    return list(objections(judgements, plan, max_unavailable=max_unavailable, selected=selected, said=said))


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


def test_a_node_left_out_on_purpose_still_counts_as_down() -> None:
    found = against(
        DRIFTED,
        SilenceKind.UNREACHABLE,
        DRIFTED,
        shape=Shape.ROLLING,
        selected=frozenset({"jira-1", "jira-3"}),
        said=frozenset({"--allow-partial"}),
    )

    assert [it.code for it in found] == ["budget"]


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
    assert "backups move from bucket other-bucket (aws:us-east-1) to bucket backup-bucket" in objection.sentence
    assert "stays behind" in objection.sentence


@pytest.mark.parametrize("flag", ["--restart", "--together", "--no-restart"])
def test_each_way_answers_the_question(flag: str) -> None:
    assert not against(ELSEWHERE, ELSEWHERE, said=frozenset({flag}))
    assert against(ELSEWHERE, ELSEWHERE, said=frozenset({"--yes"}))


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_a_plan_that_restarts_is_a_way(shape: Shape) -> None:
    assert codes(ELSEWHERE, ELSEWHERE, shape=shape) == []


def test_repairing_one_node_changes_no_routing() -> None:
    assert codes(CURRENT, ELSEWHERE) == []


def with_page(page: StatusPage, seen: Observation = DRIFTED) -> Observation:
    return replace(seen, status=page)


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_without_a_status_page_nothing_is_restarted(shape: Shape) -> None:
    (objection,) = against(with_page(SILENT_PAGE), CURRENT, shape=shape)

    assert (objection.code, objection.flags) == ("status-unknown", ())
    assert "timed out" in objection.sentence
    assert codes(with_page(SILENT_PAGE), CURRENT, shape=Shape.COMMIT) == []


@pytest.mark.parametrize("page", [STARTING, SILENT_PAGE, REFUSED, StatusPage(code=500, state="ERROR")])
@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.RESTART])
def test_no_running_node_is_stopped_while_another_is_not_running(page: StatusPage, shape: Shape) -> None:
    due = PENDING if shape is Shape.RESTART else DRIFTED
    (objection,) = against(due, with_page(page, CURRENT), CURRENT, shape=shape)

    assert objection.code == "budget"
    assert objection.sentence.startswith("jira-2: not running")
    assert codes(due, with_page(page, CURRENT), CURRENT, shape=shape, max_unavailable=2) == []


def test_a_node_that_does_not_run_and_takes_part_comes_first_and_costs_nothing() -> None:
    assert codes(down(file_of(TUNED)), DRIFTED, DRIFTED, shape=Shape.ROLLING) == []


def test_stopping_all_together_needs_nobody_else_running() -> None:
    assert codes(DRIFTED, with_page(STARTING, CURRENT), shape=Shape.TOGETHER) == []
    assert codes(DRIFTED, shape=Shape.TOGETHER) == []


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.RESTART])
def test_the_only_node_is_restarted_only_where_downtime_is_accepted(shape: Shape) -> None:
    due = PENDING if shape is Shape.RESTART else DRIFTED
    (objection,) = against(due, shape=shape)

    assert (objection.code, objection.flags) == ("downtime", ("--accept-downtime",))
    assert not against(due, shape=shape, said=frozenset({"--accept-downtime"}))


def test_the_last_running_node_is_not_stopped_whatever_the_budget() -> None:
    assert codes(DRIFTED, with_page(STARTING, CURRENT), shape=Shape.ROLLING, max_unavailable=5) == ["downtime"]


def test_a_lone_node_that_does_not_run_may_be_started() -> None:
    assert codes(down(file_of(TUNED)), shape=Shape.ROLLING) == []


def test_a_restart_into_a_wrong_file_is_refused() -> None:
    judgements = judged(CURRENT, DRIFTED, CURRENT)
    plan = restart_plan_for_everyone(judgements, cluster="example", plan_id="p", patience=Patience())
    (objection,) = objections(judgements, plan, max_unavailable=1)

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
