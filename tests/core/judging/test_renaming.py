"""Is a filestore that only has another id told as that, and never one that is more than renamed?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.judging.difference import difference
from agent.core.judging.renaming import told

OLD = Filestore(id="backupBucket", bucket_name="co-jira", region="us-east-1", max_concurrency=50)
NEW = replace(OLD, id="my.Backups")
OTHER = Filestore(id="avatarBucket", bucket_name="co-avatars", region="us-east-1")


def config(*stores: Filestore, **targets: str) -> FilestoreConfig:
    links = tuple(Association(target=target, file_store=store) for target, store in targets.items())
    return FilestoreConfig(filestores=stores, associations=links)


def said(before: FilestoreConfig, after: FilestoreConfig) -> tuple[str, ...]:
    return told(difference(before, after))


def test_an_id_that_changes_alone_is_one_line_that_lets_the_operator_sleep() -> None:
    lines = said(config(OLD, backups="backupBucket"), config(NEW, backups="my.Backups"))

    assert lines == ("filestore backupBucket is now called my.Backups; nothing else changes, and it can wait",)


def test_all_targets_of_it_follow() -> None:
    lines = said(
        config(OLD, backups="backupBucket", avatars="backupBucket"),
        config(NEW, backups="my.Backups", avatars="my.Backups"),
    )

    assert len(lines) == 1


def test_what_else_changes_is_told_beside_it() -> None:
    lines = said(
        config(OLD, OTHER, backups="backupBucket", avatars="avatarBucket"),
        config(NEW, replace(OTHER, region="us-east-2"), backups="my.Backups", avatars="avatarBucket"),
    )

    assert lines == (
        "filestore backupBucket is now called my.Backups",
        "filestores.avatarBucket.region: us-east-1 -> us-east-2",
    )


def test_two_may_be_renamed_at_once() -> None:
    lines = said(
        config(OLD, OTHER, backups="backupBucket", avatars="avatarBucket"),
        config(NEW, replace(OTHER, id="a2"), backups="my.Backups", avatars="a2"),
    )

    assert [line.partition(" is now")[0] for line in lines[:-1]] == ["filestore avatarBucket", "filestore backupBucket"]
    assert lines[-1] == "nothing else changes, and it can wait"


@pytest.mark.parametrize(
    "after",
    [
        config(replace(NEW, region="us-east-2"), backups="my.Backups"),
        config(replace(NEW, max_concurrency=None), backups="my.Backups"),
        config(NEW),
        config(NEW, avatars="my.Backups"),
        config(NEW, backups="my.Backups", avatars="my.Backups"),
        config(OLD, NEW, backups="my.Backups"),
        config(NEW, replace(NEW, id="b3"), backups="my.Backups"),
        config(),
    ],
)
def test_what_is_more_than_another_name_is_told_value_by_value(after: FilestoreConfig) -> None:
    before = config(OLD, backups="backupBucket")

    assert said(before, after) == tuple(map(str, difference(before, after)))


def test_a_file_that_comes_or_goes_is_no_other_name() -> None:
    changes = difference(None, config(NEW, backups="my.Backups"))

    assert told(changes) == tuple(map(str, changes))
    assert told(()) == ()


def test_a_name_is_printable_whatever_the_file_held() -> None:
    (line,) = said(config(OLD, backups="backupBucket"), config(replace(OLD, id="a\x1b[2J"), backups="a\x1b[2J"))

    assert line.isprintable()
