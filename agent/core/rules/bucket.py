"""Is a bucket's name one that S3 gives to buckets, and one that S3's clients can reach?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.rules.address import ip_of, parts_of, without_secrets
from agent.core.rules.applicability import Applicability
from agent.core.rules.bucket_meant import bucket_meant, is_s3_host
from agent.core.rules.example import in_config
from agent.core.rules.left_over import is_left_over
from agent.core.rules.regions import DATA, is_at_aws, is_region
from agent.core.rules.registry import Evidence, Examined, Fault, Rule, check
from agent.core.rules.wording import listed
from agent.core.text.look_alikes import plain_letters
from agent.core.text.shown import named, plainly, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.filestore import Filestore
    from agent.core.rules.registry import Example

_NAMING: Final = 'AWS, "General purpose bucket naming rules" (Amazon S3 user guide)'
_PAGE: Final = 'Atlassian, "Storing backups in Amazon S3"'

_SHORTEST, _LONGEST = 3, 63
_ADDRESS: Final = re.compile(r"(?i)arn:|[a-z][a-z0-9+.-]{0,15}://")
_BARE: Final = re.compile(r"[a-z0-9][a-z0-9.-]*[a-z0-9]")
_IPV4: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_ACCOUNT_REGIONAL: Final = re.compile(r".*[a-z0-9]-(?P<account>[0-9]{12})-(?P<region>[a-z0-9-]+)-an")
_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES: Final = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_WHERE: Final = Applicability(where="buckets at AWS")


def _bucket(name: str) -> Example:
    return in_config(f"<bucket-name>{name}</bucket-name>")


@check(
    Rule(
        code="FS201",
        severity=Severity.ERROR,
        title="a bucket given as an address",
        explanation=(
            "bucket-name is the bare name of the bucket: no ARN, no s3:// address, no host name of AWS with the bucket"
            " in front (Terraform's bucket_domain_name), and no path behind it, since Jira chooses the keys itself"
            " (attachments/, avatars/ and backups/) and documents no prefix."
        ),
        source='Atlassian, values of the Jira Helm chart ("not ARN"); ' + _PAGE,
        evidence=Evidence.VERIFIED,
        bad=_bucket("arn:aws:s3:::example-co-jira"),
        good=_bucket("example-co-jira"),
    )
)
def bucket_as_address(examined: Examined) -> Iterator[Fault]:
    """Find bucket names that are addresses, or carry a path."""
    for filestore, name in _buckets(examined):
        if _is_address(name):
            bare = bucket_meant(name)
            hint = f"write {bare}" if _BARE.fullmatch(bare) and len(bare) <= _LONGEST else "write the bare name"
            yield _on_bucket(filestore, "is an address; the bare name of the bucket is meant", hint)


@check(
    Rule(
        code="FS202",
        severity=Severity.ERROR,
        title="a bucket name too short or too long",
        explanation="Bucket names have 3 to 63 characters; S3 has no bucket of any other name.",
        source=_NAMING,
        evidence=Evidence.VERIFIED,
        bad=_bucket("ab"),
        good=_bucket("abc"),
    )
)
def bucket_length(examined: Examined) -> Iterator[Fault]:
    """Find bucket names of impossible length."""
    for filestore, name in _buckets(examined):
        if not _is_address(name) and not _SHORTEST <= len(name) <= _LONGEST:
            yield _on_bucket(filestore, f"has {len(name)} characters", f"S3 allows {_SHORTEST} to {_LONGEST}")


@check(
    Rule(
        code="FS203",
        severity=Severity.ERROR,
        title="a bucket name with letters that S3 does not allow",
        explanation=(
            "Bucket names are made of lower-case letters, digits, dots and hyphens; they begin and end with a letter or"
            " digit, have no two dots in a row, and do not look like an IPv4 address."
        ),
        source=_NAMING,
        evidence=Evidence.VERIFIED,
        bad=_bucket("My_Bucket"),
        good=_bucket("my-bucket"),
    )
)
def bucket_letters(examined: Examined) -> Iterator[Fault]:
    """Find bucket names outside S3's grammar."""
    for filestore, name in _buckets(examined):
        if _is_address(name):
            continue
        if not _BARE.fullmatch(name):
            yield _on_bucket(filestore, "is no bucket name", _naming_hint(name))
        elif ".." in name or _IPV4.fullmatch(name):
            what = "looks like an IPv4 address" if _IPV4.fullmatch(name) else "has two dots in a row"
            yield _on_bucket(filestore, what, "S3 allows no such name; write the name of the bucket as S3 shows it")


@check(
    Rule(
        code="FS204",
        severity=Severity.ERROR,
        title="a bucket name that S3 keeps for itself",
        explanation=(
            f"S3 reserves the prefixes {listed(_PREFIXES)} and the suffixes {listed(_SUFFIXES)}: they name access"
            " points, directory buckets and the like, which are no buckets that Jira's client can use."
        ),
        source=_NAMING,
        evidence=Evidence.VERIFIED,
        bad=_bucket("example-co-jira-s3alias"),
        good=_bucket("example-co-jira"),
    )
)
def bucket_reserved(examined: Examined) -> Iterator[Fault]:
    """Find bucket names with a reserved prefix or suffix."""
    for filestore, name in _buckets(examined):
        for part, found in (("begins", name.startswith), ("ends", name.endswith)):
            reserved = next(filter(found, _PREFIXES if part == "begins" else _SUFFIXES), None)
            if reserved:
                yield _on_bucket(filestore, f"{part} with {reserved}, which S3 reserves", "write the bucket's own name")


@check(
    Rule(
        code="FS205",
        severity=Severity.WARNING,
        title="a bucket name with dots",
        explanation=(
            "S3's clients put the bucket's name before the endpoint's host name. S3's certificate covers one label"
            " there (*.s3.amazonaws.com), so a name with a dot cannot stand there over TLS. By AWS's present rules for"
            " its SDKs the bucket then goes into the path, which AWS serves and other stores may not; older clients"
            " fail. AWS advises against dots for anything but website hosting."
        ),
        source=f"{_NAMING}; {DATA}, S3's rules for endpoints; what Jira's client does is inferred",
        evidence=Evidence.INFERRED,
        applies=Applicability(where="buckets at AWS, and at stores with https and a host name"),
        bad=_bucket("jira.example.com"),
        good=_bucket("jira-example-com"),
    )
)
def bucket_dots(examined: Examined) -> Iterator[Fault]:
    """Find legal bucket names that TLS may not cover."""
    for filestore, name in _buckets(examined):
        sound = _BARE.fullmatch(name) and not _IPV4.fullmatch(name) and not _is_address(name)
        if "." in name and sound and _is_asked_over_tls(filestore):
            whose = "S3's certificate" if is_at_aws(filestore) else "a certificate for *.host"
            yield _on_bucket(
                filestore,
                f"has dots, and {whose} does not cover such a host name",
                "use a bucket without dots, or waive FS205 with the reason why TLS works here",
            )


@check(
    Rule(
        code="FS228",
        severity=Severity.WARNING,
        title="a bucket name that ends with -an",
        explanation=(
            "AWS gives names that end with -an in an account's own regional namespace only, where they are"
            " PREFIX-ACCOUNT-REGION-an with the twelve digits of the account. Another name with this ending is an older"
            " bucket, or one that was cut or mistyped."
        ),
        source=f'{_NAMING}; "Namespaces for general purpose buckets"',
        evidence=Evidence.VERIFIED,
        applies=_WHERE,
        bad=_bucket("example-co-jira-an"),
        good=_bucket("example-co-jira-111122223333-us-east-1-an"),
    )
)
def account_regional_form(examined: Examined) -> Iterator[Fault]:
    """Find names of the account-regional namespace that have not its form."""
    for filestore, name in _at_aws(examined):
        if name.endswith("-an") and not _account_regional(name):
            advice = "it would be PREFIX-ACCOUNT-REGION-an; if the bucket is older than that, waive FS228"
            yield _on_bucket(filestore, "ends with -an, and is no name of an account's own namespace", advice)


@check(
    Rule(
        code="FS229",
        severity=Severity.ERROR,
        title="a bucket whose name names another region",
        explanation=(
            "In an account's own regional namespace the bucket's name ends with the region that it lies in. With"
            " another <region> requests are signed for a place where this bucket cannot be."
        ),
        source=f'{_NAMING}; "Namespaces for general purpose buckets"',
        evidence=Evidence.VERIFIED,
        applies=_WHERE,
        bad=_bucket("example-co-jira-111122223333-eu-west-1-an"),
        good=_bucket("example-co-jira-111122223333-us-east-1-an"),
    )
)
def account_regional_elsewhere(examined: Examined) -> Iterator[Fault]:
    """Find names of the account-regional namespace that lie in another region."""
    for filestore, name in _at_aws(examined):
        region = _account_regional(name)
        if region and is_region(filestore.region) and region != filestore.region:
            what = f"lies in {region}, and <region> is {plainly(filestore.region)}"
            yield _on_bucket(filestore, what, "write the region that the bucket's name ends with")


def _at_aws(examined: Examined) -> Iterator[tuple[Filestore, str]]:
    return ((store, name) for store, name in _buckets(examined) if is_at_aws(store))


def _account_regional(name: str) -> str | None:
    """Return the region that an account-regional name ends with, None for any other name."""
    found = _ACCOUNT_REGIONAL.fullmatch(name) if len(name) <= _LONGEST else None
    return found["region"] if found and is_region(found["region"]) else None


def _buckets(examined: Examined) -> Iterator[tuple[Filestore, str]]:
    """Each filestore that has a bucket name; of an empty or unfilled one, and of space around it, other rules speak."""
    named = ((store, store.bucket_name.strip()) for store in examined.config.filestores)
    return ((store, name) for store, name in named if name and not is_left_over(name))


def _is_address(name: str) -> bool:
    return bool(_ADDRESS.match(name)) or "/" in name or is_s3_host(name)


def _is_asked_over_tls(filestore: Filestore) -> bool:
    """At another store a name with dots stands in front of the host without TLS, and in the path at an IP address."""
    parts = parts_of((filestore.endpoint_override or "").strip())
    return is_at_aws(filestore) or (parts.scheme != "http" and ip_of(parts.host) is None)


def _naming_hint(name: str) -> str:
    plain = plain_letters(name)
    simple = re.sub(r"[^a-z0-9.-]+", "-", plain.lower()).strip("-.")
    advice = "S3 allows lower-case letters, digits, dots and hyphens, with a letter or digit at both ends"
    stranger = next((letter for letter in plain if not letter.isascii()), None)
    if stranger:
        return f"{advice}; {named(stranger)} is none of them"
    return f"{advice}; is it {simple}?" if _BARE.fullmatch(simple) and len(simple) <= _LONGEST else advice


def _on_bucket(filestore: Filestore, what: str, hint: str) -> Fault:
    name = filestore.bucket_name
    said = shown(without_secrets(name) if "://" in name else name)
    return Fault(
        path=("filestores", filestore.id, "bucket-name"),
        message=f"filestore {shown(filestore.id)}: bucket name {said} {what}",
        hint=hint,
    )


CHECKS: Final = (
    bucket_as_address,
    bucket_length,
    bucket_letters,
    bucket_reserved,
    bucket_dots,
    account_regional_form,
    account_regional_elsewhere,
)
