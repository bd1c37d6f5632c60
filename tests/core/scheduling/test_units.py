"""The service and the timer, as systemd itself reads them."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from agent.core.scheduling.units import command_line, units
from agent.errors import InputError
from tests.core.scheduling.jobs import HOSTILE, JOB, SHOWABLE, TEMPLATES, UNSAYABLE, job
from tests.support.need import needs
from tests.support.systemd import commands_of, complaints_about, exposure_of, settings_of

if TYPE_CHECKING:
    from agent.core.scheduling.job import Job

STATE = "/home/kim/.local/state/filestore-agent"
SEEN = (("/tmp/x", "no"), ("/var/tmp/x", "no"), ("/srv/tmp/x", "yes"), ("/tmpx", "yes"))  # noqa: S108 - no files
pytestmark = needs("systemd-analyze", "systemd")


def laid(folder: Path, what: Job, *, state_folder: str = STATE) -> tuple[Path, Path]:
    """Write the two units and return their paths; /bin/true stands for a program that is not installed here."""
    paths = []
    for piece in units(what, TEMPLATES, state_folder=state_folder):
        path = folder / piece.name
        path.write_text(piece.text.replace(JOB.program[0], "/bin/true"), encoding="utf-8")
        paths.append(path)
    service, timer = paths
    return service, timer


@pytest.mark.parametrize("user", [None, "ops"])
@pytest.mark.parametrize("every", [60, 420, 600, 3600, 86400])
def test_systemd_has_nothing_against_the_units(tmp_path: Path, user: str | None, every: int) -> None:
    assert complaints_about(*laid(tmp_path, job(user=user, every=every, metrics="/var/lib/m/a.prom"))) == ""


def test_a_damaged_unit_would_be_found_out(tmp_path: Path) -> None:
    service, timer = laid(tmp_path, JOB)
    service.write_text(service.read_text().replace("ProtectHome=read-only", "ProtectHome=perhaps"))
    assert "protect home" in complaints_about(service, timer)


@pytest.mark.parametrize("word", [*HOSTILE, "back\\slash", "\\x41\\n"])
def test_a_hostile_word_reaches_the_program_as_it_is(tmp_path: Path, word: str) -> None:
    what = job(inventory=f"/srv/{word}/x", clusters=(word,), limit=word, metrics=f"/var/{word}/a.prom")
    service, timer = laid(tmp_path, what, state_folder=f"/home/{word}/filestore-agent")
    assert complaints_about(service, timer) == ""
    made, ran = commands_of(service)
    assert ran == ["/bin/true", *what.words[1:]]
    assert made[-1] == f"/home/{word}/filestore-agent"
    read = settings_of(service)
    assert f"Environment: XDG_STATE_HOME=/home/{word}\n" in read
    assert f"-/var/{word}" in read


@pytest.mark.parametrize("word", UNSAYABLE)
def test_what_systemd_cannot_say_is_refused(word: str) -> None:
    for changed in ({"inventory": word}, {"clusters": (word,)}, {"metrics": f"/{word}/m"}, {"program": (f"/{word}",)}):
        with pytest.raises(InputError, match=r"a systemd unit cannot say what is not printable"):
            units(job(**changed), TEMPLATES, state_folder=STATE)


def test_a_program_whose_path_systemd_would_not_find_is_refused() -> None:
    for program in ("/opt/$x/run", "run", "-/opt/run", "@x"):
        with pytest.raises(InputError, match=r"cannot start a program of this name"):
            command_line((program, "drift"))


@pytest.mark.parametrize(("user", "most"), [("ops", 1.6), (None, 5.5)])
def test_the_service_is_open_to_little(tmp_path: Path, user: str | None, most: float) -> None:
    service, _ = laid(tmp_path, job(user=user))
    assert exposure_of(service) <= most


def test_where_the_caller_keeps_a_memory_is_nothing_to_a_service_of_the_whole_system(tmp_path: Path) -> None:
    elsewhere = "/tmp/state/filestore-agent"  # noqa: S108 - no file
    own, _ = laid(tmp_path, JOB, state_folder=elsewhere)
    assert "\nPrivateTmp=no\n" in own.read_text()
    whole, _ = laid(tmp_path, job(user="ops"), state_folder=elsewhere)
    assert "\nPrivateTmp=yes\n" in whole.read_text()
    assert elsewhere not in whole.read_text()
    laid(tmp_path, job(user="ops"), state_folder="/home/\udcff/filestore-agent")


def test_one_service_never_runs_twice_at_a_time_and_always_ends(tmp_path: Path) -> None:
    service, timer = laid(tmp_path, JOB)
    assert "\nType=oneshot\n" in service.read_text()
    assert "\nTimeoutStartSec=15min\n" in service.read_text()
    assert re.findall(r"^\w*Delay\w*=.*$", timer.read_text(), re.MULTILINE) == [
        "RandomizedDelaySec=300s",
        "FixedRandomDelay=yes",
    ]


def test_the_memory_is_writable_and_the_home_is_not(tmp_path: Path) -> None:
    own, _ = laid(tmp_path, JOB)
    assert f"\nReadWritePaths=-{STATE}\n" in own.read_text()
    assert "User=" not in own.read_text()
    whole, _ = laid(tmp_path, job(user="ops"))
    for line in ("User=ops", "StateDirectory=filestore-agent", "Environment=XDG_STATE_HOME=%S"):
        assert f"\n{line}\n" in whole.read_text()
    assert "ReadWritePaths" not in whole.read_text()
    assert all("\nProtectHome=read-only\n" in it.read_text() for it in (own, whole))


def test_what_lies_among_temporary_files_is_still_seen(tmp_path: Path) -> None:
    for path, private in SEEN:
        assert f"\nPrivateTmp={private}\n" in laid(tmp_path, job(inventory=path))[0].read_text()
    packaged = job(program=("/usr/bin/env", "PYTHONPATH=/tmp/x", "/usr/bin/python3"))
    assert "\nPrivateTmp=no\n" in laid(tmp_path, packaged)[0].read_text()


@settings(max_examples=25)
@given(SHOWABLE)
def test_whatever_can_be_shown_reaches_the_program_as_it_is(words: list[str]) -> None:
    with TemporaryDirectory() as folder:
        unit = Path(folder) / "x.service"
        unit.write_text(f"[Service]\nType=oneshot\nExecStart={command_line(('/bin/true', *words))}\n", encoding="utf-8")
        assert commands_of(unit) == [["/bin/true", *words]]
