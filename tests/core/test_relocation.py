"""Is it said of each target from where to where it goes, what stays behind, and what users will see of that?"""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.filestore import Target
from agent.core.relocation import HOW_TO_COPY, Relocation, Way, announcement, moves
from agent.core.routing import SHARED_HOME, Place, routing_of
from tests.core.sightings import config

HERE = Place(family="aws:eu-west-1", bucket="example-co-jira")
OTHER = Place(family="aws:eu-west-1", bucket="example-co-other")
ELSEWHERE = Place(family="aws:us-east-1", bucket="example-co-jira")
IN_CHINA = Place(family="aws:cn-north-1", bucket="example-co-jira")
OTHER_HOST = Place(family="s3.us-east-1.amazonaws.com", bucket="example-co-jira")
OF_A_VPC = Place(family="bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", bucket="example-co-jira")
BALANCER = Place(family="minio-1a2b.elb.eu-west-1.amazonaws.com", bucket="example-co-jira")
OWN = Place(family="minio.example.com", bucket="example-co-jira")


def relocation(before: Place, after: Place, target: Target = Target.AVATARS) -> Relocation:
    return Relocation(target=target, before=before, after=after)


def test_a_target_that_is_put_into_s3_leaves_its_data_in_the_shared_home() -> None:
    (move,) = moves(routing_of(None), routing_of(config()))

    assert move.way is Way.ADDED
    assert move.sentence == (
        "backups go to bucket backup-bucket (aws:us-east-1) instead of the shared home;"
        " what users will see: nothing; earlier backups are not lost, they are listed and fetched from where they are;"
        " existing backups stay behind in the shared home (by default in export) and are not copied"
    )


def test_a_target_that_is_taken_out_of_s3_leaves_its_data_in_the_bucket() -> None:
    move = relocation(HERE, SHARED_HOME)

    assert move.way is Way.REMOVED
    assert move.sentence == (
        "avatars go back to the shared home instead of bucket example-co-jira (aws:eu-west-1);"
        " what users will see: the pictures of users, projects and issue types are missing until they are copied;"
        " existing avatars stay behind in bucket example-co-jira (aws:eu-west-1) and are not copied;"
        " how and when to copy them: docs/moving-data.md"
    )


def test_a_target_that_moves_says_both_buckets() -> None:
    move = relocation(HERE, OTHER, Target.ATTACHMENTS)

    assert move.way is Way.MOVED
    assert move.course == (
        "attachments move from bucket example-co-jira (aws:eu-west-1) to bucket example-co-other (aws:eu-west-1)"
    )
    assert move.seen == (
        "what users will see: attachments that issues have already are not found until they are copied"
    )


@pytest.mark.parametrize("target", Target)
def test_what_users_see_of_the_data_that_stays_is_said_of_each_target(target: Target) -> None:
    sentences = {
        relocation(*pair, target).sentence for pair in ((HERE, SHARED_HOME), (SHARED_HOME, HERE), (HERE, OTHER))
    }

    assert len(sentences) == 3
    assert all(str(target) in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("after", "doubt"),
    [
        (ELSEWHERE, "AWS has one bucket of this name, in one region"),
        (OTHER_HOST, "AWS has one bucket of this name, in one region: one of the two is wrong"),
        (OF_A_VPC, "AWS has one bucket of this name, in one region"),
        (BALANCER, "a bucket of the same name elsewhere is another bucket"),
        (IN_CHINA, "a bucket of the same name elsewhere is another bucket"),
        (OWN, "a bucket of the same name elsewhere is another bucket"),
    ],
)
def test_a_bucket_that_keeps_its_name_is_doubted(after: Place, doubt: str) -> None:
    assert doubt in relocation(HERE, after).sentence
    assert doubt in relocation(after, HERE).sentence


def test_a_bucket_of_another_name_raises_no_doubt() -> None:
    assert "of this name" not in relocation(HERE, OTHER).sentence
    assert "of the same name" not in relocation(HERE, OTHER).sentence


def test_targets_that_stay_do_not_move() -> None:
    assert moves(routing_of(config()), routing_of(config(concurrency=7))) == ()


def test_a_move_is_printable_whatever_the_file_held() -> None:
    assert relocation(HERE, Place(family="a\x1b[2J", bucket="\u202eb")).sentence.isprintable()


def test_the_page_on_copying_is_there() -> None:
    assert (Path(__file__).parents[2] / HOW_TO_COPY).is_file()


def test_who_agrees_reads_where_new_data_goes_and_that_nothing_is_copied() -> None:
    said = announcement([relocation(SHARED_HOME, HERE, Target.ATTACHMENTS)])

    assert said == (
        "New attachments will be stored in bucket example-co-jira (aws:eu-west-1); existing ones are NOT copied."
    )


def test_targets_of_one_place_are_named_together_and_nothing_twice() -> None:
    moved = [
        relocation(SHARED_HOME, HERE, Target.ATTACHMENTS),
        relocation(OTHER, HERE, Target.ATTACHMENTS),
        relocation(SHARED_HOME, HERE, Target.AVATARS),
        relocation(OTHER, SHARED_HOME, Target.BACKUPS),
    ]

    assert announcement(moved) == (
        "New attachments and avatars will be stored in bucket example-co-jira (aws:eu-west-1), new backups in the"
        " shared home; existing ones are NOT copied."
    )
    assert announcement([]) == ""
