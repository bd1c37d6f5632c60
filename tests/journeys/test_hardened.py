"""What the hardened service may do is enough for a drift check of real nodes over SSH, and what it may not is not used.

No systemd runs here. So the command is run under what the unit asks of the kernel, as far as a process can ask for it
itself, and its system calls are held against the lists that systemd has.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.command_line import said_by
from tests.support.need import needs
from tests.support.systemd import commands_of

if TYPE_CHECKING:
    import pytest

    from tests.support.journey import Journey

NO_NEW_PRIVILEGES, DENY_WRITE_EXECUTE = 38, 65
"""PR_SET_NO_NEW_PRIVS and PR_SET_MDWE of linux/prctl.h; an older kernel does not know the second."""
ROOT = Path(__file__).parents[2]


def service_of(journey: Journey, capsys: pytest.CaptureFixture[str], folder: Path) -> Path:
    """Let the program write the service for the lab's cluster."""
    words = ("schedule", "--systemd", "--user", "root", "--inventory", str(journey.lab.inventory), "--out", str(folder))
    assert said_by(capsys, *words)[0] == 0
    return folder / "filestore-agent-drift-lab.service"


def ask_the_kernel() -> None:
    """Give up what the unit gives up, for good, before the program is started."""
    kernel = ctypes.CDLL(None)
    kernel.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    kernel.prctl(DENY_WRITE_EXECUTE, 1, 0, 0, 0)


def calls_of(group: str) -> set[str]:
    """Return the system calls of one of systemd's groups, and of the groups in it."""
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True
    ).stdout
    words = [line.strip() for line in told.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return {word for word in words if word[0] != "@"}.union(*(calls_of(it) for it in words if it[0] == "@"))


def run(command: list[str], journey: Journey) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd="/", timeout=120,
        preexec_fn=ask_the_kernel, env={"HOME": str(Path.home()), "PATH": "/usr/bin:/bin", **state_of(journey)},
    )  # fmt: skip


def state_of(journey: Journey) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(journey.state_home)}


@needs("systemd-analyze", "systemd")
@needs("strace", "strace")
def test_a_check_of_real_nodes_needs_nothing_that_the_service_takes_away(
    deployed: Journey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = service_of(deployed, capsys, tmp_path / "units")
    (command,) = commands_of(service)
    plain = run(command, deployed)
    assert plain.returncode == 2, plain.stdout + plain.stderr
    assert "3 DRIFTED" in plain.stdout

    trace = tmp_path / "trace"
    traced = run(["strace", "-f", "-qq", "-o", str(trace), *command], deployed)
    assert traced.returncode == 2, traced.stdout + traced.stderr
    text = trace.read_text(encoding="utf-8", errors="replace")
    used = set(re.findall(r"^\d+ +(\w+)\(", text, re.MULTILINE))
    given, refused = (
        re.sub("^~", "", it).split() for it in re.findall(r"^SystemCallFilter=(.+)$", service.read_text(), re.MULTILINE)
    )
    allowed = set().union(*(calls_of(group) for group in (*given, "@default")))
    taken = set().union(*(calls_of(group) for group in refused))
    assert len(used) > 20
    assert used - (allowed - taken) == set()

    families = set(re.findall(r"socket\((AF_\w+)", text))
    (granted,) = re.findall(r"^RestrictAddressFamilies=(.+)$", service.read_text(), re.MULTILINE)
    assert "AF_INET" in families
    assert families <= set(granted.split())

    written = set(re.findall(r'\(\w+, "([^"]+)", [A-Z_|]*(?:O_WRONLY|O_RDWR)', text))
    written |= set(re.findall(r'\b(?:mkdir|rename|unlink|chmod|link|symlink)(?:at2?)?\((?:AT_FDCWD, )?"([^"]+)"', text))
    # Python does without a cache of what it compiled, and a service has a /tmp of its own. The lab itself lies in /tmp.
    kept = {it for it in written if "__pycache__" not in it and not it.startswith((str(deployed.state_home), "/dev/"))}
    assert not {
        it for it in kept if it.startswith(str(deployed.lab.folder)) or not it.startswith(tempfile.gettempdir())
    }
