"""Lock: who holds the nodes, and freeing exactly what was shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import FileKind, LockHolder
from agent.core.planning.plan import Plan, Shape
from agent.core.rollout.events import Act, MoveStarted, RolloutEnded, RolloutStarted, StepFacts
from agent.core.routing import ChangeClass
from agent.edges.journal import Journal
from agent.errors import InputError, Outcome, Refused
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import HIGHEST_EPOCH, Claim, LockToken, Observe, Release
from agent.node.port import Refused as NodeRefused
from agent.operations.lock import release_lock, show_lock
from agent.operations.locks.epochs import LEAP
from agent.operations.locks.releasing import carry_out, is_fenced, orders
from tests.command_line import INVENTORY, write_inventory
from tests.operations.contract import as_json
from tests.operations.locks.test_last_word import write_journal
from tests.operations.world import OTHER_BUCKET, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.node.port import Answer, Request

HOLDER = LockHolder(holder="ann", host="laptop", plan="p1", epoch=3, since="2026-01-01T00:00:00Z")

OTHER = LockHolder(holder="bob", host="rack", plan="p2", epoch=4, since="2026-01-02T00:00:00Z")
DAMAGED = LockHolder(holder="unknown (the lock file is damaged)", host="", plan="", epoch=0, since="")
STARTED = RolloutStarted(
    plan="p1",
    cluster="prod",
    shape="restart",
    change="none",
    epoch=3,
    holder="ann",
    host="desk",
    steps=(StepFacts(node="jira-1", expected="absent", digest="absent", restart=True, running=True, document=False),),
)


def _held(tmp_path: Path, *names: str) -> Yard:
    there = yard(tmp_path)
    for name in names:
        there.machine(name).lock = HOLDER
        there.machine(name).epoch = HOLDER.epoch
    return there


def test_a_free_cluster_is_ok(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = show_lock(there.world(), there.choice(), template=None)

    assert (report.outcome, report.sentence) == (Outcome.OK, "Nobody holds the lock.")
    assert as_json(report)["freed"] == []
    assert there.changed_nothing()


def test_a_held_cluster_is_locked_and_shows_by_whom_and_how_to_free_it(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-3")

    report = show_lock(there.world(), there.choice(), template=None)

    assert report.outcome is Outcome.LOCKED
    assert report.lines[0].text == ("jira-[1,3]: held by ann@laptop since 2026-01-01T00:00:00Z (plan p1, epoch 3)")
    assert report.next_command == "filestore-agent resume"
    assert (report.sentence, as_json(report)["free"]) == ("Held: jira-[1,3]. Free: jira-2.", ["jira-2"])
    assert [line.text.strip().partition(": ")[0] for line in report.lines[-3:]] == [
        "filestore-agent resume",
        "filestore-agent abort",
        "filestore-agent lock --release",
    ]
    assert report.lines[-1].text.endswith("only if nobody will resume; what was begun stays as it is")
    assert [bool(node["lock"]) for node in as_json(report)["nodes"]] == [True, False, True]


def test_one_holder_that_claimed_in_two_seconds_is_told_once_with_the_first(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-3")
    there.machine("jira-1").lock = replace(HOLDER, since="2026-01-01T00:00:01Z")

    report = show_lock(there.world(), there.choice(), template=None)

    assert [line.text for line in report.lines if "held by" in line.text] == [
        "jira-[1,3]: held by ann@laptop since 2026-01-01T00:00:00Z (plan p1, epoch 3)"
    ]


def test_the_evidence_says_which_jira_is_down_or_starting_right_now(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-2", "jira-3")
    there.machine("jira-1").stop_jira()
    there.machine("jira-3").stop_jira()
    there.machine("jira-3").start_jira()

    report = show_lock(there.world(), there.choice(), template=None)

    assert report.lines[1].text == "  Jira there is running on jira-2, starting on jira-3, down on jira-1"
    assert [node["state"] for node in as_json(report)["nodes"]] == ["down", "running", "starting"]


def test_a_holder_on_this_host_is_asked_by_its_journal_before_it_is_fenced(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    there.machine("jira-1").lock = replace(HOLDER, host="desk")
    folder = tmp_path / "state" / "rollouts" / "prod"
    with pytest.raises(Refused):
        release_lock(there.world("no"), there.choice(), template=None, yes=False)
    assert there.told[-1] == f"  whether it still runs is known to ann: this user has no journal of it in {folder}"

    write_journal(folder, "p1", STARTED, MoveStarted(act=Act.STOP, nodes=("jira-1",), at="2026-01-01T00:00:09Z"))
    with pytest.raises(Refused):
        release_lock(there.world("no"), there.choice(), template=None, yes=False)

    last = "its last event is: stop begun on jira-1, at 2026-01-01T00:00:09Z"
    assert there.told[-2:] == [
        f"  the journal of plan p1 lies at {folder}/p1.jsonl; {last}",
        "  0 of 1 node done; nobody on this host is writing its journal, so it does not run; it can be resumed",
    ]


def test_while_a_process_writes_the_journal_waiting_comes_first_and_resuming_is_not_offered(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    there.machine("jira-1").lock = replace(HOLDER, host="desk")
    plan = Plan(id="p1", cluster="prod", shape=Shape.RESTART, change=ChangeClass.NONE, steps=())
    with Journal.create(tmp_path / "state" / "rollouts" / "prod", plan):
        report = show_lock(there.world(), there.choice(), template=None)

    assert (report.outcome, report.next_command) == (Outcome.LOCKED, None)
    assert as_json(report)["holders"][0]["journal"]["pace"] == "running"
    assert [line.text[:7] for line in report.lines[-3:]] == ["What ca", "  wait,", "  files"]


def test_what_is_over_can_only_be_released(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    there.machine("jira-1").lock = replace(HOLDER, host="desk")
    write_journal(tmp_path / "state" / "rollouts" / "prod", "p1", STARTED, RolloutEnded(outcome="ok"))

    report = show_lock(there.world(), there.choice(limit="jira-1"), template=None)

    assert report.next_command == "filestore-agent lock --limit jira-1 --release"
    assert not any("resume:" in line.text or "abort" in line.text for line in report.lines)


def test_a_damaged_lock_locks_and_names_nobody(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-2").lock = DAMAGED

    report = show_lock(there.world(), there.choice(), template=None)
    freed = release_lock(there.world(), there.choice(), template=None, yes=True)

    assert report.lines[0].text == "jira-2: held, but the lock file is damaged, so that nobody can tell by whom"
    assert (report.outcome, report.next_command) == (Outcome.LOCKED, "filestore-agent lock --release")
    assert (freed.outcome, as_json(freed)["freed"]) == (Outcome.OK, ["jira-2"])
    assert there.machine("jira-2").lock is None


def test_the_journal_of_another_host_is_not_looked_for_here(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    write_journal(tmp_path / "state" / "rollouts" / "prod", "p1")

    report = show_lock(there.world(), there.choice(), template=None)

    assert as_json(report)["holders"][0]["journal"] is None
    assert report.lines[2].text == "  whether it still runs is known on laptop, where its journal is"


def test_mixed_holders_are_each_shown_with_their_nodes(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-3")
    there.machine("jira-2").lock = OTHER

    report = show_lock(there.world(), there.choice(), template=None)

    assert [line.text for line in report.lines if "held by" in line.text] == [
        "jira-[1,3]: held by ann@laptop since 2026-01-01T00:00:00Z (plan p1, epoch 3)",
        "jira-2: held by bob@rack since 2026-01-02T00:00:00Z (plan p2, epoch 4)",
    ]
    assert [(it["plan"], it["nodes"]) for it in as_json(report)["holders"]] == [
        ("p1", ["jira-1", "jira-3"]),
        ("p2", ["jira-2"]),
    ]


def test_a_silent_node_is_not_free(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.fault("jira-2", Fault(mishap=Mishap.UNREACHABLE))

    report = show_lock(there.world(), there.choice(), template=None)

    assert report.outcome is Outcome.UNREACHABLE
    assert "Not known: jira-2" in report.sentence


def test_a_home_that_cannot_be_looked_into_is_not_free(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-1").home = replace(there.machine("jira-1").home, kind=FileKind.ABSENT)
    there.machine("jira-2").home = replace(there.machine("jira-2").home, owner="svc")

    report = show_lock(there.world(), there.choice(), template=None)

    assert (report.outcome, as_json(report)["free"]) == (Outcome.PARTIAL, ["jira-3"])
    assert report.sentence == "Free: jira-3. Not known: jira-[1-2]."
    assert [line.text for line in report.lines] == [
        "jira-1: the localhome /var/jira is not there; correct jira.localhome",
        "jira-2: user jira may not look for a lock in /var/jira, which is svc's",
    ]


def test_releasing_shows_the_evidence_asks_and_fences_the_holder_on_every_node(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-3")
    there.machine("jira-2").epoch = 2

    report = release_lock(there.world("yes"), there.choice(), template=None, yes=False)

    assert (report.outcome, report.next_command) == (Outcome.OK, "filestore-agent drift")
    assert "held by ann@laptop" in there.told[0]
    assert [question[-17:] for question in there.questions] == ["-[1,3]? [yes/no] "]
    document = as_json(report)
    assert (document["freed"], document["fenced"]) == (["jira-1", "jira-3"], ["jira-1", "jira-2", "jira-3"])
    assert there.kinds() == ["Observe"] * 3 + ["Release"] * 3
    assert {there.machine(name).epoch for name in there.nodes} == {4}
    assert not any(there.machine(name).lock for name in there.nodes)
    who = "The controller of plan p1 (ann@laptop, epoch 3)"
    assert [line.text for line in report.lines] == [
        f"{who} is fenced on jira-[1-3]: whatever it still sends there is refused"
    ]


@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_a_late_claim_of_the_old_holder_is_refused_on_a_node_that_it_never_held(tmp_path: Path, epoch: int) -> None:
    there = _held(tmp_path, "jira-1")
    there.machine("jira-2").epoch = epoch
    late = Claim(token=LockToken(plan="p1", epoch=3), holder="ann", host="laptop", since="late")

    release_lock(there.world(), there.choice(), template=None, yes=True)
    answer = there.nodes["jira-2"].perform(late)

    assert isinstance(answer, NodeRefused)
    assert answer.code == "epoch"
    assert there.machine("jira-2").lock is None


@pytest.mark.parametrize("epoch", [HIGHEST_EPOCH + 1, 10**18 - 1])
def test_a_node_at_an_epoch_that_none_can_be_is_named_and_the_others_are_freed_and_fenced(
    tmp_path: Path, epoch: int
) -> None:
    there = _held(tmp_path, "jira-1", "jira-2")
    there.machine("jira-2").epoch = epoch

    report = release_lock(there.world(), there.choice(), template=None, yes=True)

    assert report.outcome is Outcome.PARTIAL
    assert (as_json(report)["freed"], as_json(report)["fenced"]) == (["jira-1"], ["jira-1", "jira-3"])
    assert "jira-2: /var/jira/.filestore-agent/epoch holds no epoch that can be" in report.lines[0].text
    assert report.lines[-1].text.startswith("jira-2: not known to be free")
    assert {name: there.machine(name).epoch for name in there.nodes} == {"jira-1": 4, "jira-2": epoch, "jira-3": 4}
    assert (there.machine("jira-1").lock, there.machine("jira-2").lock) == (None, HOLDER)


@pytest.mark.parametrize("epoch", [LEAP + 4, HIGHEST_EPOCH - 1, HIGHEST_EPOCH])
def test_an_epoch_that_one_node_has_made_up_is_not_carried_to_the_others(tmp_path: Path, epoch: int) -> None:
    there = _held(tmp_path, "jira-1", "jira-2")
    there.machine("jira-2").lock = replace(HOLDER, epoch=epoch)
    there.machine("jira-2").epoch = epoch
    there.machine("jira-3").epoch = 2

    report = release_lock(there.world(), there.choice(), template=None, yes=True)

    assert report.outcome is Outcome.OK
    assert as_json(report)["fenced"] == ["jira-1", "jira-2", "jira-3"]
    assert {name: there.machine(name).epoch for name in there.nodes} == {"jira-1": 4, "jira-2": epoch, "jira-3": 4}


def test_a_claim_that_comes_between_look_and_release_is_freed_with_the_rest(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    world = there.world()

    def claim_meanwhile(_: str) -> str:
        there.machine("jira-2").lock = HOLDER
        there.machine("jira-2").epoch = HOLDER.epoch
        return "yes"

    report = release_lock(replace(world, ask=claim_meanwhile), there.choice(), template=None, yes=False)

    assert report.outcome is Outcome.OK
    assert as_json(report)["fenced"] == ["jira-1", "jira-2", "jira-3"]
    assert there.machine("jira-2").lock is None


def test_a_claim_that_comes_before_a_fresh_node_can_be_fenced_is_freed_too(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    fresh = there.nodes["jira-2"]
    late = Claim(token=LockToken(plan="p1", epoch=3), holder="ann", host="laptop", since="late")
    order = orders(there.world(), {name: node.perform(Observe()) for name, node in there.nodes.items()})["jira-2"]

    class Late:
        name = "jira-2"
        identity = None
        asked = 0

        def perform(self, request: Request) -> Answer:
            answer = fresh.perform(request)
            self.asked += 1
            if self.asked == 1:
                fresh.perform(late)
            return answer

        def close(self) -> None:
            """Nothing stays open."""

    answer = carry_out(Late(), order)

    assert is_fenced(answer, order)
    assert isinstance(fresh.perform(late), NodeRefused)


def test_a_node_that_does_not_let_itself_be_fenced_is_named_and_needs_a_person(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    there.fault("jira-2", Fault(mishap=Mishap.REFUSED, request=Claim, code="read-only"))

    report = release_lock(there.world(), there.choice(), template=None, yes=True)

    assert report.outcome is Outcome.PARTIAL
    assert (as_json(report)["freed"], as_json(report)["fenced"]) == (["jira-1"], ["jira-1", "jira-3"])
    assert "jira-2: free, but keeps no epoch: a late claim would be taken there" in [it.text for it in report.lines]


@pytest.mark.parametrize("mishap", [Mishap.LOST_AFTER, Mishap.LOST_BEFORE])
def test_after_a_lost_answer_the_node_is_asked_what_became_of_it(tmp_path: Path, mishap: Mishap) -> None:
    there = _held(tmp_path, "jira-1")
    there.fault("jira-1", Fault(mishap=mishap, request=Release))

    report = release_lock(there.world(), there.choice(), template=None, yes=True)

    happened = mishap is Mishap.LOST_AFTER
    assert report.outcome is (Outcome.OK if happened else Outcome.LOCKED)
    assert as_json(report)["freed"] == (["jira-1"] if happened else [])


def test_what_could_not_be_asked_is_named_as_neither_freed_nor_fenced(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-2")
    there.fault("jira-3", Fault(mishap=Mishap.UNREACHABLE))

    report = release_lock(there.world(), there.choice(exclude="jira-2"), template=None, yes=True)

    assert report.outcome is Outcome.UNREACHABLE
    assert (as_json(report)["freed"], as_json(report)["fenced"]) == (["jira-1"], ["jira-1"])
    assert report.lines[-1].text == (
        "jira-[2-3]: not known to be free: if it is held, it still is, and nobody is fenced there"
    )
    assert there.machine("jira-2").lock == HOLDER


@pytest.mark.parametrize("answer", ["", "no", "Y", "YES", "yes please", "release"])
def test_any_other_answer_than_yes_changes_nothing(tmp_path: Path, answer: str) -> None:
    there = _held(tmp_path, "jira-1")

    with pytest.raises(Refused):
        release_lock(there.world(answer), there.choice(), template=None, yes=False)

    assert there.changed_nothing()
    assert there.machine("jira-1").lock == HOLDER


def test_without_a_terminal_the_flag_is_named(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")

    with pytest.raises(Refused, match="--yes"):
        release_lock(there.world(terminal=False), there.choice(), template=None, yes=False)

    assert there.changed_nothing()


def test_releasing_what_nobody_holds_asks_nothing_and_sends_nothing(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = release_lock(there.world(terminal=False), there.choice(), template=None, yes=False)

    assert report.outcome is Outcome.OK
    assert there.changed_nothing()


def test_a_lock_that_changed_hands_meanwhile_stays(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    other = LockHolder(holder="bob", host="desk", plan="p2", epoch=4, since="2026-01-02T00:00:00Z")
    world = there.world()

    def hand_over(question: str) -> str:
        there.questions.append(question)
        there.machine("jira-1").lock = other
        return "yes"

    report = release_lock(replace(world, ask=hand_over), there.choice(), template=None, yes=False)

    assert there.machine("jira-1").lock == other
    assert report.outcome is Outcome.LOCKED
    assert as_json(report)["freed"] == []
    assert any("jira-1: " in line.text and "another rollout holds it" in line.text for line in report.lines)


def test_several_clusters_cannot_be_released_at_once_even_where_a_limit_leaves_one(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY, test=OTHER_BUCKET.replace("jira-", "test-"))

    with pytest.raises(InputError, match="one cluster at a time"):
        release_lock(there.world(), there.choice("all", limit="test-1"), template=None, yes=True)

    assert there.dialled == 0


# With a broken inventory.

SHARED_BUCKET = INVENTORY.replace("jira-[", "test-[")
BROKEN = [
    {"prod": INVENTORY.replace("region: ap-southeast-4", "regoin: nowhere")},
    {"prod": INVENTORY.replace("filestores:", "filestore:")},
    {"prod": INVENTORY.replace("{backups: backupBucket}", "{backups: nosuch, all: 7}")},
    {"prod": INVENTORY.replace('"10.3.4"', "ten")},
    {"prod": INVENTORY + "rollout: {max-unavailable: none}\nwaivers: 7\n"},
    {"prod": INVENTORY, "test": SHARED_BUCKET},
    {"prod": INVENTORY, "test": "jira: {version: [\n"},
    {"prod": INVENTORY, "defaults": "jira: {status: {port: high}, mode: 7}\n"},
    {"prod": INVENTORY, "defaults": "jira: [\n"},
]


@pytest.mark.parametrize("files", BROKEN, ids=range(len(BROKEN)))
def test_the_holder_is_shown_and_can_be_freed_whatever_else_is_wrong(tmp_path: Path, files: dict[str, str]) -> None:
    there = _held(tmp_path, "jira-1")
    write_inventory(tmp_path, **files)

    report = show_lock(there.world(), there.choice("prod"), template=None)

    assert report.outcome is Outcome.LOCKED
    assert as_json(report)["holders"][0]["nodes"] == ["jira-1"]
    assert as_json(report)["left_out"] == []
    freed = release_lock(there.world(), there.choice("prod"), template=None, yes=True)
    assert (freed.outcome, as_json(freed)["freed"]) == (Outcome.OK, ["jira-1"])


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4, 5, 7, 8])
def test_the_faults_are_told_at_once_and_are_findings_of_the_report(tmp_path: Path, at: int) -> None:
    there = yard(tmp_path)
    write_inventory(tmp_path, **BROKEN[at])

    report = show_lock(there.world(), there.choice("prod"), template=None)

    assert (report.outcome, report.sentence) == (Outcome.OK, "Nobody holds the lock.")
    errors = [finding for finding in as_json(report)["findings"] if finding["severity"] == "error"]
    assert errors
    assert there.told[0].endswith("looking at the nodes that can be told all the same")
    assert len([line for line in there.told if ": error FS" in line]) == len(errors)


def test_a_fault_of_another_clusters_file_is_not_told_here(tmp_path: Path) -> None:
    there = yard(tmp_path)
    write_inventory(tmp_path, test="jira: [\n")

    report = show_lock(there.world(), there.choice("prod"), template=None)

    assert (report.findings, there.told) == ((), [])


def test_it_is_told_that_the_built_in_defaults_stand_in_for_an_unreadable_file(tmp_path: Path) -> None:
    there = yard(tmp_path)
    write_inventory(tmp_path, prod=INVENTORY, defaults="jira: [\n")

    show_lock(there.world(), there.choice(), template=None)

    assert there.told[-1].startswith("what defaults.yml says of owner, homes and ssh is not known")


def test_a_template_that_is_not_there_is_not_missed(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")

    assert show_lock(there.world(), there.choice(), template=tmp_path / "none.j2").outcome is Outcome.LOCKED


def test_a_node_with_a_fault_of_its_own_is_named_and_the_others_are_looked_at(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    nodes = '{"jira-[1-2]": {}, jira-3: {port: high}, "bad;name": {}}'
    write_inventory(tmp_path, prod=INVENTORY.replace('{"jira-[1-3]": {}}', nodes))

    report = show_lock(there.world(), there.choice(), template=None)

    assert report.outcome is Outcome.LOCKED
    assert report.sentence == "Held: jira-1. Free: jira-2. Not looked at: bad;name,jira-3."
    assert [(it["entry"], it["nodes"], it["line"]) for it in as_json(report)["left_out"]] == [
        ("jira-3", ["jira-3"], 3),
        ("bad;name", [], 3),
    ]
    assert {name for name, _ in there.requests} == {"jira-1", "jira-2"}
    assert any("jira-3: not looked at (" in line.text and "prod.yml:3:" in line.text for line in report.lines)


def test_a_node_that_could_not_be_looked_at_keeps_a_free_cluster_from_being_called_free(tmp_path: Path) -> None:
    there = yard(tmp_path)
    write_inventory(tmp_path, prod=INVENTORY.replace('"jira-[1-3]": {}', '"jira-[1-2]": {}, jira-3: {port: high}'))

    whole = show_lock(there.world(), there.choice(), template=None)
    meant = show_lock(there.world(), there.choice(exclude="jira-3"), template=None)

    assert (whole.outcome, whole.sentence) == (Outcome.UNREACHABLE, "Free: jira-[1-2]. Not looked at: jira-3.")
    assert (meant.outcome, meant.sentence) == (Outcome.OK, "Nobody holds the lock.")


def test_a_release_says_which_nodes_could_not_be_looked_at(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-3")
    write_inventory(tmp_path, prod=INVENTORY.replace('"jira-[1-3]": {}', '"jira-[1-2]": {}, jira-3: {port: high}'))

    report = release_lock(there.world(), there.choice(), template=None, yes=True)

    assert report.outcome is Outcome.UNREACHABLE
    assert as_json(report)["fenced"] == ["jira-1", "jira-2"]
    assert report.lines[-1].text.startswith("jira-3: not known to be free")
    assert there.machine("jira-3").lock == HOLDER


def test_where_to_ask_for_the_state_is_not_known_no_state_is_told(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    write_inventory(tmp_path, prod=INVENTORY.replace("localhome: /var/jira", "localhome: /var/jira, status: {port: x}"))

    report = show_lock(there.world(), there.choice(), template=None)

    assert report.lines[1].text == "  Jira there is unknown on jira-1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nodes: {jira-1: {}\n", r"prod.yml:2:1: this is not YAML.*lay a prod.yml with no more than"),
        ("- a\n", r"prod.yml:1:1: the outermost value must be a mapping"),
        (INVENTORY.replace("localhome: /var/jira", "localhome: 7"), r"prod.yml:1:38: jira.localhome: `7` is a number"),
        (INVENTORY.replace("jira-[1-3]", "a b"), r"prod.yml:3:9: nodes.a b: "),
        (INVENTORY.replace("jira-[1-3]", "jira-[1-3].example.com"), r"is a name for documentation"),
        (INVENTORY.replace('{"jira-[1-3]": {}}', "{}"), r"its file names no nodes"),
    ],
)
def test_where_no_node_can_be_told_nothing_is_connected_and_the_line_is_named(
    tmp_path: Path, text: str, words: str
) -> None:
    there = yard(tmp_path)
    write_inventory(tmp_path, prod=text)

    with pytest.raises(InputError, match=words) as refusal:
        show_lock(there.world(), there.choice(), template=None)

    assert there.dialled == 0
    assert refusal.value.outcome is Outcome.INVALID


def test_a_file_of_no_more_than_the_way_to_the_nodes_is_enough(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    write_inventory(tmp_path, prod='jira: {localhome: /var/jira}\nnodes: {"jira-[1-3]": {}}\n')

    assert show_lock(there.world(), there.choice(), template=None).outcome is Outcome.LOCKED


def test_a_node_that_can_be_told_but_is_not_meant_is_not_asked(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    write_inventory(tmp_path, prod=INVENTORY.replace('"jira-[1-3]": {}', '"jira-[1-2]": {}, jira-3: {port: high}'))

    with pytest.raises(InputError, match="no node can be looked at") as refusal:
        show_lock(there.world(), there.choice(limit="jira-3"), template=None)

    assert refusal.value.findings
    assert there.dialled == 0
