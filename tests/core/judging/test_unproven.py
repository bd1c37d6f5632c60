"""What could not be proven, and for want of what: told, and never taken for a yes or a no."""

from __future__ import annotations

from dataclasses import replace

from agent.core.judging.standing import Standing, judge
from agent.core.judging.unproven import unproven
from agent.core.observation import FileFacts, FileKind, Observation, Presence, Process, StatusPage
from tests.core.sightings import document, file_of, loaded, look, silent

SOUND = loaded(document())


def open_questions(seen: Observation) -> tuple[str, ...]:
    return unproven(judge((look("jira-1", seen),))[0])


def test_of_a_sound_node_nothing_is_open() -> None:
    assert open_questions(SOUND) == ()


def test_without_sudo_the_holder_and_the_receipts_are_not_known() -> None:
    seen = replace(SOUND, ran_as="ops", ours_hidden=True, receipts=())

    assert open_questions(seen) == (
        (
            "who holds the node, and what was committed there: .filestore-agent is jira's alone"
            " (looked as ops, since sudo -n -u jira was refused)"
        ),
    )


def test_without_sudo_and_without_a_folder_of_ours_only_the_right_to_write_is_open() -> None:
    assert open_questions(replace(SOUND, ran_as="ops")) == (
        "whether jira may write there (looked as ops, since sudo -n -u jira was refused)",
    )


def test_a_file_that_may_not_be_read_leaves_everything_about_it_open() -> None:
    seen = replace(SOUND, ran_as="ops", file=FileFacts(kind=FileKind.HIDDEN))
    judgement = judge((look("jira-1", seen),))[0]

    assert judgement.standing is Standing.UNKNOWN
    assert any(what.startswith("what lies on disk: ") for what in unproven(judgement))


def test_a_process_that_is_not_clear_leaves_open_what_is_in_force() -> None:
    seen = replace(SOUND, process=Process(presence=Presence.UNKNOWN, evidence="several locks"))

    assert "what the running Jira has loaded: it is not clear which process, if any, uses this localhome" in (
        open_questions(seen)
    )


def test_a_status_page_that_says_nothing_leaves_open_whether_jira_serves() -> None:
    assert open_questions(replace(SOUND, status=StatusPage(reason="timed out"))) == ("whether Jira serves: timed out",)
    assert open_questions(replace(SOUND, status=StatusPage(code=200, state="LOGIN"))) == (
        "whether Jira serves: the status page said HTTP 200 LOGIN",
    )
    hidden = Process(presence=Presence.UNKNOWN, evidence="hidden")
    assert "nobody listens" in open_questions(replace(SOUND, status=StatusPage(refused=True), process=hidden))[-1]


def test_of_a_node_that_was_not_seen_nothing_is_listed_since_all_of_it_is_open() -> None:
    assert unproven(judge((silent("jira-1"),))[0]) == ()


def test_what_a_node_says_of_itself_is_printable() -> None:
    seen = replace(SOUND, ran_as="o\x1bps", file=file_of(document()))

    assert all(what.isprintable() for what in open_questions(seen))
