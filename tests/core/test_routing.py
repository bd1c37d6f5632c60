from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.core.aws.partitions import PARTITIONS
from agent.core.aws.regions import suffix_of
from agent.core.filestore import Association, Filestore, FilestoreConfig, Target
from agent.core.relocation import moves
from agent.core.routing import (
    SHARED_HOME,
    ChangeClass,
    Confirmation,
    Place,
    Routing,
    aws_region_of,
    endpoint_family,
    parse_routing,
    routing_line,
    routing_of,
)
from tests.core.sightings import config

BUCKET = Place(family="aws:us-east-1", bucket="backup-bucket")


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        (None, "eu-west-1"),
        ("", "eu-west-1"),
        ("https://s3.eu-west-1.amazonaws.com", "eu-west-1"),
        ("http://s3.eu-west-1.amazonaws.com/", "eu-west-1"),
        ("HTTPS://S3.EU-WEST-1.AMAZONAWS.COM:443", "eu-west-1"),
        ("https://s3.eu-west-1.amazonaws.com.", "eu-west-1"),
        ("https://s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://s3-fips.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://s3-fips.dualstack.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://s3-eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://s3.amazonaws.com", "us-east-1"),
        ("https://s3.amazonaws.com", "eu-west-1"),
        ("https://s3-external-1.amazonaws.com", "eu-west-1"),
        ("https://s3.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("https://s3.dualstack.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("https://s3.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ("https://s3.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        ("https://s3.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
        ("https://s3.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
        ("https://s3.dualstack.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("https://s3-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("https://s3-external-1.amazonaws.com", "us-east-1"),
        ("https://s3-accelerate.amazonaws.com", "ap-southeast-4"),
        ("https://bucket.vpce-1a2b-3c4d.s3.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
    ],
)
def test_all_aws_hosts_of_a_region_are_one_family(endpoint: str | None, region: str) -> None:
    assert endpoint_family(endpoint, region) == f"aws:{region}"


@pytest.mark.parametrize(
    ("endpoint", "family"),
    [
        ("https://s3.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"),
        ("https://s3.amazonaws.com.cn", "s3.amazonaws.com.cn"),
        (
            "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com",
            "bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com",
        ),
        ("https://s3.eu-west-1.amazonaws.com.example.com", "s3.eu-west-1.amazonaws.com.example.com"),
        ("https://s3.eu-west-1.amazonaws.com.cn", "s3.eu-west-1.amazonaws.com.cn"),
        ("https://s3.eu-west-1.amazonaws.eu", "s3.eu-west-1.amazonaws.eu"),
        ("https://bucket.s3.eu-west-1.amazonaws.com", "bucket.s3.eu-west-1.amazonaws.com"),
        ("https://s3-website-eu-west-1.amazonaws.com", "s3-website-eu-west-1.amazonaws.com"),
        ("http://aws:9000", "aws:9000"),
        ("https://[2001:DB8:0:0::1]:9000", "[2001:db8::1]:9000"),
        ("https://s3.eu-west-1.amazonaws.com:8443", "s3.eu-west-1.amazonaws.com:8443"),
        ("https://Minio.Example.COM:9000", "minio.example.com:9000"),
        ("http://minio.example.com:80", "minio.example.com"),
        ("http://minio.example.com:443", "minio.example.com:443"),
        ("minio.example.com", "minio.example.com"),
        ("https://user:secret@minio.example.com", "minio.example.com"),
        ("https://minio.example.com/tenant-a", "minio.example.com/tenant-a"),
        ("https://[2001:DB8::1]:9000", "[2001:db8::1]:9000"),
        ("https://[2001:db8::1", "https://[2001:db8::1"),
        ("https://minio.example.com:99999", "https://minio.example.com:99999"),
        ("https://", "https://"),
    ],
)
def test_any_other_endpoint_is_its_own_family(endpoint: str, family: str) -> None:
    assert endpoint_family(endpoint, "eu-west-1") == family


def test_the_host_without_a_region_is_of_its_own_partition_alone() -> None:
    assert endpoint_family("https://s3.amazonaws.com", "us-gov-west-1") == "s3.amazonaws.com"
    assert endpoint_family("https://s3-accelerate.amazonaws.com", "us-gov-west-1") == "s3-accelerate.amazonaws.com"


@pytest.mark.parametrize("family", ["aws:9000", "aws:9000/path", "aws", "minio.example.com"])
def test_a_store_that_is_called_aws_is_no_region_of_aws(family: str) -> None:
    assert aws_region_of(family) is None


def test_an_absent_file_routes_as_a_document_without_associations() -> None:
    unused = FilestoreConfig(filestores=(Filestore(id="a", bucket_name="b", region="eu-west-1"),))

    assert routing_of(None) == routing_of(FilestoreConfig()) == routing_of(unused) == Routing()


def test_an_associated_target_goes_to_its_bucket_and_the_others_stay_at_home() -> None:
    routing = routing_of(config("backup-bucket"))

    assert [routing.place_of(target) for target in Target] == [SHARED_HOME, SHARED_HOME, BUCKET]


def test_each_target_has_its_own_place() -> None:
    targets = ("attachments", "avatars", "backups")
    routing = routing_of(
        FilestoreConfig(
            filestores=tuple(Filestore(id=it, bucket_name=f"the-{it}", region="eu-west-1") for it in targets),
            associations=tuple(Association(target=it, file_store=it) for it in targets),
        )
    )

    assert [routing.place_of(target).bucket for target in Target] == ["the-attachments", "the-avatars", "the-backups"]


def test_a_routing_is_written_as_one_word() -> None:
    line = routing_line(Routing(backups=Place(family="[::1]:9000", bucket="x $(id);\n*")))

    assert line == "attachments=home,avatars=home,backups=%5B::1%5D:9000/x%20%24%28id%29%3B%0A%2A"


places = some.just(SHARED_HOME) | some.builds(Place, family=some.text(min_size=1, max_size=9), bucket=some.text())


@given(some.builds(Routing, attachments=places, avatars=places, backups=places))
def test_a_written_routing_is_read_back_as_it_was(routing: Routing) -> None:
    line = routing_line(routing)

    assert parse_routing(line) == routing
    assert line.isascii()
    assert line.isprintable()
    assert " " not in line


@pytest.mark.parametrize(
    "line",
    [
        "",
        "home",
        "attachments=home,avatars=home",
        "attachments=home,avatars=home,backups=home,backups=home",
        "avatars=home,attachments=home,backups=home",
        "attachments=home,avatars=home,backups=elsewhere",
        "attachments=home,avatars=home,backups=",
        "attachments=home,avatars=home,backups=/",
        "attachments=home,avatars=home,backups=a/b/c",
        "attachments=home,avatars=home,backups=a/%FF",
        "attachments=home,avatars=home,backups=a/%62",
        "attachments=home,avatars=home,backups=a/b\n",
        "attachments=home,avatars=home,backups=a/b c",
        "attachments=home,avatars=home,backups=a/\u0430",
        "attachments=home,avatars=home,backups=a/" + "b" * 5000,
    ],
)
def test_a_line_that_was_not_written_by_us_is_no_routing(line: str) -> None:
    assert parse_routing(line) is None


@given(some.text())
def test_no_text_from_a_node_makes_the_reading_fail(line: str) -> None:
    routing = parse_routing(line)

    assert routing is None or routing_line(routing) == line


def test_a_place_is_printable_whatever_the_file_held() -> None:
    assert str(Place(family="a\x1b[2J", bucket="\u202eb")) == "bucket %E2%80%AEb (a%1B[2J)"


def _with(**values: str | int) -> FilestoreConfig:
    facts = {"id": "backupBucket", "bucket_name": "backup-bucket", "region": "us-east-1", **values}
    store = Filestore(**facts)  # type: ignore[arg-type] # each test names fields and values that belong together
    return FilestoreConfig(filestores=(store,), associations=(Association(target="backups", file_store=store.id),))


@pytest.mark.parametrize(
    ("after", "moves_data"),
    [
        (config(), False),
        (_with(max_concurrency=7), False),
        (_with(endpoint_override="https://s3.dualstack.us-east-1.amazonaws.com"), False),
        (_with(id="renamed"), False),
        (_with(endpoint_override="https://minio.example.com"), True),
        (_with(region="eu-west-1"), True),
        (_with(bucket_name="another-bucket"), True),
        (config(None), True),
    ],
)
def test_a_routing_is_another_where_data_would_go_elsewhere(after: FilestoreConfig, *, moves_data: bool) -> None:
    assert (routing_of(after) != routing_of(config())) == moves_data


@pytest.mark.parametrize("host", ["s3.amazonaws.com", "s3-external-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"])
def test_adding_or_removing_aws_own_host_moves_nothing(host: str) -> None:
    before = _with(region="eu-west-1")

    assert moves(routing_of(before), routing_of(_with(region="eu-west-1", endpoint_override=f"https://{host}"))) == ()
    assert moves(routing_of(_with(region="eu-west-1", endpoint_override=f"https://{host}")), routing_of(before)) == ()


def test_only_a_change_of_routing_takes_the_clusters_name() -> None:
    asking = {change: change.confirmation for change in ChangeClass}

    assert {change for change, asked in asking.items() if asked is Confirmation.NAME} == {ChangeClass.ROUTING}


@pytest.mark.parametrize(
    ("family", "region"),
    [("aws:eu-west-1", "eu-west-1"), ("aws:9000", None), ("minio.example.com", None), ("", None), ("aws:", "")],
)
def test_a_family_of_aws_names_its_region_and_a_store_called_aws_does_not(family: str, region: str | None) -> None:
    assert aws_region_of(family) == region


REGIONS = [region for partition in PARTITIONS for region in partition.regions]


@pytest.mark.parametrize("region", REGIONS)
def test_every_way_into_a_region_is_one_family_and_the_way_into_another_region_is_not(region: str) -> None:
    suffix = suffix_of(region)
    ways = ("s3.", "s3-", "s3.dualstack.", "s3-fips.", "s3-fips.dualstack.")

    assert {endpoint_family(f"https://{way}{region}.{suffix}", region) for way in ways} == {f"aws:{region}"}
    for other in set(REGIONS) - {region}:
        assert endpoint_family(f"https://s3.{region}.{suffix}", other) != f"aws:{other}"


stores = some.builds(
    Filestore,
    id=some.sampled_from(("a", "b", "c")),
    bucket_name=some.sampled_from(("one", "two")),
    region=some.sampled_from(("eu-west-1", "us-east-1")),
    endpoint_override=some.sampled_from(
        (
            None,
            "https://s3.dualstack.eu-west-1.amazonaws.com",
            "https://minio.example.com",
            "http://MINIO.example.com:80/",
        )
    ),
    max_concurrency=some.none() | some.integers(1, 200),
)
configs = some.builds(
    FilestoreConfig,
    filestores=some.lists(stores, max_size=3, unique_by=lambda store: store.id).map(tuple),
    associations=some.lists(
        some.builds(Association, target=some.sampled_from(list(Target)), file_store=some.sampled_from(("a", "b", "c"))),
        max_size=3,
        unique_by=lambda link: link.target,
    ).map(tuple),
)


@given(configs, configs)
def test_routings_differ_exactly_where_a_target_moves(one: FilestoreConfig, other: FilestoreConfig) -> None:
    moved = moves(routing_of(one), routing_of(other))

    assert (routing_of(one) != routing_of(other)) == bool(moved)
    back = moves(routing_of(other), routing_of(one))
    assert [(it.target, it.before, it.after) for it in moved] == [(it.target, it.after, it.before) for it in back]


@given(configs, some.none() | some.integers(1, 200))
def test_concurrency_and_filestores_that_nobody_uses_move_nothing(one: FilestoreConfig, count: int | None) -> None:
    tuned = tuple(replace(store, max_concurrency=count) for store in one.filestores)
    unused = Filestore(id="unused", bucket_name="three", region="eu-west-1")

    assert routing_of(replace(one, filestores=tuned)) == routing_of(one)
    assert routing_of(replace(one, filestores=(*one.filestores, unused))) == routing_of(one)


@given(configs)
def test_ids_are_names_and_move_nothing(one: FilestoreConfig) -> None:
    named = tuple(replace(store, id=f"new-{store.id}") for store in one.filestores)
    links = tuple(replace(link, file_store=f"new-{link.file_store}") for link in one.associations)

    assert routing_of(FilestoreConfig(filestores=named, associations=links)) == routing_of(one)
