"""The rule book: what only a specialist knows of this file, as small functions with their reasons beside them."""

from __future__ import annotations

from agent.core.rules.book import ALL_RULES, FAMILIES, explain
from agent.core.rules.idle_waivers import idle_waivers
from agent.core.rules.judge import check_alone, check_config, check_estate
from agent.core.rules.registry import Rule

__all__ = [
    "ALL_RULES",
    "FAMILIES",
    "Rule",
    "check_alone",
    "check_config",
    "check_estate",
    "explain",
    "idle_waivers",
]
