"""What mends each fault of an import's sources? For `validate --explain`, where no one finding is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.importing.codes import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

CURES: Final[Mapping[Code, str]] = {
    Code.UNREADABLE: "Give a regular UTF-8 file that your own user may read.",
    Code.NOT_THE_FORM: "Give the source to the flag of its form, or write it in the form that the finding names.",
    Code.TWICE: "Keep one of the two, in the source itself.",
    Code.NOT_TEXT: "Put the value in quotes, so that every tool reads the same text.",
    Code.NOT_FILLED: "Give the source with its values filled in, or write them out.",
    Code.HALF: "Set both, bucket name and region, or neither; as it is, the data stays in the shared home.",
    Code.UNKNOWN: "Correct the name to the one that the finding names, in the source itself.",
    Code.SHARED: "Make both say the same, or give each a bucket of its own.",
    Code.IN_DOUBT: "Say it with the flag that the finding names, or give a source that holds one of them alone.",
    Code.ELSEWHERE: "Move the settings to the place that the tool reads, or give the file that holds them.",
    Code.SECRET: "Take it out, and replace the credential: neither the file nor the inventory holds any.",
    Code.NO_NODE: "Choose the hosts with --group, or name the machines with --nodes.",
    Code.NOT_TAKEN: "Say it in the inventory that was written, as docs/inventory.md has it.",
    Code.BARED: "Write KEY=VALUE alone, without quotes, blanks and comments, which all readers take alike.",
    Code.UNUSABLE: "Remove the character, or give a value of a sensible length.",
}
