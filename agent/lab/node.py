"""One node of the lab, as a person at its keyboard handles it: the file, the stand-in Jira, where its data lies."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.lab import visit
from agent.lab.jira import lock, log, settings
from agent.lab.jira.startup import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

COMMAND = Path(__file__).parent / "jira" / "__main__.py"
PATIENCE = 20.0
"""Seconds that anything in the lab may take before the lab says what is wrong; all of it is quick."""
DOWN = "down"
"""The state of a node whose status port nobody listens on."""


class LabFault(Exception):  # noqa: N818 - a fault of the lab, not of the product
    """The lab did not do what it should; the message says which node and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabNode:
    """One node; its stand-in Jira is found by the lock on its home, so that this value never goes stale."""

    name: str
    home: Path
    ssh_port: int
    status_port: int
    context_path: str = ""

    @property
    def file(self) -> Path:
        """The node's filestore-config.xml, there or not."""
        return self.home / FILE_NAME

    @property
    def pid(self) -> int | None:
        """The process id of the stand-in, or None where it does not run."""
        return lock.holder_of(str(self.home))

    @property
    def state(self) -> str:
        """What /status says now, or `down`."""
        said = visit.ask(self._url("/status"), PATIENCE)[1]
        return str(said["state"]) if isinstance(said, dict) and "state" in said else DOWN

    @property
    def log_file(self) -> Path:
        """The node's atlassian-jira.log, there or not."""
        return log.file_in(self.home)

    @property
    def log(self) -> str:
        """What the stand-in has written so far, since the log was last rotated."""
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""

    def service(self, verb: str) -> list[str]:
        """Return the command that starts or stops this node's Jira, for the inventory and for us."""
        return [sys.executable, "-I", "-S", str(COMMAND), verb, f"-Djira.home={self.home}"]

    def write(self, content: bytes) -> None:
        """Alter the file by hand, as people do: in place, and nobody is told."""
        self.file.write_bytes(content)

    def remove(self) -> None:
        """Remove the file by hand."""
        self.file.unlink(missing_ok=True)

    def behave(self, **habits: object) -> None:
        """Change how the stand-in behaves from its next start on (agent/lab/jira/settings.py).

        start_does_nothing and stop_does_nothing are habits of the two commands, and hold at once.

        Raises:
            SettingsFault: there is no such habit, or it has no such value.
        """
        settings.write(self.home, **habits)

    def behave_well(self) -> None:
        """Forget every habit from the next start on."""
        settings.reset(self.home)

    def start_jira(self, **variables: str) -> None:
        """Start the stand-in; returns when it holds its home, long before it is ready.

        The variables are added to its environment, as Jira's own setenv.sh would.
        """
        environment = {**os.environ, **variables}
        done = subprocess.run(self.service("start"), check=False, capture_output=True, text=True, env=environment)  # noqa: S603 - our own command
        if done.returncode:
            raise LabFault(f"{self.name}: Jira did not start ({done.stderr.strip()})")

    def stop_jira(self) -> None:
        """Stop the stand-in and wait for its end."""
        self.signal_jira(signal.SIGTERM)
        self.wait_until_down()

    def kill_jira(self) -> None:
        """End the stand-in at once, as a crash would."""
        self.signal_jira(signal.SIGKILL)
        self.wait_until_down()

    def signal_jira(self, number: signal.Signals) -> None:
        """Send the stand-in a signal, if it runs."""
        pid = self.pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def store(self, target: str = "backups") -> Path:
        """Let the running Jira store one object, and return where it went."""
        code, said = visit.ask(self._url(f"/lab/store/{target}"), PATIENCE, method="POST")
        if code != 201 or not isinstance(said, dict):  # noqa: PLR2004 - HTTP's word for created
            raise LabFault(f"{self.name}: stored nothing (HTTP {code}); it is {self.state}")
        return Path(said["stored"])

    def rest(self, path: str, token: str | None = None) -> tuple[int, Any]:
        """Return code and content of one of Jira's REST pages, asked with this token or without any."""
        return visit.ask(self._url(path), PATIENCE, token=token)

    def rotate_log(self) -> Path:
        """Rotate the log as log4j does: the old one gets another name, a new one begins. Returns the old one."""
        older = self._older_log()
        self.log_file.replace(older)
        self.log_file.touch()
        return older

    def copytruncate_log(self) -> Path:
        """Rotate the log as logrotate's copytruncate does: the same file, empty again. Returns the copy."""
        older = self._older_log()
        shutil.copyfile(self.log_file, older)
        os.truncate(self.log_file, 0)
        return older

    def wait_for(self, state: str, patience: float = PATIENCE) -> None:
        """Wait until /status says so."""
        self._wait(lambda: self.state == state, f"did not become {state}", patience)

    def wait_for_log(self, words: str, patience: float = PATIENCE) -> None:
        """Wait until the log holds these words."""
        self._wait(lambda: words in self.log, f"did not log {words!r}", patience)

    def wait_until_down(self, patience: float = PATIENCE) -> None:
        """Wait until the stand-in has let go of its home."""
        self._wait(lambda: self.pid is None, "did not end", patience)

    def forget(self) -> None:
        """Remove what the product keeps on the node, and nothing else."""
        shutil.rmtree(self.home / ".filestore-agent", ignore_errors=True)

    def _wait(self, done: Callable[[], bool], complaint: str, patience: float) -> None:
        give_up = time.monotonic() + patience
        while not done():
            if time.monotonic() > give_up:
                raise LabFault(f"{self.name}: {complaint} in {patience:.0f} s (it is {self.state}, pid {self.pid})")
            time.sleep(0.01)

    def _older_log(self) -> Path:
        """Return a name that is free: the newest rotated log has the highest number."""
        rotated = len(list(self.log_file.parent.glob(f"{log.NAME}.*")))
        return self.log_file.with_name(f"{log.NAME}.{rotated + 1}")

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.status_port}{self.context_path}{path}"
