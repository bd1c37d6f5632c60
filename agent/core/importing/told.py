"""What does a source tell, and where does it stand? And what may not be taken from any source, whatever it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.core.importing.codes import Code, error
from agent.core.text.secret_shapes import secret_in
from agent.core.text.shown import invisible_in, named, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.filestore import FilestoreConfig
    from agent.core.finding import Finding, Place

MOST_LETTERS: Final = 4_096
_TO_BE_FILLED: Final = re.compile(
    r"\{\{|\}\}|\{%|\$\{|\$\(|\$[A-Za-z_]|<%|\$ANSIBLE_VAULT|(?:secret)?ref\+[a-z0-9]+:/|\bENC\[|^vault:|^op://"
)
"""Marks of templates, of Ansible's vault, and of what vals, sops, bank-vaults and 1Password fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One text that a source tells: under which name of the source's own, and where."""

    name: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One thing that went into the inventory: its key there, and from where."""

    key: str
    said: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """One thing that did not, and why not."""

    name: str
    why: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What a source says of the filestores; config is None where that is not known.

    keys holds what it tells besides, by the flag that says the same; left_out the targets of which it says too little.
    """

    config: FilestoreConfig | None
    findings: tuple[Finding, ...] = ()
    taken: tuple[Taken, ...] = ()
    left: tuple[Left, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def fault_in(told: Told) -> Finding | None:
    """Return why a text cannot be taken: to be filled, a credential, invisible letters, too long.

    Nothing of the text is told but the mark of a template: whatever stands around it may be anything.
    """
    if len(told.text) > MOST_LETTERS:
        message = f"{told.name} has {len(told.text):,} characters"
        return error(Code.UNUSABLE, told.place, message, f"at most {MOST_LETTERS:,} are read")
    mark = _TO_BE_FILLED.search(told.text)
    if mark is not None:
        message = f"{told.name} is a template or reference: {shown(mark[0])} in it waits to be filled in"
        return error(Code.NOT_FILLED, told.place, message, "give the source with its values filled in")
    secret = secret_in(told.text)
    if secret is not None:
        hint = "filestore-config.xml and the inventory hold no credentials; take it out, and replace it"
        return error(Code.SECRET, told.place, f"{told.name} looks like {secret}", hint)
    stranger = invisible_in(told.text)
    if stranger is not None:
        return error(
            Code.UNUSABLE, told.place, f"{told.name} holds {named(stranger)}, which cannot be seen", "remove it"
        )
    return None


def is_to_be_filled(text: str) -> bool:
    """Tell whether a text waits for somebody to fill it in."""
    return _TO_BE_FILLED.search(text) is not None
