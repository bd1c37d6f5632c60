"""The errands for a backup against a real S3 API server that enforces policies: by curl, by aws, by a signed URL."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from boto3.s3.transfer import TransferConfig

from agent.core.s3.address import BucketAddress
from agent.core.s3.answers import StoreFault
from agent.core.s3.backups import Listing, newest, only_backups, tag_of_object
from agent.core.s3.brought import Digests, Fetched, StoreSaid
from agent.core.s3.proof import BackupFacts, proofs_for
from agent.edges.s3_backups import BucketFromHere
from agent.node.port import (
    DescribeBackup,
    FetchSlice,
    FinishFetch,
    ListBackups,
    Ok,
    Owned,
    Presigned,
    Refused,
    TakeDigests,
)
from tests.node.test_shell import made_door
from tests.support.letters import AlteredNode, script_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agent.node.port import Answer, Errand
    from tests.node.contract import Door
    from tests.support.s3_server import Keys, S3Server

KEY = "backups/a 'b' & ü+%41.zip"
CONTENT = bytes(range(256)) * 50_000
READER = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
WRITER = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
PROGRAM = "import sys; sys.stdin.read()"


class AskingNode(AlteredNode):
    """A node with, or without, the aws command."""

    def __init__(self, door: Door, tool: str) -> None:
        super().__init__(door.node)
        self.door = door
        self._without = {} if tool == "aws" else {"/usr/local/bin/aws /usr/bin/aws": "/nowhere/aws"}

    def perform(self, request: Any) -> Answer:
        self._script = {}
        script = script_in(super().letter(request, "0" * 32))[0]
        self._script = {old: new for old, new in self._without.items() if old.encode() in script}
        return super().perform(request)

    def brings(self, errand: Errand) -> Any:
        answer = self.perform(errand)
        assert isinstance(answer, Ok), answer
        return answer.observation.brought


def policy(*statements: Mapping[str, object]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def jira_with(door: Door, keys: Keys) -> subprocess.Popen[bytes]:
    """Start what looks like Jira's process, with these keys in its environment."""
    words = [sys.executable, "-c", PROGRAM, f"-Djira.home={door.node.localhome}"]
    return subprocess.Popen(words, stdin=subprocess.PIPE, env={"PATH": os.environ["PATH"], **keys.environment})


@pytest.fixture(params=["curl", "aws"])
def node(request: pytest.FixtureRequest, tmp_path: Path) -> AskingNode:
    if request.param == "aws" and not shutil.which("aws", path="/usr/local/bin:/usr/bin"):
        pytest.skip("no aws command where a node has one")
    shared = tmp_path / "shared"
    (shared / "data").mkdir(parents=True, mode=0o750)
    return AskingNode(made_door(tmp_path / "home"), request.param)


@pytest.fixture
def bucket(s3_server: S3Server) -> str:
    name = s3_server.bucket()
    with s3_server.client() as s3:
        parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
        s3.put_object(Bucket=name, Key="backups/older.zip", Body=b"older", ChecksumAlgorithm="SHA256")
        s3.put_object(Bucket=name, Key="backups/Healthcheck/1", Body=b"x")
        s3.put_object(Bucket=name, Key="avatars/1.zip", Body=b"x")
        s3.upload_fileobj(io.BytesIO(CONTENT), name, KEY, Config=parts)
    return name


def address(server: S3Server, bucket: str) -> BucketAddress:
    return BucketAddress(bucket=bucket, region="us-east-1", root=f"{server.url}/{bucket}", endpoint=server.url)


@pytest.fixture
def jiras() -> Iterator[list[subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        process.kill()
        process.communicate()


def place(tmp_path: Path, key: str, etag: str) -> dict[str, Any]:
    return {
        "sharedhome": str(tmp_path / "shared"),
        "name": key.removeprefix("backups/"),
        "tag": tag_of_object(etag),
    }


def test_with_jiras_own_rights_a_node_lists_describes_fetches_and_proves(
    node: AskingNode, s3_server: S3Server, bucket: str, tmp_path: Path, jiras: list[subprocess.Popen[bytes]]
) -> None:
    jiras.append(jira_with(node.door, s3_server.user(policy(READER))))
    there = address(s3_server, bucket)
    listing = node.brings(ListBackups(address=there)).said
    assert isinstance(listing, Listing)
    found = only_backups(listing.backups)
    assert {it.key for it in found} == {KEY, "backups/older.zip"}
    assert newest(found) in found
    assert listing.folders == ("backups/Healthcheck/",)
    for key, content in ((KEY, CONTENT), ("backups/older.zip", b"older")):
        facts = node.brings(DescribeBackup(address=there, key=key)).said
        assert isinstance(facts, BackupFacts)
        assert facts.size == len(content)
        words = place(tmp_path, key, facts.etag)
        half = tmp_path / "shared" / "import" / f".{words['name']}.{words['tag']}.part"
        half.parent.mkdir(exist_ok=True, mode=0o750)
        half.write_bytes(content[: len(content) // 3])
        slice_ = FetchSlice(
            **words, way=Owned(address=there, key=key), etag=facts.etag, size=facts.size, spare=1, seconds=20
        )
        assert node.brings(slice_) == Fetched(before=len(content) // 3, after=len(content))
        assert half.read_bytes() == content
        verdicts = [_proven(node, words, proof) for proof in proofs_for(facts, at_aws=True)]
        assert any(verdicts)
        node.brings(FinishFetch(**words, size=facts.size))
        assert (half.parent / words["name"]).read_bytes() == content


def _proven(node: AskingNode, words: dict[str, Any], proof: Any) -> bool:
    digests = node.brings(TakeDigests(**words, digest=proof.digest, piece=proof.piece, first=0, count=proof.count))
    assert isinstance(digests, Digests)
    return bool(proof.proves(digests.found))


def test_a_node_that_may_only_write_is_told_so_and_no_credential_comes_back(
    node: AskingNode, s3_server: S3Server, bucket: str, tmp_path: Path, jiras: list[subprocess.Popen[bytes]]
) -> None:
    keys = s3_server.role(policy(WRITER))
    jiras.append(jira_with(node.door, keys))
    there = address(s3_server, bucket)
    errands: list[Errand] = [ListBackups(address=there), DescribeBackup(address=there, key=KEY)]
    for errand in errands:
        said = node.brings(errand)
        assert isinstance(said, StoreSaid)
        assert isinstance(said.said, StoreFault)
        assert said.said.is_denial, said
    slice_ = FetchSlice(
        **place(tmp_path, KEY, "x"), way=Owned(address=there, key=KEY), etag="x", size=len(CONTENT), spare=1
    )
    brought = node.brings(slice_)
    assert (brought.after, brought.fault.is_denial) == (0, True)


def test_a_store_that_repeats_a_key_is_not_passed_on(
    s3_server: S3Server, bucket: str, tmp_path: Path, jiras: list[subprocess.Popen[bytes]]
) -> None:
    """An object's own listing may hold anything; what holds a credential of the node stays there."""
    node = AskingNode(made_door(tmp_path / "home"), "curl")
    keys = s3_server.user(policy(READER))
    s3_server.put(bucket, f"backups/{keys.id}.zip")
    jiras.append(jira_with(node.door, keys))
    said = node.brings(ListBackups(address=address(s3_server, bucket)))
    assert keys.id not in repr(said)
    assert isinstance(said.said, StoreFault)


def test_what_the_workstation_signs_a_node_fetches_that_may_only_write(
    s3_server: S3Server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_server.user(policy(READER)).environment.items():
        monkeypatch.setenv(name, value)
    node = AskingNode(made_door(tmp_path / "home"), "curl")
    (tmp_path / "shared" / "data").mkdir(parents=True, mode=0o750)
    here = BucketFromHere(address(s3_server, bucket))
    listing, facts = here.page(""), here.facts(KEY)
    assert isinstance(listing, Listing)
    assert isinstance(facts, BackupFacts)
    assert {it.key for it in only_backups(listing.backups)} == {KEY, "backups/older.zip"}
    url = here.url_of(KEY)
    assert isinstance(url, str)
    assert "X-Amz-Expires=120" in url
    slice_ = FetchSlice(
        **place(tmp_path, KEY, facts.etag), way=Presigned(url=url), etag=facts.etag, size=facts.size, spare=1
    )
    assert "X-Amz" not in repr(slice_)
    assert node.brings(slice_) == Fetched(before=0, after=len(CONTENT))
    (half,) = (tmp_path / "shared" / "import").iterdir()
    assert hashlib.sha256(half.read_bytes()).digest() == hashlib.sha256(CONTENT).digest()
    half.unlink()
    forged = FetchSlice(
        **place(tmp_path, KEY, facts.etag), way=Presigned(url=f"{url[:-3]}000"), etag=facts.etag, size=9, spare=1
    )
    assert node.brings(forged).fault.code == "SignatureDoesNotMatch"


def test_the_workstations_faults_are_told_in_the_same_words(
    s3_server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_server.user(policy(WRITER)).environment.items():
        monkeypatch.setenv(name, value)
    here = BucketFromHere(address(s3_server, bucket))
    for said in (here.page(""), here.facts(KEY)):
        assert isinstance(said, StoreFault)
        assert said.is_denial
    missing = BucketFromHere(
        BucketAddress(bucket="b", region="us-east-1", root="http://127.0.0.1:1/b", endpoint="http://127.0.0.1:1")
    )
    said = missing.page("")
    assert isinstance(said, StoreFault)
    assert said.is_passing


def test_without_keys_the_node_says_that_there_are_none(s3_server: S3Server, bucket: str, tmp_path: Path) -> None:
    node = AskingNode(made_door(tmp_path / "home"), "curl")
    node._without |= {"place=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}": "place=http://127.0.0.1:1"}
    answer = node.perform(ListBackups(address=address(s3_server, bucket)))
    if isinstance(answer, Ok):
        pytest.skip("this machine has keys of its own")
    assert isinstance(answer, Refused)
    assert answer.code == "no-keys"
