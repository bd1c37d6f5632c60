"""Who speaks with the bucket: the node with its own Jira's rights, or this workstation, which signs for the node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agent.core.s3.answers import StoreFault
from agent.core.s3.backups import Listing, only_backups, other_folders
from agent.core.s3.brought import StoreSaid
from agent.core.s3.proof import BackupFacts
from agent.errors import AgentError, Refused
from agent.node.restoring import DescribeBackup, ListBackups, Owned, Presigned
from agent.operations.restoring.asking import ask, said_by

if TYPE_CHECKING:
    from agent.core.s3.address import BucketAddress
    from agent.core.s3.backups import Backup
    from agent.edges.s3_backups import BucketFromHere
    from agent.node.port import NodePort

MOST_PAGES = 50
"""Of 200 objects each; nobody picks one of more by eye."""


class Source(Protocol):
    """Who speaks with the bucket."""

    def page(self, mark: str) -> Listing:
        """Return one page of the list."""
        ...

    def facts(self, key: str) -> BackupFacts:
        """Return what the store says of one object."""
        ...

    def way(self, key: str) -> Owned | Presigned:
        """Return how a node comes to the object just now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All that lies below backups/: what can be picked, the newest first, and folders that are not looked into."""

    backups: tuple[Backup, ...]
    folders: tuple[str, ...]
    whole: bool


def shelf_of(source: Source) -> Shelf:
    """Return the whole list, page by page."""
    found: list[Backup] = []
    folders: list[str] = []
    mark = ""
    for _ in range(MOST_PAGES):
        page = source.page(mark)
        found += page.backups
        folders += page.folders
        mark = page.next_page
        if not mark:
            break
    return Shelf(backups=only_backups(found), folders=other_folders(dict.fromkeys(folders)), whole=not mark)


class NodeSource:
    """The node asks with the rights of its own Jira; way_out is the command for those who may not read."""

    def __init__(self, port: NodePort, address: BucketAddress, way_out: str) -> None:
        self._port = port
        self._address = address
        self._way_out = way_out

    def page(self, mark: str) -> Listing:
        """Return one page of the list.

        Raises:
            Refused: the node's Jira may not list.
            AgentError: the store gave none for another reason.

        """
        said = self._asked(ListBackups(address=self._address, page=mark))
        if isinstance(said, Listing):
            return said
        raise AgentError(f"{self._port.name}: the store brought something else than a list; run it again")

    def facts(self, key: str) -> BackupFacts:
        """Return what the store says of one object.

        Raises:
            Refused: the node's Jira may not read.
            AgentError: the store said nothing for another reason.

        """
        said = self._asked(DescribeBackup(address=self._address, key=key))
        if isinstance(said, BackupFacts):
            return said
        raise AgentError(f"{self._port.name}: the store brought something else than an object; run it again")

    def way(self, key: str) -> Owned:
        """Return the node's own way."""
        return Owned(address=self._address, key=key)

    def _asked(self, errand: ListBackups | DescribeBackup) -> Listing | BackupFacts:
        brought = ask(self._port, errand, StoreSaid)
        if not isinstance(brought.said, StoreFault):
            return brought.said
        raise refusal(f"{self._port.name}: bucket {self._address.bucket}", brought.said, self._way_out)


class WorkstationSource:
    """This workstation asks, and signs for the node."""

    def __init__(self, bucket: BucketFromHere, name: str) -> None:
        self._bucket = bucket
        self._name = name

    def page(self, mark: str) -> Listing:
        """Return one page of the list.

        Raises:
            AgentError: the store gave none.

        """
        said = self._bucket.page(mark)
        if isinstance(said, StoreFault):
            raise self._refusal(said)
        return said

    def facts(self, key: str) -> BackupFacts:
        """Return what the store says of one object.

        Raises:
            AgentError: the store said nothing.

        """
        said = self._bucket.facts(key)
        if isinstance(said, StoreFault):
            raise self._refusal(said)
        return said

    def way(self, key: str) -> Presigned:
        """Return a URL that is signed anew.

        Raises:
            AgentError: nothing can be signed here.

        """
        said = self._bucket.url_of(key)
        if isinstance(said, StoreFault):
            raise self._refusal(said)
        return Presigned(url=said)

    def _refusal(self, fault: StoreFault) -> AgentError:
        if fault.is_denial:
            return Refused(
                f"{self._name}: this workstation's own rights do not suffice ({said_by(fault)}); "
                "choose others with AWS_PROFILE, which need s3:ListBucket and s3:GetObject"
            )
        if fault.code == "no-keys":
            return Refused(
                f"{self._name}: this workstation has no credentials ({said_by(fault)}); choose some with AWS_PROFILE, "
                "which need s3:ListBucket and s3:GetObject"
            )
        return AgentError(f"{self._name}: {said_by(fault)}{_cure(fault)}")


def refusal(who: str, fault: StoreFault, way_out: str) -> AgentError:
    """Return why a store did not serve a node; that a node may not read backups is as it should be."""
    if fault.is_denial:
        return Refused(
            f"{who}: the node's Jira may not list or read backups ({said_by(fault)}), as it should be, since they are "
            f"best write-only; let this workstation sign for it, with rights of its own: {way_out}"
        )
    if fault.code == "no-keys":
        return Refused(
            f"{who}: no credentials were found where Jira's own client looks for them ({said_by(fault)}); let this "
            f"workstation sign for the node, with rights of its own: {way_out}"
        )
    return AgentError(f"{who}: {said_by(fault)}{_cure(fault)}")


def _cure(fault: StoreFault) -> str:
    cures = {
        "NoSuchBucket": "create the bucket, or correct `bucket-name` in the inventory",
        "unreachable": "see that the endpoint answers: filestore-agent preflight-s3",
        "InvalidAccessKeyId": "renew the credentials",
        "SignatureDoesNotMatch": "renew the credentials (a key and its own secret)",
        "ExpiredToken": "renew the credentials",
    }
    return f"; {cures[fault.code]}" if fault.code in cures else ""
