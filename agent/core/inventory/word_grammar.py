"""What the other words of the inventory may look like: users, modes, durations, shares, versions, references.

Each check returns the word in the form that the program uses, or raises Unfit.
"""

from __future__ import annotations

import re

from agent.core.inventory.unfit import Unfit, require_ascii
from agent.core.rules.inventory_codes import Rule
from agent.core.text.shown import shown

PLACEHOLDERS = ("node", "address", "cluster")
LONGEST_SECONDS = 7 * 24 * 3600
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}")
_UNIT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@:-]{0,120}")
_MODE = re.compile(r"0?[0-7]{3}")
_SPECIAL_MODE = re.compile(r"[1-7][0-7]{3}")
_DURATION = re.compile(r"([0-9]{1,6})([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_PERCENTAGE = re.compile(r"[1-9][0-9]?%")
_DIGITS = re.compile(r"[0-9]{1,4}")
_COUNT = re.compile(r"[1-9][0-9]{0,3}")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,127}|(?:file|command):[^\s].{0,999}")
_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")
_CONTEXT_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_-]+)\}")
_RULE_CODE = re.compile(r"FS[0-9]{3}")


def user(text: str) -> str:
    """Return the name of a user or group: letters, digits, _ . - and at most 32 of them."""
    require_ascii(text, Rule.USER)
    if not _USER.fullmatch(text):
        hint = "begin with a letter; then letters, digits, _ . -; at most 32 in all"
        raise Unfit(Rule.USER, f"{shown(text)} is not the name of a user or group", hint)
    return text


def tag(text: str) -> str:
    """Return a tag, which --limit names as @TAG."""
    require_ascii(text, Rule.USER)
    if not _TAG.fullmatch(text):
        raise Unfit(
            Rule.USER, f"{shown(text)} is not a tag", "use letters, digits, _ . - and at most 32; without the @"
        )
    return text


def unit(text: str) -> str:
    """Return the name of a systemd unit, with or without .service."""
    require_ascii(text, Rule.SERVICE)
    if not _UNIT.fullmatch(text):
        raise Unfit(
            Rule.SERVICE, f"{shown(text)} is not the name of a systemd unit", "write it like jira or jira.service"
        )
    return text


def mode(text: str) -> str:
    """Return the file's mode as four octal digits; the owner must be able to read it, and not everyone write it."""
    if _SPECIAL_MODE.fullmatch(text):
        raise Unfit(Rule.MODE, f"{shown(text)} sets setuid, setgid or the sticky bit", 'write "0640"')
    if not _MODE.fullmatch(text):
        raise Unfit(Rule.MODE, f"{shown(text)} is not a mode", 'write octal digits in quotes, as in "0640"')
    bits = int(text, 8)
    if bits & 0o002:
        raise Unfit(Rule.MODE, f"{shown(text)} lets every user of the node change the file", 'write "0640"')
    if not bits & 0o400:
        raise Unfit(Rule.MODE, f"{shown(text)} keeps the owner, and so Jira, from reading the file", 'write "0640"')
    return f"{bits:04o}"


def duration(text: str) -> float:
    """Return the seconds of a duration such as 30s, 5m or 2h; from one second to seven days."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise Unfit(
            Rule.DURATION, f"{shown(text)} is not a duration", "write a whole number and s, m or h, as in 30s, 2h"
        )
    seconds = int(found[1]) * _SECONDS[found[2]]
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise Unfit(Rule.DURATION, f"{shown(text)} is out of range", "write 1s to 168h")
    return float(seconds)


def percentage(text: str) -> str:
    """Return a share of the nodes, 1% to 99%; a count is a number without quotes."""
    if not _PERCENTAGE.fullmatch(text):
        hint = f"write {text} without quotes" if _COUNT.fullmatch(text) else 'write a count, or "1%" to "99%"'
        raise Unfit(Rule.BUDGET, f"{shown(text)} is neither a count nor a share of the nodes", hint)
    return text


def budget(text: str) -> int | str:
    """Return how many nodes may be down, as a command line says it: a count from 1, or a share of 1% to 99%."""
    return count_down(int(text)) if _DIGITS.fullmatch(text) else percentage(text)


def count_down(value: int) -> int:
    """Return a count of nodes that may be down; none would mean that nothing could ever restart."""
    if value < 1:
        raise Unfit(Rule.BUDGET, f"{value} nodes may be down, so nothing could ever restart", "write 1 or more")
    return value


def number(text: str, *, least: int) -> int:
    """Return a whole number in plain digits, of at most four."""
    if not _DIGITS.fullmatch(text) or int(text) < least:
        raise Unfit(Rule.NUMBER, f"{shown(text)} is not a whole number from {least} to 9999", "write it in digits")
    return int(text)


def reference(text: str) -> str:
    """Return a reference to a secret; a refusal never shows the text, since it may be the secret itself."""
    if not _REFERENCE.fullmatch(text):
        hint = "write env:NAME, file:PATH or command:WORDS, never the secret itself"
        raise Unfit(Rule.REFERENCE, "this is not a reference to a secret", hint)
    return text


def version(text: str) -> str:
    """Return Jira's version, three numbers such as 10.3.4."""
    if not _VERSION.fullmatch(text):
        raise Unfit(Rule.VERSION, f"{shown(text)} is not a Jira version", 'write all three numbers, as in "10.3.4"')
    return text


def context_path(text: str) -> str:
    """Return the path under which Jira answers: empty, or like /jira."""
    if not _CONTEXT_PATH.fullmatch(text):
        raise Unfit(Rule.STATUS, f"{shown(text)} is not a context path", 'write "" or "/jira", without a / at its end')
    return text


def command_word(text: str) -> str:
    """Return one word of a hook; {node}, {address} and {cluster} in it are filled when it runs, nothing else is."""
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            hint = "use {node}, {address} or {cluster}"
            raise Unfit(Rule.COMMAND, f"{shown(text)} holds a placeholder that nobody fills", hint)
    return text


def rule_code(text: str) -> str:
    """Return the code of a rule, as findings print it."""
    if not _RULE_CODE.fullmatch(text):
        raise Unfit(Rule.WAIVER, f"{shown(text)} is not the code of a rule", "write what the finding shows, like FS205")
    return text
