"""What may be the path of a Jira home, and of a file on this machine: plain, absolute, and nobody else's folder."""

from __future__ import annotations

import re

from agent.core.inventory.unfit import Unfit, require_ascii
from agent.core.rules.inventory_codes import Rule
from agent.core.text.shown import named, shown

LONGEST_PATH = 1_000
_HOME_STRANGERS = re.compile(r"[^A-Za-z0-9/._+@:,=' -]")
_FILE_STRANGERS = re.compile(r"[^A-Za-z0-9/._+@:,= -]")
_WORLD_FOLDERS = {"/tmp", "/var/tmp"}  # noqa: S108 - refused here, never used
_TOP_FOLDERS = {"/", "/home", "/lost+found", "/media", "/mnt", "/opt", "/root", "/srv", "/usr", "/usr/local", "/var"}
_SHARED_FOLDERS = _WORLD_FOLDERS | _TOP_FOLDERS | {"/var/atlassian", "/var/lib", "/var/log"}
"""Folders that are never one program's home, whatever lies in them."""
_SYSTEM_TREES = frozenset(
    {"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys"}
    | {"/usr/bin", "/usr/lib", "/usr/sbin"}
)
"""Folders that are the system's with everything below them."""


def home(text: str) -> str:
    """Return an absolute path that can be a Jira home; a space passes here and is warned about elsewhere.

    Raises:
        Unfit: relative, with .. or // or a / at the end, with what a shell expands, or a folder of the system.
    """
    require_ascii(text, Rule.PATH)
    if not text.startswith("/"):
        hint = "begin with / and write it out; ~ and variables are not expanded"
        raise Unfit(Rule.PATH, f"{shown(text)} is not an absolute path", hint)
    _check_letters(text, text, _HOME_STRANGERS)
    if text != "/" and {"", ".", ".."} & set(text.split("/")[1:]):
        hint = "write the plain path, without a / at its end"
        raise Unfit(Rule.PATH, f"{shown(text)} holds an empty part, . or ..", hint)
    if text in _SHARED_FOLDERS or any(f"{text}/".startswith(f"{tree}/") for tree in _SYSTEM_TREES):
        raise Unfit(Rule.PATH, f"{shown(text)} is a folder of the system", "name the folder that is Jira's own home")
    return text


def file_path(text: str) -> str:
    """Return the path of a file on this machine, absolute or below the home folder as ~/; or the word none.

    Raises:
        Unfit: anything else.
    """
    require_ascii(text, Rule.PATH)
    below_home = text.removeprefix("~")
    if text != "none" and not below_home.startswith("/"):
        raise Unfit(Rule.PATH, f"{shown(text)} is neither absolute nor below ~/", "write it like ~/.ssh/config")
    _check_letters(text, below_home, _FILE_STRANGERS)
    return text


def _check_letters(text: str, part: str, strangers: re.Pattern[str]) -> None:
    if len(text) > LONGEST_PATH:
        hint = f"a path here has at most {LONGEST_PATH}"
        raise Unfit(Rule.PATH, f"{shown(text)} has {len(text)} characters", hint)
    stranger = strangers.search(part)
    if stranger is not None:
        raise Unfit(Rule.PATH, f"{shown(text)} holds {named(stranger[0])}", "use letters, digits and / . _ - + @ : , =")
