"""A word does not fit its grammar: the rule, what is wrong with it, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.text.shown import named, shown

if TYPE_CHECKING:
    from agent.core.rules.inventory_codes import Rule


class Unfit(ValueError):  # noqa: N818 - the word is unfit; it becomes a finding, or an InputError
    """Raised by a grammar; whoever knows the place turns it into a finding."""

    def __init__(self, rule: Rule, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.hint = hint


def require_ascii(text: str, rule: Rule) -> None:
    """Refuse letters outside ASCII, which may look like another letter than they are.

    Raises:
        Unfit: naming the first such letter by its code point.
    """
    stranger = next((letter for letter in text if not letter.isascii()), None)
    if stranger is not None:
        raise Unfit(rule, f"{shown(text)} holds {named(stranger)}", "write it with ASCII letters only")
