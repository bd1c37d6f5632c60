"""By which hosts does OpenSSH get to a node, as Ansible's variables say it? Read exactly, or not at all.

Whatever is not read is named by its keyword alone: a ProxyCommand may hold a password.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.importing.told import MOST_LETTERS
from agent.core.inventory.host_grammar import host
from agent.core.inventory.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYWORD: Final = re.compile(r"(?P<keyword>[A-Za-z]+)(?:\s*=\s*|\s+)(?P<value>.+)", re.DOTALL)
_QUIET: Final = {"-q", "-T", "-a", "-x"}
_SET_ANYHOW: Final = {"stricthostkeychecking", "userknownhostsfile", "globalknownhostsfile", "checkhostip"}
_HARMLESS: Final = {
    "controlmaster", "controlpath", "controlpersist", "serveraliveinterval", "serveralivecountmax", "compression",
    "loglevel", "batchmode", "connecttimeout", "connectionattempts", "tcpkeepalive", "forwardagent", "requesttty",
}  # fmt: skip
"""What our own connections have no use for, or settle themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshWords:
    """The jump hosts in order, and what was not taken, each with its reason.

    Where the words decide, ssh heeds no jump that is said after them: an unread one and "none" decide, too.
    """

    jump: tuple[str, ...] = ()
    decides: bool = False
    left: tuple[tuple[str, str], ...] = ()


def read_ssh_words(text: str) -> SshWords:
    """Read options as they stand on ssh's command line."""
    if len(text) > MOST_LETTERS:
        return SshWords(left=(("all of it", f"it has more than {MOST_LETTERS:,} letters"),))
    try:
        words = shlex.split(text)
    except ValueError:
        return SshWords(left=(("all of it", "its quotes do not close"),))
    jump: tuple[str, ...] | None = None
    left: list[tuple[str, str]] = []
    for keyword, value in _options(words):
        if keyword in {"proxyjump", "proxycommand"}:
            if jump is not None:
                continue
            found = _jump_list(value) if keyword == "proxyjump" else _jump_of_command(value)
            if isinstance(found, str):
                left.append((_NAMES[keyword], found))
            jump = () if isinstance(found, str) else found
        elif keyword not in _HARMLESS:
            left.append((_NAMES.get(keyword, keyword), _why(keyword)))
    return SshWords(jump=jump or (), decides=jump is not None, left=tuple(left))


_NAMES: Final = {"proxyjump": "ProxyJump", "proxycommand": "ProxyCommand"}
_IN_CONFIG: Final = "say it in your ssh configuration, which is read for each node (ssh.config)"


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Each option as keyword and value; letters without a keyword count by themselves."""
    waiting = iter(words)
    for word in waiting:
        if word.startswith("-o"):
            found = _KEYWORD.fullmatch((word[2:] or next(waiting, "")).strip())
            if found:
                yield found["keyword"].lower(), found["value"].strip()
            else:
                yield "an option of -o", ""
        elif word.startswith("-J"):
            yield "proxyjump", word[2:] or next(waiting, "")
        elif word not in _QUIET and word not in {"-C", "-v", "-vv", "-vvv"}:
            yield word[:2] if word.startswith("-") else "a word", ""
            if word in {"-i", "-F", "-p", "-l", "-W", "-E", "-e", "-S", "-c", "-m", "-b", "-B", "-D", "-L", "-R"}:
                next(waiting, "")


def _why(keyword: str) -> str:
    if keyword in _SET_ANYHOW:
        return "host keys are always checked against known hosts (ssh.known-hosts)"
    return _IN_CONFIG


def _jump_list(value: str) -> tuple[str, ...] | str:
    if value.lower() == "none":
        return ()
    try:
        return tuple(host(name.strip()) for name in value.split(","))
    except Unfit:
        return f"ssh.jump takes host names alone, without user or port; {_IN_CONFIG}"


def _jump_of_command(value: str) -> tuple[str, ...] | str:
    """`ssh -W %h:%p HOST` is ProxyJump in other words; any other command is not."""
    try:
        words = [word for word in shlex.split(value) if word not in _QUIET]
    except ValueError:
        return _IN_CONFIG
    if len(words) == 4 and words[0] == "ssh" and "-W" in words[1:3]:  # noqa: PLR2004 - ssh -W %h:%p HOST
        at = words.index("-W")
        rest = [word for place, word in enumerate(words) if place not in {0, at, at + 1}]
        if words[at + 1] in {"%h:%p", "[%h]:%p"} and not rest[0].startswith("-"):
            return _jump_list(rest[0])
    return _IN_CONFIG
