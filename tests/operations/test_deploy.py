"""Deploy-config: consent, two phases, and the truth about what came of it."""

from __future__ import annotations

import json
import resource
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.filestore import FILE_NAME
from agent.core.observation import LockHolder
from agent.core.planning.plan import Shape
from agent.core.rollout.events import RolloutEnded
from agent.edges.journal import read
from agent.errors import AgentError, InputError, Interrupted, JournalError, Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.node.memory.machine import Temper
from agent.node.port import Commit, Release, Stage, Start
from agent.operations.consent import Consent
from agent.operations.deploy import deploy
from tests.operations.contract import as_json
from tests.operations.world import HURRIED, OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report
    from agent.node.port import Request

YES = Consent(yes=True)
ROLLING = (Shape.ROLLING, "--restart")


def _deploy(
    there: Yard,
    shape: Shape = Shape.COMMIT,
    *said: str,
    answers: tuple[str, ...] = (),
    consent: Consent = YES,
    terminal: bool = True,
    limit: str | None = None,
    exclude: str | None = None,
) -> Report:
    report = deploy(
        there.world(*answers, terminal=terminal),
        there.choice(limit=limit, exclude=exclude),
        template=None,
        shape=shape,
        said=frozenset(said),
        consent=consent,
    )
    as_json(report)
    return report


def _tuned(tmp_path: Path, temper: Temper | None = None) -> Yard:
    there = yard(tmp_path, temper=temper)
    there.rewrite(TUNED + HURRIED)
    return there


def _rerouted(tmp_path: Path) -> Yard:
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)
    return there


def _standings(report: Report) -> list[str]:
    return [str(row.standing) for row in report.nodes]


def _lies_as_desired(there: Yard, *names: str) -> bool:
    return all(
        there.machine(name).entries["filestore-config.xml"].content == there.desired[name].content for name in names
    )


def _is_tidy(there: Yard) -> bool:
    return all(node.machine.lock is None and not node.machine.temps() for node in there.nodes.values())


# What is done.


def test_a_commit_names_the_nodes_that_wait_for_a_restart_and_the_next_command(tmp_path: Path) -> None:
    there = _tuned(tmp_path)

    report = _deploy(there)

    assert report.outcome is Outcome.OK
    assert _standings(report) == ["RESTART_PENDING"] * 3
    assert "Not in force before a restart: jira-[1-3]" in report.sentence
    assert report.next_command == "filestore-agent rolling-restart"
    assert _lies_as_desired(there, "jira-1", "jira-2", "jira-3")
    assert _is_tidy(there)
    assert not {"Stop", "Start"} & set(there.kinds())


def test_every_node_has_staged_before_the_first_commits(tmp_path: Path) -> None:
    there = _tuned(tmp_path)

    _deploy(there)

    kinds = there.kinds()
    assert kinds.count("Stage") == kinds.count("Commit") == 3
    assert max(at for at, kind in enumerate(kinds) if kind == "Stage") < kinds.index("Commit")


def test_a_rolling_deploy_leaves_every_node_current_and_stops_one_at_a_time(tmp_path: Path) -> None:
    there = _tuned(tmp_path)

    report = _deploy(there, *ROLLING)

    assert report.outcome is Outcome.OK
    assert _standings(report) == ["CURRENT"] * 3
    assert report.next_command is None
    acts = [
        (name, type(it).__name__) for name, it in there.requests if type(it).__name__ in {"Stop", "Commit", "Start"}
    ]
    assert acts == [(f"jira-{number}", act) for number in (1, 2, 3) for act in ("Stop", "Commit", "Start")]
    assert {row["state"] for row in as_json(report)["results"]} == {"done"}


def test_together_stops_all_before_it_commits_any(tmp_path: Path) -> None:
    there = _rerouted(tmp_path)

    report = _deploy(there, Shape.TOGETHER, "--together", consent=Consent(name="prod"))

    kinds = there.kinds()
    assert report.outcome is Outcome.OK
    assert max(at for at, kind in enumerate(kinds) if kind == "Stop") < kinds.index("Commit")
    assert _standings(report) == ["CURRENT"] * 3


def test_current_nodes_are_left_alone_without_a_question(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = _deploy(there, terminal=False, consent=Consent())

    assert (report.outcome, report.sentence) == (Outcome.OK, "Nothing to do: 3 nodes, all CURRENT.")
    assert there.changed_nothing()


def test_a_second_deploy_has_nothing_to_push(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    _deploy(there, *ROLLING)
    there.requests.clear()

    assert _deploy(there, *ROLLING).outcome is Outcome.OK
    assert there.changed_nothing()


def test_every_connection_is_closed(tmp_path: Path) -> None:
    there = _tuned(tmp_path)

    _deploy(there)

    assert sorted(there.closed) == ["jira-1", "jira-2", "jira-3"]


# Consent.


@pytest.mark.parametrize("answer", ["", "no", "Y", "Yes", "prod", "ja"])
def test_only_a_plain_yes_goes_on(tmp_path: Path, answer: str) -> None:
    there = _tuned(tmp_path)

    report = _deploy(there, answers=(answer,), consent=Consent())

    assert report.outcome is Outcome.REFUSED
    assert "nothing was changed" in report.sentence
    assert as_json(report)["nodes"]

    assert there.changed_nothing()
    assert not (tmp_path / "state").exists()


def test_the_plan_is_shown_before_the_question(tmp_path: Path) -> None:
    there = _tuned(tmp_path)

    _deploy(there, answers=("yes",), consent=Consent())

    assert len(there.questions) == 1
    assert any("Class of the change: tuning" in line for line in there.told)


def test_without_a_terminal_the_flag_is_named_and_nothing_happens(tmp_path: Path) -> None:
    there = _tuned(tmp_path)

    report = _deploy(there, terminal=False, consent=Consent())

    assert report.outcome is Outcome.REFUSED
    assert "--yes" in report.sentence
    assert as_json(report)["nodes"]

    assert there.changed_nothing()


def test_a_change_of_routing_is_refused_until_its_way_is_said(tmp_path: Path) -> None:
    there = _rerouted(tmp_path)

    report = _deploy(there)

    assert (report.outcome, report.outcome.exit_code) == (Outcome.REFUSED, 7)
    assert there.changed_nothing()
    assert as_json(report)["objections"][0]["code"] == "routing"
    assert there.questions == []


@pytest.mark.parametrize("answer", ["", "yes", "y", "prdo", "PROD"])
def test_yes_does_not_cover_a_change_of_routing(tmp_path: Path, answer: str) -> None:
    there = _rerouted(tmp_path)

    report = _deploy(there, *ROLLING, answers=(answer,), consent=YES)

    assert report.outcome is Outcome.REFUSED
    assert "'prod'" in report.sentence
    assert as_json(report)["nodes"]

    assert there.changed_nothing()


def test_the_name_typed_covers_a_change_of_routing(tmp_path: Path) -> None:
    there = _rerouted(tmp_path)

    report = _deploy(there, *ROLLING, answers=("prod",), consent=Consent())

    assert report.outcome is Outcome.OK
    assert there.questions[0].endswith(
        " New backups will be stored in bucket co-jira-other-bucket (aws:ap-southeast-4); existing ones are NOT copied."
        " Type the cluster's name: "
    )
    assert "moves data" not in there.questions[0]


def test_the_name_given_covers_it_without_a_terminal(tmp_path: Path) -> None:
    there = _rerouted(tmp_path)

    assert _deploy(there, *ROLLING, consent=Consent(name="prod"), terminal=False).outcome is Outcome.OK


def test_a_wrong_name_is_refused_although_somebody_could_be_asked(tmp_path: Path) -> None:
    there = _rerouted(tmp_path)

    report = _deploy(there, *ROLLING, answers=("prod",), consent=Consent(name="test"))

    assert report.outcome is Outcome.REFUSED
    assert "'test'" in report.sentence
    assert as_json(report)["nodes"]

    assert there.changed_nothing()
    assert there.questions == []


def test_without_a_terminal_a_change_of_routing_names_its_own_flag(tmp_path: Path) -> None:
    there = _rerouted(tmp_path)

    report = _deploy(there, *ROLLING, consent=YES, terminal=False)

    assert report.outcome is Outcome.REFUSED
    assert "--confirm prod" in report.sentence
    assert as_json(report)["nodes"]

    assert there.changed_nothing()


# Guards and faults.


@pytest.mark.parametrize(
    ("mishap", "outcome"), [(Mishap.UNREACHABLE, Outcome.UNREACHABLE), (Mishap.LOST_AFTER, Outcome.PARTIAL)]
)
def test_a_silent_node_stops_everything_before_it_begins(tmp_path: Path, mishap: Mishap, outcome: Outcome) -> None:
    there = _tuned(tmp_path)
    there.fault("jira-3", Fault(mishap=mishap))

    report = _deploy(there)

    assert report.outcome is outcome
    assert there.changed_nothing()
    assert report.next_command == "filestore-agent doctor"


def test_one_no_while_staging_changes_no_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    there.fault("jira-3", Fault(mishap=Mishap.REFUSED, request=Stage, code="no-space"))
    before = {name: dict(node.machine.entries) for name, node in there.nodes.items()}

    report = _deploy(there)

    assert report.outcome is Outcome.REFUSED
    assert "Commit" not in there.kinds()
    assert {name: dict(node.machine.entries) for name, node in there.nodes.items()} == before
    assert _is_tidy(there)
    assert as_json(report)["rollout"]["halted"]["node"] == "jira-3"


def test_a_held_node_is_locked_and_the_holder_is_named(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    there.machine("jira-2").lock = LockHolder(holder="ann", host="laptop", plan="p", epoch=1, since="then")
    there.machine("jira-2").epoch = 1

    report = _deploy(there)

    assert (report.outcome, report.outcome.exit_code) == (Outcome.LOCKED, 6)
    assert "Commit" not in there.kinds()
    assert "Stage" not in there.kinds()
    assert any("ann@laptop" in line for line in (*there.told, *(line.text for line in report.lines)))
    assert report.next_command == "filestore-agent lock"


def test_a_sick_canary_halts_before_the_second_node(tmp_path: Path) -> None:
    wanted: list[bytes] = []
    there = _tuned(tmp_path, Temper(warm_up=(), chokes_on=lambda content: content in wanted))
    wanted.append(there.desired["jira-1"].content)

    report = _deploy(there, *ROLLING)

    assert report.outcome in {Outcome.HALTED, Outcome.PARTIAL}
    assert next(name for name, request in there.requests if isinstance(request, Start)) == "jira-1"
    assert not _lies_as_desired(there, "jira-2")
    assert not _lies_as_desired(there, "jira-3")
    assert as_json(report)["rollout"]["halted"]["node"] == "jira-1"
    assert {there.machine(name).lock is not None for name in ("jira-1", "jira-2", "jira-3")} == {True}
    assert report.next_command == "filestore-agent resume"


def test_a_halt_that_leaves_the_routing_mixed_with_nodes_left_out_of_the_plan_needs_a_person(tmp_path: Path) -> None:
    wanted: list[bytes] = []
    there = yard(tmp_path, temper=Temper(warm_up=(), chokes_on=lambda content: content in wanted))
    there.rewrite(OTHER_BUCKET + HURRIED)
    wanted.append(there.desired["jira-1"].content)

    report = _deploy(there, *ROLLING, "--allow-partial", limit="jira-1", consent=Consent(name="prod"))

    assert (report.outcome, report.outcome.exit_code) == (Outcome.PARTIAL, 8)
    assert _standings(report)[1:] == ["SPLIT", "SPLIT"]


@pytest.mark.parametrize(("excluded", "outcome"), [(None, Outcome.HALTED), ("jira-3", Outcome.PARTIAL)])
def test_a_halt_is_only_called_so_where_every_node_is_known(
    tmp_path: Path, excluded: str | None, outcome: Outcome
) -> None:
    there = _tuned(tmp_path)
    there.fault("jira-2", Fault(mishap=Mishap.REFUSED, request=Commit))

    report = _deploy(there, Shape.COMMIT, "--allow-partial", exclude=excluded)

    assert there.kinds().count("Restore") >= 1
    assert report.outcome is outcome


def test_a_lock_that_was_left_is_the_next_thing_to_see_to(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    there.fault("jira-2", Fault(mishap=Mishap.UNREACHABLE, request=Release))

    report = _deploy(there)

    assert report.outcome is Outcome.PARTIAL
    assert report.next_command == "filestore-agent lock --release"


def test_done_is_not_ok_where_the_last_look_cannot_prove_it(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    machine = there.machine("jira-2")
    start = machine.start_jira

    def rewritten() -> None:
        """The right bytes once more, by another hand, long after the start."""
        start()
        machine.ticks += 1000
        machine.put(FILE_NAME, there.desired["jira-2"].content, mode="0640")

    machine.start_jira = rewritten  # type: ignore[method-assign]  # a hand that comes between

    report = _deploy(there, *ROLLING)

    assert _standings(report) == ["CURRENT", "RESTART_PENDING", "CURRENT"]
    assert report.outcome is Outcome.DRIFT
    assert report.next_command == "filestore-agent rolling-restart"


def test_a_lost_commit_is_looked_at_and_found_done(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    there.fault("jira-1", Fault(mishap=Mishap.LOST_AFTER, request=Commit))

    report = _deploy(there)

    assert report.outcome is Outcome.OK
    assert _lies_as_desired(there, "jira-1", "jira-2", "jira-3")


def test_a_dead_node_can_be_left_out_and_is_never_spoken_to(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    there.fault("jira-2", *(Fault(mishap=Mishap.UNREACHABLE) for _ in range(9)))

    refused = _deploy(there, exclude="jira-2")
    assert refused.outcome is Outcome.REFUSED
    assert there.changed_nothing()

    report = _deploy(there, Shape.COMMIT, "--allow-partial", exclude="jira-2")

    assert _lies_as_desired(there, "jira-1", "jira-3")
    assert report.outcome is Outcome.OK
    assert "jira-2" not in {name for name, _ in there.requests}


def test_nodes_left_behind_by_a_limit_are_named_and_refused(tmp_path: Path) -> None:
    there = _rerouted(tmp_path)

    report = _deploy(there, *ROLLING, limit="jira-1")

    assert report.outcome is Outcome.REFUSED
    (objection,) = [it for it in as_json(report)["objections"] if it["code"] == "left-behind"]
    assert "jira-[2-3]" in objection["sentence"]
    assert objection["flags"] == ["--allow-partial"]
    assert there.changed_nothing()


# What is written down.


def test_the_journal_is_complete_and_private_and_named_in_the_report(tmp_path: Path) -> None:
    from pathlib import Path as RealPath  # noqa: PLC0415 - the module's Path is for types only

    there = _tuned(tmp_path)

    document = as_json(_deploy(there))

    journal = RealPath(document["rollout"]["journal"])
    events, torn = read(journal)
    assert torn is None
    assert journal.stem == document["plan"]
    assert journal.is_relative_to(tmp_path / "state" / "rollouts" / "prod")
    assert journal.stat().st_mode & 0o077 == 0
    assert isinstance(events[-1], RolloutEnded)
    assert events[-1].outcome == "ok"


def test_without_a_journal_nothing_is_changed(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    (tmp_path / "state").write_text("not a folder", encoding="utf-8")

    with pytest.raises(JournalError):
        _deploy(there)

    assert there.changed_nothing()
    assert len(there.closed) == 3


def test_a_journal_that_fails_on_the_way_says_what_may_have_been_done(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def no_file_may_grow(node: str, request: Request) -> None:
        if (node, type(request)) == ("jira-1", Commit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))

    there.after = no_file_may_grow
    try:
        with pytest.raises(AgentError) as fault:
            _deploy(there)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert _lies_as_desired(there, "jira-1")
    assert fault.value.outcome is Outcome.PARTIAL
    assert ".jsonl" in str(fault.value)
    assert "the last act was committing on jira-[1-2], which may go on by itself" in str(fault.value)
    assert "filestore-agent resume" in str(fault.value)
    assert "filestore-agent abort" in str(fault.value)


def test_the_events_file_gets_one_object_per_event(tmp_path: Path) -> None:
    there = _tuned(tmp_path)
    events = tmp_path / "events.jsonl"

    document = as_json(_deploy(there, consent=Consent(yes=True, events=events)))

    told: list[dict[str, Any]] = [json.loads(line) for line in events.read_text(encoding="ascii").splitlines()]
    assert told[0]["event"] == "RolloutStarted"
    assert told[0]["plan"] == document["plan"]
    assert told[-1] == {"event": "RolloutEnded", "outcome": "ok", "at": "2026-01-02T03:04:05Z"}


def test_an_events_file_that_cannot_be_opened_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    there = _tuned(tmp_path)

    with pytest.raises(InputError, match="--events"):
        _deploy(there, consent=Consent(yes=True, events=tmp_path / "nosuch" / "events"))

    assert there.changed_nothing()


def test_a_node_that_goes_silent_at_the_end_keeps_its_last_word(tmp_path: Path) -> None:
    """The verdict rests on what each node said last, so a look too many cannot turn a good end into a bad one."""
    there = _tuned(tmp_path)

    report = _deploy(there)

    assert there.kinds()[-1] == "Release"
    assert report.outcome is Outcome.OK


def test_leaving_at_the_question_says_that_nothing_was_changed(tmp_path: Path) -> None:
    there = _tuned(tmp_path)

    def leave(_: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="nothing was changed"):
        deploy(
            replace(there.world(), ask=leave),
            there.choice(),
            template=None,
            shape=Shape.COMMIT,
            said=frozenset(),
            consent=Consent(),
        )
    assert there.changed_nothing()
