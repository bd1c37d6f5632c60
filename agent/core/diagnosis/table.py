"""Which causes are known; in a line that fits several, the first one is meant, so the narrower comes first."""

from __future__ import annotations

from typing import Final

from agent.core.diagnosis import file_causes, node_causes, store_causes
from agent.core.diagnosis.check_causes import CHECKS, OTHER_CHECK

LOG_CAUSES: Final = (*file_causes.CAUSES, *store_causes.CAUSES, *node_causes.CAUSES)
CHECK_CAUSES: Final = (*CHECKS.values(), OTHER_CHECK)


def signs() -> tuple[str, ...]:
    """Return the fixed strings to look for on the node (`grep -F`, case-sensitive); no other line is worth carrying."""
    fragments = dict.fromkeys(word for cause in LOG_CAUSES for sign in cause.signs for word in sign.fragments)
    return tuple(word for word in fragments if not any(other in word for other in fragments if other != word))
