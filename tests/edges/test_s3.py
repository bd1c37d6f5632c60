"""The workstation's own client of a bucket: boto3 against a real server, with the environment's keys."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from agent.core.preflight.judge import judge
from agent.core.s3.address import BucketAddress
from agent.core.s3.probe import LookUp, Surroundings, Unasked, Verb
from agent.edges.s3 import NoLibrary, client_for, probe
from agent.errors import Outcome
from tests.support.bucket_node import MARK, allowing, probe_of, replies_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.s3_server import Keys, S3Server

ALL = ("PutObject", "GetObject", "DeleteObject", "ListBucket")


@pytest.fixture
def as_if(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> As:
    """Give a way to be somebody: nothing of this machine's own credentials counts."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    return As(monkeypatch)


class As:
    """Puts somebody's keys into the environment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, keys: Keys) -> None:
        for name, value in keys.environment.items():
            self._monkeypatch.setenv(name, value)


def test_it_tries_what_a_node_would_and_leaves_nothing_where_it_may_delete(as_if: As, s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    as_if(s3_server.role(allowing(bucket, avatars=ALL, backups=("PutObject",))))
    view = probe((probe_of(bucket, s3_server.url, "avatars", "backups"),))
    assert (view.rights.surroundings, view.rights.tool, view.rights.chain) == (Surroundings.WORKSTATION, "boto3", "env")
    assert len(view.rights.key or "") == 12
    found = judge(view)
    assert {check.health for check in found.checks if check.target} == {"good"}
    assert s3_server.keys(bucket) == [f"backups/Healthcheck/filestore-agent-{MARK}"]
    assert [left.key for left in found.left] == s3_server.keys(bucket)


def test_no_rights_and_no_bucket_are_told_as_a_node_tells_them(as_if: As, s3_server: S3Server) -> None:
    as_if(s3_server.user())
    denied = replies_in(probe((probe_of(s3_server.bucket(), s3_server.url),)))
    assert {verb: reply.code for verb, reply in denied.items()} == {
        verb: "AccessDenied" for verb in Verb if verb is not Verb.LIST
    }
    as_if(s3_server.user(allowing("jira-never-made", backups=ALL)))
    view = probe((probe_of("jira-never-made", s3_server.url),))
    assert {reply.code for reply in replies_in(view).values()} == {"NoSuchBucket"}


def test_another_region_is_not_followed_since_jiras_client_does_not(as_if: As, s3_server: S3Server) -> None:
    bucket = s3_server.bucket(region="eu-west-1")
    as_if(s3_server.user(allowing(bucket, backups=ALL)))
    found = judge(probe((probe_of(bucket, s3_server.url),)))
    region = next(check for check in found.checks if check.what == "region")
    assert (region.health, region.seen) == ("bad", "the bucket is in eu-west-1, the inventory says us-east-1")
    assert found.outcome is Outcome.REFUSED
    assert s3_server.keys(bucket, region="eu-west-1") == []


def test_without_credentials_nothing_is_asked(as_if: As, s3_server: S3Server) -> None:
    assert as_if is not None
    view = probe((probe_of(s3_server.bucket(), s3_server.url),))
    assert {reply.unasked for reply in replies_in(view).values()} == {Unasked.NO_KEYS}
    assert (view.rights.chain, judge(view).outcome) == ("none", Outcome.PARTIAL)
    endpoint = next(check for check in judge(view).checks if check.what == "endpoint")
    assert endpoint.seen.endswith("not asked: no credentials to ask with")


def test_a_host_that_is_not_there_is_told(as_if: As, s3_server: S3Server) -> None:
    as_if(s3_server.user())
    view = probe((probe_of("jira-bucket", "https://s3.example.invalid"),))
    assert view.tried[0].look_up is LookUp.NONE
    assert judge(view).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("root", "host"),
    [
        ("https://jira-bucket.s3.example.com", "jira-bucket.s3.example.com"),
        ("https://s3.example.com/jira-bucket", "s3.example.com"),
    ],
)
def test_the_client_looks_where_jiras_would(as_if: As, s3_server: S3Server, root: str, host: str) -> None:
    as_if(s3_server.user())
    address = BucketAddress(bucket="jira-bucket", region="us-east-1", root=root, endpoint="https://s3.example.com")
    url = client_for(address).generate_presigned_url("get_object", Params={"Bucket": "jira-bucket", "Key": "k"})
    assert url.partition("://")[2].partition("/")[0] == host


def test_where_boto3_is_not_installed_the_command_that_brings_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(NoLibrary, match=r"python -m pip install 'filestore-agent\[s3\]'"):
        probe((probe_of("jira-bucket", "https://s3.example.com"),))
