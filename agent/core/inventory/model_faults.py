"""What the model says against one cluster's keys, in the words of the user's file instead of the library's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from agent.core.inventory.fault import Fault, unfit, unfit_key
from agent.core.inventory.model import FilestoreOverride, Inventory, NodeForm
from agent.core.inventory.unfit import Unfit
from agent.core.inventory.written import Kind
from agent.core.rules.inventory_codes import Rule
from agent.core.text.shown import plainly, shown
from agent.core.text.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from agent.core.inventory.written import KeyPath, Written

_EXPECTED = {
    "string_type": Kind.TEXT,
    "int_type": Kind.NUMBER,
    "tuple_type": Kind.LIST,
    "model_type": Kind.MAPPING,
    "mapping_type": Kind.MAPPING,
    "dict_type": Kind.MAPPING,
}

_CLUSTER_ONLY = {"bucket-name", "region", "associations", "filestores"}


def read_model(written: Written) -> tuple[Inventory | None, tuple[Fault, ...]]:
    """Return the inventory, or None and every fault that the model finds."""
    empty = tuple(_empty(path) for path in _paths_of_nothing(written, ()))
    try:
        inventory = Inventory.model_validate(written.plain())
    except ValidationError as refusal:
        silent = {fault.path for fault in empty}
        faults = tuple(_fault(detail, written) for detail in refusal.errors(include_url=False, include_input=False))
        return None, empty + tuple(fault for fault in faults if fault.path not in silent)
    return (None if empty else inventory), empty


def _paths_of_nothing(written: Written, path: KeyPath) -> Iterator[KeyPath]:
    if written.kind is Kind.NOTHING:
        yield path
    if isinstance(written.content, tuple):
        for at, item in enumerate(written.content):
            yield from _paths_of_nothing(item, (*path, at))
    for key, value in written.entries().items():
        yield from _paths_of_nothing(value, (*path, key))


def _empty(path: KeyPath) -> Fault:
    form = form_at(path)
    hint = "give it a value, or remove the key"
    if path[:1] == ("waivers",) and len(path) > 1:
        hint = f'write {path[-1]}: "why it does not count here", or remove the key'
    elif form is not None or path in {("associations",), ("waivers",)}:
        hint = f"write {path[-1]}: {{}} if nothing is meant, or remove the key"
    return Fault(rule=Rule.EMPTY, path=path, message="the value is empty", hint=hint)


def _fault(detail: ErrorDetails, written: Written) -> Fault:
    path: KeyPath = tuple(detail["loc"])
    is_key = bool(path) and path[-1] == "[key]"
    path = path[:-1] if is_key else path
    reason = detail.get("ctx", {}).get("error")
    if isinstance(reason, Unfit):
        return unfit_key(path, reason) if is_key else unfit(path, reason)
    kind = detail["type"]
    if kind == "missing":
        return Fault(rule=Rule.MISSING_KEY, path=path, message="the key is missing", hint=_purpose(path))
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind in _EXPECTED:
        return _wrong_type(path, _EXPECTED[kind], written)
    return _out_of_bounds(path, detail, written)


def _purpose(path: KeyPath) -> str | None:
    form = form_at(path[:-1])
    fields = {} if form is None else {field.alias: field for field in form.model_fields.values()}
    field = fields.get(str(path[-1]))
    return None if field is None else field.description


def _unknown_key(path: KeyPath) -> Fault:
    form, key = form_at(path[:-1]), str(path[-1])
    known = keys_of(form)
    hint = did_you_mean(key, known)
    if form in {NodeForm, FilestoreOverride} and key in _CLUSTER_ONLY:
        hint = "bucket, region and associations are the cluster's; a node cannot differ"
    hint = hint or f"known here: {', '.join(known)}"
    return Fault(rule=Rule.UNKNOWN_KEY, path=path, message="the key is not known", hint=hint, on_key=True)


def _wrong_type(path: KeyPath, expected: Kind, written: Written) -> Fault:
    found = written.nearest(path)
    if found.content == "" and found.kind is Kind.TEXT:
        return Fault(
            rule=Rule.EMPTY, path=path, message="the value is empty", hint="give it a value, or remove the key"
        )
    message, hint = _mismatch(found, expected)
    return Fault(rule=Rule.WRONG_TYPE, path=path, message=message, hint=hint)


def _mismatch(found: Written, expected: Kind) -> tuple[str, str | None]:
    as_written = f"`{plainly(found.text)}`"
    if expected is Kind.NUMBER and found.kind is Kind.ODD_NUMBER:
        return f"{as_written} is not a whole number in plain digits", "write it in decimal digits"
    if expected is Kind.NUMBER and found.kind is Kind.TEXT:
        hint = f"write {found.text} without quotes" if found.text.isascii() and found.text.isdigit() else None
        return f"{shown(found.text)} is text, and a number is meant", hint or "write digits, without quotes"
    if found.kind in {Kind.NUMBER, Kind.ODD_NUMBER, Kind.BOOLEAN, Kind.DATE} and expected is Kind.TEXT:
        kind = "a number" if found.kind is Kind.ODD_NUMBER else found.kind
        return f"{as_written} is {kind} in YAML, and text is meant", f"write {shown(found.text)} in quotes"
    what = found.kind if found.kind in {Kind.MAPPING, Kind.LIST} else f"{as_written} ({found.kind})"
    hint = f"write [{shown(found.text)}]" if expected is Kind.LIST and found.kind is Kind.TEXT else None
    return f"{what} stands where {expected} is meant", hint


def _out_of_bounds(path: KeyPath, detail: ErrorDetails, written: Written) -> Fault:
    facts: dict[str, Any] = detail.get("ctx", {})
    found = plainly(written.nearest(path).text)
    if "ge" in facts:
        return Fault(rule=Rule.NUMBER, path=path, message=f"{found} is too small", hint=f"at least {facts['ge']}")
    if "le" in facts:
        return Fault(rule=Rule.NUMBER, path=path, message=f"{found} is too large", hint=f"at most {facts['le']}")
    if detail["type"] == "literal_error":
        hint = f"write {facts['expected']}"
        return Fault(rule=Rule.WRONG_TYPE, path=path, message=f"{shown(found)} is not one of the choices", hint=hint)
    if detail["type"] == "string_too_short":
        return Fault(
            rule=Rule.EMPTY, path=path, message="the value is empty", hint="give it a value, or remove the key"
        )
    return Fault(rule=Rule.WRONG_TYPE, path=path, message=f"{detail['msg']} (found {shown(found)})")


def form_at(path: KeyPath) -> type[BaseModel] | None:
    """Return the model that the keys at a path belong to, or None where no mapping with fixed keys stands."""
    form: type[BaseModel] | None = Inventory
    inside: Any = Inventory
    for step in path:
        if isinstance(inside, type) and issubclass(inside, BaseModel):
            fields = {field.alias: field.annotation for field in inside.model_fields.values()}
            inside = fields.get(str(step))
            inside = _form_in(inside) if _is_form(inside) else inside
        else:
            inside = _form_in(inside)
        form = inside if isinstance(inside, type) and issubclass(inside, BaseModel) else None
    return form


def keys_of(form: type[BaseModel] | None) -> list[str]:
    """Return the keys that a model takes, as they are written in the file."""
    return [] if form is None else [field.alias or name for name, field in form.model_fields.items()]


def _is_form(annotation: Any) -> bool:
    """Tell whether an annotation is a model or an optional one, not a mapping or list of models."""
    return any(
        isinstance(part, type) and issubclass(part, BaseModel) for part in (annotation, *get_args(annotation)[:1])
    )


def _form_in(annotation: Any) -> Any:
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None
