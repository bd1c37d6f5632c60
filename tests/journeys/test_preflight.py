"""The buckets, asked from outside: real SSH servers, stand-ins for Jira that alone have the keys, and a real store."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.bucket_node import allowing
from tests.support.journey import policy

if TYPE_CHECKING:
    from tests.support.journey import Journey
    from tests.support.s3_server import Keys, S3Server

pytestmark = pytest.mark.sshd
NARROW = ("PutObject",)


def declared(journey: Journey, server: S3Server, bucket: str) -> Journey:
    """Let the inventory send the backups to a bucket of the test's own store."""
    store = f"bucket-name: {bucket}, region: us-east-1, endpoint-override: {json.dumps(server.url)}"
    text = f"filestores:\n  backupBucket: {{{store}}}\nassociations: {{backups: backupBucket}}\n"
    journey.lab.write_inventory(text, rollout=policy())
    return journey


def give(journey: Journey, server: S3Server, name: str, keys: Keys) -> None:
    """Start a node's Jira anew with these keys in its environment, where no login has them."""
    node = journey.lab.node(name)
    node.stop_jira()
    node.start_jira(**keys.environment, AWS_ENDPOINT_URL_STS=server.url)
    node.wait_for("RUNNING")


def test_from_each_node_with_its_own_jiras_keys(journey: Journey, s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    right, wrong = s3_server.user(allowing(bucket, backups=NARROW)), s3_server.user()
    declared(journey, s3_server, bucket)
    for name in ("jira-1", "jira-2", "jira-3"):
        give(journey, s3_server, name, right)
    before = journey.files()

    told = journey.done("preflight-s3")
    assert {node["identity"]["caller"] for node in told["nodes"]} == {right.arn}
    assert len(s3_server.keys(bucket)) == 3
    assert sorted(left["key"] for node in told["nodes"] for left in node["left"]) == s3_server.keys(bucket)
    assert (journey.files(), journey.remains()) == (before, {})

    give(journey, s3_server, "jira-2", wrong)
    done = subprocess.run(
        journey.command("preflight-s3", "-v"),
        check=False, capture_output=True, text=True, timeout=120, env=journey.environment,
    )  # fmt: skip
    assert done.returncode == 7, done.stderr
    said = 'AccessDenied; Jira will say "Unable to write to backup storage"  [jira-2]'
    assert f"{bucket} backups write: {said}" in done.stdout
    assert f"{bucket} backups read: not allowed, as is recommended  [jira-[1,3]]" in done.stdout
    assert "the nodes come with different identities" in done.stdout
    assert "filestore-agent bucket-policy" in done.stdout
    for keys in (right, wrong):
        assert not [word for word in (keys.id, keys.secret) if word in done.stdout + done.stderr + json.dumps(told)]
    assert "probestores: ok after" in done.stderr


def test_a_plan_shows_it_for_the_bucket_that_it_would_bring(journey: Journey, s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, backups=NARROW))
    for name in ("jira-1", "jira-2", "jira-3"):
        give(journey, s3_server, name, keys)
    declared(journey, s3_server, bucket)
    code, told = journey.run("plan", "--restart", "--preflight")
    assert (code, told["class"], told["preflight"]["outcome"]) == (2, "routing", "ok"), told
    assert told["preflight"]["buckets"] == [bucket]
    declared(journey, s3_server, "jira-never-made-bucket")
    code, told = journey.run("plan", "--restart", "--preflight")
    assert (code, told["preflight"]["outcome"], told["objections"]) == (7, "refused", []), told
