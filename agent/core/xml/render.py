"""Which bytes does a template make of a configuration? Those that mean it and nothing else, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.document import document_of
from agent.core.finding import Finding, Place
from agent.core.rules import template as rules
from agent.core.text.shown import named, plainly
from agent.core.xml.same_meaning import differences
from agent.core.xml.text import MOST_BYTES, fault_of
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Template, nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from agent.core.document import Document
    from agent.core.filestore import FilestoreConfig

_FIRST: Final = "<?xml "


def render(config: FilestoreConfig, template: str, *, template_name: str) -> Document:
    """Render a configuration, prove that the result says the same, and return it with its digests.

    The template may loop over filestores and associations, print their attributes, ask and compare. Line feeds after
    block tags and blanks before them are dropped; line ends become LF, and the document ends with exactly one.

    Raises:
        InputError: with every finding: what the template may not do, or what its result says wrongly. Places are the
            template's lines where the template is at fault, lines of "NAME (rendered)" where the result is.

    """
    faults = _faults_of_size(template, template_name)
    if faults:
        raise _refusal(faults)
    compiled = _compiled(template, template_name, items=max(len(config.filestores), len(config.associations)))
    text = _rendered(compiled, config, template_name)
    if text != _rendered(compiled, config, template_name):
        raise _refusal((_changing(template_name),))
    content = text.encode("utf-8", "surrogatepass")
    faults = tuple(_faults_of_form(text, template_name)) or differences(content, config, file=_result(template_name))
    if faults:
        raise _refusal(faults)
    return document_of(content, config)


def _compiled(source: str, name: str, *, items: int) -> Template:
    """Parse, judge, compile; what the judge has not allowed never runs."""
    from agent.core.xml.template_limits import faults_of_template  # noqa: PLC0415 - brings jinja2, which is heavy

    environment = _sandbox()
    tree = _parsed(environment, source, name)
    faults = tuple(faults_of_template(tree, file=name, items=items))
    if faults:
        raise _refusal(faults)
    return environment.from_string(tree)


def _sandbox() -> ImmutableSandboxedEnvironment:
    """An environment in which only the allowed words exist, as a second lock behind the judge of the syntax tree."""
    from jinja2 import StrictUndefined  # noqa: PLC0415 - heavy: tasks that render nothing never load it
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - as above

    from agent.core.xml.template_limits import FILTERS, TESTS  # noqa: PLC0415 - as above

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters = {word: environment.filters[word] for word in FILTERS}
    environment.tests = {word: environment.tests[word] for word in TESTS}
    return environment


def _parsed(environment: ImmutableSandboxedEnvironment, source: str, name: str) -> nodes.Template:
    from jinja2 import TemplateSyntaxError  # noqa: PLC0415 - as above

    try:
        return environment.parse(source)
    except TemplateSyntaxError as error:
        place = Place(file=name, line=error.lineno)
        fault = fault_of(rules.SYNTAX, place, plainly(error.message or "the template cannot be read"))
    except RecursionError:
        fault = fault_of(rules.TOO_MUCH, Place(file=name), "an expression is nested too deeply", "make it simpler")
    raise _refusal((fault,))


def _rendered(template: Template, config: FilestoreConfig, name: str) -> str:
    """Run a template, not further than a document is long; one line feed ends it (the others are jinja2's, LF)."""
    parts, size = list[str](), 0
    try:
        for part in template.generate(filestores=config.filestores, associations=config.associations):
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                break
    except Exception as error:
        message = f"it cannot be rendered: {plainly(str(error))}"
        fault = fault_of(rules.UNDEFINED, Place(file=name, line=_line_of(error)), message)
        raise _refusal((fault,)) from error
    if size > MOST_BYTES:
        message = f"the document would have more than {MOST_BYTES} bytes"
        raise _refusal((fault_of(rules.TOO_MUCH, Place(file=name), message, "no configuration is that long"),))
    return "".join(parts).rstrip("\n") + "\n"


def _line_of(error: BaseException) -> int | None:
    """Return the template's line from the traceback, where jinja2 puts it."""
    trace, line = error.__traceback__, None
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _faults_of_size(source: str, name: str) -> tuple[Finding, ...]:
    size = len(source.encode("utf-8", "surrogatepass"))
    if size <= MOST_BYTES:
        return ()
    message = f"the template has {size} bytes, and {MOST_BYTES} is the limit"
    return (fault_of(rules.TOO_MUCH, Place(file=name), message, "look whether this is the right file"),)


def _faults_of_form(text: str, name: str) -> Iterator[Finding]:
    """The declaration first, then nothing but printable ASCII and line feeds."""
    if not text.startswith(_FIRST):
        place = Place(file=_result(name), line=1, column=1)
        hint = 'begin the template with <?xml version="1.1" ?>, with no empty line or byte order mark before it'
        yield fault_of(rules.FORM, place, "the document does not begin with its XML declaration", hint)
    for number, line in enumerate(text.split("\n"), 1):
        odd = next((at for at, letter in enumerate(line) if not " " <= letter <= "~"), None)
        if odd is not None:
            place = Place(file=_result(name), line=number, column=odd + 1)
            message = f"there is {named(line[odd])}, which is not printable ASCII"
            yield fault_of(
                rules.FORM, place, message, "remove it from the template, or from the value in the inventory"
            )


def _changing(name: str) -> Finding:
    return fault_of(rules.DIFFERS, Place(file=name), "it gives something else each time", "print the given values only")


def _result(name: str) -> str:
    return f"{name} (rendered)"


def _refusal(findings: tuple[Finding, ...]) -> InputError:
    more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
    return InputError(f"{findings[0].place}: {findings[0].message}{more}", findings)
