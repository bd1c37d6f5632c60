"""Can bucket, region, endpoint and concurrency be what they say, and is no secret among them?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.rules.address import without_secrets
from agent.core.rules.addressing import CHECKS as ADDRESSING_CHECKS
from agent.core.rules.applicability import Applicability
from agent.core.rules.aws_endpoint import CHECKS as AWS_ENDPOINT_CHECKS
from agent.core.rules.bucket import CHECKS as BUCKET_CHECKS
from agent.core.rules.endpoint import CHECKS as ENDPOINT_CHECKS
from agent.core.rules.endpoint import without_user
from agent.core.rules.example import in_config, in_filestores, store
from agent.core.rules.left_over import CHECKS as LEFT_OVER_CHECKS
from agent.core.rules.left_over import is_left_over
from agent.core.rules.regions import DATA, KNOWN_IN, is_at_aws, is_region, known_regions, region_meant
from agent.core.rules.registry import Evidence, Examined, Fault, Rule, check
from agent.core.rules.values import values_in
from agent.core.text.secret_shapes import secret_in
from agent.core.text.shown import shown
from agent.core.text.suggest import closest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.filestore import Filestore
    from agent.core.rules.registry import Path

_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_PAGE: Final = 'Atlassian, "Storing backups in Amazon S3"'

_MOST_CONNECTIONS: Final = 10_000
_LARGEST_NUMBER: Final = 2**31 - 1


@check(
    Rule(
        code="FS206",
        severity=Severity.ERROR,
        title="not a region",
        explanation=(
            "A region is written as AWS writes it: us-east-1, ap-southeast-4, cn-north-1, us-gov-west-1. Upper case,"
            " underscores and an availability zone's letter are what generators leave behind. With a"
            " wrong region S3 answers with a redirect or an error, and Jira's health check fails."
            " FS233 speaks of the words of other stores."
        ),
        source=f"{DATA}, endpoints.json (the pattern of each partition); {_PAGE}",
        evidence=Evidence.VERIFIED,
        bad=in_config("<region>US_EAST_1</region>"),
        good=in_config("<region>us-east-1</region>"),
    )
)
def region_shape(examined: Examined) -> Iterator[Fault]:
    """Find regions that match the pattern of no partition; space around one has a finding of its own."""
    for filestore, region in _no_regions(examined):
        meant = region_meant(region)
        if meant or not _is_of_another_store(filestore):
            yield Fault(
                path=("filestores", filestore.id, "region"),
                message=f"filestore {shown(filestore.id)}: {shown(filestore.region)} is not a region",
                hint=f"did you mean {meant}?" if meant else "write it as AWS does, for example us-east-1",
            )


@check(
    Rule(
        code="FS233",
        severity=Severity.WARNING,
        title="a region of another store's own",
        explanation=(
            "Stores beside AWS name their regions as they like: auto, nyc3, fr-par, gra, default. AWS's client signs"
            " for any such label. But Jira checks the region when it starts, and whether it takes one that is not AWS's"
            " is not documented. Some of these stores take us-east-1 as well."
        ),
        source=f"{_PAGE} (Jira checks the region's validity); that AWS's client takes any label is inferred",
        evidence=Evidence.INFERRED,
        applies=Applicability(where="stores that are not AWS"),
        bad=in_config("<region>auto</region>\n<endpoint-override>https://s3.example.com</endpoint-override>"),
        good=in_config("<region>us-east-1</region>\n<endpoint-override>https://s3.example.com</endpoint-override>"),
    )
)
def region_of_another_store(examined: Examined) -> Iterator[Fault]:
    """Find regions that only another store than AWS can know."""
    for filestore, region in _no_regions(examined):
        if _is_of_another_store(filestore) and not region_meant(region):
            yield Fault(
                path=("filestores", filestore.id, "region"),
                message=f"filestore {shown(filestore.id)}: {shown(region)} is no region of AWS, and Jira checks it",
                hint="try it on one node; once Jira has started on it, waive FS233",
            )


def _no_regions(examined: Examined) -> Iterator[tuple[Filestore, str]]:
    stores = ((store, store.region.strip()) for store in examined.config.filestores)
    return ((store, it) for store, it in stores if it and not is_region(it) and not is_left_over(it))


def _is_of_another_store(filestore: Filestore) -> bool:
    """Tell whether this may be the word of another store; a region is a label of letters, digits and hyphens."""
    return not is_at_aws(filestore) and bool(_LABEL.fullmatch(filestore.region.strip()))


@check(
    Rule(
        code="FS216",
        severity=Severity.WARNING,
        title="a region that is not on the list",
        explanation=(
            f"The word has the form of a region, and AWS had none of this name in {KNOWN_IN}. Most often two letters"
            " changed places, as in us-esat-1; Jira starts on it, and then reaches no bucket. AWS opens new regions, so"
            " this is a warning. A store that is not AWS names its regions as it likes and is not asked."
        ),
        source=f"{DATA}, partitions.json (the regions of all but the isolated partitions)",
        evidence=Evidence.VERIFIED,
        applies=Applicability(where="buckets at AWS, but for its isolated partitions"),
        bad=in_config("<region>us-esat-1</region>"),
        good=in_config("<region>us-east-1</region>"),
    )
)
def region_unknown(examined: Examined) -> Iterator[Fault]:
    """Find regions of AWS that were none when the list was made."""
    for filestore in examined.config.filestores:
        known = known_regions(filestore.region)
        if known and filestore.region not in known and is_at_aws(filestore):
            nearest = closest(filestore.region, known)
            advice = f"did you mean {nearest}?" if nearest else "compare it with AWS's list;"
            yield Fault(
                path=("filestores", filestore.id, "region"),
                message=(
                    f"filestore {shown(filestore.id)}: {shown(filestore.region)} is none of the regions"
                    f" known in {KNOWN_IN}"
                ),
                hint=f"{advice} if it is newer, waive FS216",
            )


@check(
    Rule(
        code="FS213",
        severity=Severity.ERROR,
        title="max-concurrency below 1",
        explanation="max-concurrency is the number of connections to S3 at a time; with none there is no storage.",
        source=_PAGE,
        evidence=Evidence.INFERRED,
        bad=in_config("<max-concurrency>0</max-concurrency>"),
        good=in_config("<max-concurrency>1</max-concurrency>"),
    )
)
def concurrency_too_low(examined: Examined) -> Iterator[Fault]:
    """Find filestores that allow no connection."""
    for filestore in examined.config.filestores:
        if filestore.max_concurrency is not None and filestore.max_concurrency < 1:
            yield _on_concurrency(filestore, "is less than 1", "leave it out to have Jira's default of 100")


@check(
    Rule(
        code="FS214",
        severity=Severity.WARNING,
        title="a very high max-concurrency",
        explanation=(
            "The default is 100. Each connection takes memory and a file handle on every node; beyond some thousands a"
            " node runs out of both before S3 gets any quicker."
        ),
        source=f"{_PAGE} (more connections need more resources); the limit of 10,000 is this product's",
        evidence=Evidence.INFERRED,
        bad=in_config("<max-concurrency>100000</max-concurrency>"),
        good=in_config("<max-concurrency>500</max-concurrency>"),
    )
)
def concurrency_too_high(examined: Examined) -> Iterator[Fault]:
    """Find filestores that allow more connections than any node can hold."""
    for filestore in examined.config.filestores:
        if _MOST_CONNECTIONS < (filestore.max_concurrency or 0) <= _LARGEST_NUMBER:
            yield _on_concurrency(filestore, f"is above {_MOST_CONNECTIONS}", "the default is 100")


@check(
    Rule(
        code="FS232",
        severity=Severity.ERROR,
        title="a max-concurrency larger than Java's numbers",
        explanation=(
            f"The number goes into a setting of AWS's client that is an int of Java, which ends at {_LARGEST_NUMBER}. A"
            " larger one cannot be read, or turns into another."
        ),
        source="AWS SDK for Java 2.x, maxConcurrency(Integer) of its S3 client; that Jira reads it so is inferred",
        evidence=Evidence.INFERRED,
        bad=in_config("<max-concurrency>2147483648</max-concurrency>"),
        good=in_config("<max-concurrency>500</max-concurrency>"),
    )
)
def concurrency_beyond_numbers(examined: Examined) -> Iterator[Fault]:
    """Find filestores whose number of connections no Java can hold."""
    for filestore in examined.config.filestores:
        if (filestore.max_concurrency or 0) > _LARGEST_NUMBER:
            yield _on_concurrency(filestore, "is more than a number of Java holds", "the default is 100")


@check(
    Rule(
        code="FS215",
        severity=Severity.ERROR,
        title="a credential in the file",
        explanation=(
            "The file is copied to every node and read by many; Jira takes no credentials from it. It finds them by"
            " AWS's default chain: system properties, environment, web identity, profile, instance role. Whatever has"
            " stood in a file counts as known to others: replace the key."
        ),
        source='AWS, "Default credentials provider chain" (SDK for Java 2.x); the shapes are IAM\'s',
        evidence=Evidence.VERIFIED,
        bad=in_filestores(store("AKIAIOSFODNN7EXAMPLE", "example-co-jira"), links=""),
        good=in_filestores(store("backupBucket", "example-co-jira")),
    )
)
def credential_in_value(examined: Examined) -> Iterator[Fault]:
    """Find values that have the shape of a credential; the message never repeats it."""
    for path, where, value in _values(examined):
        kind = secret_in(value)
        if kind:
            yield Fault(
                path=path,
                message=f"{where} looks like {kind}: {shown(without_secrets(value) if '://' in value else value)}",
                hint="remove it, replace the credential, and give Jira its own by AWS's credentials chain",
            )


def _values(examined: Examined) -> Iterator[tuple[Path, str, str]]:
    """Each value; of what stands before an @ in an endpoint another rule speaks."""
    return ((path, what, without_user(value)) for path, what, value in values_in(examined.config))


def _on_concurrency(filestore: Filestore, what: str, hint: str) -> Fault:
    return Fault(
        path=("filestores", filestore.id, "max-concurrency"),
        message=f"filestore {shown(filestore.id)}: max-concurrency {filestore.max_concurrency} {what}",
        hint=hint,
    )


CHECKS: Final = (
    *BUCKET_CHECKS,
    region_shape,
    region_of_another_store,
    region_unknown,
    *ENDPOINT_CHECKS,
    *AWS_ENDPOINT_CHECKS,
    *ADDRESSING_CHECKS,
    concurrency_too_low,
    concurrency_too_high,
    concurrency_beyond_numbers,
    credential_in_value,
    *LEFT_OVER_CHECKS,
)
