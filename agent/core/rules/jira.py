"""Does this Jira know these targets, and are the filestores named so that everybody means the same one?"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from agent.core.filestore import Target
from agent.core.finding import Severity
from agent.core.rules.applicability import Applicability, dotted
from agent.core.rules.example import BACKUPS, in_associations, in_filestores, link, store
from agent.core.rules.registry import Evidence, Examined, Fault, Rule, check
from agent.core.rules.wording import listed
from agent.core.text.shown import shown
from agent.core.text.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE: Final = 'Atlassian, "Storing backups in Amazon S3"'
_FLAG: Final = "com.atlassian.jira.attachments.storage.configurable"
FIRST: Final = {Target.ATTACHMENTS: (9, 12), Target.AVATARS: (9, 9), Target.BACKUPS: (9, 16)}
"""The first Jira that knows each target (Atlassian's pages of 9.9, 9.12 and 9.16, and its container image's).

Pages about S3 in the documentation of 8.20 and 9.4 prove nothing: 9.9 is the first release with any of it.
"""

_BEFORE_THE_FIRST: Final = listed([f"{target} with Jira before {dotted(first)}" for target, first in FIRST.items()])

UNFLAGGED: Final = (10, 0)
"""From here on attachments need no flag: inferred, since 10.1's page has none and 9.17's still has it."""

_TARGETS: Final = frozenset(map(str, Target))
_LONGEST_ID: Final = 100
_ODD_LETTER: Final = re.compile(r"[^A-Za-z0-9._-]")


@check(
    Rule(
        code="FS301",
        severity=Severity.ERROR,
        title="an unknown target",
        explanation=(
            f"Jira can keep {listed(Target)} in a filestore; no other target is documented. An association of any other"
            " name does nothing, and what was meant by it stays in the shared home."
        ),
        source=f"{_PAGE} and the pages on avatars and attachments",
        evidence=Evidence.VERIFIED,
        bad=in_associations('<association target="backup" file-store="backupBucket" />'),
        good=in_associations(BACKUPS),
    )
)
def unknown_target(examined: Examined) -> Iterator[Fault]:
    """Find associations of something that Jira does not keep in filestores."""
    for association in examined.config.associations:
        if association.target and association.target not in _TARGETS:
            yield Fault(
                path=("associations", association.target),
                message=f"there is no target {shown(association.target)}",
                hint=did_you_mean(association.target, Target) or f"the targets are {listed(Target)}",
            )


@check(
    Rule(
        code="FS302",
        severity=Severity.ERROR,
        title="a target that this Jira does not know",
        explanation=(
            "Avatars can be kept in S3 from Jira 9.9 on, attachments from 9.12, backups from 9.16. An older Jira does"
            " not move the data and does not say so. Pages about S3 exist in the documentation of 8.20 and 9.4 too;"
            " those releases came before the first one that knows any target."
        ),
        source='Atlassian, "Configuring Amazon S3 object storage" (9.9, 9.17, 10.1); its container image',
        evidence=Evidence.INFERRED,
        applies=Applicability(before=max(FIRST.values()), said=_BEFORE_THE_FIRST),
        bad=in_associations(BACKUPS, jira_version="9.12.4"),
        good=in_associations(BACKUPS, jira_version="10.3.4"),
    )
)
def target_too_new(examined: Examined) -> Iterator[Fault]:
    """Find targets that came with a later Jira than this one."""
    for target, first in FIRST.items():
        if examined.jira and examined.jira < first and examined.config.filestore_of(target):
            yield Fault(
                path=("associations", target),
                message=f"Jira keeps {target} in S3 from {dotted(first)} on, and this is {dotted(examined.jira)}",
                hint="remove the association, or correct jira.version in the inventory",
            )


@check(
    Rule(
        code="FS303",
        severity=Severity.WARNING,
        title="attachments behind a feature flag",
        explanation=(
            f"From 9.12 to 9.17 attachments go to S3 only with the feature flag {_FLAG}. Atlassian warns that the flag"
            " brings breaking API changes and may break apps. From 10.0 on there is none."
        ),
        source='Atlassian, "Storing attachments in Amazon S3" (9.12 to 9.16); that it ends with 10.0 is inferred',
        evidence=Evidence.INFERRED,
        applies=Applicability(targets=(Target.ATTACHMENTS,), since=FIRST[Target.ATTACHMENTS], before=UNFLAGGED),
        bad=in_associations(link("attachments", "backupBucket"), jira_version="9.12.4"),
        good=in_associations(link("attachments", "backupBucket"), jira_version="10.3.4"),
    )
)
def attachments_behind_flag(examined: Examined) -> Iterator[Fault]:
    """Find attachments in S3 where that takes a feature flag."""
    if examined.config.filestore_of(Target.ATTACHMENTS):
        yield Fault(
            path=("associations", Target.ATTACHMENTS),
            message=f"in Jira {dotted(examined.jira or ())} attachments go to S3 only with a feature flag",
            hint=f"switch on {_FLAG}, and waive FS303 once it is on",
        )


@check(
    Rule(
        code="FS304",
        severity=Severity.WARNING,
        title="a filestore that nobody uses",
        explanation=(
            "Without an association a filestore holds nothing, yet Jira checks it like the others when it starts. Most"
            " often the association was forgotten, and the data stays in the shared home."
        ),
        source=f"{_PAGE}; that unused ones are checked too is inferred",
        evidence=Evidence.INFERRED,
        bad=in_filestores(
            f"{store('backupBucket', 'example-co-backups')}\n{store('avatarBucket', 'example-co-avatars')}"
        ),
        good=in_filestores(store("backupBucket", "example-co-backups")),
    )
)
def unused_filestore(examined: Examined) -> Iterator[Fault]:
    """Find filestores without an association; one that leads nowhere has its own finding, and may mean any of them."""
    used = {association.file_store for association in examined.config.associations}
    ids = {filestore.id for filestore in examined.config.filestores}
    for filestore in examined.config.filestores if used <= ids else ():
        if filestore.id not in used:
            yield Fault(
                path=("filestores", filestore.id),
                message=f"no target uses filestore {shown(filestore.id)}",
                hint="add the association that is missing, or remove the filestore",
            )


@check(
    Rule(
        code="FS305",
        severity=Severity.ERROR,
        title="an id that invites mistakes",
        explanation=(
            "Which characters an id may hold is not documented. The published ones are of letters; letters and digits,"
            " dots, hyphens and underscores are safe, while a blank, a quote or a look-alike from another alphabet"
            " makes two ids that look the same differ."
        ),
        source=f"{_PAGE} (its examples)",
        evidence=Evidence.INFERRED,
        bad=in_filestores(store("my bucket", "example-co-jira"), links=link("backups", "my bucket")),
        good=in_filestores(store("my-bucket", "example-co-jira"), links=link("backups", "my-bucket")),
    )
)
def odd_id(examined: Examined) -> Iterator[Fault]:
    """Find ids with other characters than those known to be safe."""
    for filestore in examined.config.filestores:
        if _ODD_LETTER.search(filestore.id):
            yield _on_id(filestore.id, "has characters that are not known to be safe")


@check(
    Rule(
        code="FS306",
        severity=Severity.ERROR,
        title="an id of too many characters",
        explanation="An id is a name for people and for the associations; beyond 100 characters it is something else.",
        source=f"{_PAGE} (its examples); the limit is this product's",
        evidence=Evidence.INFERRED,
        bad=in_filestores(store("b" * 101, "example-co-jira"), links=link("backups", "b" * 101)),
        good=in_filestores(store("backupBucket", "example-co-jira")),
    )
)
def id_length(examined: Examined) -> Iterator[Fault]:
    """Find ids that are longer than a name is; a missing one is told where it is missing."""
    for filestore in examined.config.filestores:
        if len(filestore.id) > _LONGEST_ID:
            yield _on_id(filestore.id, f"has {len(filestore.id)} characters")


@check(
    Rule(
        code="FS307",
        severity=Severity.WARNING,
        title="ids that differ in case only",
        explanation="Jira compares ids letter by letter; people do not. One of the two will be associated by mistake.",
        source=f"{_PAGE} (ids must match)",
        evidence=Evidence.INFERRED,
        bad=in_filestores(
            f"{store('jiraBucket', 'example-co-a')}\n{store('jirabucket', 'example-co-b')}",
            links=f"{link('avatars', 'jiraBucket')}\n{link('backups', 'jirabucket')}",
        ),
        good=in_filestores(
            f"{store('avatarBucket', 'example-co-a')}\n{store('backupBucket', 'example-co-b')}",
            links=f"{link('avatars', 'avatarBucket')}\n{link('backups', 'backupBucket')}",
        ),
    )
)
def ids_alike(examined: Examined) -> Iterator[Fault]:
    """Find ids that only upper and lower case tells apart."""
    alike = defaultdict[str, set[str]](set)
    for filestore in examined.config.filestores:
        alike[filestore.id.casefold()].add(filestore.id)
    for ids in alike.values():
        first, *others = sorted(ids)
        for other in others:
            yield Fault(
                path=("filestores", other),
                message=f"filestores {shown(first)} and {shown(other)} differ in upper and lower case only",
                hint="name one of them after what it holds",
            )


def _on_id(filestore_id: str, what: str) -> Fault:
    return Fault(
        path=("filestores", filestore_id),
        message=f"the filestore id {shown(filestore_id)} {what}",
        hint="use letters, digits, dots, hyphens and underscores, at most 100 of them",
    )


CHECKS: Final = (
    unknown_target,
    target_too_new,
    attachments_behind_flag,
    unused_filestore,
    odd_id,
    id_length,
    ids_alike,
)
