"""Is the file XML that every parser reads in the same way, and that reaches for nothing outside itself?"""

from __future__ import annotations

from typing import Final

from agent.core.finding import Severity
from agent.core.rules.example import BUCKET, DECLARATION, framed, in_config, raw, whole
from agent.core.rules.registry import Evidence, Rule

_PAGE: Final = 'Atlassian, "Storing backups in Amazon S3"'
_XML: Final = "W3C, Extensible Markup Language 1.0 and 1.1"
_EMPTY: Final = f"{DECLARATION}\n<filestore-config>\n  <filestores />\n  <associations />\n</filestore-config>\n"

CANNOT_PARSE: Final = "Couldn't parse filestore-config.xml"
"""The title of Jira's start-up error, as Atlassian's page prints it but for the apostrophe."""

NOT_WELL_FORMED: Final = Rule(
    code="FS101",
    severity=Severity.ERROR,
    title="not well-formed XML",
    explanation=(
        "Jira parses the whole file when it starts; on a file that is not well-formed it shows"
        f' "{CANNOT_PARSE}" and does not start. The place is where the parser gave up: the cause is there or shortly'
        " before it, most often a tag that was not closed, a bare & (write &amp;), or text after the last tag."
    ),
    source=_PAGE,
    evidence=Evidence.VERIFIED,
    stops_jira=True,
    bad=whole(f"{DECLARATION}\n<filestore-config>\n  <filestores>\n</filestore-config>\n"),
    good=whole(_EMPTY),
)
EMPTY_FILE: Final = Rule(
    code="FS102",
    severity=Severity.ERROR,
    title="empty file",
    explanation=(
        "An empty file is not the same as no file: without a file Jira keeps everything in the shared home, on an"
        " empty one it cannot find a root element and does not start. To turn S3 off, write empty elements."
    ),
    source=f"{_PAGE}; that an empty file counts as unparsable follows from the XML standard",
    evidence=Evidence.INFERRED,
    stops_jira=True,
    bad=raw(b"", shown="(0 bytes)"),
    good=whole(_EMPTY),
)
TOO_LARGE: Final = Rule(
    code="FS103",
    severity=Severity.ERROR,
    title="larger than any filestore configuration",
    explanation=(
        "A real file has a few hundred bytes to a few thousand. Beyond 64 KiB it is not read here at all: it is"
        " another file under this name, or an attempt to exhaust whoever reads it."
    ),
    source="this product's own limit",
    evidence=Evidence.VERIFIED,
    bad=raw(b"<filestore-config>" + b" " * 65536 + b"</filestore-config>", shown="(65,574 bytes)"),
    good=whole(_EMPTY),
)
WRONG_ENCODING: Final = Rule(
    code="FS104",
    severity=Severity.ERROR,
    title="not UTF-8",
    explanation=(
        "The file must be UTF-8, and what its declaration says must be true. Other encodings are legal XML, yet every"
        " tool between here and Jira would have to agree on them; nothing in this file needs more than ASCII."
    ),
    source=f"{_XML} (only UTF-8 and UTF-16 are promised by every parser)",
    evidence=Evidence.INFERRED,
    bad=raw(_EMPTY.encode("utf-16"), shown="(the same file, saved as UTF-16)"),
    good=whole(_EMPTY),
)
WRONG_VERSION: Final = Rule(
    code="FS105",
    severity=Severity.ERROR,
    title="an XML version that does not exist",
    explanation=(
        "There are two versions of XML, 1.0 and 1.1; Atlassian's pages print 1.1 and its container image 1.0. Java's"
        " parser refuses any other number, whatever the rest of the file says."
    ),
    source=f"{_PAGE}; tried with the XML parser of JDK 17 (which parser Jira uses is not documented)",
    evidence=Evidence.INFERRED,
    stops_jira=True,
    bad=whole(_EMPTY.replace("1.1", "1.2"), shown='<?xml version="1.2" ?>'),
    good=whole(_EMPTY, shown=DECLARATION),
)
DOCTYPE: Final = Rule(
    code="FS106",
    severity=Severity.ERROR,
    title="a document type or an entity",
    explanation=(
        "No filestore configuration needs a DOCTYPE. With one, a file can fetch other files and addresses, stand for"
        " gigabytes, or turn a bucket name into nothing without anybody seeing it. It is refused before it is parsed."
    ),
    source="OWASP, XML External Entity Prevention Cheat Sheet",
    evidence=Evidence.VERIFIED,
    bad=whole(_EMPTY.replace("<filestore-config>", "<!DOCTYPE filestore-config>\n<filestore-config>")),
    good=whole(_EMPTY),
)
NAMESPACE: Final = Rule(
    code="FS107",
    severity=Severity.ERROR,
    title="a namespace",
    explanation=(
        "The documented elements are in no namespace. With one they are other elements, even if they look the same;"
        " XInclude, which fetches other files, comes by a namespace too."
    ),
    source=f"{_PAGE}; W3C, Namespaces in XML",
    evidence=Evidence.INFERRED,
    bad=whole(_EMPTY.replace("<filestore-config>", '<filestore-config xmlns="urn:example">')),
    good=whole(_EMPTY),
)
INSTRUCTION: Final = Rule(
    code="FS108",
    severity=Severity.ERROR,
    title="a processing instruction",
    explanation=(
        "Instructions such as <?xml-stylesheet?> tell a program to do something with the file. Jira documents none;"
        " one in this file is a mistake or an attempt."
    ),
    source=_PAGE,
    evidence=Evidence.INFERRED,
    bad=framed('<?include "other.xml"?>\n<filestores />\n<associations />'),
    good=framed("<filestores />\n<associations />"),
)
CDATA_MARKUP: Final = Rule(
    code="FS109",
    severity=Severity.ERROR,
    title="markup hidden in CDATA",
    explanation=(
        "Text in <![CDATA[...]]> is taken as it is. Plain text there means the same as without; text that looks like"
        " elements is read in one way by people and in another by Jira."
    ),
    source=_XML,
    evidence=Evidence.INFERRED,
    bad=in_config("<bucket-name><![CDATA[example</bucket-name>]]></bucket-name>"),
    good=in_config(BUCKET),
)
CONTROL_CHARACTER: Final = Rule(
    code="FS110",
    severity=Severity.ERROR,
    title="a control character",
    explanation=(
        "XML 1.0 and 1.1 allow different control characters, so one and the same file is well-formed for one parser"
        " and not for the next. They cannot be seen in an editor, and none of them belongs into a name or an address."
    ),
    source=f"{_XML}; tried with JDK 17, expat and libxml2",
    evidence=Evidence.VERIFIED,
    bad=in_config("<bucket-name>example-co&#1;</bucket-name>"),
    good=in_config("<bucket-name>example-co</bucket-name>"),
)

RULES: Final = (
    NOT_WELL_FORMED,
    EMPTY_FILE,
    TOO_LARGE,
    WRONG_ENCODING,
    WRONG_VERSION,
    DOCTYPE,
    NAMESPACE,
    INSTRUCTION,
    CDATA_MARKUP,
    CONTROL_CHARACTER,
)
