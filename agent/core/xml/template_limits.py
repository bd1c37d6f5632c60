"""Does a template do nothing but lay out the inventory's values? Judged on its syntax tree, before it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Final

from jinja2 import nodes

from agent.core.filestore import Association, Filestore
from agent.core.finding import Finding, Place
from agent.core.rules import template as rules
from agent.core.rules.wording import listed
from agent.core.text.shown import plainly, shown
from agent.core.text.suggest import did_you_mean
from agent.core.xml.text import fault_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agent.core.rules.registry import Rule

GIVEN: Final = {
    "filestores": frozenset(one.name for one in fields(Filestore)),
    "associations": frozenset(one.name for one in fields(Association)),
}
"""What a template gets, and the attributes of each item."""

FILTERS: Final = frozenset({"e", "escape", "length", "count"})
TESTS: Final = frozenset({"defined", "undefined", "none"})

_LOOP: Final = frozenset({"index", "index0", "first", "last", "length", "revindex", "revindex0"})
_DEEPEST_LOOP: Final = 3
_DEEPEST_NODE: Final = 60
_MOST_TURNS: Final = 100_000

_WORDS: Final[Mapping[str, str]] = {
    "Include": "an include",
    "Import": "an import",
    "FromImport": "an import",
    "Extends": "an extends",
    "Block": "a block",
    "Call": "a call",
    "CallBlock": "a call block",
    "Macro": "a macro",
    "Assign": "a set",
    "AssignBlock": "a set",
    "FilterBlock": "a filter block",
    "Scope": "a scope of its own, such as a switch of the escaping,",
    "Concat": "joining texts",
    "Slice": "a slice",
}
"""What the refused kinds of syntax are to whoever wrote them; the others are expressions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Where the walk stands: loop variables with their attributes, how deep in loops and in the tree."""

    file: str
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    loops: int = 0
    depth: int = 0


def faults_of_template(tree: nodes.Template, *, file: str, items: int) -> Iterator[Finding]:
    """Yield everything that a template may not hold.

    Args:
        tree: the parsed template.
        file: the template's name, for the places.
        items: the number of filestores or of associations, whichever is larger; it bounds the turns of the loops.

    """
    yield from _judge(tree, _Scope(file=file))
    turns = sum(items**depth for depth in _loop_depths(tree, 0))
    if turns > _MOST_TURNS:
        message = f"the loops would turn {turns} times, and {_MOST_TURNS} times is the limit"
        yield fault_of(rules.TOO_MUCH, Place(file=file), message, "do with fewer loops")


def _loop_depths(node: nodes.Node, above: int) -> Iterator[int]:
    here = above + isinstance(node, nodes.For)
    if here > above:
        yield min(here, _DEEPEST_LOOP + 1)
    for child in node.iter_child_nodes():
        yield from _loop_depths(child, here)


def _judge(node: nodes.Node, scope: _Scope) -> Iterator[Finding]:
    """Judge a node and what it holds."""
    if scope.depth > _DEEPEST_NODE:
        yield _fault(rules.TOO_MUCH, node, scope, "this is nested too deeply", "make it simpler")
        return
    yield from _JUDGES.get(type(node), _refused)(node, replace(scope, depth=scope.depth + 1))


def _harmless(node: nodes.Node, scope: _Scope) -> Iterator[Finding]:
    for child in node.iter_child_nodes():
        yield from _judge(child, scope)


def _refused(node: nodes.Node, scope: _Scope) -> Iterator[Finding]:
    kind = type(node).__name__
    what = _WORDS.get(kind, f"an expression of the kind {kind}")
    yield _fault(
        rules.NOT_ALLOWED, node, scope, f"{what} has no place in a template", "print values, ask and loop only"
    )


def _loop(node: nodes.For, scope: _Scope) -> Iterator[Finding]:
    """A loop over one of the given sequences; its variable is known within."""
    inside = replace(scope, loops=scope.loops + 1)
    if inside.loops > _DEEPEST_LOOP:
        yield _fault(rules.TOO_MUCH, node, scope, f"loops lie more than {_DEEPEST_LOOP} deep", "make it simpler")
        return
    if not isinstance(node.target, nodes.Name) or node.recursive or node.target.name in GIVEN:
        yield _fault(rules.NOT_ALLOWED, node, scope, "such a loop has no place in a template", _LOOP_HINT)
        return
    if not isinstance(node.iter, nodes.Name) or node.iter.name not in GIVEN or node.iter.name in scope.names:
        yield _fault(rules.NOT_ALLOWED, node, scope, "a loop goes over filestores or associations only", _LOOP_HINT)
        return
    inside = replace(inside, names={**scope.names, node.target.name: GIVEN[node.iter.name], "loop": _LOOP})
    for child in (*node.body, *([node.test] if node.test else ())):
        yield from _judge(child, inside)
    for child in node.else_:
        yield from _judge(child, scope)


_LOOP_HINT: Final = "write {% for store in filestores %} or {% for association in associations %}"


def _name(node: nodes.Name, scope: _Scope) -> Iterator[Finding]:
    known = (*scope.names, *GIVEN)
    if node.name not in known:
        hint = did_you_mean(node.name, known) or f"a template gets {listed(GIVEN)} and nothing else"
        yield _fault(rules.UNDEFINED, node, scope, f"there is nothing named {shown(node.name)} here", hint)


def _attribute(node: nodes.Getattr, scope: _Scope) -> Iterator[Finding]:
    yield from _part(node, node.node, node.attr, scope)


def _item(node: nodes.Getitem, scope: _Scope) -> Iterator[Finding]:
    """An item by a constant name is an attribute in other words."""
    name = node.arg.value if isinstance(node.arg, nodes.Const) else None
    if isinstance(name, str):
        yield from _part(node, node.node, name, scope)
    else:
        hint = "write the attribute's name behind a dot"
        yield _fault(rules.NOT_ALLOWED, node, scope, "an item by number or expression has no place in a template", hint)


def _part(node: nodes.Node, whole: nodes.Node, name: str, scope: _Scope) -> Iterator[Finding]:
    if not isinstance(whole, nodes.Name):
        message = f"{shown(name)} is asked of something that has no parts"
        yield _fault(rules.NOT_ALLOWED, node, scope, message, "only loop variables have attributes")
    elif whole.name not in scope.names:
        yield from _name(whole, scope) if whole.name not in GIVEN else _refused(node, scope)
    elif name not in scope.names[whole.name]:
        known = sorted(scope.names[whole.name])
        hint = did_you_mean(name, known) or f"it has {listed(known)}"
        yield _fault(rules.UNDEFINED, node, scope, f"{plainly(whole.name)} has no {shown(name)}", hint)


def _filter(node: nodes.Filter, scope: _Scope) -> Iterator[Finding]:
    yield from _word(node, "filter", FILTERS, scope)


def _test(node: nodes.Test, scope: _Scope) -> Iterator[Finding]:
    yield from _word(node, "test", TESTS, scope)


def _word(node: nodes.Filter | nodes.Test, kind: str, allowed: frozenset[str], scope: _Scope) -> Iterator[Finding]:
    if node.name not in allowed or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
        hint = f"allowed without arguments: {listed(sorted(allowed))}"
        yield _fault(rules.NOT_ALLOWED, node, scope, f"the {kind} {shown(node.name)} has no place in a template", hint)
    elif node.node is not None:
        yield from _judge(node.node, scope)


def _fault(rule: Rule, node: nodes.Node, scope: _Scope, message: str, hint: str) -> Finding:
    return fault_of(rule, Place(file=scope.file, line=_line_of(node)), message, hint)


def _line_of(node: nodes.Node) -> int | None:
    """Return the node's line; a mere wrapper has none, so that of the first thing in it."""
    line: int | None = node.lineno
    return line or next(filter(None, map(_line_of, node.iter_child_nodes())), None)


_JUDGES: Final[Mapping[type[nodes.Node], Callable[..., Iterator[Finding]]]] = {
    **dict.fromkeys(
        (
            nodes.Template,
            nodes.Output,
            nodes.TemplateData,
            nodes.If,
            nodes.Const,
            nodes.CondExpr,
            nodes.Compare,
            nodes.Operand,
            nodes.And,
            nodes.Or,
            nodes.Not,
        ),
        _harmless,
    ),
    nodes.For: _loop,
    nodes.Name: _name,
    nodes.Getattr: _attribute,
    nodes.Getitem: _item,
    nodes.Filter: _filter,
    nodes.Test: _test,
}
"""How each kind of syntax is judged; whatever is not named here is refused."""
