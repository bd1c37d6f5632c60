"""Which waivers of an inventory waive nothing, so that nobody would notice what they will hide one day?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.finding import Finding
from agent.core.rules import waiver
from agent.core.rules.book import rule_of
from agent.core.rules.inventory_codes import Rule as InventoryRule
from agent.core.rules.judge import WAIVABLE, examined

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from agent.core.filestore import FilestoreConfig
    from agent.core.finding import Place
    from agent.core.rules.registry import Examined, Path

_OF_THE_MACHINE: Final = frozenset({InventoryRule.WORLD_WRITABLE.value})
"""What one checkout of the inventory shows and another does not."""


def idle_waivers(
    waivers: Mapping[str, str],
    *,
    used: Collection[str],
    config: FilestoreConfig,
    jira_version: str | None,
    place_of: Callable[[Path], Place],
) -> Iterator[Finding]:
    """Give a note for each waiver of a rule that was asked and found nothing.

    A rule that is not asked of this Jira or of these targets may be waited for: its waiver is left alone. So is one
    that cannot be given, since that is an error of its own.

    Args:
        waivers: rule codes and reasons.
        used: the codes that have waived something in this cluster.
        config: what the cluster's document says.
        jira_version: such as "10.3.4"; None is not known.
        place_of: leads from ("waivers", CODE) to a place.
    """
    subject = examined(config, jira_version)
    for code, reason in waivers.items():
        if reason.strip() and code not in used and _was_asked(code, subject):
            yield Finding(
                rule=waiver.IDLE.code,
                severity=waiver.IDLE.severity,
                message=f"the waiver of {code} waives nothing: the rule has no warning here",
                place=place_of(("waivers", code)),
                hint="remove it, or it will hide the first such fault that is made",
            )


def _was_asked(code: str, subject: Examined) -> bool:
    rule = rule_of(code)
    if rule is None:
        return code in {*InventoryRule} and code not in _OF_THE_MACHINE
    return code in WAIVABLE and subject.asked(rule)
