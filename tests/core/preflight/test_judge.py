"""What Jira will be able to do, said of each reply that a store, or what stands before it, may give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.preflight.check import Health
from agent.core.preflight.judge import judge
from agent.core.s3.probe import LookUp, Reply, Unasked
from agent.errors import Outcome
from tests.core.preflight.given import (
    DENIED,
    GONE,
    READ,
    WRITTEN,
    all_as,
    checked,
    tried,
    view,
)

SKEWED = Reply(status=403, code="RequestTimeTooSkewed")
MOVED = Reply(status=301, code="PermanentRedirect", region="eu-west-1")


def test_all_that_avatars_need_is_good() -> None:
    found = judge(view(tried()))
    assert {check.health for check in found.checks} - {Health.GOOD} <= {Health.UNKNOWN}
    assert {check.what for check in found.checks if check.health is Health.UNKNOWN} == {"clock"}
    assert (found.outcome, found.left) == (Outcome.OK, ())


@pytest.mark.parametrize("target", ["avatars", "attachments"])
@pytest.mark.parametrize(
    ("verb", "says"),
    [
        ("write", "Unable to write to {} storage"),
        ("read", "Unable to read data from {} storage"),
        ("delete", "Unable to delete data from {} storage"),
        ("list", "Unable to list data in {} storage"),
    ],
)
def test_a_right_that_is_lacking_is_said_in_words_like_jiras_and_marked_as_ours(
    target: str, verb: str, says: str
) -> None:
    check = checked(tried(target, **{verb: DENIED}))[verb]
    assert (check.health, check.says, check.verified) == ("bad", says.format(target[:-1]), False)
    assert "`bucket-policy`" in (check.cure or "")


def test_backups_are_to_be_written_only_and_the_words_are_jiras_own() -> None:
    narrow = checked(tried("backups", read=DENIED, delete=DENIED))
    assert {narrow[verb].health for verb in ("write", "read", "delete")} == {Health.GOOD}
    wide = judge(view(tried("backups")))
    said = {check.what: (check.health, check.says, check.verified) for check in wide.checks if check.says}
    assert said == {
        "read": ("care", "Able to read data from backup storage", True),
        "delete": ("care", "Able to delete data from backup storage", True),
    }
    assert wide.outcome is Outcome.OK
    unable = checked(tried("backups", write=DENIED, read=DENIED, delete=DENIED))["write"]
    assert (unable.says, unable.verified) == ("Unable to write to backup storage", True)


def test_a_bucket_that_targets_share_is_judged_for_each() -> None:
    found = judge(view(tried("backups"), tried("avatars", delete=DENIED)))
    told = {(check.target, check.what): check.health for check in found.checks if check.target}
    assert (told["backups", "delete"], told["avatars", "delete"]) == (Health.CARE, Health.BAD)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("ExpiredToken", "the session token has expired"),
        ("InvalidAccessKeyId", "the store knows no such access key"),
        ("SignatureDoesNotMatch", "the secret key does not belong to the access key"),
        ("RequestTimeTooSkewed", "the node's clock and the store's are too far apart"),
        ("NoSuchBucket", "there is no such bucket"),
        ("PermanentRedirect", "the bucket is in another region"),
        ("AccountProblem", "the account of the bucket is blocked"),
        ("AllAccessDisabled", "all access to the bucket is disabled"),
    ],
)
def test_what_would_be_refused_whatever_is_asked_never_looks_like_a_narrow_policy(code: str, why: str) -> None:
    refused = Reply(status=403, code=code)
    found = checked(tried("backups", **all_as(refused)))
    assert (found["write"].health, found["write"].seen) == ("bad", why)
    assert found["read"].health is found["delete"].health is Health.UNKNOWN


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=200),
        Reply(status=403),
        Reply(status=302),
        Reply(status=503, code="SlowDown"),
        Reply(status=500),
        Reply(status=400, code="InvalidRequest"),
        Reply(status=409, code="OperationAborted"),
        Reply(status=418, code="Teapot"),
        Reply(ended=28),
        Reply(ended=99),
        Reply(by_aws=True, ended=255, complaint="Read timeout on endpoint URL"),
        Reply(by_aws=True, ended=124),
        Reply(by_aws=True, ended=253, complaint="Unable to locate credentials"),
        Reply(unasked=Unasked.NO_TIME),
    ],
    ids=repr,
)
def test_what_is_not_understood_is_not_known_and_never_an_all_clear(reply: Reply) -> None:
    for target in ("avatars", "backups"):
        found = judge(view(tried(target, **all_as(reply))))
        health = {check.what: check.health for check in found.checks if check.target}
        assert set(health.values()) == {Health.UNKNOWN}
        assert found.outcome is Outcome.PARTIAL


def test_a_page_with_200_is_no_reading_deleting_or_listing_either() -> None:
    page = Reply(status=200)
    found = checked(tried(read=page, delete=page, list=page))
    assert {found[verb].health for verb in ("read", "delete", "list")} == {Health.UNKNOWN}
    assert "none of S3's" in found["read"].seen


def test_another_content_than_ours_is_no_reading() -> None:
    assert checked(tried(read=Reply(status=200, tagged=True)))["read"].health is Health.UNKNOWN


def test_a_403_for_a_key_that_may_not_be_there_is_not_guessed_at() -> None:
    missing = Reply(status=404, code="NoSuchKey")
    assert checked(tried("backups", write=DENIED, read=DENIED))["read"].health is Health.UNKNOWN
    assert checked(tried("backups", write=DENIED, read=missing))["read"].health is Health.CARE
    assert checked(tried("backups", write=WRITTEN, read=missing))["read"].health is Health.UNKNOWN
    assert checked(tried("avatars", write=WRITTEN, read=DENIED))["read"].health is Health.BAD


def test_a_key_that_may_not_encrypt_is_named_instead_of_the_bucket() -> None:
    denied = replace(DENIED, message="User is not authorized to perform: kms:GenerateDataKey on this resource")
    check = checked(tried(write=denied))["write"]
    assert (check.health, "KMS" in check.seen, "kms:GenerateDataKey" in (check.cure or "")) == ("bad", True, True)


# The place


def test_a_region_that_differs_is_a_fault_with_the_region_that_is_meant() -> None:
    region = checked(tried(door=Reply(status=400, signed=True, region="eu-west-1"), **all_as(MOVED)))["region"]
    assert (region.health, region.seen) == ("bad", "the bucket is in eu-west-1, the inventory says us-east-1")
    assert "region: eu-west-1" in (region.cure or "")


def test_what_the_aws_command_could_do_proves_no_region_since_it_follows_to_another() -> None:
    done = Reply(by_aws=True, tagged=True)
    followed = judge(view(tried(door=Reply(status=400, signed=True, region="eu-west-1"), **all_as(done))))
    assert followed.outcome is Outcome.REFUSED
    silent = judge(view(tried(door=Reply(unasked=Unasked.NO_TOOL), **all_as(done))))
    assert silent.outcome is Outcome.PARTIAL
    told = judge(view(tried(door=Reply(status=200, signed=True), **all_as(done))))
    assert told.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("off", "worked", "health"),
    [
        (0, True, Health.GOOD),
        (299, True, Health.GOOD),
        (-301, True, Health.CARE),
        (901, True, Health.CARE),
        (901, False, Health.BAD),
        (-86_400, False, Health.BAD),
    ],
)
def test_clocks_that_differ_are_told_from_five_minutes_on(off: int, worked: bool, health: Health) -> None:  # noqa: FBT001 - a case of the table
    door = Reply(status=403, date=1_000_000, at=1_000_000 + off)
    replies = {} if worked else all_as(DENIED)
    assert checked(tried(door=door, **replies))["clock"].health is health


def test_a_store_that_refuses_for_the_time_is_believed() -> None:
    assert checked(tried(**all_as(SKEWED)))["clock"].health is Health.BAD


def test_a_name_without_an_address_is_a_fault_unless_a_proxy_knows_it() -> None:
    nowhere = {"door": Reply(ended=6), **all_as(Reply(unasked=Unasked.BARRED))}
    found = checked(tried(look_up=LookUp.NONE, **nowhere))
    assert (found["name"].health, found["endpoint"].health) == (Health.BAD, Health.BAD)
    assert "wildcard DNS" in (found["name"].cure or "")
    assert checked(tried(look_up=LookUp.NONE), proxy=True)["name"].health is Health.GOOD
    assert checked(tried(look_up=LookUp.NONE))["name"].health is Health.CARE
    assert checked(tried(look_up=LookUp.SLOW))["name"].health is Health.UNKNOWN


@pytest.mark.parametrize("ended", [5, 6, 7, 28, 35, 52, 56])
def test_an_endpoint_that_cannot_be_spoken_to_is_a_fault(ended: int) -> None:
    found = judge(view(tried(door=Reply(ended=ended), **all_as(Reply(unasked=Unasked.BARRED)))))
    assert found.outcome is Outcome.REFUSED
    assert found.left == ()


def test_a_certificate_that_is_not_trusted_is_left_to_java() -> None:
    found = judge(view(tried(door=Reply(ended=60), **all_as(Reply(unasked=Unasked.BARRED)))))
    assert found.outcome is Outcome.PARTIAL


def test_amazon_tells_everybody_that_a_bucket_is_not_there_and_others_need_not() -> None:
    door = Reply(status=404)
    assert checked(tried(door=door, **all_as(DENIED)))["bucket"].health is Health.BAD
    other = tried(door=door, url="https://minio.example.com", **all_as(DENIED))
    assert checked(other)["bucket"].health is Health.UNKNOWN


# What stays

KEYLESS = Reply(ended=253, by_aws=True, complaint="Unable to locate credentials")


@pytest.mark.parametrize(
    ("replies", "left"),
    [
        ({}, []),
        ({"delete": DENIED}, [(True, False)]),
        ({"delete": Reply(ended=28)}, [(True, False)]),
        ({"write": Reply(ended=28), "delete": Reply(ended=28)}, [(False, False)]),
        ({"write": Reply(ended=28), "delete": GONE}, []),
        ({"write": DENIED, "delete": DENIED}, []),
        ({"write": KEYLESS, "read": KEYLESS, "delete": KEYLESS}, []),
        ({"write": Reply(ended=7), "delete": Reply(ended=7)}, []),
        ({"write": Reply(ended=255, by_aws=True), "delete": Reply(ended=255, by_aws=True)}, [(False, False)]),
        ({"write": Reply(unasked=Unasked.NO_TIME), "delete": Reply(unasked=Unasked.NO_TIME)}, []),
        ({"write": replace(WRITTEN, version=True)}, [(True, True)]),
        ({"read": replace(READ, version=True), "delete": DENIED}, [(True, False)]),
    ],
)
def test_an_object_of_ours_that_stays_or_may_stay_is_named(
    replies: dict[str, Reply], left: list[tuple[bool, bool]]
) -> None:
    found = judge(view(tried(**replies))).left
    assert [(it.certain, it.versions) for it in found] == left
    assert all(it.key.startswith("avatars/filestore-agent-preflight/") for it in found)
