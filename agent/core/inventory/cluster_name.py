"""What can a cluster be called? As its file is, in letters that a path, a lock and a label of metrics all bear."""

from __future__ import annotations

import re
from typing import Final

EVERY_CLUSTER: Final = "all"
"""What --cluster says for each of them."""
WAY: Final = f'use letters, digits, _ . - and at most 64 of them; "{EVERY_CLUSTER}" means every cluster'
"""How a name is mended that cannot be one."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def is_cluster_name(text: str) -> bool:
    """Tell whether a cluster can be called so."""
    return text != EVERY_CLUSTER and _NAME.fullmatch(text) is not None
