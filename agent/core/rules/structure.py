"""Is the file made of the documented elements, each where it belongs, complete, without strange text between them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.rules.example import (
    BACKUPS,
    BUCKET,
    REGION,
    framed,
    in_associations,
    in_config,
    in_filestores,
    store,
    whole,
)
from agent.core.rules.registry import Evidence, Examined, Fault, Rule, check
from agent.core.rules.values import values_in
from agent.core.rules.wording import listed
from agent.core.text.shown import shown
from agent.core.text.suggest import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PAGE: Final = 'Atlassian, "Storing backups in Amazon S3"'
_XML: Final = "W3C, Extensible Markup Language 1.0 and 1.1"
_EMPTY: Final = "<filestore-config>\n  <filestores />\n  <associations />\n</filestore-config>\n"
_GOOD_STORE: Final = store("backupBucket", "example-co-jira-backup")

INVALID_STORE: Final = "Invalid <s3-filestore> value"
MISSING_STORE: Final = "Missing <s3-filestore> value"
"""The titles of two of Jira's three start-up errors, as Atlassian's page prints them."""

WRONG_ROOT: Final = Rule(
    code="FS111",
    severity=Severity.ERROR,
    title="another kind of file",
    explanation="The root element is <filestore-config>. Anything else is not the file that Jira reads.",
    source=_PAGE,
    evidence=Evidence.VERIFIED,
    bad=whole("<LifecycleConfiguration>\n  <Rule />\n</LifecycleConfiguration>\n"),
    good=whole(_EMPTY),
)
UNKNOWN_ELEMENT: Final = Rule(
    code="FS112",
    severity=Severity.ERROR,
    title="an unknown or misplaced element",
    explanation=(
        "These are all the elements that Atlassian documents. What Jira does with another one is not known: it may"
        " refuse it or pass over it, and then what was meant by it does not happen. There is none for credentials, a"
        " key prefix or path-style addressing."
    ),
    source=f"{_PAGE}; what Jira does with others is not documented",
    evidence=Evidence.INFERRED,
    bad=in_config("<bucketname>example-co-jira-backup</bucketname>"),
    good=in_config(BUCKET),
)
UNKNOWN_ATTRIBUTE: Final = Rule(
    code="FS113",
    severity=Severity.ERROR,
    title="an unknown attribute",
    explanation=(
        "Only three attributes exist: id of a filestore, target and file-store of an association. The page's prose says"
        ' "filestore attribute", its examples write file-store, and the examples are right.'
    ),
    source=_PAGE,
    evidence=Evidence.VERIFIED,
    bad=in_associations('<association target="backups" filestore="backupBucket" />'),
    good=in_associations(BACKUPS),
)
MISSING_ATTRIBUTE: Final = Rule(
    code="FS114",
    severity=Severity.ERROR,
    title="a missing or empty attribute",
    explanation=(
        "A filestore without an id cannot be used by any target; an association without target or file-store"
        " associates nothing."
    ),
    source=_PAGE,
    evidence=Evidence.VERIFIED,
    bad=in_associations('<association file-store="backupBucket" />'),
    good=in_associations(BACKUPS),
)
ELEMENT_TWICE: Final = Rule(
    code="FS117",
    severity=Severity.ERROR,
    title="an element twice",
    explanation=(
        "Where one element is meant, a second one makes the file say two things. Which of them Jira takes is not"
        " documented."
    ),
    source=_PAGE,
    evidence=Evidence.INFERRED,
    bad=in_config("<region>us-east-1</region>\n<region>eu-west-1</region>"),
    good=in_config(REGION),
)
ID_TWICE: Final = Rule(
    code="FS118",
    severity=Severity.ERROR,
    title="two filestores of the same id",
    explanation=(
        "Associations name a filestore by its id. With two of the same id it is not documented which one Jira takes,"
        " so nobody can say where the data goes."
    ),
    source=f"{_PAGE}; the behaviour is not documented",
    evidence=Evidence.INFERRED,
    bad=in_filestores(f"{_GOOD_STORE}\n{store('backupBucket', 'example-co-jira-other')}"),
    good=in_filestores(_GOOD_STORE),
)
TARGET_TWICE: Final = Rule(
    code="FS119",
    severity=Severity.ERROR,
    title="two associations of the same target",
    explanation=(
        "A target's data goes to one place. With two associations it is not documented which one Jira takes; it does"
        " not write to both."
    ),
    source=f"{_PAGE}; the behaviour is not documented",
    evidence=Evidence.INFERRED,
    bad=in_associations(f"{BACKUPS}\n{BACKUPS}"),
    good=in_associations(BACKUPS),
)
ODD_SPACES: Final = Rule(
    code="FS120",
    severity=Severity.WARNING,
    title="spaces that are no XML spaces",
    explanation=(
        "Some of the examples on Atlassian's page are indented with no-break spaces (U+00A0), and copying keeps them."
        " To XML they are text between the elements. Java's parser lets them pass; what Jira makes of them is not"
        " documented. Plain spaces mean the same and leave no doubt."
    ),
    source=f"{_PAGE}; parsing tried with JDK 17",
    evidence=Evidence.INFERRED,
    bad=framed("<filestores />\n\u00a0<associations />"),
    good=framed("<filestores />\n<associations />"),
)
STRAY_TEXT: Final = Rule(
    code="FS121",
    severity=Severity.ERROR,
    title="text between elements",
    explanation=(
        "Between the elements there is nothing but space and comments. Text there is a leftover, or a value that lost"
        " its tags."
    ),
    source=f"{_PAGE}; what Jira makes of it is not documented",
    evidence=Evidence.INFERRED,
    bad=framed("<filestores />\nsee the wiki\n<associations />"),
    good=framed("<filestores />\n<!-- see the wiki -->\n<associations />"),
)
PADDED_VALUE: Final = Rule(
    code="FS122",
    severity=Severity.ERROR,
    title="space around a value",
    explanation=(
        "Space inside an element belongs to its value: a bucket name with a line feed at its end is another bucket"
        " name. Whether Jira cuts it off is not documented."
    ),
    source=_XML,
    evidence=Evidence.INFERRED,
    bad=in_config("<region>\n  us-east-1\n</region>"),
    good=in_config(REGION),
)
NO_WHOLE_NUMBER: Final = Rule(
    code="FS123",
    severity=Severity.ERROR,
    title="max-concurrency is not a whole number",
    explanation="max-concurrency counts connections: decimal digits and nothing else. Without it Jira takes 100.",
    source=_PAGE,
    evidence=Evidence.VERIFIED,
    bad=in_config("<max-concurrency>1.5</max-concurrency>"),
    good=in_config("<max-concurrency>50</max-concurrency>"),
)
MISSING_SECTION: Final = Rule(
    code="FS124",
    severity=Severity.WARNING,
    title="no <filestores> or no <associations>",
    explanation=(
        "Every published example has both, if only as empty elements. What Jira does without one is not documented;"
        " an empty element says clearly that there are none."
    ),
    source=_PAGE,
    evidence=Evidence.INFERRED,
    bad=framed("<filestores />"),
    good=framed("<filestores />\n<associations />"),
)
MORE: Final = Rule(
    code="FS126",
    severity=Severity.NOTE,
    title="more findings than anybody reads",
    explanation=(
        "After a hundred findings of a file the rest is not listed. What stops Jira from starting is among those that"
        " are."
    ),
    source="this product's own limit",
    evidence=Evidence.VERIFIED,
    bad=framed(
        "<filestores />\n" + "<filestore />\n" * 101 + "<associations />",
        shown="<filestores />\n<filestore />\n... and the same a hundred times more ...\n<associations />",
    ),
    good=framed("<filestores />\n<associations />"),
)
EMPTY_OPTION: Final = Rule(
    code="FS125",
    severity=Severity.ERROR,
    title="an empty optional element",
    explanation=(
        "An endpoint-override or max-concurrency without a value is not the same as none: what Jira takes then is not"
        " documented. Leave the element out to have the default."
    ),
    source=_PAGE,
    evidence=Evidence.INFERRED,
    bad=in_config(f"{BUCKET}\n{REGION}\n<endpoint-override></endpoint-override>"),
    good=in_config(f"{BUCKET}\n{REGION}"),
)


@check(
    Rule(
        code="FS115",
        severity=Severity.ERROR,
        title="an incomplete filestore",
        explanation=(
            "Each filestore needs <config> with a <bucket-name> and a <region>, none of them empty. Otherwise Jira"
            f' shows "{INVALID_STORE}" and does not start, even if no target uses that filestore.'
        ),
        source=_PAGE,
        evidence=Evidence.VERIFIED,
        stops_jira=True,
        bad=in_config("<region></region>"),
        good=in_config(REGION),
    )
)
def incomplete_filestore(examined: Examined) -> Iterator[Fault]:
    """Find filestores whose bucket name or region is empty."""
    for filestore in examined.config.filestores:
        for name, value in (("bucket-name", filestore.bucket_name), ("region", filestore.region)):
            if not value.strip():
                yield incomplete(filestore.id, ("filestores", filestore.id, name), f"<{name}> is empty")


@check(
    Rule(
        code="FS116",
        severity=Severity.ERROR,
        title="an association to a filestore that does not exist",
        explanation=(
            "The file-store of each association must be the id of a filestore of this file, letter by letter. Otherwise"
            f' Jira shows "{MISSING_STORE}" and does not start.'
        ),
        source=_PAGE,
        evidence=Evidence.VERIFIED,
        stops_jira=True,
        bad=in_associations('<association target="backups" file-store="backupbucket" />'),
        good=in_associations(BACKUPS),
    )
)
def undefined_filestore(examined: Examined) -> Iterator[Fault]:
    """Find associations whose filestore is not among the filestores."""
    ids = [filestore.id for filestore in examined.config.filestores]
    for association in examined.config.associations:
        if association.file_store not in ids:
            yield undefined(association.target, association.file_store, ids)


def incomplete(filestore_id: str, path: tuple[str, ...], what: str) -> Fault:
    """Say that a filestore lacks what Jira needs, in the words of Jira's own start-up error."""
    return Fault(
        path=path,
        message=f"{INVALID_STORE}: in filestore {shown(filestore_id)} {what}; Jira would not start",
        hint="give <config> with a <bucket-name> and a <region>, or remove the filestore and its associations",
    )


def undefined(target: str, file_store: str, ids: Iterable[str]) -> Fault:
    """Say that an association leads nowhere, in the words of Jira's own start-up error."""
    known = tuple(filter(None, ids))
    nearest = closest(file_store, known)
    named = (
        f"the filestores here are {listed(map(shown, known[:5]))}"
        if known
        else "no filestore with an id is defined here"
    )
    return Fault(
        path=("associations", target),
        message=(
            f"{MISSING_STORE}: {shown(target)} is associated with filestore {shown(file_store)},"
            " which is not defined; Jira would not start"
        ),
        hint=f"did you mean {shown(nearest)}?" if nearest else named,
    )


@check(PADDED_VALUE)
def padded_value(examined: Examined) -> Iterator[Fault]:
    """Find values with space before or after them; a document's own are told when it is read."""
    for path, what, value in values_in(examined.config):
        if value.strip() and value != value.strip():
            yield Fault(path=path, message=f"{what} has space around it", hint="write the value without it")


CHECKS: Final = (incomplete_filestore, undefined_filestore, padded_value)

RULES: Final = (
    WRONG_ROOT,
    UNKNOWN_ELEMENT,
    UNKNOWN_ATTRIBUTE,
    MISSING_ATTRIBUTE,
    incomplete_filestore.rule,
    undefined_filestore.rule,
    ELEMENT_TWICE,
    ID_TWICE,
    TARGET_TWICE,
    ODD_SPACES,
    STRAY_TEXT,
    PADDED_VALUE,
    NO_WHOLE_NUMBER,
    MISSING_SECTION,
    EMPTY_OPTION,
    MORE,
)
