"""Restore: what is listed and picked, how it is fetched and proven, and how each way of failing is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.observation import FileKind
from agent.core.s3.answers import StoreFault
from agent.core.s3.brought import ArchiveTest
from agent.core.s3.proof import BackupFacts
from agent.errors import AgentError, InputError, Interrupted, Locked, Outcome, Refused
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import FetchSlice, FinishFetch, ListBackups, SurveyImport
from agent.operations.restore import SPARE, list_backups, restore_backup
from agent.operations.restoring.asking import Away, Silent
from agent.operations.restoring.way import Wish
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.world import Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report
    from agent.node.memory.pretend_backups import PretendBackups
    from agent.node.port import Request

WITH_SHARED = INVENTORY.replace("localhome: /var/jira", "localhome: /var/jira, sharedhome: /mnt/shared")
OLD, NEW = b"PK old" * 100, b"PK new" * 200
YES = Wish(yes=True)


def there_with(tmp_path: Path, inventory: str = WITH_SHARED) -> tuple[Yard, PretendBackups]:
    """Return three nodes that share one bucket and one import folder."""
    there = yard(tmp_path, prod=inventory)
    shared = there.machine("jira-1").backups
    for name in there.nodes:
        there.machine(name).backups = shared
    shared.objects |= {"backups/old.zip": OLD, "backups/new.zip": NEW}
    shared.modified |= {"backups/old.zip": 1_767_000_000.0, "backups/new.zip": 1_767_300_000.0}
    return there, shared


def restored(there: Yard, wish: Wish = YES, *answers: str, terminal: bool = True) -> Report:
    report = restore_backup(there.world(*answers, terminal=terminal), there.choice(), wish, template=None)
    as_json(report)
    return report


def listed(there: Yard) -> Report:
    report = list_backups(there.world(), there.choice(), Wish(only_list=True), template=None)
    as_json(report)
    return report


def test_the_newest_is_fetched_proven_and_named(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    report = restored(there)
    assert (report.outcome, shared.files) == (Outcome.OK, {"new.zip": NEW})
    facts = as_json(report)["restored"]
    assert (facts["path"], facts["proof"], facts["mode"]) == ("/mnt/shared/import/new.zip", "proven", "0640")
    assert any("Restore system" in line.text for line in report.lines)
    assert {name for name, _ in there.requests} == {"jira-1"}


def test_a_name_and_a_key_pick_exactly_one(tmp_path: Path) -> None:
    for said in ("old.zip", "backups/old.zip"):
        there, shared = there_with(tmp_path)
        restored(there, Wish(yes=True, backup=said))
        assert shared.files == {"old.zip": OLD}


def test_a_name_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    with pytest.raises(InputError, match=r'no backup "odl.zip" \(did you mean "old.zip"\?\)'):
        restored(there, Wish(yes=True, backup="odl.zip"))
    assert shared.files == {}


def test_the_list_is_newest_first_without_jiras_own_checks_and_fetches_nothing(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.objects |= {
        "backups/Healthcheck/1": b"x",
        "backups/Healtcheck-1": b"x",
        "backups/": b"",
        "backups/more/x.zip": b"x",
    }
    report = listed(there)
    assert [it["name"] for it in as_json(report)["backups"]] == ["new.zip", "old.zip"]
    assert as_json(report)["folders"] == ["backups/more/"]
    assert set(there.kinds()) == {"ListBackups"}
    assert report.next_command == "filestore-agent restore-backup --backup new.zip"
    assert shared.files == {}


HOSTILE = ("-rf.zip", "a\x1b[2J.zip", "a\nb.zip", ".hidden.zip", "..", "x" * 234 + ".zip", "a\\b.zip", "\u202egpj.zip")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_no_plain_file_name_is_listed_escaped_and_never_fetched(tmp_path: Path, name: str) -> None:
    there, shared = there_with(tmp_path)
    shared.objects[f"backups/{name}"] = b"evil"
    shared.modified[f"backups/{name}"] = 1_800_000_000.0
    lines = "\n".join(line.text for line in listed(there).lines)
    assert "not fetched: " in lines
    assert not set(lines) & {"\x1b", "\u202e"}
    with pytest.raises(Refused, match="is not fetched: "):
        restored(there, Wish(yes=True, backup=name))
    restored(there)
    assert shared.files == {"new.zip": NEW}


def test_a_person_is_asked_and_a_no_fetches_nothing(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    with pytest.raises(Refused, match="Not confirmed"):
        restored(there, Wish(), "no")
    assert shared.files == {}
    assert "Fetch new.zip (1.2 KiB, of 2026-01-01T20:40:00Z) by jira-1 into /mnt/shared/import" in there.questions[0]
    restored(there, Wish(), "yes")
    assert shared.files == {"new.zip": NEW}


def test_of_a_list_that_is_too_long_nobody_says_which_is_the_newest(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.next_page = "more"
    with pytest.raises(Refused, match="the newest is not known; say which one with --backup"):
        restored(there)
    with pytest.raises(Refused, match="not among those that were read"):
        restored(there, Wish(yes=True, backup="older.zip"))
    report = listed(there)
    assert (as_json(report)["complete"], report.next_command) == (False, None)
    assert "there are more, which were not read" in report.sentence
    assert shared.files == {}
    assert restored(there, Wish(yes=True, backup="new.zip")).outcome is Outcome.OK


def test_the_bucket_is_told_by_its_name_alone(tmp_path: Path) -> None:
    there, _ = there_with(tmp_path)
    assert " " not in as_json(listed(there))["bucket"]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(only_list=True), "restore-backup --list --from-workstation"),
        (Wish(yes=True, backup="old.zip", node="jira-2"), "--backup old.zip --node jira-2 --from-workstation"),
    ],
)
def test_the_way_out_is_what_was_asked_for_with_other_rights(tmp_path: Path, wish: Wish, words: str) -> None:
    there, shared = there_with(tmp_path)
    shared.fault = StoreFault(code="AccessDenied", message="Access Denied")
    with pytest.raises(Refused) as no:
        (list_backups if wish.only_list else restore_backup)(there.world(), there.choice(), wish, template=None)
    assert str(no.value).endswith(words)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (StoreFault(code="NoSuchBucket", message="no"), "correct `bucket-name`"),
        (StoreFault(code="unreachable", message="curl: (7) refused"), "curl: (7) refused; see that the endpoint"),
        (StoreFault(code="SlowDown", message="busy"), "SlowDown: busy"),
    ],
)
def test_what_a_store_refuses_with_is_told_with_what_to_do(tmp_path: Path, fault: StoreFault, said: str) -> None:
    there, shared = there_with(tmp_path)
    shared.fault = fault
    with pytest.raises(AgentError) as no:
        listed(there)
    assert said in str(no.value)
    assert "unreachable" not in str(no.value)


def test_without_a_terminal_the_flag_is_named(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    with pytest.raises(Refused, match="say --yes"):
        restored(there, Wish(), terminal=False)
    assert shared.files == {}


def test_without_a_shared_home_in_the_inventory_the_key_is_named(tmp_path: Path) -> None:
    there, _ = there_with(tmp_path, INVENTORY)
    with pytest.raises(InputError, match=r"add jira\.sharedhome"):
        restored(there)
    assert there.dialled == 0
    assert listed(there).outcome is Outcome.OK


def test_without_a_bucket_the_backups_are_in_the_shared_home(tmp_path: Path) -> None:
    there, _ = there_with(tmp_path, WITH_SHARED.replace("{backups: backupBucket}", "{}"))
    with pytest.raises(InputError, match="/mnt/shared/export"):
        restored(there)


def test_a_node_that_is_away_gives_way_to_the_next_unless_it_was_named(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    there.fault("jira-1", Fault(mishap=Mishap.UNREACHABLE, request=ListBackups))
    assert as_json(restored(there))["restored"]["node"] == "jira-2"
    shared.files.clear()
    there.fault("jira-3", Fault(mishap=Mishap.UNREACHABLE, request=ListBackups))
    with pytest.raises(Away, match="jira-3"):
        restored(there, Wish(yes=True, node="jira-3"))
    with pytest.raises(InputError, match=r'did you mean "jira-3"'):
        restored(there, Wish(yes=True, node="jira-33"))


def test_whoever_may_not_read_is_told_that_this_is_right_and_the_way_out(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.fault = StoreFault(code="AccessDenied", message="Access \x1bDenied")
    with pytest.raises(Refused, match=r"as it should be.*restore-backup --from-workstation") as no:
        restored(there)
    assert "\x1b" not in str(no.value)


def test_another_refusal_of_the_store_is_an_error(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.fault = StoreFault(code="NoSuchBucket", message="The specified bucket does not exist")
    with pytest.raises(AgentError, match="NoSuchBucket") as fault:
        restored(there)
    assert fault.value.outcome is Outcome.ERROR


def test_it_comes_in_slices_and_a_lost_answer_costs_nothing(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.flow = 500
    there.fault(
        "jira-1",
        Fault(mishap=Mishap.LOST_AFTER, request=FetchSlice),
        Fault(mishap=Mishap.UNREACHABLE, request=FetchSlice),
        Fault(mishap=Mishap.LOST_BEFORE, request=FinishFetch),
    )
    assert restored(there).outcome is Outcome.OK
    assert shared.files == {"new.zip": NEW}
    assert there.kinds().count("FetchSlice") == 4
    assert any("500 B of 1.2 KiB" in line or "1000 B of 1.2 KiB" in line for line in there.told)


def test_where_the_last_answer_is_lost_after_it_was_done_it_is_found_done(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    there.fault("jira-1", Fault(mishap=Mishap.LOST_AFTER, request=FinishFetch))
    report = restored(there)
    assert (report.outcome, as_json(report)["restored"]["proof"]) == (Outcome.OK, "proven")
    assert shared.files == {"new.zip": NEW}
    report = restored(there)
    assert (report.outcome, "was already in the import folder" in report.sentence) == (Outcome.OK, True)


def test_a_file_that_somebody_lays_there_at_the_last_moment_is_not_taken_for_ours(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)

    def lay(_: str, request: Request) -> None:
        if isinstance(request, FinishFetch):
            shared.files["new.zip"] = b"y" * len(NEW)

    there.before = lay
    with pytest.raises(Refused, match="is never replaced"):
        restored(there)
    assert shared.files["new.zip"] == b"y" * len(NEW)
    assert len(shared.files) == 2


@pytest.mark.parametrize(("mishap", "kind"), [(Mishap.UNREACHABLE, Away), (Mishap.LOST_BEFORE, Silent)])
def test_a_node_that_stays_away_is_given_up_with_the_way_to_go_on(
    tmp_path: Path, mishap: Mishap, kind: type[AgentError]
) -> None:
    there, shared = there_with(tmp_path)
    shared.flow = 500
    there.fault("jira-1", *[Fault(mishap=mishap, request=FetchSlice, spared=1)] * 1, *_many(mishap, 9))
    with pytest.raises(kind, match=r"goes on with it: filestore-agent restore-backup --backup new\.zip"):
        restored(there)
    half = next(iter(shared.files))
    assert shared.files[half] == NEW[: len(shared.files[half])]
    assert restored(there, Wish(yes=True, node="jira-2")).outcome is Outcome.OK
    assert shared.files == {"new.zip": NEW}


def _many(mishap: Mishap, count: int) -> list[Fault]:
    return [Fault(mishap=mishap, request=FetchSlice)] * count


def test_another_run_that_is_at_it_is_waited_for_and_then_named(tmp_path: Path) -> None:
    there, _ = there_with(tmp_path)
    there.fault("jira-1", *[Fault(mishap=Mishap.REFUSED, request=FetchSlice, code="fetching")] * 9)
    with pytest.raises((Silent, Locked)):
        restored(there)


def test_who_leaves_is_told_that_what_is_there_stays(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.flow = 500

    def leave(_: str, request: Request) -> None:
        if isinstance(request, FetchSlice) and shared.files:
            raise KeyboardInterrupt

    there.before = leave
    with pytest.raises(Interrupted, match="what is there stays"):
        restored(there)
    assert [len(content) for content in shared.files.values()] == [500]


def test_an_object_that_is_replaced_on_the_way_ends_the_run(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.flow = 500

    def replace(_: str, request: Request) -> None:
        if isinstance(request, FetchSlice):
            shared.objects["backups/new.zip"] = b"PK newer" * 100

    there.after = replace
    with pytest.raises(AgentError, match="was replaced while it was fetched"):
        restored(there)
    there.after = lambda _, __: None
    assert restored(there).outcome is Outcome.OK
    assert shared.files["new.zip"] == b"PK newer" * 100


def test_what_is_not_the_object_is_set_aside_and_an_error(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)

    def spoil(_: str, request: Request) -> None:
        if isinstance(request, FetchSlice):
            shared.files |= {name: b"x" + content[1:] for name, content in shared.files.items()}

    there.after = spoil
    report = restored(there)
    assert (report.outcome, "what arrived is not the backup" in report.sentence) == (Outcome.ERROR, True)
    assert all(name.endswith(".damaged") for name in shared.files)


UNPROVABLE = BackupFacts(size=len(NEW), etag="kms", modified=0.0, encryption="aws:kms", checksums={"crc64nvme": "AA=="})


@pytest.mark.parametrize(
    ("test", "outcome", "proof"),
    [
        (ArchiveTest.SOUND, Outcome.OK, "readable"),
        (ArchiveTest.NO_TOOL, Outcome.PARTIAL, "open"),
        (ArchiveTest.UNSURE, Outcome.PARTIAL, "open"),
        (ArchiveTest.TOO_LONG, Outcome.PARTIAL, "open"),
        (ArchiveTest.DAMAGED, Outcome.ERROR, "damaged"),
    ],
)
def test_where_no_checksum_can_be_taken_the_archive_itself_is_asked(
    tmp_path: Path, test: ArchiveTest, outcome: Outcome, proof: str
) -> None:
    there, shared = there_with(tmp_path)
    shared.facts = {"backups/new.zip": UNPROVABLE}
    shared.archive = test
    report = restored(there, Wish(yes=True, backup="new.zip"))
    assert (report.outcome, as_json(report)["restored"]["proof"]) == (outcome, proof)


def test_a_readable_archive_that_lay_there_already_is_not_taken_for_this_backup(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.facts = {"backups/new.zip": UNPROVABLE}
    shared.archive = ArchiveTest.SOUND
    shared.files["new.zip"] = b"z" * len(NEW)
    report = restored(there, Wish(yes=True, backup="new.zip"))
    assert (report.outcome, as_json(report)["restored"]["proof"]) == (Outcome.PARTIAL, "open")
    assert "was already in the import folder" in report.sentence
    assert any("does not tell that it is this one" in line.text for line in report.lines)
    assert "FetchSlice" not in there.kinds()


def test_an_object_in_an_archive_is_refused(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    far = BackupFacts(size=len(NEW), etag="e", modified=0.0, storage="GLACIER")
    shared.facts = {"backups/new.zip": far}
    with pytest.raises(Refused, match="lies in GLACIER"):
        restored(there, Wish(yes=True, backup="new.zip"))


def test_too_little_room_is_told_in_numbers_before_anybody_is_asked(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.free_bytes = SPARE
    with pytest.raises(Refused, match=f"{SPARE} bytes are free, {len(NEW)} are still to come"):
        restored(there, Wish())
    assert (there.questions, shared.files) == ([], {})


def test_a_file_of_the_name_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    for other in (b"mine", b"y" * len(NEW)):
        shared.files["new.zip"] = other
        with pytest.raises(Refused, match="is never replaced"):
            restored(there)
        assert shared.files == {"new.zip": other}


def test_a_shared_home_that_is_none_is_refused_in_the_nodes_words(tmp_path: Path) -> None:
    there, shared = there_with(tmp_path)
    shared.broken = ("no-shared-home", "is it mounted here?")
    with pytest.raises(Refused, match="is it mounted here"):
        restored(there)
    assert "FetchSlice" not in there.kinds()


def test_the_file_and_the_lock_are_left_alone(tmp_path: Path) -> None:
    there, _ = there_with(tmp_path)
    restored(there)
    for name in there.nodes:
        machine = there.machine(name)
        assert (machine.lock, machine.home.kind, machine.epoch) == (None, FileKind.DIRECTORY, 0)
    assert {"ListBackups", "DescribeBackup", "SurveyImport", "FetchSlice", "TakeDigests", "FinishFetch"} == set(
        there.kinds()
    )
    assert SurveyImport.__name__ in there.kinds()
