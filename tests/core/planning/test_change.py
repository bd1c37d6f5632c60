from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.planning.change import change_class, introduces_routing
from agent.core.routing import ChangeClass
from tests.core.planning.test_make_plan import (
    BY_HAND,
    COSMETIC,
    CURRENT,
    DOWN_AND_RIGHT,
    DRIFTED,
    PENDING,
    REMOVED,
    SPLIT,
    TIME_BOMB,
    UNREADABLE,
    judged,
)
from tests.core.sightings import document, file_of, loaded, observed

if TYPE_CHECKING:
    from agent.core.observation import Observation


@pytest.mark.parametrize(
    ("seen", "change"),
    [
        ((CURRENT, CURRENT), ChangeClass.NONE),
        ((CURRENT, COSMETIC), ChangeClass.COSMETIC),
        ((COSMETIC, DRIFTED), ChangeClass.TUNING),
        ((CURRENT, PENDING), ChangeClass.TUNING),
        ((CURRENT, DOWN_AND_RIGHT), ChangeClass.TUNING),
        ((SPLIT, SPLIT), ChangeClass.ROUTING),
        ((SPLIT, loaded(document("third-bucket"))), ChangeClass.ROUTING),
        ((observed(file_of(None)), observed(file_of(None))), ChangeClass.ROUTING),
        ((CURRENT, SPLIT), ChangeClass.REPAIR),
        ((CURRENT, CURRENT, SPLIT), ChangeClass.REPAIR),
        ((CURRENT, TIME_BOMB, SPLIT, SPLIT), ChangeClass.REPAIR),
        ((CURRENT, SPLIT, SPLIT), ChangeClass.ROUTING),
        ((DOWN_AND_RIGHT, SPLIT), ChangeClass.ROUTING),
        ((BY_HAND, BY_HAND, SPLIT), ChangeClass.ROUTING),
        ((REMOVED, SPLIT), ChangeClass.ROUTING),
        ((CURRENT, REMOVED, REMOVED), ChangeClass.REPAIR),
        ((BY_HAND, BY_HAND), ChangeClass.TUNING),
        ((SPLIT, TIME_BOMB), ChangeClass.REPAIR),
        ((CURRENT, TIME_BOMB), ChangeClass.REPAIR),
        ((CURRENT, UNREADABLE), ChangeClass.REPAIR),
        ((SPLIT, UNREADABLE), ChangeClass.REPAIR),
        ((SPLIT, observed(file_of(b"<"))), ChangeClass.ROUTING),
        ((CURRENT, None), ChangeClass.NONE),
        ((None,), ChangeClass.NONE),
        ((), ChangeClass.NONE),
    ],
)
def test_a_change_is_named_by_what_it_means_for_the_users(
    seen: tuple[Observation | None, ...], change: ChangeClass
) -> None:
    assert change_class(judged(*seen)) is change


def test_a_routing_that_as_many_nodes_are_proven_to_have_is_not_introduced() -> None:
    assert introduces_routing(judged(SPLIT, SPLIT))
    assert introduces_routing(judged(SPLIT, SPLIT, CURRENT))
    assert introduces_routing(judged(SPLIT, BY_HAND))
    assert not introduces_routing(judged(SPLIT, CURRENT))
    assert not introduces_routing(judged(DRIFTED, DRIFTED))
    assert not introduces_routing(judged(None))
