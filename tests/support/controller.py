"""What does a running task say, and how does it end? Its output read as it comes; every wait has an end."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from typing import IO

PATIENCE = 120.0


class Controller:
    """A task in a process of its own; lines holds its progress so far, without line ends."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._begun = time.monotonic()
        self.lines: list[str] = []
        self.output: list[str] = []
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            command, text=True, errors="replace", env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout
        assert self._process.stderr
        self._readers = [
            threading.Thread(target=self._read, args=(self._process.stderr, self.lines), daemon=True),
            threading.Thread(target=self._read, args=(self._process.stdout, self.output), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._begun

    @property
    def said(self) -> str:
        """All of its progress so far."""
        return "\n".join(self.lines)

    def wait_for(self, *words: str, patience: float = PATIENCE) -> None:
        """Wait until a line of progress holds one of these words; fail where it ends without."""
        give_up = time.monotonic() + patience
        with self._news:
            while not any(word in line for line in self.lines for word in words):
                left = give_up - time.monotonic()
                assert left > 0, f"{words} was not said in {patience:.0f} s:\n{self.said}"
                assert self._readers[0].is_alive(), f"{words} was not said at all:\n{self.said}"
                self._news.wait(min(left, 0.5))

    def wait_until(self, instant: float) -> None:
        """Wait until so many seconds after its beginning, or until it has ended."""
        left = self._begun + instant - time.monotonic()
        if left > 0:
            try:
                self._process.wait(left)
            except subprocess.TimeoutExpired:
                return

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def kill(self) -> bool:
        """Kill it, and tell whether it was still alive."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._close()
        return self._process.returncode == -signal.SIGKILL

    def end(self, patience: float = PATIENCE) -> int:
        """Wait for its end, and return the exit code."""
        code = self._process.wait(patience)
        self._close()
        return code

    def _read(self, stream: IO[str], lines: list[str]) -> None:
        for line in stream:
            with self._news:
                lines.append(line.rstrip("\n"))
                self._news.notify_all()

    def _close(self) -> None:
        """Its children may hold the pipes for a moment longer (ssh -G, a hook); they are bounded by their own."""
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()
