from __future__ import annotations

from dataclasses import replace

from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.judging.difference import difference
from tests.core.sightings import config


def lines(before: FilestoreConfig | None, after: FilestoreConfig) -> list[str]:
    return [str(change) for change in difference(before, after)]


def with_store(**values: str | int | None) -> FilestoreConfig:
    (store,) = config().filestores
    return replace(config(), filestores=(replace(store, **values),))  # type: ignore[arg-type] # the tests' own values


def test_equal_meaning_has_no_difference() -> None:
    assert lines(config(), config()) == []


def test_a_value_that_changes_is_one_line() -> None:
    assert lines(config(), with_store(region="eu-west-1")) == ["filestores.backupBucket.region: us-east-1 -> eu-west-1"]


def test_an_optional_setting_comes_and_goes_as_none() -> None:
    endpoint = "https://s3.dualstack.us-east-1.amazonaws.com"

    assert lines(config(), with_store(endpoint_override=endpoint, max_concurrency=7)) == [
        f"filestores.backupBucket.endpoint-override: (none) -> {endpoint}",
        "filestores.backupBucket.max-concurrency: (none) -> 7",
    ]
    assert lines(with_store(max_concurrency=7), config()) == ["filestores.backupBucket.max-concurrency: 7 -> (none)"]


def test_a_file_that_comes_brings_all_its_values() -> None:
    assert lines(None, config()) == [
        "filestore-config.xml: (no file) -> (file)",
        "filestores.backupBucket.bucket-name: (none) -> backup-bucket",
        "filestores.backupBucket.region: (none) -> us-east-1",
        "associations.backups: (shared home) -> backupBucket",
    ]


def test_an_empty_document_differs_from_no_file_by_its_presence_alone() -> None:
    assert lines(None, FilestoreConfig()) == ["filestore-config.xml: (no file) -> (file)"]


def test_a_target_that_is_switched_off_goes_to_the_shared_home() -> None:
    assert lines(config(), replace(config(), associations=())) == [
        "associations.backups: backupBucket -> (shared home)"
    ]


def test_filestores_are_matched_by_id_and_targets_by_name() -> None:
    both = FilestoreConfig(
        filestores=(*config().filestores, Filestore(id="a", bucket_name="b", region="us-east-1")),
        associations=(Association(target="avatars", file_store="a"), *config().associations),
    )

    assert lines(config(), both) == [
        "filestores.a.bucket-name: (none) -> b",
        "filestores.a.region: (none) -> us-east-1",
        "associations.avatars: (shared home) -> a",
    ]


def test_what_a_file_holds_cannot_steer_a_terminal() -> None:
    (line,) = lines(with_store(bucket_name="\x1b[2Jx\u202e"), config())

    assert line == r"filestores.backupBucket.bucket-name: \x1b[2Jx\u202e -> backup-bucket"
