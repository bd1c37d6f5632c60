"""Is each value judged as S3, AWS and Jira would, placed by its path, and waived only where that can help?"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.finding import Finding, Place, Severity
from agent.core.rules import check_config, check_estate
from agent.core.rules.regions import is_region, partition_of, region_meant

if TYPE_CHECKING:
    from collections.abc import Mapping


def at(path: tuple[str, ...]) -> Place:
    return Place(file="/".join(path))


def at_cluster(cluster: str, path: tuple[str, ...]) -> Place:
    return at((cluster, *path))


def config(**values: str | int | None) -> FilestoreConfig:
    """One filestore b for the backups, sound but for the values given."""
    sound: dict[str, object] = {"id": "b", "bucket_name": "example-co-jira", "region": "us-east-1"}
    store = Filestore(**{**sound, **values})  # type: ignore[arg-type]  # a test's shorthand
    return FilestoreConfig(filestores=(store,), associations=(Association(target="backups", file_store=store.id),))


def check(
    subject: FilestoreConfig, version: str | None = None, waivers: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    return check_config(subject, jira_version=version, place_of=at, waivers=waivers or {})


def codes(subject: FilestoreConfig, version: str | None = None) -> list[str]:
    """What is at least a warning; a note says how a store is addressed, and is no fault."""
    return [finding.rule for finding in check(subject, version) if finding.severity is not Severity.NOTE]


@pytest.mark.parametrize(
    "name",
    ["abc", "a" * 63, "example-co-jira-backup-bucket", "0-9", "a1b", "amzn-s3", "mrap", "x--s3"],
)
def test_a_bucket_name_that_s3_allows_is_sound(name: str) -> None:
    assert codes(config(bucket_name=name)) == []


@pytest.mark.parametrize(
    ("name", "found", "hint"),
    [
        ("My_Bucket", ["FS203"], "is it my-bucket?"),
        ("ab", ["FS202"], "S3 allows 3 to 63"),
        ("a" * 64, ["FS202"], "S3 allows 3 to 63"),
        ("a..b", ["FS203", "FS205"], "S3 allows no such name"),
        ("-abc", ["FS203"], "is it abc?"),
        ("abc-", ["FS203"], "is it abc?"),
        (".abc", ["FS203"], "is it abc?"),
        ("b\u0430cket", ["FS203"], "U+0430 CYRILLIC SMALL LETTER A is none of them"),
        ("{{ bucket }}", ["FS226"], "the tool that writes it"),
        ("192.168.1.1", ["FS203"], "S3 allows no such name"),
        ("xn--abc", ["FS204"], "the bucket's own name"),
        ("sthree-abc", ["FS204"], "the bucket's own name"),
        ("amzn-s3-demo-abc", ["FS204"], "the bucket's own name"),
        ("abc-s3alias", ["FS204"], "the bucket's own name"),
        ("abc--ol-s3", ["FS204"], "the bucket's own name"),
        ("abc.mrap", ["FS204", "FS205"], "the bucket's own name"),
        ("abc--x-s3", ["FS204"], "the bucket's own name"),
        ("abc--table-s3", ["FS204"], "the bucket's own name"),
        ("jira.example.com", ["FS205"], "waive FS205"),
        ("arn:aws:s3:::example", ["FS201"], "write example"),
        ("arn:aws-cn:s3:::example/prefix", ["FS201"], "write example"),
        ("s3://example", ["FS201"], "write example"),
        ("s3a://example/x", ["FS201"], "write example"),
        ("https://example.com/x", ["FS201"], "write the bare name"),
        ("jira-data-1.s3.eu-west-1.amazonaws.com", ["FS201"], "write jira-data-1"),
        ("jira-data-1.s3.amazonaws.com", ["FS201"], "write jira-data-1"),
        ("jira.data.s3.amazonaws.com", ["FS201"], "write jira.data"),
        ("s3.amazonaws.com/jira-data-1", ["FS201"], "write jira-data-1"),
        ("s3.eu-west-1.amazonaws.com", ["FS201"], "write the bare name"),
        ("https://jira-data-1.s3.eu-west-1.amazonaws.com/", ["FS201"], "write jira-data-1"),
        ("https://s3.eu-west-1.amazonaws.com/jira-data-1", ["FS201"], "write jira-data-1"),
        ("https://jira-data-1.s3-website-us-east-1.amazonaws.com", ["FS201"], "write jira-data-1"),
        ("https://s3.console.aws.amazon.com/s3/buckets/jira-data-1?region=x", ["FS201"], "write jira-data-1"),
        ("https://eu-west-1.console.aws.amazon.com/s3/home", ["FS201"], "write the bare name"),
        ("arn:aws:s3:eu-west-1:111122223333:accesspoint/jira", ["FS201"], "write the bare name"),
        ("arn:aws:s3:eu-west-1:111122223333:accesspoint:jira", ["FS201"], "write the bare name"),
        ("ARN:AWS:S3:::x", ["FS201"], "write the bare name"),
        ("/bucket/", ["FS201"], "write bucket"),
        ("jira\u200bdata", ["FS203"], "is it jiradata?"),
        ("jira\u2013data", ["FS203"], "is it jira-data?"),
        ("https://minio.corp/b?X-Amz-Signature=hunter2", ["FS201", "FS215"], "write the bare name"),
        ("bucket/prefix", ["FS201"], "write bucket"),
        ("s3://", ["FS201"], "write the bare name"),
    ],
)
def test_a_bucket_name_that_s3_does_not_allow_is_refused_with_what_to_write(
    name: str, found: list[str], hint: str
) -> None:
    findings = check(config(bucket_name=name))

    assert [finding.rule for finding in findings] == found
    assert hint in (findings[0].hint or "")
    assert {finding.place.file for finding in findings} == {"filestores/b/bucket-name"}


@pytest.mark.parametrize(
    "region",
    ["us-east-1", "ap-southeast-4", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eu-isoe-west-1", "eusc-de-east-1"],
)  # fmt: skip
def test_a_region_of_any_partition_is_sound(region: str) -> None:
    assert codes(config(region=region)) == []


@pytest.mark.parametrize(
    ("region", "meant"),
    [
        ("US-EAST-1", "us-east-1"),
        ("us_east_1", "us-east-1"),
        ("US_EAST_1", "us-east-1"),
        ("useast1", "us-east-1"),
        ("us-east1", "us-east-1"),
        ("us-east-1a", "us-east-1"),
        ("us\u2013east\u20131", "us-east-1"),
        ("us-east\u00ad-1", "us-east-1"),
        ("us east 1", "us-east-1"),
        ("apsoutheast4", "ap-southeast-4"),
        ("usgovwest1", "us-gov-west-1"),
        ("eastus", None),
        ("us-east", None),
    ],
)
def test_what_is_not_a_region_is_refused_with_the_one_that_was_meant(region: str, meant: str | None) -> None:
    (finding,) = check(config(region=region))

    assert finding.rule == "FS206"
    assert finding.place.file == "filestores/b/region"
    assert finding.hint == (f"did you mean {meant}?" if meant else "write it as AWS does, for example us-east-1")


@pytest.mark.parametrize(
    ("region", "meant"),
    [
        ("us-esat-1", "us-east-1"),
        ("ap-southeast-9", "ap-southeast-1"),
        ("cn-norht-1", "cn-north-1"),
        ("us-gov-wets-1", "us-gov-west-1"),
        ("il-nowhere-7", None),
    ],
)
def test_a_region_that_is_not_on_the_list_is_a_warning_since_new_ones_appear(region: str, meant: str | None) -> None:
    (finding,) = check(config(region=region))

    assert (finding.rule, finding.severity) == ("FS216", Severity.WARNING)
    assert finding.place.file == "filestores/b/region"
    assert finding.message == f'filestore "b": "{region}" is none of the regions known in November 2026'
    assert (finding.hint or "").startswith(f"did you mean {meant}? if" if meant else "compare it with AWS's list; if")
    assert (finding.hint or "").endswith("it is newer, waive FS216")


def test_another_store_names_its_regions_as_it_likes() -> None:
    assert codes(config(region="us-central-1", endpoint_override="https://s3.us-central-1.example.com")) == []
    assert codes(config(region="us-central-1", endpoint_override="https://s3.us-central-1.amazonaws.com")) == ["FS216"]


@settings(deadline=None)
@given(st.text(max_size=30))
def test_a_region_that_is_suggested_is_one(word: str) -> None:
    meant = region_meant(word)

    assert meant is None or is_region(meant)
    assert is_region(word) == (partition_of(word) is not None)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://s3.dualstack.us-east-1.amazonaws.com",
        "https://s3.us-east-1.amazonaws.com/",
        "https://s3-fips.dualstack.us-east-1.amazonaws.com",
        "https://s3.amazonaws.com",
        "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com",
        "https://minio.example.com:9000",
        "https://192.0.2.1",
        "https://[2001:db8::1]:9000",
        "HTTPS://s3.example.com.",
    ],
)
def test_an_endpoint_that_can_be_used_is_sound(endpoint: str) -> None:
    assert codes(config(endpoint_override=endpoint)) == []


@pytest.mark.parametrize(
    ("endpoint", "found"),
    [
        ("s3.amazonaws.com", ["FS207"]),
        ("localhost:9090", ["FS207"]),
        ("ftp://s3.example.com", ["FS207"]),
        ("javascript:alert(1)", ["FS207"]),
        ("//s3.example.com", ["FS207"]),
        ("https:s3.example.com", ["FS207"]),
        ("https://user:pw@s3.example.com", ["FS208"]),
        ("https://user@s3.example.com", ["FS208"]),
        ("https://s3.example.com/path?x", ["FS209"]),
        ("https://s3.example.com?x", ["FS209"]),
        ("https://s3.example.com#x", ["FS209"]),
        ("https://s3.example.com:0", ["FS210"]),
        ("https://s3.example.com:65536", ["FS210"]),
        ("https://s3.example.com:", ["FS210"]),
        ("https://s3.example.com:x", ["FS210"]),
        ("https://", ["FS210"]),
        ("https://s3..example.com", ["FS210"]),
        ("https://-s3.example.com", ["FS210"]),
        ("https://s3_x.example.com", ["FS210"]),
        ("https://s3 x.example.com", ["FS210"]),
        ("https://192.0.2.256", ["FS210"]),
        ("https://[fe80::1%25eth0]", ["FS210"]),
        ("https://[2001:db8::1", ["FS210"]),
        ("https://" + "a." * 127 + "com", ["FS210"]),
        ("https://s3.ex\u0430mple.com", ["FS210"]),
        ("http://minio.svc.cluster.local", ["FS211", "FS224"]),
        ("http://localhost:9090", ["FS211", "FS223"]),
        ("https://s3.dualstack.eu-west-1.amazonaws.com", ["FS212"]),
        ("https://s3.eu-west-1.amazonaws.com", ["FS212"]),
        ("https://s3-eu-west-1.amazonaws.com", ["FS212"]),
        ("https://s3-fips.us-west-2.amazonaws.com", ["FS212"]),
        ("https://bucket.s3.eu-west-1.amazonaws.com", ["FS212", "FS219"]),
        ("https://s3.cn-north-1.amazonaws.com.cn", ["FS212"]),
        ("https://s3.amazonaws.com.cn", ["FS218"]),
        ("https://s3.amazonaws.eu", ["FS218"]),
        ("https://sts.amazonaws.com", ["FS218"]),
        ("https://s3.dualstack-us-east-1.amazonaws.com", ["FS218"]),
        ("https://S3.Dualstack.EU-WEST-1.amazonaws.com", ["FS212"]),
    ],
)
def test_an_endpoint_that_cannot_be_used_is_refused(endpoint: str, found: list[str]) -> None:
    findings = check(config(endpoint_override=endpoint))

    assert codes(config(endpoint_override=endpoint)) == found
    assert findings[0].place.file == "filestores/b/endpoint-override"


def test_govcloud_shares_the_domain_of_the_first_partition() -> None:
    endpoint = "https://s3-fips.us-gov-west-1.amazonaws.com"

    assert codes(config(region="us-gov-west-1", endpoint_override=endpoint)) == []
    assert codes(config(region="cn-north-1", endpoint_override="https://s3.cn-north-1.amazonaws.com.cn")) == []


def test_the_host_without_a_region_is_an_error_in_another_partition() -> None:
    (finding,) = check(config(region="us-gov-west-1", endpoint_override="https://s3.amazonaws.com"))

    assert finding.rule == "FS212"
    assert "is of the partition aws, and us-gov-west-1 is of aws-us-gov" in finding.message
    assert codes(config(region="eu-west-1", endpoint_override="https://s3.amazonaws.com")) == ["FS230"]


def test_a_host_without_scheme_is_given_one_in_the_hint() -> None:
    (finding,) = check(config(endpoint_override="s3.example.com:9000"))

    assert finding.hint == "write https://s3.example.com:9000"


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("//s3.example.com", "write https://s3.example.com"),
        ("https:s3.example.com", "write https://s3.example.com"),
        ("HTTP:/s3.example.com", "write http://s3.example.com"),
        ("s3.example.com/bucket?x=hunter2", "write https://s3.example.com"),
        ("s3.example.com:hunter2", "begin with https://"),
    ],
)
def test_what_is_missing_of_the_scheme_is_put_in_by_the_hint(address: str, hint: str) -> None:
    assert hint in [it.hint for it in check(config(endpoint_override=address)) if it.rule == "FS207"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://user:hunter2@s3.example.com",
        "https://mi.corp?password=hunter2&t=1",
        "https://mi.corp/?t=hunter2",
        "https://mi.corp/x?sig=hunter2",
        "https://mi.corp/x#hunter2",
        "https://mi.corp?a=1#hunter2",
        "https://mi.corp:hunter2",
        "https://mi.corp:hunter2/x?y",
        "mi.corp?token=hunter2",
        "https://user:p?w@mi.corp?hunter2",
        "https://mi.corp:9000:hunter2",
        "https://mi.corp?AKIAIOSFODNN7EXAMPLE&x=hunter2",
        "https://mi.corp?x=hunter2${Y}",
    ],
)
def test_a_secret_in_an_endpoint_is_never_repeated(endpoint: str) -> None:
    findings = check(config(endpoint_override=endpoint))

    assert findings
    assert not [it for it in findings if "hunter2" in f"{it.message} {it.hint}"]


def test_an_arn_in_the_place_of_a_bucket_is_shown_and_the_query_of_an_address_is_not() -> None:
    (arn,) = check(config(bucket_name="arn:aws:s3:eu-west-1:111122223333:accesspoint/jira"))
    (address,) = check(config(bucket_name="https://minio.corp/b?x=hunter2"))

    assert '"arn:aws:s3:eu-west-1:111122223333:accesspoint/jira"' in arn.message
    assert '"https://minio.corp/b?****"' in address.message


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?password=hunter2", ["FS209", "FS215"]),
        ("/x?a=b&X-Amz-Signature=0f", ["FS209", "FS215"]),
        ("?design=plain", ["FS209"]),
        ("?token=${TOKEN}", ["FS226"]),
    ],
)
def test_a_secret_in_a_query_is_one_that_has_to_be_replaced(query: str, found: list[str]) -> None:
    assert codes(config(endpoint_override=f"https://mi.corp{query}")) == found


def test_a_port_that_is_a_number_and_a_path_are_shown() -> None:
    (port,) = check(config(endpoint_override="https://mi.corp:99999"))
    (path,) = check(config(endpoint_override="https://mi.corp/jira?x=1"))

    assert 'has the port "99999"' in port.message
    assert 'goes on behind the host: "/jira" and a query' in path.message


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (1, []),
        (100, []),
        (10_000, []),
        (10_001, ["FS214"]),
        (2**31 - 1, ["FS214"]),
        (2**31, ["FS232"]),
        (0, ["FS213"]),
        (-1, ["FS213"]),
    ],
)
def test_max_concurrency_is_judged_by_its_size(value: int, found: list[str]) -> None:
    assert codes(config(max_concurrency=value)) == found


@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"])
@pytest.mark.parametrize("where", ["id", "bucket_name", "region", "endpoint_override"])
def test_an_access_key_anywhere_is_refused_and_never_repeated(where: str, key: str) -> None:
    findings = check(config(**{where: key}))

    assert "FS215" in [finding.rule for finding in findings]
    assert all(key not in f"{finding.message} {finding.hint}" for finding in findings)


@pytest.mark.parametrize(
    ("store_id", "found"),
    [
        ("backupBucket", []),
        ("a.b-c_d1", []),
        ("x" * 100, []),
        ("x" * 101, ["FS306"]),
        ("", []),
        ("a b", ["FS305"]),
        ('a"b', ["FS305"]),
        ("a<b", ["FS305"]),
        ("\u0430", ["FS305"]),
    ],
)
def test_an_id_is_judged_by_its_letters_and_length(store_id: str, found: list[str]) -> None:
    assert codes(config(id=store_id)) == found


def test_ids_that_differ_in_case_only_and_unused_ones_are_warnings() -> None:
    stores = tuple(Filestore(id=one, bucket_name=f"example-{one.lower()}", region="us-east-1") for one in ("b", "B"))
    links = (Association(target="backups", file_store="b"),)

    findings = check(FilestoreConfig(filestores=stores, associations=links))

    assert [(one.rule, one.severity) for one in findings] == [("FS304", "warning"), ("FS307", "warning")]


def linked(*targets: str) -> FilestoreConfig:
    links = tuple(Association(target=target, file_store="b") for target in targets)
    return FilestoreConfig(filestores=config().filestores, associations=links)


def test_an_unknown_target_is_refused_with_the_nearest_one() -> None:
    (finding,) = check(linked("backup"))

    assert (finding.rule, finding.hint) == ("FS301", 'did you mean "backups"?')
    assert finding.place.file == "associations/backup"


@pytest.mark.parametrize(
    ("target", "version", "found"),
    [
        ("avatars", "9.8.2", ["FS302"]),
        ("avatars", "9.9.0", []),
        ("backups", "9.15.3", ["FS302"]),
        ("backups", "9.16.0", []),
        ("backups", "8.20.30", ["FS302"]),
        ("backups", "10.3.4", []),
        ("backups", None, []),
        ("attachments", "9.11.3", ["FS302"]),
        ("attachments", "9.12.0", ["FS303"]),
        ("attachments", "9.17.5", ["FS303"]),
        ("attachments", "10.0.0", []),
        ("attachments", "11.3.1", []),
        ("attachments", None, []),
    ],
)
def test_a_target_is_held_against_the_version_of_jira(target: str, version: str | None, found: list[str]) -> None:
    assert codes(linked(target), version) == found


def test_an_association_that_leads_nowhere_is_told_as_jira_would() -> None:
    dangling = FilestoreConfig(filestores=(), associations=(Association(target="backups", file_store="b"),))

    (finding,) = check(dangling)

    assert finding.rule == "FS116"
    assert finding.message.startswith("Missing <s3-filestore> value: ")
    assert finding.hint == "no filestore with an id is defined here"


def test_a_filestore_without_an_id_is_none_that_could_be_meant() -> None:
    findings = check(replace(config(id=""), associations=(Association(target="backups", file_store="b"),)))

    assert [it.hint for it in findings if it.rule == "FS116"] == ["no filestore with an id is defined here"]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"endpoint_override": "http://minio.example.com"}, ["FS211"]),
        ({"endpoint_override": "https://192.0.2.7:9000"}, []),
        ({"endpoint_override": "https://[2001:db8::1]:9000"}, []),
        ({"endpoint_override": "https://minio.example.com"}, ["FS205"]),
        ({"endpoint_override": "https://s3.us-east-1.amazonaws.com"}, ["FS205"]),
    ],
)
def test_dots_in_a_buckets_name_matter_where_a_certificate_is_asked_for_a_name(
    values: dict[str, str], found: list[str]
) -> None:
    assert codes(config(bucket_name="jira.example.com", **values)) == found


def test_without_tls_nobody_is_told_of_a_certificate() -> None:
    hints = [it.hint for it in check(config(endpoint_override="http://minio.example.com")) if it.rule == "FS225"]

    assert hints == ["the name must resolve on every node"]


@pytest.mark.parametrize("region", ["auto", "nyc3", "fr-par", "gra", "default", "de", "ru-central1"])
def test_another_stores_own_region_is_a_warning_there_and_an_error_at_aws(region: str) -> None:
    assert codes(config(region=region, endpoint_override="https://s3.example.com")) == ["FS233"]
    assert codes(config(region=region)) == ["FS206"]
    assert codes(config(region=region, endpoint_override="https://s3.amazonaws.com")) == ["FS206"]


@pytest.mark.parametrize("region", ["nyc 3", "a_b", "x" * 64, "US_EAST_1", "us-east-1a"])
def test_what_is_no_label_or_means_a_region_of_aws_is_an_error_at_any_store(region: str) -> None:
    assert codes(config(region=region, endpoint_override="https://s3.example.com")) == ["FS206"]


@pytest.mark.parametrize("name", ["jira__prod__avatars", "none", "null", "True"])
def test_an_id_may_be_any_word(name: str) -> None:
    assert codes(config(id=name)) == []


@pytest.mark.parametrize("name", ["__BUCKET__", "jira-__ENV__-data", "${BUCKET}", "{{ id }}", "@BUCKET@"])
def test_what_a_generator_did_not_fill_is_found_in_an_id_too(name: str) -> None:
    assert "FS226" in codes(config(id=name))


def test_while_an_association_leads_nowhere_no_filestore_is_called_unused() -> None:
    links = (Association(target="backups", file_store="bb"),)

    assert codes(FilestoreConfig(filestores=config().filestores, associations=links)) == ["FS116"]


def test_an_empty_value_is_told_once_as_jira_would() -> None:
    findings = check(config(bucket_name="", region=" "))

    assert [one.rule for one in findings] == ["FS115", "FS115"]
    assert [one.place.file for one in findings] == ["filestores/b/bucket-name", "filestores/b/region"]


# --- waivers ---


def test_a_waived_finding_becomes_a_note_that_repeats_the_reason() -> None:
    (finding,) = check(config(bucket_name="a.example"), waivers={"FS205": "our own endpoint ends TLS"})

    assert (finding.rule, finding.severity) == ("FS205", Severity.NOTE)
    assert finding.message.endswith("(waived: our own endpoint ends TLS)")


def test_a_waiver_touches_no_other_rule() -> None:
    findings = check(config(bucket_name="a.example", region="nowhere"), waivers={"FS205": "reason"})

    assert [(one.rule, one.severity) for one in findings] == [("FS205", "note"), ("FS206", "error")]


def test_what_stops_jira_stays_an_error_and_the_waiver_is_refused() -> None:
    dangling = FilestoreConfig(associations=(Association(target="backups", file_store="b"),))

    findings = check(dangling, waivers={"FS116": "later"})

    assert [(one.rule, one.severity) for one in findings] == [("FS116", "error"), ("FS391", "error")]
    assert findings[1].message == "FS116 cannot be waived: Jira does not start on such a file"
    assert findings[1].place.file == "waivers/FS116"


@pytest.mark.parametrize("code", ["FS999", "FS112", "FS501", "nonsense"])
def test_a_waiver_of_no_rule_that_can_be_waived_is_refused(code: str) -> None:
    (finding,) = check(config(), waivers={code: "reason"})

    assert finding.rule == "FS390"


@pytest.mark.parametrize("code", ["FS101", "FS102", "FS105", "FS115"])
def test_whatever_keeps_jira_from_starting_is_refused_as_such(code: str) -> None:
    (finding,) = check(config(), waivers={code: "reason"})

    assert finding.rule == "FS391"


@pytest.mark.parametrize("code", ["FS112", "FS126", "FS390", "FS501"])
def test_a_rule_that_exists_is_not_taken_for_a_typing_slip(code: str) -> None:
    (finding,) = check(config(), waivers={code: "reason"})

    assert finding.message.startswith(f"{code} cannot be waived")
    assert "did you mean" not in (finding.hint or "")


def test_a_waiver_without_a_reason_waives_nothing() -> None:
    findings = check(config(bucket_name="a.example"), waivers={"FS205": " "})

    assert [(one.rule, one.severity) for one in findings] == [("FS205", "warning"), ("FS392", "error")]


def test_rules_of_the_inventory_and_of_the_estate_can_be_named_in_a_waiver() -> None:
    assert check(config(), waivers={"FS048": "a single node on purpose", "FS402": "rights are given by prefix"}) == ()


def test_a_reason_with_control_characters_is_shown_escaped() -> None:
    (finding,) = check(config(bucket_name="a.example"), waivers={"FS205": "\x1b[2Jgone"})

    assert "(waived: \\x1b[2Jgone)" in finding.message


# --- the estate ---


def test_one_bucket_in_two_clusters_is_an_error_in_both() -> None:
    findings = check_estate({"one": config(), "two": config(id="c"), "three": config(bucket_name="other")}, at_cluster)

    assert [(one.rule, one.severity, one.cluster) for one in findings] == [
        ("FS401", "error", "one"),
        ("FS401", "error", "two"),
    ]
    assert findings[0].place.file == "one/filestores/b/bucket-name"
    assert 'also used by cluster "two"' in findings[0].message


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (config(region="eu-west-1"), True),
        (config(endpoint_override="https://s3.dualstack.us-east-1.amazonaws.com"), True),
        (config(region="cn-north-1"), False),
        (config(endpoint_override="https://bucket.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com"), True),
        (config(endpoint_override="https://minio.example.com"), False),
        (config(region="eu-west-1", endpoint_override="https://s3.amazonaws.com"), True),
        (config(endpoint_override="https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com"), True),
        (config(endpoint_override="https://s3.eu-west-1.amazonaws.com"), True),
        (config(endpoint_override="https://minio.elb.us-east-1.amazonaws.com"), False),
        (config(endpoint_override="https://aws:9000"), False),
    ],
)
def test_a_bucket_is_the_same_where_its_name_is_unique(other: FilestoreConfig, *, same: bool) -> None:
    assert bool(check_estate({"one": config(), "two": other}, at_cluster)) == same


def test_no_clusters_faults_are_crowded_out_by_those_of_another() -> None:
    crowd = FilestoreConfig(
        filestores=tuple(Filestore(id=f"b{it}", bucket_name="crowd", region="us-east-1") for it in range(150))
    )
    two = FilestoreConfig(filestores=tuple(replace(config().filestores[0], id=it) for it in ("a", "b")))

    findings = check_estate({"one": crowd, "two": two}, at_cluster)

    assert [it.rule for it in findings if it.cluster == "two"] == ["FS403"]
    assert len(findings) < 150


@pytest.mark.parametrize(
    "spelled",
    [
        "https://MINIO.Example.com",
        "https://minio.example.com.",
        "https://minio.example.com/",
        "https://minio.example.com:443",
        "http://minio.example.com",
        "http://minio.example.com:80/",
        "HTTPS://minio.example.com",
    ],
)
def test_an_endpoint_that_is_spelled_in_another_way_leads_to_the_same_bucket(spelled: str) -> None:
    one, two = config(endpoint_override="https://minio.example.com"), config(endpoint_override=spelled)

    assert [it.rule for it in check_estate({"one": one, "two": two}, at_cluster)] == ["FS401", "FS401"]


def test_one_ipv6_address_in_two_spellings_is_one_store() -> None:
    one, two = (config(endpoint_override=f"https://[{it}]:9000") for it in ("2001:db8::1", "2001:DB8:0:0:0:0:0:1"))

    assert len(check_estate({"one": one, "two": two}, at_cluster)) == 2


def test_space_around_a_value_is_told_and_nothing_else_of_it() -> None:
    (finding,) = check(config(region="us-east-1 "))

    assert finding.rule == "FS122"
    assert finding.place.file == "filestores/b/region"


def test_the_structure_of_a_document_cannot_be_waived() -> None:
    findings = check(config(region="us-east-1 "), waivers={"FS122": "it has always been so"})

    assert [(it.rule, it.severity) for it in findings] == [("FS122", "error"), ("FS390", "error")]


def test_a_bucket_shared_in_a_way_that_only_prefixes_could_part_is_told_whatever_the_spelling() -> None:
    stores = (
        Filestore(id="a", bucket_name="one", region="us-east-1", endpoint_override="https://minio.example.com"),
        Filestore(id="b", bucket_name="one", region="us-east-1", endpoint_override="http://MINIO.example.com:80/"),
    )
    links = (Association(target="avatars", file_store="a"), Association(target="backups", file_store="b"))

    findings = check_estate({"one": FilestoreConfig(filestores=stores, associations=links)}, at_cluster)

    assert [it.rule for it in findings] == ["FS402", "FS403"]


def test_backups_beside_avatars_are_a_warning_that_can_be_waived_by_the_cluster() -> None:
    clusters = {"one": linked("avatars", "backups")}

    (finding,) = check_estate(clusters, at_cluster)
    (waived,) = check_estate(clusters, at_cluster, {"one": {"FS402": "by prefix"}})

    assert (finding.rule, finding.severity) == ("FS402", Severity.WARNING)
    assert finding.place.file == "one/associations/backups"
    assert (waived.severity, waived.cluster) == (Severity.NOTE, "one")


def test_attachments_and_avatars_may_share_a_bucket() -> None:
    assert check_estate({"one": linked("avatars", "attachments")}, at_cluster) == ()


def test_one_bucket_in_two_filestores_of_a_cluster_is_a_warning() -> None:
    stores = tuple(Filestore(id=one, bucket_name="example", region="us-east-1") for one in ("b", "c"))

    (finding,) = check_estate({"one": FilestoreConfig(filestores=stores)}, at_cluster)

    assert (finding.rule, finding.severity) == ("FS403", Severity.WARNING)
    assert finding.place.file == "one/filestores/c/bucket-name"


@settings(deadline=None)
@given(st.text(max_size=70), st.text(max_size=30), st.text(max_size=80), st.integers())
def test_any_values_are_judged_without_an_exception(bucket: str, region: str, endpoint: str, connections: int) -> None:
    subject = config(bucket_name=bucket, region=region, endpoint_override=endpoint, max_concurrency=connections)

    assert all(len(finding.message) < 600 for finding in check(subject, "10.3.4"))
    assert check_estate({"one": subject}, at_cluster) == ()


@pytest.mark.parametrize(
    "piece",
    [
        "a://",
        "a://b@",
        "1-123456789012-",
        "__a",
        "%(a",
        "{a",
        "<a",
        "$a",
        "a.s3-",
        "s3.a-",
        "@",
        "a.",
        "-an",
        "${",
        "x@@y",
    ],
)
def test_no_text_of_hostile_length_takes_long(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    begun = time.process_time()

    check(config(bucket_name=f"{text}-an", region=text, endpoint_override=f"https://{text}.amazonaws.com"))

    assert time.process_time() - begun < 2
