"""What each part of the contract is given: the door, and the door with the lock in our hands."""

from __future__ import annotations

import pytest

from tests.node.contract.door import OLD, Door, claim
from tests.support.hands import TARGET


class Given:
    """The heir gives the fixture `door`."""

    @pytest.fixture
    def door(self) -> Door:
        raise NotImplementedError("the heir says which door")

    @pytest.fixture
    def held(self, door: Door) -> Door:
        """Give the door with the old file in place and the lock in our hands."""
        door.hands.write(TARGET, OLD)
        door.ok(claim())
        return door
