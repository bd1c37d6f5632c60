"""One command of an SSH channel, run on this machine: bytes in, bytes out, exit status, as sshd without a terminal."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from paramiko.ssh_exception import SSHException

if TYPE_CHECKING:
    from collections.abc import Callable

    from paramiko.channel import Channel

BLOCK = 1 << 15
GONE = (OSError, EOFError, SSHException)
"""What a pipe or a channel says when its other end has left."""


class RemoteCommand:
    """The command of one channel. It goes on when the visitor leaves; only its pipes are closed, as by sshd."""

    def __init__(self, channel: Channel, command: bytes, running: set[RemoteCommand]) -> None:
        self.channel = channel
        self.command = command
        self.running = running
        self.process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Start the command and return; threads carry its bytes."""
        person = pwd.getpwuid(os.getuid())
        shell = person.pw_shell or "/bin/sh"
        process = subprocess.Popen(  # noqa: S603 - running what the visitor sends is what an SSH server is for
            [shell, "-c", self.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=person.pw_dir if os.path.isdir(person.pw_dir) else "/",  # noqa: PTH112 - one question, one answer
            env=_environment(person, shell),
            start_new_session=True,
        )
        self.process = process
        self.running.add(self)
        outputs = [
            _thread(self._carry_out, process.stdout, self.channel.sendall),
            _thread(self._carry_out, process.stderr, self.channel.sendall_stderr),
        ]
        _thread(self._carry_in, process.stdin)
        _thread(self._conclude, process, outputs)

    def kill(self) -> None:
        """End the command and what it started in its own session; what has a session of its own lives on."""
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _carry_in(self, sink: IO[bytes]) -> None:
        """Pass the visitor's bytes on until they end; a command that reads no more is no fault."""
        with suppress(*GONE), sink:
            while block := self.channel.recv(BLOCK):
                while block:
                    block = block[sink.write(block) :]

    @staticmethod
    def _carry_out(source: IO[bytes], send: Callable[[bytes], None]) -> None:
        """Pass the command's bytes on until they end, or until the visitor has left."""
        with suppress(*GONE), source:
            while block := source.read(BLOCK):
                send(block)

    def _conclude(self, process: subprocess.Popen[bytes], outputs: list[threading.Thread]) -> None:
        """Tell the exit status at once, and close when nobody holds the outputs any more.

        A command that was killed has no exit status to tell, as with sshd.
        """
        status = process.wait()
        self.running.discard(self)
        with suppress(*GONE):
            if status >= 0:
                self.channel.send_exit_status(status)
        for output in outputs:
            output.join()
        with suppress(*GONE):
            self.channel.close()


def _environment(person: pwd.struct_passwd, shell: str) -> dict[str, str]:
    """Return what sshd gives to a command; nothing of this process travels."""
    return {
        "HOME": person.pw_dir,
        "LOGNAME": person.pw_name,
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "SHELL": shell,
        "USER": person.pw_name,
    }


def _thread(target: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, name="embedded-ssh-command", daemon=True)
    thread.start()
    return thread
