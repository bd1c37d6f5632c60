"""How does a hook run on another machine? As the login user over SSH, its words as data, its exit code in a frame."""

from __future__ import annotations

import math
import re
import secrets
import shlex
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from agent.core.rollout.hook_words import Said, variables
from agent.core.rollout.hooks import HookEnd
from agent.core.text.printable import printable
from agent.errors import InputError
from agent.node.ssh.adapter import Lines
from agent.node.ssh.line import NoLine
from agent.node.wire.letter import RUN
from agent.node.wire.script import carried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.core.node import Node
    from agent.core.rollout.hooks import HookCall
    from agent.node.ssh.exchange import Reply
    from agent.node.ssh.session import Session

SPARE = 15
"""Seconds that the host gives the whole of it beyond the hook's own: its last five, and the way back."""
PATIENCE = 5
"""Seconds that we wait longer than the host gives."""
_SHELL = RUN[RUN.index("/bin/sh") :]
"""The part of the wire's constant command that is the same for a hook; the number before it is the hook's own."""
_SCRIPT = """\
{{
printf '%s begin\\n' "$frame"
if command -v "$1" >/dev/null 2>&1
then /usr/bin/timeout -k 5 {seconds} "$@" </dev/null 2>&1; end=$?
else end=absent
fi
printf '\\n%s end %s\\n' "$frame" "$end"
}} | {{ dd bs=512 count=1024 2>/dev/null; tail -c 8192; }}
"""
"""What passes is bounded (512 KiB, and the end of the rest) and leaves the host as it is said: dd keeps nothing back.
So a child of the hook that holds its output holds nobody up; the frame ends the answer, not the end of the stream."""
_LATE = 124
_KILLED = 137
"""What timeout(1) exits with where it ended the command, and where it had to kill it."""
_REACH = 64 * 1024


def run_hook_at(call: HookCall, host: Node, environment: Mapping[str, str]) -> HookEnd:
    """Run a hook whose words are filled on a host; any thread may call this, and nothing raises.

    Args:
        call: its deadline counts from when the host has let us in.
        host: named, addressed and dialled as a node is; no more of it is used.
        environment: for the dialling (HOME, PATH, SSH_AUTH_SOCK, SHELL); none of it reaches the hook.
    """
    began = time.monotonic()

    def not_run(reason: str) -> HookEnd:
        return HookEnd(code=None, reason=f"on {host.name}: {reason}; it was not run", seconds=time.monotonic() - began)

    with Lines(environment) as lines:
        try:
            session = lines.open(lines.route_to(host))
        except (NoLine, InputError) as fault:
            return not_run(str(fault).rstrip("."))
        except Exception as fault:  # noqa: BLE001 - the libraries raise of every family; nothing has been sent yet
            return not_run(f"connect: unexpected fault ({_named(fault)})")
        try:
            return _run(call, host, session) or not_run("the server takes no command; see MaxSessions there")
        finally:
            with suppress(Exception):
                session.close()


def _run(call: HookCall, host: Node, session: Session) -> HookEnd | None:
    """Return how the hook ended, or None where the server took no command."""
    from agent.node.ssh.session import NotStarted  # noqa: PLC0415 - paramiko, loaded by now

    frame = f"filestore-agent {secrets.token_hex(16)}"
    seconds = math.ceil(call.hook.timeout)
    began = time.monotonic()
    try:
        reply = session.ask(
            f"cd / ; /usr/bin/timeout -k 5 {seconds + SPARE} {_SHELL}",
            carried(_script(call, frame, seconds)),
            is_whole=_whole(frame),
            end=began + seconds + SPARE + PATIENCE,
        )
    except NotStarted:
        return None
    except Exception as fault:  # noqa: BLE001 - as above, but the hook may have been started
        reason = f"on {host.name}: unexpected fault while it was under way ({_named(fault)}); it may have run"
        return HookEnd(code=None, reason=reason, seconds=time.monotonic() - began)
    return _ended(call, host, frame, reply, time.monotonic() - began)


def _script(call: HookCall, frame: str, seconds: int) -> str:
    exports = "".join(f"{name}={shlex.quote(value)}\nexport {name}\n" for name, value in variables(call).items())
    words = shlex.join(call.hook.run)
    return f"{exports}unset frame end\nframe={shlex.quote(frame)}\nset -- {words}\n{_SCRIPT.format(seconds=seconds)}"


def _whole(frame: str) -> Callable[[bytearray], bool]:
    """Return what tells whether the line with the exit code has come."""
    mark = re.compile(rb"\n%b end [a-z0-9]+\r?\n" % frame.encode("ascii"))
    return lambda said: mark.search(said, max(0, len(said) - _REACH)) is not None


def _ended(call: HookCall, host: Node, frame: str, reply: Reply, seconds: float) -> HookEnd:
    """Read the frame out of all that came back; what is not exactly a frame may have run."""
    before, begun, after = reply.stdout.partition(b"%b begin\n" % frame.encode("ascii"))
    said, ended, verdict = after.partition(b"\n%b end " % frame.encode("ascii"))
    output = Said().and_then(said).text
    word = verdict.split()[0].decode("latin-1") if verdict.split() else ""
    if not begun or not ended or not re.fullmatch(r"[0-9]{1,3}|absent", word):
        lost = reply.lost or ("the answer is cut" if begun else f"no answer came back{_noise(before, reply.stderr)}")
        return HookEnd(code=None, output=output, seconds=seconds, reason=f"on {host.name}: {lost}; it may have run")
    code, reason = _verdict(call, word, seconds)
    return HookEnd(code=code, output=output, seconds=seconds, reason=reason and f"on {host.name}: {reason}")


def _verdict(call: HookCall, word: str, seconds: float) -> tuple[int | None, str]:
    """Return the exit code, None where the hook did not end by itself, and the reason why that is not good."""
    if word == "absent":
        program = printable(call.hook.run[0], limit=200)
        return None, f"{program}: not found or not executable; write its whole path (the PATH there is what sshd gives)"
    code = int(word)
    if code in (_LATE, _KILLED) and seconds >= call.hook.timeout:
        return None, f"it did not end within {call.hook.timeout:g} s, and was ended"
    return code, f"exit code {code}" if code else ""


def _noise(stdout: bytes, stderr: bytes) -> str:
    """Return what came instead of an answer, as far as it helps: a shell's complaint, a forced command's words."""
    said = printable((stdout + stderr).decode("utf-8", "backslashreplace").strip(), limit=160)
    return f" ({said})" if said else ""


def _named(fault: BaseException) -> str:
    return printable(f"{type(fault).__name__}: {fault}", limit=200)
