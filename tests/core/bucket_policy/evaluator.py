"""A policy evaluator of the tests' own: what a document allows, read from it alone (AWS, "Policy evaluation").

It knows what our documents may contain and refuses the rest, so that nothing is believed to be checked and is not.
"""

from __future__ import annotations

import re
from typing import Any

KEYS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


def allows(
    policy: dict[str, Any], action: str, resource: str, *, prefix: str | None = None, who: str | None = None
) -> bool:
    """Tell whether the document allows this; prefix is the request's own, None where it says none."""
    assert policy["Version"] == "2012-10-17"
    return any(_applies(it, action, resource, prefix, who) for it in policy["Statement"])


def _applies(statement: dict[str, Any], action: str, resource: str, prefix: str | None, who: str | None) -> bool:
    assert set(statement) <= KEYS, statement
    assert statement["Effect"] == "Allow"
    if ("Principal" in statement) != (who is not None):
        return False
    return (
        (who is None or who in _listed(statement["Principal"]["AWS"]))
        and any(_like(pattern, action) for pattern in _listed(statement["Action"]))
        and any(_like(pattern, resource) for pattern in _listed(statement["Resource"]))
        and _holds(statement.get("Condition", {}), prefix)
    )


def _holds(condition: dict[str, Any], prefix: str | None) -> bool:
    """A condition on what the request does not say does not hold."""
    if not condition:
        return True
    assert list(condition) == ["StringLike"]
    assert list(condition["StringLike"]) == ["s3:prefix"]
    patterns = _listed(condition["StringLike"]["s3:prefix"])
    return prefix is not None and any(_like(pattern, prefix) for pattern in patterns)


def _like(pattern: str, text: str) -> bool:
    assert "${" not in pattern
    letters = {"*": ".*", "?": "."}
    return re.fullmatch("".join(letters.get(it, re.escape(it)) for it in pattern), text, re.DOTALL) is not None


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
