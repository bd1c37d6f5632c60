"""Is a template one that can only lay out what the inventory says, and does it?"""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.rules.example import template
from agent.core.rules.registry import Evidence, Rule

if TYPE_CHECKING:
    from agent.core.rules.registry import Example

_OURS: Final = "this product's own rule; robust templates need nothing else"
_JINJA: Final = "Jinja, template designer documentation"

_HEAD: Final = '<?xml version="1.1" ?>\n<filestore-config>\n'
_STORES: Final = """  <filestores>
{% for store in filestores %}
    <s3-filestore id="{{ store.id }}">
      <config>
        <bucket-name>{{ store.bucket_name }}</bucket-name>
        <region>{{ store.region }}</region>
      </config>
    </s3-filestore>
{% endfor %}
  </filestores>
"""
_LINKS: Final = """  <associations>
{% for association in associations %}
    <association target="{{ association.target }}" file-store="{{ association.file_store }}" />
{% endfor %}
  </associations>
"""
_TAIL: Final = "</filestore-config>\n"
_WHOLE: Final = _HEAD + _STORES + _LINKS + _TAIL
WHOLE: Final = _WHOLE
"""The smallest template; the examples of the rules are lines of it."""
_LINE: Final = "<region>{{ store.region }}</region>"
_FOUR_DEEP: Final = "{% for store in filestores %}" * 4 + "{% endfor %}" * 4
_GOOD: Final = template(_WHOLE, shown=_LINE)


def _with_line(line: str) -> Example:
    return template(_WHOLE.replace(_LINE, line), shown=line)


SYNTAX: Final = Rule(
    code="FS501",
    severity=Severity.ERROR,
    title="a template that is not well-formed",
    explanation="Jinja cannot read the template: a tag or an expression was not closed, or there is no such tag.",
    source=_JINJA,
    evidence=Evidence.VERIFIED,
    bad=_with_line("<region>{{ store.region }</region>"),
    good=_GOOD,
)
NOT_ALLOWED: Final = Rule(
    code="FS502",
    severity=Severity.ERROR,
    title="a template that does more than lay out",
    explanation=(
        "A template may walk over filestores and associations, print their attributes, ask and compare. Everything"
        " else is refused before it runs: calls, includes, macros, arithmetic, filters that switch escaping off. So"
        " no template can run for ever, read files or write what is not in the inventory."
    ),
    source=_OURS,
    evidence=Evidence.VERIFIED,
    bad=_with_line("<region>{{ store.region | safe }}</region>"),
    good=_GOOD,
)
UNDEFINED: Final = Rule(
    code="FS503",
    severity=Severity.ERROR,
    title="a name that the template does not get",
    explanation=(
        "A template gets filestores (id, bucket_name, region, endpoint_override, max_concurrency) and associations"
        " (target, file_store), and nothing else: no environment, no other part of the inventory."
    ),
    source=_OURS,
    evidence=Evidence.VERIFIED,
    bad=_with_line("<region>{{ store.regoin }}</region>"),
    good=_GOOD,
)
TOO_MUCH: Final = Rule(
    code="FS504",
    severity=Severity.ERROR,
    title="a template that gives too much",
    explanation=(
        "A document has at most 64 KiB, and so has a template; loops lie at most three deep. Beyond that it is an"
        " accident or an attempt, and it is stopped before it fills the memory."
    ),
    source="this product's own limits",
    evidence=Evidence.VERIFIED,
    bad=template(_WHOLE.replace("{% for association", f"{_FOUR_DEEP}\n{{% for association"), shown=_FOUR_DEEP),
    good=template(_WHOLE, shown="{% for store in filestores %}\n...\n{% endfor %}"),
)
FORM: Final = Rule(
    code="FS505",
    severity=Severity.ERROR,
    title="a document that does not begin or look as it must",
    explanation=(
        "The document begins with the XML declaration on its first byte: Java's parser refuses even an empty line"
        " before it. Everything is printable ASCII, so that all parsers and people read the same."
    ),
    source="W3C, Extensible Markup Language 1.0, section 2.8; tried with JDK 17",
    evidence=Evidence.VERIFIED,
    bad=template(f"\n{_WHOLE}", shown=f"(an empty line)\n{_HEAD}"),
    good=template(_WHOLE, shown=_HEAD),
)
DIFFERS: Final = Rule(
    code="FS506",
    severity=Severity.ERROR,
    title="a document that says something else than the inventory",
    explanation=(
        "What was rendered is parsed again and compared with the inventory element by element, in the documented order."
        " A value that differs, an element, attribute, comment or CDATA section that the inventory did not give, and"
        " a filestore that was left out are all refused."
    ),
    source=_OURS,
    evidence=Evidence.VERIFIED,
    bad=template(_HEAD + _STORES + "  <associations />\n" + _TAIL, shown="<associations />"),
    good=template(_WHOLE, shown=dedent(_LINKS)),
)
RULES: Final = (SYNTAX, NOT_ALLOWED, UNDEFINED, TOO_MUCH, FORM, DIFFERS)
