"""Each check of doctor: what is good, what needs care, what is bad, and the cure beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.judging.checkup import STAGE_BYTES, Check, Health, examine
from agent.core.node import CommandService
from agent.core.observation import FileFacts, FileKind, HomeFacts, Presence, Process, StatusPage
from tests.core.sightings import document, down, file_of, node, observed

if TYPE_CHECKING:
    from agent.core.observation import Observation

HOME = HomeFacts(
    kind=FileKind.DIRECTORY, owner="jira", group="jira", mode="0750", writable=True, free_bytes=1 << 30, free_inodes=99
)
FILE = replace(file_of(document()), owner="jira", group="jira", mode="0640")
UNIT = (("LoadState", "loaded"), ("ActiveState", "active"), ("TimeoutStopUSec", "10min"))
SOUND = replace(observed(FILE, home=HOME), unit=UNIT)


def _checks(seen: Observation | str) -> dict[str, Check]:
    only = node("jira-1")
    return {check.what: check for check in examine((only,), {"jira-1": seen})["jira-1"]}


def test_a_sound_node_is_good_in_everything() -> None:
    checks = _checks(SOUND)

    assert {check.health for check in checks.values()} == {Health.GOOD}
    assert all(check.cure is None for check in checks.values())
    assert set(checks) == {
        "connection",
        "file owner",
        "localhome",
        "disk",
        "tools",
        "file",
        "process",
        "status page",
        "service",
    }


@pytest.mark.parametrize(
    ("seen", "what", "health", "words"),
    [
        (replace(SOUND, ran_as="ops"), "file owner", Health.BAD, "sudo -n -u jira was refused"),
        (replace(SOUND, home=replace(HOME, kind=FileKind.ABSENT)), "localhome", Health.BAD, "/srv/jira is not there"),
        (replace(SOUND, home=replace(HOME, kind=FileKind.SYMLINK)), "localhome", Health.BAD, "symbolic link"),
        (replace(SOUND, home=replace(HOME, owner="root")), "localhome", Health.BAD, "belongs to root"),
        (replace(SOUND, home=replace(HOME, writable=False)), "localhome", Health.BAD, "cannot be written"),
        (replace(SOUND, home=replace(HOME, free_bytes=STAGE_BYTES - 1)), "disk", Health.BAD, "255 KiB"),
        (replace(SOUND, home=replace(HOME, free_inodes=0)), "disk", Health.BAD, "0 inodes"),
        (replace(SOUND, home=replace(HOME, free_bytes=None)), "disk", Health.CARE, "not known"),
        (replace(SOUND, missing_tools=("mktemp", "sync")), "tools", Health.BAD, "mktemp, sync"),
        (replace(SOUND, file=FileFacts(kind=FileKind.ABSENT)), "file", Health.GOOD, "shared home"),
        (replace(SOUND, file=FileFacts(kind=FileKind.HIDDEN)), "file", Health.CARE, "may not be looked at"),
        (replace(SOUND, file=FileFacts(kind=FileKind.SYMLINK)), "file", Health.BAD, "symlink"),
        (replace(SOUND, file=FileFacts(kind=FileKind.FIFO)), "file", Health.BAD, "fifo"),
        (replace(SOUND, file=replace(FILE, links=2)), "file", Health.BAD, "2 hard links"),
        (replace(SOUND, file=replace(FILE, owner="root")), "file", Health.CARE, "belongs to root"),
        (down(FILE, home=HOME), "process", Health.CARE, "no Jira uses this localhome"),
        (down(FILE, home=HOME), "status page", Health.GOOD, "Jira is down"),
        (
            replace(SOUND, process=Process(presence=Presence.UNKNOWN, evidence="two of them")),
            "process",
            Health.CARE,
            "two of them",
        ),
        (
            replace(SOUND, process=replace(SOUND.process, home="/elsewhere", evidence="unit")),
            "process",
            Health.BAD,
            "-Djira.home=/elsewhere",
        ),
        (replace(SOUND, process=replace(SOUND.process, home="/srv/jira/")), "process", Health.GOOD, "found by lock"),
        (replace(SOUND, status=StatusPage(reason="timed out")), "status page", Health.BAD, "timed out"),
        (replace(SOUND, status=StatusPage(code=200, state="LOGIN")), "status page", Health.BAD, "HTTP 200 LOGIN"),
        (
            replace(SOUND, status=StatusPage(code=500, state="ERROR")),
            "status page",
            Health.BAD,
            "HTTP 500 ERROR: the start of Jira was prevented",
        ),
        (
            replace(SOUND, process=Process(presence=Presence.NONE)),
            "status page",
            Health.BAD,
            "http://127.0.0.1:8080/status: HTTP 200 RUNNING, but no Jira uses /srv/jira",
        ),
        (replace(SOUND, status=StatusPage(code=302)), "status page", Health.BAD, "HTTP 302"),
        (replace(SOUND, unit=()), "service", Health.BAD, "a restart would halt"),
        (replace(SOUND, unit=(("LoadState", "not-found"),)), "service", Health.BAD, "jira is not-found"),
        (replace(SOUND, unit=(*UNIT[:2], ("TimeoutStopUSec", "1min 30s"))), "service", Health.CARE, "90 s after"),
        (replace(SOUND, unit=(*UNIT[:2], ("TimeoutStopUSec", "infinity"))), "service", Health.GOOD, "active"),
        (replace(SOUND, unit=(*UNIT[:2], ("TimeoutStopUSec", "2min"))), "service", Health.GOOD, "active"),
        (replace(SOUND, unit=(*UNIT[:2], ("TimeoutStopUSec", "500ms"))), "service", Health.CARE, "0 s after"),
        (replace(SOUND, container="docker"), "container", Health.BAD, "docker"),
        ("connection refused", "connection", Health.BAD, "connection refused"),
    ],
)
def test_what_is_seen_decides_and_what_is_not_good_names_its_cure(
    seen: Observation | str, what: str, health: Health, words: str
) -> None:
    check = _checks(seen)[what]

    assert check.health is health
    assert words in check.seen
    assert (check.cure is None) is (health is Health.GOOD)


@pytest.mark.parametrize("kind", [FileKind.ABSENT, FileKind.REGULAR, FileKind.FIFO, FileKind.OTHER])
def test_where_the_localhome_is_no_folder_nothing_is_said_of_what_would_lie_or_run_there(kind: FileKind) -> None:
    lost = replace(
        SOUND,
        home=HomeFacts(kind=kind),
        file=FileFacts(kind=FileKind.ABSENT),
        process=Process(presence=Presence.NONE),
    )

    checks = _checks(lost)

    assert set(checks) == {"connection", "file owner", "localhome", "tools", "service"}
    assert (checks["localhome"].health, checks["localhome"].cure) == (Health.BAD, "correct jira.localhome")


def test_a_prevented_start_names_the_log_to_read() -> None:
    cure = _checks(replace(SOUND, status=StatusPage(code=500, state="ERROR")))["status page"].cure

    assert cure == "see /srv/jira/log/atlassian-jira.log on the node"


def test_a_page_that_answers_for_no_process_says_which_lines_may_be_wrong() -> None:
    cure = _checks(replace(SOUND, process=Process(presence=Presence.NONE)))["status page"].cure

    assert cure is not None
    assert "correct jira.localhome or jira.status" in cure


def test_a_node_that_is_not_seen_has_one_check_only() -> None:
    assert set(_checks("host key refused")) == {"connection"}


def test_commands_instead_of_a_unit_are_not_asked_of_systemd() -> None:
    own = replace(node("jira-1"), service=CommandService(start=("start",), stop=("stop",)))

    checks = examine((own,), {"jira-1": replace(SOUND, unit=())})["jira-1"]

    assert "service" not in {check.what for check in checks}


def test_two_names_for_one_localhome_are_found_and_copies_of_a_machine_are_not() -> None:
    nodes = tuple(node(f"jira-{number}") for number in (1, 2, 3))
    home = replace(HOME, device="8", inode="7")
    same = replace(SOUND, home=home, machine_id="m")
    copy = replace(same, boot_id="another boot")

    found = examine(nodes, {"jira-1": same, "jira-2": copy, "jira-3": same})

    twins = {name: [check.seen for check in checks if check.what == "identity"] for name, checks in found.items()}
    assert twins == {
        "jira-1": ["jira-[1,3] are one machine with one localhome"],
        "jira-2": [],
        "jira-3": ["jira-[1,3] are one machine with one localhome"],
    }


def test_nodes_that_do_not_say_who_they_are_are_no_twins() -> None:
    nodes = (node("jira-1"), node("jira-2"))

    found = examine(nodes, {"jira-1": SOUND, "jira-2": SOUND})

    assert all(check.what != "identity" for checks in found.values() for check in checks)
