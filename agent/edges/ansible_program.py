"""What does Ansible know of an inventory? Its own program is asked, as a process of its own, and its JSON is taken.

Nothing that it complains of is shown: where Ansible cannot read a line it prints it, and a password may stand there.
"""

from __future__ import annotations

import os
import shlex
import shutil
from typing import TYPE_CHECKING, Final

from agent.edges.silent_program import run_silently
from agent.edges.sources import MOST_BYTES_OF_PROGRAMS
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM: Final = "ansible-inventory"
SECONDS: Final = 120.0
"""Inventories of clouds ask an interface, page by page."""
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
    argv = [program, "--list", "-i", place]
    printed = run_silently(argv, {**environment, **_STRICT}, seconds=seconds, most_bytes=MOST_BYTES_OF_PROGRAMS)
    if isinstance(printed, bytes):
        return printed
    raise InputError(f"{PROGRAM}: {printed.fact}; see what it says: {shlex.join([PROGRAM, '--list', '-i', path])}")
