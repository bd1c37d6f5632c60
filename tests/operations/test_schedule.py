"""Schedule: the words that reach the schedulers, from which the same program with the same files can be run again."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import InputError, Outcome
from agent.operations.schedule import Wish, schedule
from agent.operations.world import Choice
from tests.command_line import INVENTORY, said_by, write_inventory
from tests.operations.contract import as_json
from tests.operations.world import yard

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEDULERS = ("systemd", "cron", "github-actions", "gitlab-ci")
PROGRAM = ("/opt/filestore-agent/bin/filestore-agent",)


def told(
    folder: Path, scheduler: str, *, choice: Choice | None = None, template: Path | None = None, **wish: Any
) -> Any:
    """Return the JSON of one schedule for the one cluster prod; pipelines are asked for where the inventory lies."""
    desk = folder if choice is None else folder / "desk"
    desk.mkdir(exist_ok=True)
    there = yard(desk)
    meant = choice or Choice(inventory=Path("inventory") if scheduler in SCHEDULERS[2:] else there.inventory)
    asked = Wish(scheduler=scheduler, program=PROGRAM, **{"every": 600.0, **wish})
    return as_json(schedule(there.world(), meant, asked, template=template))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_nothing_is_connected_and_nothing_written_unless_a_folder_is_named(tmp_path: Path, scheduler: str) -> None:
    document = told(tmp_path, scheduler)
    assert {file["path"] for file in document["files"]} == {None}
    assert sorted(it.name for it in tmp_path.iterdir()) == ["inventory"]
    assert document["cluster"] == "prod"


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_files_are_written_into_the_folder_as_they_are_shown(tmp_path: Path, scheduler: str) -> None:
    document = told(tmp_path, scheduler, out=tmp_path / "deep" / "out")
    for file in document["files"]:
        assert Path(file["path"]).read_text(encoding="utf-8") == file["content"]
    assert len(list((tmp_path / "deep" / "out").iterdir())) == len(document["files"])


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_same_job_again_replaces_its_files(tmp_path: Path, scheduler: str) -> None:
    told(tmp_path, scheduler, out=tmp_path / "out")
    again = told(tmp_path, scheduler, out=tmp_path / "out", every=3600.0)
    for file in again["files"]:
        assert Path(file["path"]).read_text(encoding="utf-8") == file["content"]


def _another(tmp_path: Path) -> Choice:
    """The same cluster in another folder."""
    return Choice(inventory=write_inventory(tmp_path / "other", prod=INVENTORY))


@pytest.mark.parametrize("scheduler", ["systemd", "cron"])
def test_files_of_another_job_are_not_replaced(tmp_path: Path, scheduler: str) -> None:
    (tmp_path / "other").mkdir()
    told(tmp_path, scheduler, out=tmp_path / "out")
    before = {it: it.read_bytes() for it in (tmp_path / "out").iterdir()}
    with pytest.raises(InputError, match=r"filestore-agent-drift-prod\.\w+: it is of another job"):
        told(tmp_path, scheduler, out=tmp_path / "out", choice=_another(tmp_path))
    assert {it: it.read_bytes() for it in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("content", [b"stages: [mine]\n", b"\xff\x00", b""])
def test_a_file_that_somebody_wrote_by_hand_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".gitlab-ci.yml").write_bytes(content)
    with pytest.raises(InputError, match=r"\.gitlab-ci\.yml: it is of another job, or of none"):
        told(tmp_path, "gitlab-ci", out=tmp_path)
    assert (tmp_path / ".gitlab-ci.yml").read_bytes() == content


@pytest.mark.parametrize("lay", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_file_is_not_replaced_and_not_waited_for(tmp_path: Path, lay: Callable[[Path], None]) -> None:
    lay(tmp_path / ".gitlab-ci.yml")
    with pytest.raises(InputError, match=r"\.gitlab-ci\.yml: it is of another job, or of none"):
        told(tmp_path, "gitlab-ci", out=tmp_path)


def test_where_one_of_two_files_is_of_another_job_none_is_written(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "filestore-agent-drift-prod.timer").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"drift-prod\.timer: it is of another job"):
        told(tmp_path, "systemd", out=tmp_path / "out")
    assert [it.name for it in (tmp_path / "out").iterdir()] == ["filestore-agent-drift-prod.timer"]


@pytest.mark.parametrize("scheduler", ["systemd", "cron"])
def test_paths_are_whole_whatever_was_typed(tmp_path: Path, scheduler: str) -> None:
    write_inventory(tmp_path)
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tmp_path / "link").symlink_to("x/y")
    (tmp_path / "own.j2").write_bytes((Path(__file__).parents[2] / "templates/filestore-config.xml.j2").read_bytes())
    choice = Choice(inventory=Path("./link/../../inventory"), clusters=("all",), limit="jira-1", exclude="jira-2")
    document = told(tmp_path, scheduler, choice=choice, template=Path("own.j2"), metrics="m/x.prom")
    assert document["command"] == [
        *PROGRAM, "drift", "--inventory", str(tmp_path / "inventory"), "--cluster", "all",
        "--template", str(tmp_path / "own.j2"), "--limit", "jira-1", "--exclude", "jira-2",
        "--metrics", str(tmp_path / "m/x.prom"),
    ]  # fmt: skip


def test_the_template_of_this_folder_is_named_since_a_scheduler_starts_in_another(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    shipped = Path(__file__).parents[2] / "templates/filestore-config.xml.j2"
    (tmp_path / "templates" / shipped.name).write_bytes(shipped.read_bytes())
    command = told(tmp_path, "cron")["command"]
    assert command[command.index("--template") + 1] == str(tmp_path / "templates" / shipped.name)
    assert "TEMPLATE" not in told(tmp_path, "gitlab-ci")["files"][0]["content"]


def test_the_only_cluster_is_named_so_that_a_second_one_does_not_stop_the_check(tmp_path: Path) -> None:
    command = told(tmp_path, "cron")["command"]
    assert command[command.index("--cluster") + 1] == "prod"


def test_of_several_clusters_one_has_to_be_named_or_all(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, prod=INVENTORY, test=INVENTORY)
    with pytest.raises(InputError, match="--cluster: say which one, or 'all'"):
        told(tmp_path, "cron", choice=Choice(inventory=inventory))
    document = told(tmp_path, "cron", choice=Choice(inventory=inventory, clusters=("prod", "test")))
    (file,) = document["files"]
    assert re.fullmatch(r"filestore-agent-drift-prod-test-[0-9a-f]{8}\.cron", file["name"])


def test_one_bad_cluster_does_not_keep_the_others_from_being_watched(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, bad=INVENTORY.replace("jira:", "jra:"), prod=INVENTORY)
    document = told(tmp_path, "systemd", choice=Choice(inventory=inventory, clusters=("all",)))
    assert document["outcome"] == Outcome.OK
    assert document["findings"]


def test_what_root_makes_is_for_the_whole_system(tmp_path: Path) -> None:
    places = {file["place"].rpartition("/")[0] for file in told(tmp_path, "systemd")["files"]}
    assert places == {"/etc/systemd/system" if os.geteuid() == 0 else "~/.config/systemd/user"}
    assert "\nUser=ops\n" in told(tmp_path, "systemd", user="ops")["files"][0]["content"]


@pytest.mark.parametrize("user", ["ops;id", "a b", "-x", "é", "0 * * * * root"])
@pytest.mark.parametrize("scheduler", ["systemd", "cron"])
def test_a_user_that_is_none_is_refused(tmp_path: Path, scheduler: str, user: str) -> None:
    with pytest.raises(InputError, match="--user: "):
        told(tmp_path, scheduler, user=user)


def test_a_folder_without_an_inventory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        told(tmp_path, "cron", choice=Choice(inventory=tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "schedule: say one of --systemd, --cron, --github-actions, --gitlab-ci (none was said)"),
        (["--cron", "--systemd"], "(--systemd and --cron)"),
        (["--cron", "--every", "10"], "--every: "),
        (["--cron", "--every", "7m"], "--every: a cron expression cannot say 7m; one of 1m, "),
        (["--systemd", "--every", "30s"], "--every: 30 s are too few"),
        (["--cron", "--metrics", ""], "--metrics: it is empty"),
    ],
)
def test_words_that_contradict_each_other_are_wrong_usage(
    tmp_path: Path, words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_inventory(tmp_path)
    code, out, err = said_by(capsys, "schedule", *words)
    assert code == 5
    assert complaint in out + err


@pytest.mark.parametrize("scheduler", ["cron", "github-actions", "gitlab-ci"])
def test_what_is_printed_can_be_piped_as_it_is(
    tmp_path: Path, scheduler: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_inventory(tmp_path)
    _, out, err = said_by(capsys, "schedule", f"--{scheduler}")
    code, document, _ = said_by(capsys, "schedule", f"--{scheduler}", "--json")
    assert code == 0
    assert "nothing was installed" in err
    assert json.loads(document)["files"][0]["content"] == out


def test_two_files_are_told_apart_by_remarks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_inventory(tmp_path)
    _, out, _ = said_by(capsys, "schedule", "--systemd", "--user", "ops")
    assert [line for line in out.splitlines() if "==>" in line] == [
        "# ==> /etc/systemd/system/filestore-agent-drift-prod.service <==",
        "# ==> /etc/systemd/system/filestore-agent-drift-prod.timer <==",
    ]


def test_the_metrics_are_those_of_the_checks_and_not_of_this_task(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_inventory(tmp_path)
    code, out, _ = said_by(capsys, "schedule", "--cron", "--metrics", "drift.prom")
    assert code == 0
    assert f"--metrics {tmp_path}/drift.prom " in out
    assert not (tmp_path / "drift.prom").exists()
