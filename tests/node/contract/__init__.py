"""What every door to a node must do: one suite, to be inherited by a test class for each kind of door.

The heir gives a fixture `door`; the tests know nothing else of it.
"""

from __future__ import annotations

from tests.node.contract.answering import AnsweringContract
from tests.node.contract.committing import CommittingContract
from tests.node.contract.door import (
    NEW,
    OLD,
    OURS,
    PATIENCE,
    PLAN,
    RESUMED,
    SIGNS,
    THEIRS,
    Door,
    claim,
    commit,
    release,
    restore,
    resumption,
    stage,
    undoing,
)
from tests.node.contract.errands import ErrandContract
from tests.node.contract.itself import DoorContract
from tests.node.contract.locking import LockingContract
from tests.node.contract.log import LogContract
from tests.node.contract.looking import LookingContract
from tests.node.contract.plan_copy import PlanCopyContract
from tests.node.contract.restoring import RestoringContract
from tests.node.contract.service import ServiceContract
from tests.node.contract.staging import StagingContract

__all__ = [
    "NEW",
    "OLD",
    "OURS",
    "PATIENCE",
    "PLAN",
    "RESUMED",
    "SIGNS",
    "THEIRS",
    "Door",
    "NodeContract",
    "claim",
    "commit",
    "release",
    "restore",
    "resumption",
    "stage",
    "undoing",
]


class NodeContract(
    LookingContract,
    LockingContract,
    PlanCopyContract,
    RestoringContract,
    StagingContract,
    CommittingContract,
    AnsweringContract,
    LogContract,
    ErrandContract,
    ServiceContract,
    DoorContract,
):
    """Inherit, give the fixture `door`, and every promise of the port is tried on it."""
