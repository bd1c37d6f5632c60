"""What does Ansible know of an inventory? Its own program is asked, as a process of its own, and its JSON is taken.

Nothing that it complains of is shown: where Ansible cannot read a line it prints it, and a password may stand there.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from typing import IO, TYPE_CHECKING, Final, cast

from agent.edges.sources import MOST_BYTES_OF_PROGRAMS
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM: Final = "ansible-inventory"
SECONDS: Final = 120.0
"""Inventories of clouds ask an interface, page by page."""
_CHUNK: Final = 65_536
_STRICT: Final = {
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true",
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
    "ANSIBLE_NOCOLOR": "true",
    "ANSIBLE_FORCE_COLOR": "false",
}
"""Half an inventory is none: by default Ansible warns, and goes on with what it could read."""


def asked(path: str, environment: Mapping[str, str], *, seconds: float = SECONDS) -> bytes:
    """Return what `ansible-inventory --list -i PATH` prints.

    Raises:
        InputError: there is no such inventory or program, it fails, does not end, or prints too much.

    """
    place = os.path.abspath(path)  # noqa: PTH100 - never begins with a hyphen, and no link is followed
    if not os.path.lexists(place):
        raise InputError(f"--ansible {path}: there is no such file or folder; name an inventory of Ansible")
    if "," in place:
        raise InputError(f"--ansible {path}: Ansible takes a path with a comma for a list of hosts; rename it")
    program = shutil.which(PROGRAM, path=environment.get("PATH", os.defpath))
    if program is None:
        raise InputError(
            f"--ansible: {PROGRAM} is not in the PATH of this machine; run it where Ansible is, and give its output:"
            f" {PROGRAM} --list -i INVENTORY > FILE, then --ansible-json FILE"
        )
    return _run([program, "--list", "-i", place], {**environment, **_STRICT}, path, seconds)


def _run(argv: list[str], environment: Mapping[str, str], path: str, seconds: float) -> bytes:
    give_up_at = time.monotonic() + seconds
    try:
        program = subprocess.Popen(  # noqa: S603 - Ansible's own program, on the inventory that was named; no shell
            argv,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as reason:
        raise _no(path, f"it cannot be run ({reason.strerror})") from None
    with program:
        try:
            return _printed(program, path, give_up_at, seconds)
        except BaseException:
            _kill(program)
            raise


def _printed(program: subprocess.Popen[bytes], path: str, give_up_at: float, seconds: float) -> bytes:
    """Return what it printed, once it has ended well."""
    content = _read(program, give_up_at)
    if content is not None and len(content) > MOST_BYTES_OF_PROGRAMS:
        raise _no(path, f"it printed more than {MOST_BYTES_OF_PROGRAMS // 1024 // 1024} MiB")
    if content is None or not _ends(program, give_up_at):
        raise _no(path, f"it had not ended after {seconds:g} s")
    if program.returncode:
        raise _no(path, f"it failed (status {program.returncode})")
    return content


def _read(program: subprocess.Popen[bytes], give_up_at: float) -> bytes | None:
    """Read to the end, or one chunk past the limit; None where the time was over first."""
    chunks, length, pipe = list[bytes](), 0, cast("IO[bytes]", program.stdout)
    with selectors.DefaultSelector() as ears:
        ears.register(pipe, selectors.EVENT_READ)
        while length <= MOST_BYTES_OF_PROGRAMS:
            if not ears.select(max(give_up_at - time.monotonic(), 0)):
                return None
            chunk = os.read(pipe.fileno(), _CHUNK)
            if not chunk:
                break
            chunks.append(chunk)
            length += len(chunk)
    return b"".join(chunks)


def _ends(program: subprocess.Popen[bytes], give_up_at: float) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        program.wait(max(give_up_at - time.monotonic(), 0))
    return program.returncode is not None


def _kill(program: subprocess.Popen[bytes]) -> None:
    """End it and what it started in its own session; nobody has its number while it is not asked after."""
    if program.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(program.pid, signal.SIGKILL)


def _no(path: str, fact: str) -> InputError:
    way = f"see what it says: {PROGRAM} --list -i {path}"
    return InputError(f"{PROGRAM}: {fact}; {way}")
