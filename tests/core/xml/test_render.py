"""Does rendering give exactly the vendor's form, and can no template say, read or cost anything else?"""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.document import canonical_digest_of, digest_of
from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.xml.parse import parse
from agent.core.xml.render import render
from agent.errors import InputError

if TYPE_CHECKING:
    from agent.core.finding import Finding

ROOT = Path(__file__).parents[3]
SHIPPED = (ROOT / "templates" / "filestore-config.xml.j2").read_text(encoding="utf-8")
EXAMPLES = ROOT / "tests" / "examples"
CONFIG = FilestoreConfig(
    filestores=(
        Filestore(
            id="b",
            bucket_name="example-co-jira",
            region="us-east-1",
            endpoint_override="https://s3.dualstack.us-east-1.amazonaws.com",
            max_concurrency=50,
        ),
    ),
    associations=(Association(target="backups", file_store="b"),),
)
REGION = "<region>{{ store.region }}</region>"
EXTRA = '<association target="x" file-store="b" />'


def rendered(template: str, config: FilestoreConfig = CONFIG) -> bytes:
    return render(config, template, template_name="t.j2").content


def refused(template: str, config: FilestoreConfig = CONFIG) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as caught:
        render(config, template, template_name="t.j2")
    assert caught.value.findings
    assert str(caught.value).startswith("t.j2")
    assert all("\x1b" not in finding.message for finding in caught.value.findings)
    return caught.value.findings


def in_place_of_region(text: str) -> str:
    assert REGION in SHIPPED
    return SHIPPED.replace(REGION, text)


def line_of(text: str, template: str) -> int:
    return template[: template.index(text)].count("\n") + 1


# --- the shipped template ---


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.xml")), ids=lambda path: path.stem)
def test_what_the_vendor_prints_is_rendered_byte_by_byte_but_for_its_no_break_spaces(path: Path) -> None:
    content = path.read_bytes()
    config = parse(content, file=path.name).config
    if config is None:
        assert path.stem in ("fragment", "lifecycle-rule")
        return

    assert rendered(SHIPPED, config) == content.replace("\u00a0 ".encode(), b"  ").replace("\u00a0".encode(), b" ")


def test_both_optional_elements_come_after_the_required_ones() -> None:
    lines = [line.strip() for line in rendered(SHIPPED).decode().splitlines()]

    assert lines[5:9] == [
        "<bucket-name>example-co-jira</bucket-name>",
        "<region>us-east-1</region>",
        "<endpoint-override>https://s3.dualstack.us-east-1.amazonaws.com</endpoint-override>",
        "<max-concurrency>50</max-concurrency>",
    ]


def test_nothing_at_all_is_rendered_as_empty_elements() -> None:
    assert rendered(SHIPPED, FilestoreConfig()) == (EXAMPLES / "shared-home.xml").read_bytes()


def test_a_document_carries_both_digests() -> None:
    document = render(CONFIG, SHIPPED, template_name="t.j2")

    assert document.digest == digest_of(document.content)
    assert document.canonical == canonical_digest_of(CONFIG)
    assert document.config == CONFIG


LEGAL = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=20).filter(
    lambda text: text == text.strip()
)
STORES = st.builds(
    Filestore,
    id=LEGAL,
    bucket_name=LEGAL,
    region=LEGAL,
    endpoint_override=st.none() | LEGAL,
    max_concurrency=st.none() | st.integers(-5, 10**17),
)


@st.composite
def configs(draw: st.DrawFn) -> FilestoreConfig:
    stores = draw(st.lists(STORES, max_size=4, unique_by=lambda store: store.id))
    targets = draw(st.lists(LEGAL, max_size=4, unique=True)) if stores else []
    ids = st.sampled_from([store.id for store in stores] or [""])
    links = tuple(Association(target=target, file_store=draw(ids)) for target in targets)
    return FilestoreConfig(filestores=tuple(stores), associations=links)


@settings(max_examples=60, deadline=None)
@given(configs())
def test_any_legal_meaning_comes_back_from_its_document_unchanged(config: FilestoreConfig) -> None:
    content = rendered(SHIPPED, config)

    assert parse(content, file="f.xml").config == config
    assert set(content) <= {10, *range(0x20, 0x7F)}
    assert content.endswith(b">\n")


def test_a_value_that_looks_like_markup_is_a_value() -> None:
    evil = "x</bucket-name><region>evil"
    store = Filestore(id="b", bucket_name=evil, region="us-east-1")

    content = rendered(SHIPPED, FilestoreConfig(filestores=(store,)))

    assert b"x&lt;/bucket-name&gt;&lt;region&gt;evil" in content
    assert parse(content, file="f").config == FilestoreConfig(filestores=(store,))


@pytest.mark.parametrize("value", ["caf\u00e9", "a\u00a0b", "a\tb", "a\x1b[2Jb", "a\udc80b", "\u0430"])
def test_a_value_outside_printable_ascii_is_refused_by_its_code_point(value: str) -> None:
    finding, *_ = refused(SHIPPED, FilestoreConfig(filestores=(Filestore(id="b", bucket_name="b", region=value),)))

    assert finding.rule == "FS505"
    assert finding.place.file == "t.j2 (rendered)"
    assert finding.place.line == 7
    assert "U+" in finding.message


@pytest.mark.parametrize(
    "config",
    [
        FilestoreConfig(filestores=(Filestore(id="b", bucket_name=" b", region="r"),)),
        FilestoreConfig(filestores=(Filestore(id="b", bucket_name="", region="r"),)),
        FilestoreConfig(associations=(Association(target="backups", file_store="b"),)),
        FilestoreConfig(filestores=(Filestore(id="b", bucket_name="b", region="r"),) * 2),
    ],
)
def test_a_meaning_that_no_document_can_have_is_refused(config: FilestoreConfig) -> None:
    assert refused(SHIPPED, config)


# --- what a template may not do ---


@pytest.mark.parametrize(
    ("template", "rule", "line"),
    [
        ("{{ x ", "FS501", 1),
        ("a\n{% nosuch %}", "FS501", 2),
        ("a\n{% if filestores %}", "FS501", 2),
        ("a\n{{ nosuch }}", "FS503", 2),
        ("{% if nosuch %}{% endif %}", "FS503", 1),
        ("{% for s in filestores %}\n{{ s.nosuch }}{% endfor %}", "FS503", 2),
        ("{% for s in filestores %}\n{{ s['nosuch'] }}{% endfor %}", "FS503", 2),
        ("{% for s in filestores %}{% endfor %}\n{{ s.id }}", "FS503", 2),
        ("{{ env }}", "FS503", 1),
        ("{{ config }}", "FS503", 1),
        ("{{ self }}", "FS503", 1),
        ("{{ cycler.__init__.__globals__ }}", "FS502", 1),
        ("{{ filestores.__class__ }}", "FS502", 1),
        ("{% for s in filestores %}{{ s.__class__ }}{% endfor %}", "FS503", 1),
        ("{% for s in filestores %}{{ s.id.upper }}{% endfor %}", "FS502", 1),
        ("{{ filestores|attr('x') }}", "FS502", 1),
        ("{{ '{0.__class__}'.format(filestores) }}", "FS502", 1),
        ("{{ range(10**9) }}", "FS502", 1),
        ("{{ 'a' * 10**8 }}", "FS502", 1),
        ("{{ 'a' ~ 'b' }}", "FS502", 1),
        ("{{ 1 + 1 }}", "FS502", 1),
        ("{{ [1, 2] }}", "FS502", 1),
        ("{{ filestores[0] }}", "FS502", 1),
        ("{{ filestores[0:1] }}", "FS502", 1),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "FS502", 1),
        ("{% include '../../etc/passwd' %}", "FS502", 1),
        ("{% include '/etc/passwd' %}", "FS502", 1),
        ("{% import 'x' as y %}", "FS502", 1),
        ("{% from 'x' import y %}", "FS502", 1),
        ("{% extends 'x' %}", "FS502", 1),
        ("{% block b %}{% endblock %}", "FS502", 1),
        ("{% set x = 1 %}", "FS502", 1),
        ("{% filter upper %}{% endfilter %}", "FS502", 1),
        ("{% with x = 1 %}{% endwith %}", "FS502", 1),
        ("a\n{% autoescape false %}{% endautoescape %}", "FS502", 2),
        ("{% for s in filestores %}\n{{ s.id|safe }}{% endfor %}", "FS502", 2),
        ("{{ filestores|nosuch }}", "FS502", 1),
        ("{{ filestores is nosuch }}", "FS502", 1),
        ("{{ now() }}", "FS502", 1),
        ("{{ filestores|random }}", "FS502", 1),
        ("{% for c in 'abc' %}{% endfor %}", "FS502", 1),
        ("{% for a, b in filestores %}{% endfor %}", "FS502", 1),
        ("{% for s in filestores recursive %}{% endfor %}", "FS502", 1),
        ("{% for filestores in filestores %}{% endfor %}", "FS502", 1),
        ("{% for a in filestores %}" * 4 + "{% endfor %}" * 4, "FS504", 1),
        ("{{ " + "not " * 100 + "1 }}", "FS504", 1),
        ("{{ " + "(" * 20000 + "1" + ")" * 20000 + " }}", "FS504", None),
        ("{# " + "x" * 65536 + " #}", "FS504", None),
        ("{% for s in filestores if s.max_concurrency < 'x' %}{% endfor %}", "FS503", 1),
    ],
)
def test_what_a_template_may_not_do_is_refused_at_its_line(template: str, rule: str, line: int | None) -> None:
    findings = refused(template)

    assert (findings[0].rule, findings[0].place.file, findings[0].place.line) == (rule, "t.j2", line)


def test_all_faults_of_a_template_are_told_at_once() -> None:
    findings = refused("{{ nosuch }}\n{{ 1 + 1 }}\n{{ filestoers }}")

    assert [(one.rule, one.place.line) for one in findings] == [("FS503", 1), ("FS502", 2), ("FS503", 3)]
    assert findings[2].hint == 'did you mean "filestores"?'


def test_loops_that_would_turn_too_often_are_refused_before_the_first_turn() -> None:
    stores = tuple(Filestore(id=f"b{n}", bucket_name="b", region="r") for n in range(100))
    template = (
        "{% for a in filestores %}{% for b in filestores %}{% for c in filestores %}{% endfor %}" + "{% endfor %}" * 2
    )
    before = time.process_time()

    (finding,) = refused(template, FilestoreConfig(filestores=stores))

    assert finding.rule == "FS504"
    assert "1010100 times" in finding.message
    assert time.process_time() - before < 1


def test_a_document_that_grows_too_long_is_stopped_before_it_fills_the_memory() -> None:
    stores = tuple(Filestore(id=f"{n}{'x' * 60000}", bucket_name="b", region="r") for n in range(30))
    template = "{% for a in filestores %}{% for b in filestores %}{{ b.id }}{% endfor %}{% endfor %}"
    tracemalloc.start()
    try:
        (finding,) = refused(template, FilestoreConfig(filestores=stores))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert finding.rule == "FS504"
    assert peak < 20_000_000


def test_what_is_harmless_stays_allowed() -> None:
    template = in_place_of_region(
        "{# a remark #}{% if loop.first and not (store.id == 'x' or store.region is undefined) %}"
        "<region>{{ store['region'] | e }}</region>{% elif filestores | length > 1 %}"
        "<region>{{ store.region if store.region else '' }}</region>{% endif %}"
    )

    assert parse(rendered(template), file="f").config == CONFIG


# --- what a template may not give ---


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (in_place_of_region("<region>eu-west-1</region>"), "the document says <region>eu-west-1, and the inv"),
        (in_place_of_region(""), "the document says <endpoint-override>"),
        (in_place_of_region("<!-- hello -->" + REGION), "the document has a comment"),
        (in_place_of_region("<region><![CDATA[{{ store.region }}]]></region>"), "the document has a CDATA section"),
        (in_place_of_region("<?php x ?>" + REGION), "processing instruction"),
        (in_place_of_region(REGION + "<path-style>true</path-style>"), "the document says <path-style>true"),
        (in_place_of_region("x" + REGION), "the document says <config>x, and the inventory <config>"),
        (in_place_of_region('<region a="b">{{ store.region }}</region>'), 'the document says <region a="b">us-east-1'),
        (in_place_of_region('<region xmlns="u">{{ store.region }}</region>'), "the document says <{u}region>"),
        (in_place_of_region("<region> {{ store.region }}</region>"), "the document says <region> us-east-1"),
        (in_place_of_region("<region>{{ store }}</region>"), "the document says <region>Filestore("),
        (SHIPPED.replace("{% if associations %}", "{% if not associations %}"), "the document lacks it"),
        (SHIPPED.replace("</filestore-config>", ""), "Couldn't parse"),
        (SHIPPED.replace("<filestore-config>", "<!DOCTYPE a>\n<filestore-config>"), "DOCTYPE"),
        (SHIPPED.replace("  <associations>", "  <associations /><associations>"), "the document says <associations>"),
        (SHIPPED + "<!-- end -->", "the document has a comment"),
        (SHIPPED.replace("  </associations>", f"{EXTRA}\n  </associations>"), "which the inventory did not give"),
    ],
)  # fmt: skip
def test_what_the_inventory_did_not_give_is_refused(template: str, words: str) -> None:
    assert words in " ".join(finding.message for finding in refused(template))


def test_another_order_of_the_elements_is_refused() -> None:
    bucket = "<bucket-name>{{ store.bucket_name }}</bucket-name>"
    template = SHIPPED.replace(bucket, "BUCKET").replace(REGION, bucket).replace("BUCKET", REGION)

    assert "the inventory <bucket-name>example-co-jira" in refused(template)[0].message


@pytest.mark.parametrize("before", ["\n", "text", "\ufeff", "{{ '' }}\n"])
def test_anything_before_the_declaration_is_refused(before: str) -> None:
    findings = refused(before + SHIPPED)

    assert "the document does not begin with its XML declaration" in findings[0].message
    assert str(findings[0].place) == "t.j2 (rendered):1:1"


def test_no_break_spaces_in_a_template_are_refused() -> None:
    finding, *_ = refused(
        SHIPPED.replace("  <filestores />", "\u00a0 <filestores />").replace(
            "{% if filestores %}", "{% if not filestores %}"
        )
    )

    assert "U+00A0 NO-BREAK SPACE" in finding.message


@pytest.mark.parametrize("ending", ["", "\n\n\n", "\r\n"])
def test_line_ends_are_brought_into_one_form(ending: str) -> None:
    assert rendered(SHIPPED.rstrip("\n") + ending) == rendered(SHIPPED)
    assert rendered(SHIPPED.replace("\n", "\r\n")) == rendered(SHIPPED)


def test_a_comment_of_the_template_stays_in_the_template() -> None:
    template = SHIPPED.replace("<filestore-config>", "{# token: hunter2 #}\n<filestore-config>")

    assert b"hunter2" not in rendered(template)


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from("{}%#| .()[]'\"abfilestoresinforendifnot\n<>&-+*~"), max_size=60))
def test_any_template_renders_or_is_refused(text: str) -> None:
    with suppress(InputError):
        assert parse(rendered(in_place_of_region(text)), file="f").config == CONFIG


def test_the_error_says_where_and_how_many_more() -> None:
    with pytest.raises(InputError, match=r"^t\.j2:1: there is nothing named \"a\" here and 1 more$"):
        rendered("{{ a }}{{ b }}")
