"""The one door to a node: requests and answers as values, and the protocol that every adapter implements."""

from __future__ import annotations

from typing import Protocol

from agent.node.answers import Answer, Lost, Ok, Refused, Unreachable
from agent.node.changes import (
    ABSENT,
    BRIEFLY_ANSWERED,
    HIGHEST_EPOCH,
    Change,
    Claim,
    Commit,
    Discard,
    LockToken,
    Release,
    Restore,
    Stage,
    Start,
    Stop,
)
from agent.node.errands import Errand, ProbeStores
from agent.node.looks import Consult, Examine, Observe, Page, ReadLog, Recall
from agent.node.restoring import (
    DescribeBackup,
    FetchSlice,
    FinishFetch,
    InImport,
    ListBackups,
    Owned,
    Presigned,
    ReadThrough,
    SetAside,
    SurveyImport,
    TakeDigests,
)

__all__ = [
    "ABSENT",
    "BRIEFLY_ANSWERED",
    "HIGHEST_EPOCH",
    "Answer",
    "Change",
    "Claim",
    "Commit",
    "Consult",
    "DescribeBackup",
    "Discard",
    "Errand",
    "Examine",
    "FetchSlice",
    "FinishFetch",
    "InImport",
    "ListBackups",
    "LockToken",
    "Lost",
    "NodePort",
    "Observe",
    "Ok",
    "Owned",
    "Page",
    "Presigned",
    "ProbeStores",
    "ReadLog",
    "ReadThrough",
    "Recall",
    "Refused",
    "Release",
    "Request",
    "Restore",
    "SetAside",
    "Stage",
    "Start",
    "Stop",
    "SurveyImport",
    "TakeDigests",
    "Unreachable",
]

Request = Observe | Errand | Change


class NodePort(Protocol):
    """The only way to reach a node. One request is one round trip; no request raises, each ends in an Answer."""

    @property
    def name(self) -> str:
        """The node's name in the inventory."""
        ...

    @property
    def identity(self) -> str | None:
        """What the machine proved to be (by ssh its host key, as SHA256:...); None before it proved anything."""
        ...

    def perform(self, request: Request) -> Answer:
        """Carry out one request within its deadline."""
        ...

    def close(self) -> None:
        """Give the connection back; never raises, and may be called twice."""
        ...
