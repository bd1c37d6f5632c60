"""Is every way in which a filestore-config.xml can be wrong seen, named and placed, and nothing fetched meanwhile?"""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.finding import Place, Severity, errors_among
from agent.core.xml.parse import Parsed, examine, is_startup_fault, parse
from agent.core.xml.text import Text, read_text
from agent.core.xml.tree import Tree, read_tree

if TYPE_CHECKING:
    from agent.core.finding import Finding

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD = """<?xml version="1.1" ?>
<filestore-config>
  <filestores>
    <s3-filestore id="b">
      <config>
        <bucket-name>example-co-jira</bucket-name>
        <region>us-east-1</region>
      </config>
    </s3-filestore>
  </filestores>
  <associations>
    <association target="backups" file-store="b" />
  </associations>
</filestore-config>
"""
MEANING = FilestoreConfig(
    filestores=(Filestore(id="b", bucket_name="example-co-jira", region="us-east-1"),),
    associations=(Association(target="backups", file_store="b"),),
)


def found(content: bytes | str) -> tuple[Finding, ...]:
    return parse(content.encode() if isinstance(content, str) else content, file="f.xml").findings


def only(content: bytes | str) -> Finding:
    findings = found(content)
    assert len(findings) == 1, findings
    return findings[0]


def codes(content: bytes | str) -> list[str]:
    return [finding.rule for finding in found(content)]


def test_a_good_file_has_a_meaning_and_no_findings() -> None:
    parsed = parse(GOOD.encode(), file="f.xml")

    assert parsed.config == MEANING
    assert parsed.findings == ()


# --- well-formed or not (X01, X02, X03, X14, X18) ---


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("<filestore-config>\n  <filestores>\n</filestore-config>", "f.xml:3:20"),
        ("<filestore-config>&</filestore-config>", "f.xml:1:20"),
        ("<filestore-config/>\n<filestore-config/>", "f.xml:2:1"),
        ("<filestore-config/>\ntrailing", "f.xml:2:1"),
        ('\n<?xml version="1.0"?><filestore-config/>', "f.xml:2:6"),
        ("<filestore-config><!-- a -- b --></filestore-config>", "f.xml:1:26"),
        ('<filestore-config><filestores a="1" a="2"/></filestore-config>', "f.xml:1:42"),
        ("<filestore-config>&nbsp;</filestore-config>", "f.xml:1:25"),
        (GOOD.replace("us-east-1", "us-\x01east-1"), "f.xml:7:20"),
        (GOOD.replace("us-east-1", "us-\ufffeeast-1"), "f.xml:7:20"),
        (b"<filestore-config>\n\xe9</filestore-config>", "f.xml:2:1"),
    ],
)
def test_what_is_not_well_formed_stops_jira_and_is_placed_by_line_and_column(content: bytes | str, place: str) -> None:
    finding = only(content)

    assert (finding.rule, str(finding.place)) == ("FS101", place)
    assert finding.message.startswith("Couldn't parse filestore-config.xml: ")
    assert is_startup_fault(finding)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_called_empty_and_stops_jira(content: bytes) -> None:
    finding = only(content)

    assert "the file is empty" in finding.message
    assert is_startup_fault(finding)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE filestore-config>",
        '<!DOCTYPE filestore-config SYSTEM "http://192.0.2.1/x.dtd">',
        '<!DOCTYPE a [<!ENTITY b "x">]>',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///etc/hostname"> %b;]>',
        "<!-- <!DOCTYPE not yet> -->\n<?pi ?>\n<!DOCTYPE filestore-config>",
    ],
)
def test_any_doctype_is_refused_before_anything_is_parsed(doctype: str) -> None:
    parsed = parse(GOOD.replace("<filestore-config>", f"{doctype}<filestore-config>", 1).encode(), file="f.xml")

    assert [finding.rule for finding in parsed.findings] == ["FS106"]
    assert parsed.config is None


def test_a_doctype_in_a_comment_is_only_a_comment() -> None:
    assert found(GOOD.replace("<filestores>", "<!-- <!DOCTYPE x> --><filestores>")) == ()


def test_a_doctype_that_the_first_search_missed_is_refused_by_the_second_lock() -> None:
    source = read_text(b"<!DOCTYPE filestore-config><filestore-config/>", file="f.xml")
    assert isinstance(source, Text)

    tree = read_tree(source)

    assert isinstance(tree, Tree)
    assert [finding.rule for finding in tree.findings] == ["FS106"]


def test_nothing_is_read_or_fetched_whatever_the_file_asks_for(tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text("canary-bucket")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        for where in (canary.as_uri(), address):
            for content in reaching_for(where):
                parsed = parse(content.encode(), file="f.xml")
                assert errors_among(parsed.findings)
                assert parsed.config is None
                assert "canary-bucket" not in str(parsed)
                source = read_text(content.encode(), file="f.xml")
                assert isinstance(source, Text)
                assert "canary-bucket" not in str(read_tree(source)), "the parser itself must not reach out either"
        with pytest.raises(BlockingIOError):
            server.accept()


def reaching_for(where: str) -> tuple[str, ...]:
    """Documents that ask their reader to fetch an address, each in another way."""
    root = "<filestore-config>"
    return (
        GOOD.replace(root, f'<!DOCTYPE a [<!ENTITY b SYSTEM "{where}">]>{root}', 1).replace("us-east-1", "&b;"),
        GOOD.replace(root, f'<!DOCTYPE filestore-config SYSTEM "{where}">{root}', 1),
        GOOD.replace(root, f'<!DOCTYPE a [<!ENTITY % b SYSTEM "{where}"> %b;]>{root}', 1),
        GOOD.replace(
            "<filestores>", f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{where}"/><filestores>'
        ),
        GOOD.replace(root, f'<?xml-stylesheet href="{where}"?>{root}', 1),
        GOOD.replace(
            root, f'<filestore-config xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="a {where}">'
        ),
    )


def bombs() -> dict[str, str]:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    return {
        "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{levels}]><a>&l8;</a>',
        "quadratic": f'<!DOCTYPE a [<!ENTITY b "{"x" * 20000}">]><a>{"&b;" * 10000}</a>',
        "deep": "<a>" * 5000 + "</a>" * 5000,
        "long": f"<filestore-config>{'x' * 11_000_000}</filestore-config>",
        "many": f"<filestore-config>{'<regio/>' * 8000}</filestore-config>",
        "many links": "<filestore-config><filestores>"
        + "".join(f'<s3-filestore id="{n}"/>' for n in range(1100))
        + "</filestores><associations>"
        + "".join(f'<association target="{n}" file-store="x{n}"/>' for n in range(800))
        + "</associations></filestore-config>",
        "comments": "<!-- -->" * 8000 + "<!DOCTYP",
        "quotes": f"<filestore-config {'a=' * 30000}",
    }


@pytest.mark.parametrize("bomb", bombs())
def test_a_bomb_is_refused_at_once(bomb: str) -> None:
    content = bombs()[bomb].encode()
    before = time.process_time()

    parsed = examine(content, file="f.xml")

    assert time.process_time() - before < 1
    assert errors_among(parsed.findings)
    assert parsed.config is None
    assert len(parsed.findings) < 150


def test_of_a_thousand_faults_the_first_hundred_and_a_startup_fault_are_listed() -> None:
    content = GOOD.replace("<filestores>", f"<filestores>{'<x/>' * 1000}").replace('file-store="b"', 'file-store="c"')
    findings = found(content)

    assert len(findings) == 102
    assert any(map(is_startup_fault, findings))
    assert findings[-1].message == "there are further findings, which are not listed"


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("<filestore-config>", '<filestore-config xmlns="urn:x">'),
        GOOD.replace("<filestore-config>", '<filestore-config xmlns:x="urn:x">'),
        GOOD.replace("<region>", "<x:region>").replace("</region>", "</x:region>"),
        GOOD.replace("<config>", '<config xml:lang="en">'),
        GOOD.replace("<filestores>", '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="a"/><filestores>'),
    ],
)
def test_namespaces_are_refused(content: str) -> None:
    assert "FS107" in codes(content)
    assert parse(content.encode(), file="f").config is None


def test_another_root_is_refused_with_what_it_is() -> None:
    finding = only((EXAMPLES / "lifecycle-rule.xml").read_bytes())

    assert (finding.rule, finding.place.line) == ("FS111", 1)
    assert finding.hint == "this is an S3 lifecycle rule: it belongs to the bucket, not to Jira"


# --- declaration, encoding, characters (X04 to X07) ---


@pytest.mark.parametrize(
    "declaration",
    ["", '<?xml version="1.0"?>\n', "<?xml version='1.1'?>\n", '<?xml version="1.0" encoding="utf-8"?>\n\n'],
)
def test_versions_1_0_and_1_1_and_no_declaration_mean_the_same(declaration: str) -> None:
    content = GOOD.replace('<?xml version="1.1" ?>\n', declaration)

    assert parse(content.encode(), file="f").config == MEANING
    assert parse(b"\xef\xbb\xbf" + content.encode(), file="f").config == MEANING
    assert parse(content.replace("\n", "\r\n").encode(), file="f").findings == ()


@pytest.mark.parametrize("version", ["1.2", "9.9", "2.0", "", "1.1 "])
def test_any_other_version_is_refused_where_it_stands(version: str) -> None:
    finding = only(GOOD.replace('"1.1"', f'"{version}"'))

    assert (finding.rule, str(finding.place)) == ("FS105", "f.xml:1:7")
    assert is_startup_fault(finding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_to_be_saved_as_utf_8(encoding: str) -> None:
    finding = only(GOOD.encode(encoding))

    assert finding.rule == "FS104"
    assert finding.hint == "re-save the file as UTF-8"
    assert not is_startup_fault(finding)


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "x", "UTF-16"])
def test_another_declared_encoding_is_refused(encoding: str) -> None:
    assert codes(GOOD.replace('"1.1"', f'"1.1" encoding="{encoding}"')) == ["FS104"]


def test_bytes_of_another_declared_encoding_are_refused_without_a_claim_about_jira() -> None:
    content = GOOD.replace('"1.1" ?>', '"1.0" encoding="ISO-8859-1"?><!-- B\u00fccher -->').encode("latin-1")
    finding = only(content)

    assert (finding.rule, str(finding.place)) == ("FS104", "f.xml:1:50")
    assert finding.message == 'the declaration says that the file is in "ISO-8859-1": byte 49 (0xfc) is not UTF-8'
    assert finding.hint == "re-save the file as UTF-8, and state that or nothing"
    assert not is_startup_fault(finding)


@pytest.mark.parametrize("declaration", ['<?xml version="1.0" encoding="utf-8"?>', '<?xml version="1.0"?>', ""])
def test_bytes_that_are_not_the_declared_utf_8_stop_jira(declaration: str) -> None:
    finding = only(f"{declaration}<!-- B\u00fccher --><filestore-config/>".encode("latin-1"))

    assert finding.rule == "FS101"
    assert finding.message.endswith("is not UTF-8; Jira would not start")


@pytest.mark.parametrize("size", [65_537, 10_000_000])
def test_a_file_that_is_too_large_is_not_said_to_have_the_bytes_that_were_read_of_it(size: int) -> None:
    finding = only(b" " * size)

    assert finding.rule == "FS103"
    assert finding.message == "the file has more than 65536 bytes; no filestore configuration is so large"


@pytest.mark.parametrize("character", ["&#1;", "&#x85;", "\x85", "\x7f", "\x9b", "&#10;", "&#xD800;"])
def test_control_characters_are_refused_raw_or_by_reference(character: str) -> None:
    finding = next(one for one in found(GOOD.replace("us-east-1", f"us-{character}east-1")) if one.rule == "FS110")

    assert str(finding.place) == "f.xml:7:20"
    assert finding.message.isprintable()


# --- elements and attributes (X09 to X15) ---


def test_filestore_for_file_store_is_told_by_its_right_name_and_once() -> None:
    finding = only(GOOD.replace("file-store=", "filestore="))

    assert (finding.rule, str(finding.place)) == ("FS113", "f.xml:12:5")
    assert finding.message == '<association> has an unknown attribute "filestore"'
    assert finding.hint == 'did you mean "file-store"?'


def test_bucketname_is_told_by_its_right_name_and_stops_jira_as_missing() -> None:
    findings = found(GOOD.replace("bucket-name>", "bucketname>"))

    assert [(one.rule, one.place.line) for one in findings] == [("FS115", 5), ("FS112", 6)]
    assert findings[1].hint == 'did you mean "bucket-name"?'


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("<region>us-east-1</region>", "", "<region> is missing", 5),
        ("<region>us-east-1</region>", "<region></region>", "<region> is empty", 7),
        ("<region>us-east-1</region>", "<region/>", "<region> is empty", 7),
        ("<region>us-east-1</region>", "<region>\n \u00a0 </region>", "<region> is empty", 7),
        ("<bucket-name>example-co-jira</bucket-name>", "", "<bucket-name> is missing", 5),
    ],
)
def test_an_incomplete_filestore_is_told_in_the_words_of_jira(old: str, new: str, message: str, line: int) -> None:
    finding = only(GOOD.replace(old, new))

    assert finding.message.startswith(f'Invalid <s3-filestore> value: in filestore "b" {message}')
    assert finding.place.line == line
    assert is_startup_fault(finding)


def test_a_filestore_without_config_is_told_in_the_words_of_jira() -> None:
    content = GOOD[: GOOD.index("<config>")] + GOOD[GOOD.index("</s3-filestore>") :]
    finding = only(content)

    assert "Invalid <s3-filestore> value" in finding.message
    assert "<config> is missing" in finding.message


def test_a_dangling_association_is_told_in_the_words_of_jira_and_leaves_the_meaning_plain() -> None:
    parsed = parse(GOOD.replace('id="b"', 'id="backupBucket"').replace('"b"', '"BackupBuckt"').encode(), file="f.xml")

    (finding,) = parsed.findings
    assert finding.message.startswith(
        'Missing <s3-filestore> value: "backups" is associated with filestore "BackupBuckt"'
    )
    assert (finding.place.line, finding.hint) == (12, 'did you mean "backupBucket"?')
    assert is_startup_fault(finding)
    assert parsed.config is not None


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (GOOD.replace("<associations>", '<associations><association target="backups" file-store="b"/>'), "FS119", 12),
        (GOOD.replace("<region>", "<region>eu-west-1</region><region>"), "FS117", 7),
        (GOOD.replace("<associations>", "<associations/><associations>"), "FS117", 11),
        (GOOD.replace("<region>", "<path-style>true</path-style><region>"), "FS112", 7),
        (GOOD.replace("<config>", "<region>x</region><config>"), "FS112", 5),
        (GOOD.replace('id="b"', 'id="b" type="s3"'), "FS113", 4),
        (GOOD.replace(' target="backups"', ""), "FS114", 12),
        (GOOD.replace("us-east-1", " us-east-1"), "FS122", 7),
        (GOOD.replace("us-east-1", "us-east-1\n"), "FS122", 7),
        (GOOD.replace("us-east-1", "us-east-1\u00a0"), "FS122", 7),
        (GOOD.replace('target="backups"', 'target="backups "'), "FS122", 12),
        (GOOD.replace("<config>", "us-east-1<config>"), "FS121", 5),
        (GOOD.replace("<config>", "<?php x ?><config>"), "FS108", 5),
        (GOOD.replace("us-east-1", "<![CDATA[<b>]]>"), "FS109", 7),
        (GOOD.replace("</config>", "<max-concurrency>1.5</max-concurrency></config>"), "FS123", 8),
        (GOOD.replace("</config>", "<max-concurrency>\u0661</max-concurrency></config>"), "FS123", 8),
        (GOOD.replace("</config>", f"<max-concurrency>{'9' * 5000}</max-concurrency></config>"), "FS123", 8),
        (GOOD.replace("</config>", "<endpoint-override/></config>"), "FS125", 8),
    ],
)
def test_a_fault_of_the_elements_is_an_error_at_its_line_and_leaves_the_meaning_in_doubt(
    content: str, rule: str, line: int
) -> None:
    parsed = parse(content.encode(), file="f.xml")

    assert [(one.rule, one.place.line, one.severity) for one in parsed.findings] == [(rule, line, Severity.ERROR)]
    assert parsed.config is None
    assert not is_startup_fault(parsed.findings[0])


def test_a_second_filestore_of_the_same_id_names_the_line_of_the_first() -> None:
    store = GOOD[GOOD.index("    <s3-filestore") : GOOD.index("  </filestores>")]
    finding = only(GOOD.replace(store, store + store))

    assert (finding.rule, finding.place.line) == ("FS118", 10)
    assert finding.message == 'there is another filestore of the id "b" in line 4'


def test_a_value_in_cdata_and_a_comment_are_read_as_what_they_are() -> None:
    content = GOOD.replace("us-east-1", "<![CDATA[us-east-1]]>").replace("<config>", "<!-- ours --><config>")

    assert parse(content.encode(), file="f").config == MEANING


def test_other_layout_order_and_quotes_mean_the_same() -> None:
    content = (
        "<filestore-config><associations><association file-store='b' target='backups'></association></associations>"
        "<filestores><s3-filestore id='b'><config><region>us-east-1</region><bucket-name>example-co-jira</bucket-name>"
        "</config></s3-filestore></filestores></filestore-config>"
    )

    assert parse(content.encode(), file="f").config == MEANING


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_the_file() -> None:
    content = GOOD.replace('id="b"', 'id="c"').replace("us-east-1", "").replace("</config>", "<x/></config>")
    content = content.replace("<associations>", "hello<associations>").replace('"1.1"', '"1.3"')

    assert codes(content) == ["FS105", "FS115", "FS112", "FS121", "FS116"]


# --- spaces that are none (X08) ---


def test_no_break_spaces_are_one_warning_with_their_number_first_place_and_cure() -> None:
    parsed = parse((EXAMPLES / "backups-only.xml").read_bytes(), file="f.xml")

    (finding,) = parsed.findings
    assert (finding.rule, finding.severity, str(finding.place)) == ("FS120", Severity.WARNING, "f.xml:3:1")
    assert "48 in all, first here (U+00A0 NO-BREAK SPACE)" in finding.message
    assert finding.hint == r"replace the no-break spaces by plain spaces: sed -i 's/\xc2\xa0/ /g' f.xml"
    assert parsed.config is not None


@pytest.mark.parametrize("name", ["f.xml", "it's $(mine) & yours.xml", "-n.xml"])
def test_the_cure_of_no_break_spaces_can_be_pasted(tmp_path: Path, name: str) -> None:
    content = (EXAMPLES / "backups-only.xml").read_bytes()
    (tmp_path / name).write_bytes(content)
    (finding,) = parse(content, file=name).findings
    words, command = (finding.hint or "").split(": ", 1)

    subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, check=True)

    assert words == "replace the no-break spaces by plain spaces"
    assert (tmp_path / name).read_bytes() == content.replace(b"\xc2\xa0", b" ")


@pytest.mark.parametrize("name", ["", "a\x1b[2J.xml", "a\nb.xml", "x" * 300])
def test_a_file_whose_name_cannot_be_pasted_has_a_cure_in_words(name: str) -> None:
    (finding,) = parse((EXAMPLES / "backups-only.xml").read_bytes(), file=name).findings

    assert finding.hint == "replace the no-break spaces by plain spaces"


def test_other_odd_spaces_are_named() -> None:
    finding = only(GOOD.replace("<config>", "\u200b<config>\u3000"))

    assert "2 in all" in finding.message
    assert "U+200B ZERO WIDTH SPACE and U+3000 IDEOGRAPHIC SPACE" in finding.message
    assert str(finding.place) == "f.xml:5:7"


# --- the vendor's examples ---


@pytest.mark.parametrize(
    "name",
    ["attachments-only", "avatars-only", "separate-buckets", "shared-home"],
)
def test_the_clean_examples_of_the_vendor_are_clean(name: str) -> None:
    parsed = examine((EXAMPLES / f"{name}.xml").read_bytes(), file=name, jira_version="10.3.4")

    assert parsed.findings == ()
    assert parsed.config is not None


def test_the_vendors_shared_bucket_is_sound_but_for_the_rights_that_backups_are_to_have() -> None:
    parsed = examine((EXAMPLES / "shared-bucket.xml").read_bytes(), file="f.xml", jira_version="10.3.4")

    assert [(it.rule, it.severity, it.cluster) for it in parsed.findings] == [("FS402", Severity.WARNING, None)]
    assert parsed.findings[0].place.line
    assert parsed.config is not None


def test_two_filestores_of_one_bucket_are_told_of_a_single_file_at_the_second() -> None:
    twin = '<s3-filestore id="c"><config><bucket-name>example-co-jira</bucket-name><region>us-east-1</region></config>'
    content = GOOD.replace("  </filestores>", f"{twin}</s3-filestore>\n  </filestores>")
    content = content.replace("  </associations>", '<association target="avatars" file-store="c" /></associations>')

    told = {it.rule: it.place.line for it in examine(content.encode(), file="f.xml").findings}
    assert told == {"FS402": 13, "FS403": 10}


def test_the_fragment_of_the_vendor_has_all_its_faults_told() -> None:
    parsed = examine((EXAMPLES / "fragment.xml").read_bytes(), file="f.xml")

    assert [one.rule for one in parsed.findings] == ["FS120", "FS115", "FS305", "FS121"]
    assert parsed.config is None


# --- places ---


def test_a_part_of_the_meaning_leads_to_its_line_and_a_missing_one_to_what_is_around_it() -> None:
    parsed = parse(GOOD.encode(), file="f.xml")

    assert parsed.place_of(("filestores", "b", "region")) == Place(file="f.xml", line=7, column=9)
    assert parsed.place_of(("filestores", "b", "endpoint-override")).line == 4
    assert parsed.place_of(("associations", "backups")).line == 12
    assert parsed.place_of(("nothing",)).line == 2
    assert Parsed(config=None, findings=(), file="g").place_of(()) == Place(file="g")


def test_the_rules_speak_of_a_file_by_its_lines_and_after_doubts_too() -> None:
    content = GOOD.replace("us-east-1", "US_EAST_1").replace("<config>", "<x/><config>")

    parsed = examine(content.encode(), file="f.xml")

    assert [(one.rule, str(one.place)) for one in parsed.findings] == [("FS112", "f.xml:5:7"), ("FS206", "f.xml:7:9")]


# --- one fault, one finding ---


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("<region>us-east-1</region>", "", ["FS115"]),
        ("<region>us-east-1</region>", "<region/>", ["FS115"]),
        ("<bucket-name>example-co-jira</bucket-name>", "", ["FS115"]),
        ("file-store=", "filestore=", ["FS113"]),
        (' file-store="b"', "", ["FS114"]),
        (' file-store="b"', ' file-store=" "', ["FS114"]),
        ('file-store="b"', 'file-store="c"', ["FS116"]),
        ('target="backups"', 'tagret="backups"', ["FS113"]),
        ('target="backups"', 'target="backup"', ["FS301"]),
        (' target="backups"', "", ["FS114"]),
        (' id="b"', "", ["FS114", "FS116"]),
    ],
)
def test_a_fault_of_the_elements_is_not_told_again_by_the_rules(old: str, new: str, codes: list[str]) -> None:
    parsed = examine(GOOD.replace(old, new).encode(), file="f.xml", jira_version="10.3.4")

    assert [finding.rule for finding in parsed.findings] == codes


# --- whatever comes ---


def is_quiet(findings: tuple[Finding, ...]) -> bool:
    texts = [text for one in findings for text in (one.message, one.hint or "")]
    return all(
        len(text) < 1000 and not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text) for text in texts
    )


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_without_an_exception_and_without_a_control_character_in_the_words(content: bytes) -> None:
    parsed = examine(content, file="f.xml")

    assert is_quiet(parsed.findings)
    assert parsed.config is None


PIECES = (
    *("<", ">", "/", '"', "'", "&", "&amp;", "&#1;", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE a>"),
    *("<region>", "</region>", "<config>", "</config>", "<x/>", ' id="b"', ' xmlns="u"', ' a:b="c"'),
    *("\u00a0", "\x1b[2J", "\u202e", " ", "\n", "x"),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 30), st.sampled_from(PIECES)), max_size=5))
def test_a_mutilated_example_is_parsed_without_an_exception(cuts: list[tuple[int, int, str]]) -> None:
    content = GOOD
    for at, length, piece in cuts:
        content = content[:at] + piece + content[at + length :]

    parsed = examine(content.encode("utf-8", "surrogatepass"), file="f.xml")

    assert is_quiet(parsed.findings)
    assert parsed.config is not None or errors_among(parsed.findings)


KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - the one of AWS's own documentation


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (GOOD.replace("<config>", f"<config>\n<access-key>{KEY}</access-key>"), 6),
        (GOOD.replace("<config>", f"<config>\n<secret-key>{SECRET_KEY}</secret-key>"), 6),
        (GOOD.replace("<config>", f'<config key="{KEY}">'), 5),
        (GOOD.replace("<config>", f"<config>\n<!-- aws_secret_access_key={SECRET_KEY} -->"), 6),
        (GOOD.replace("<config>", "<config>\n<!-- see https://me:hunter2@wiki.corp -->"), 6),
        (GOOD.replace("<config>", f"<config><?keys\n{KEY}?>"), 6),
        (GOOD.replace("<config>", f"<config>\n{KEY}"), 6),
        (GOOD.replace('file-store="b"', f'file-store="{KEY}"'), 12),
        (f"{GOOD}<!-- {KEY} -->", 15),
        (GOOD.replace("</config>", f"{KEY}"), 8),
        (f"AWS_ACCESS_KEY_ID={KEY}\n", 1),
    ],
)
def test_a_credential_anywhere_in_a_file_is_told_at_its_place_and_never_repeated(content: str, line: int) -> None:
    findings = examine(content.encode(), file="f.xml").findings

    assert [it.place.line for it in findings if it.rule == "FS215"] == [line]
    assert not [it for it in findings if any(one in f"{it.message} {it.hint}" for one in (KEY, SECRET_KEY, "hunter2"))]


@pytest.mark.parametrize(
    ("values", "rules"),
    [
        (f"<bucket-name>{KEY}</bucket-name>", ["FS203", "FS215"]),
        ("<endpoint-override>https://a:b@mi.corp:9000</endpoint-override>", ["FS208"]),
        ("<endpoint-override>https://a:b&amp;c@mi.corp:9000</endpoint-override>", ["FS208"]),
    ],
)
def test_a_credential_in_a_known_value_is_told_once(values: str, rules: list[str]) -> None:
    old = "<bucket-name>example-co-jira</bucket-name>"
    content = GOOD.replace(old, values if "bucket-name" in values else old + values)
    told = [it.rule for it in examine(content.encode(), file="f.xml").findings if it.severity is not Severity.NOTE]

    assert sorted(told) == rules


def test_a_credential_in_a_comment_leaves_no_doubt_of_what_the_file_says() -> None:
    assert parse(f"{GOOD}<!-- {KEY} -->".encode(), file="f.xml").config == MEANING


def test_a_namespace_is_told_once_where_it_is_declared() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="filestore.xsd"'
    finding = only(GOOD.replace("<filestore-config>", f"<filestore-config {xsi}>"))

    assert (finding.rule, finding.place.line) == ("FS107", 2)
