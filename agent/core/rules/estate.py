"""Do all clusters together, and the targets of each, keep out of each other's buckets?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from agent.core.aws.partitions import PARTITIONS
from agent.core.filestore import FilestoreConfig, Target
from agent.core.finding import Severity
from agent.core.routing import endpoint_family
from agent.core.rules.applicability import Applicability
from agent.core.rules.example import BACKUPS, estate, link, store
from agent.core.rules.regions import is_at_aws, partition_of
from agent.core.rules.registry import Evidence, Fault, Rule, check
from agent.core.rules.wording import listed
from agent.core.text.shown import shown

if TYPE_CHECKING:
    from agent.core.filestore import Filestore

Clusters = Mapping[str, FilestoreConfig]

_S3: Final = 'Atlassian, "Configuring Amazon S3 object storage"'
_MINE: Final = (store("backupBucket", "example-co-jira"), BACKUPS)
_BOTH: Final = f"{link('avatars', 'avatarBucket')}\n{BACKUPS}"


@check(
    Rule(
        code="FS401",
        severity=Severity.ERROR,
        title="one bucket in two clusters",
        explanation=(
            "Jira writes to attachments/, avatars/ and backups/ in its bucket, without a prefix for the instance, and"
            " none can be configured. Two instances in one bucket overwrite and delete each other's data; Atlassian"
            " warns of data loss."
        ),
        source=_S3,
        evidence=Evidence.VERIFIED,
        bad=estate(_MINE, _MINE),
        good=estate(_MINE, (store("backupBucket", "example-co-other"), BACKUPS)),
    )
)
def shared_by_clusters(configs: Clusters) -> Iterator[Fault]:
    """Find buckets that more than one cluster has."""
    owners = defaultdict[tuple[str, str], list[tuple[str, str]]](list)
    for cluster, config in configs.items():
        for filestore in config.filestores:
            if filestore.bucket_name.strip():
                owners[_bucket_of(filestore)].append((cluster, filestore.id))
    for (_, bucket), having in owners.items():
        clusters = tuple(dict.fromkeys(cluster for cluster, _ in having))
        for cluster, filestore_id in having if len(clusters) > 1 else ():
            others = listed([shown(other) for other in clusters if other != cluster][:5])
            yield Fault(
                path=(cluster, "filestores", filestore_id, "bucket-name"),
                message=f"bucket {shown(bucket)} is also used by cluster {others}; they overwrite each other's data",
                hint="give each cluster buckets of its own",
            )


@check(
    Rule(
        code="FS402",
        severity=Severity.WARNING,
        title="backups in a bucket with read-write data",
        explanation=(
            "For backups Atlassian recommends write-only rights (PutObject), and Jira's health check fails where it can"
            " read or delete them. Avatars and attachments need reading and deleting. In one bucket both can be right"
            " only if the rights are given by prefix: PutObject on backups/*, the others on avatars/* and"
            " attachments/*. Two buckets are simpler."
        ),
        source='Atlassian, "Storing backups in Amazon S3" (write-only mode, health checks)',
        evidence=Evidence.INFERRED,
        applies=Applicability(targets=(Target.BACKUPS,), where="together with avatars or attachments"),
        bad=estate(
            (
                store("jiraBucket", "example-co-jira"),
                f"{link('avatars', 'jiraBucket')}\n{link('backups', 'jiraBucket')}",
            )
        ),
        good=estate(
            (f"{store('avatarBucket', 'example-co-avatars')}\n{store('backupBucket', 'example-co-backups')}", _BOTH)
        ),
    )
)
def backups_with_others(configs: Clusters) -> Iterator[Fault]:
    """Find clusters whose backups share a bucket with what must be read and deleted."""
    for cluster, config in configs.items():
        backups = config.filestore_of(Target.BACKUPS)
        others = [(target, config.filestore_of(target)) for target in (Target.ATTACHMENTS, Target.AVATARS)]
        sharing = [target for target, other in others if backups and other and _bucket_of(other) == _bucket_of(backups)]
        if backups and sharing and backups.bucket_name.strip():
            bucket = shown(backups.bucket_name)
            yield Fault(
                path=(cluster, "associations", Target.BACKUPS),
                message=f"backups, which should be write-only, share bucket {bucket} with {listed(sharing)}",
                hint="use another bucket for backups, or give the rights by prefix (`bucket-policy`) and waive FS402",
            )


@check(
    Rule(
        code="FS403",
        severity=Severity.WARNING,
        title="one bucket in two filestores",
        explanation=(
            "Several targets may share a bucket, and the documented way is one filestore that they all name. With two,"
            " a later change of region, endpoint or concurrency is made in one and forgotten in the other."
        ),
        source='Atlassian, "Storing backups in Amazon S3" (storing both in the same bucket)',
        evidence=Evidence.INFERRED,
        bad=estate(
            (
                f"{store('avatarBucket', 'example-co-jira')}\n{store('attachmentBucket', 'example-co-jira')}",
                f"{link('avatars', 'avatarBucket')}\n{link('attachments', 'attachmentBucket')}",
            )
        ),
        good=estate(
            (
                store("jiraBucket", "example-co-jira"),
                f"{link('avatars', 'jiraBucket')}\n{link('attachments', 'jiraBucket')}",
            )
        ),
    )
)
def bucket_in_two_filestores(configs: Clusters) -> Iterator[Fault]:
    """Find filestores of a cluster that name the same bucket as an earlier one."""
    for cluster, config in configs.items():
        first = dict[tuple[str, str], str]()
        for filestore in config.filestores:
            earlier = first.setdefault(_bucket_of(filestore), filestore.id)
            if earlier != filestore.id and filestore.bucket_name.strip():
                both, bucket = f"{shown(earlier)} and {shown(filestore.id)}", shown(filestore.bucket_name)
                yield Fault(
                    path=(cluster, "filestores", filestore.id, "bucket-name"),
                    message=f"filestores {both} name the same bucket {bucket}",
                    hint="keep one of them, and let all its targets name that one",
                )


def _bucket_of(filestore: Filestore) -> tuple[str, str]:
    """What makes a bucket the same: its name, unique in an AWS partition, or at one other store (AWS, naming rules)."""
    if is_at_aws(filestore):
        return partition_of(filestore.region) or PARTITIONS[0].name, filestore.bucket_name
    return endpoint_family(filestore.endpoint_override, filestore.region), filestore.bucket_name


CHECKS: Final = (shared_by_clusters, backups_with_others, bucket_in_two_filestores)
