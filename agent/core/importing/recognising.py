"""Of which tool is a text, so that a source under the wrong flag is told the right one? By marks that no other has.

Only what is certain is recognised: a text that is nobody's goes to the reader that was asked for, and it complains.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

_MOST: Final = 64 * 1024
"""Letters that are looked at: marks stand at the beginning, or are found by then."""
_ENV: Final = re.compile(r"^[ \t]*(?:export[ \t]+)?ATL_[A-Z0-9_]+=", re.MULTILINE)
_KEY: Final = re.compile(r"^(?:---[ \t]*\n)?[ \t]*[\"']?[A-Za-z_][\w.-]*[\"']?:(?:[ \t\r]|$)", re.MULTILINE)
_SERVICES: Final = re.compile(r"^[\"']?services[\"']?:", re.MULTILINE)
_STORAGE: Final = re.compile(r"^[ \t{]*(?:.*[{,][ \t]*)?[\"']?s3Storage[\"']?:", re.MULTILINE)
_CHARTS: Final = re.compile(r"^(?:replicaCount|image|jira|serviceAccount|ingress|volumes|database):", re.MULTILINE)
_OURS: Final = re.compile(r"^(?:filestores|associations):", re.MULTILINE)
_HOSTS: Final = re.compile(r"^[ \t]*(?:hosts|children):[ \t]*\r?$", re.MULTILINE)
_SECTION: Final = re.compile(r"^\[[\w.-]+(?::(?:vars|children))?\][ \t]*\r?$", re.MULTILINE)
_META: Final = re.compile(r"[\"']_meta[\"'][ \t\r\n]*:")
_SERVICES_OF_JSON: Final = re.compile(r"[\"']services[\"'][ \t\r\n]*:")
_CONFIG: Final = re.compile(r"[\"']Config[\"'][ \t\r\n]*:")
_KUBERNETES: Final = re.compile(r"^[ \t{]*[\"']?apiVersion[\"']?[ \t]*:", re.MULTILINE)
_KIND: Final = re.compile(r"^(?:[ \t]*|.*[{,][ \t]*)[\"']?kind[\"']?[ \t]*:", re.MULTILINE)
_ECS: Final = re.compile(r"[\"']?\b[cC]ontainerDefinitions[\"']?[ \t\r\n]*:")
_UNIT: Final = re.compile(r"^\[(?:Unit|Service|Install|Container)\][ \t]*\r?$", re.MULTILINE)
_TWO: Final = 2


class Form(StrEnum):
    """What a text is; the value says so in a sentence."""

    XML = "this is XML"
    VALUES = "these are values of Helm (YAML)"
    COMPOSE = "this is a compose file (YAML)"
    VARIABLES = "these are variables of the container image"
    INSPECTED = "docker inspect has printed this"
    LISTED = "ansible-inventory --list has printed this"
    HOSTS = "this is an inventory of Ansible"
    OURS = "this is an inventory of filestore-agent (YAML)"
    MANIFEST = "this is a manifest of Kubernetes"
    ECS = "this is a task definition of ECS"
    UNIT = "this is a unit of systemd"
    YAML = "this is YAML"


FLAG_OF: Final = {
    Form.XML: "--xml",
    Form.VALUES: "--helm",
    Form.COMPOSE: "--env",
    Form.VARIABLES: "--env",
    Form.INSPECTED: "--env",
    Form.LISTED: "--ansible-json",
    Form.HOSTS: "--ansible",
}


_MARKS: Final = (
    (Form.VALUES, _STORAGE),
    (Form.COMPOSE, _SERVICES),
    (Form.OURS, _OURS),
    (Form.UNIT, _UNIT),
    (Form.VARIABLES, _ENV),
    (Form.HOSTS, _SECTION),
    (Form.HOSTS, _HOSTS),
)
"""The first that is found tells."""
_BEHIND_CHARTS: Final = (Form.VARIABLES, Form.HOSTS)
"""Values of a chart may hold such lines further down, in a script or a proxy's settings."""


def form_of(text: str) -> Form | None:
    """Return what a text is, or None where that is not certain."""
    some = text[:_MOST].lstrip("\ufeff \t\r\n")
    if some.startswith("<"):
        return Form.XML
    if some.startswith(("{", "[{", "[\n", "[\r", "[]")) or re.match(r"\[\s*\{", some):
        return _form_of_json(some)
    return _form_of_lines(some)


def _form_of_json(text: str) -> Form | None:
    if _META.search(text):
        return Form.LISTED
    if text.startswith("{") and _SERVICES_OF_JSON.search(text) and not _CONFIG.search(text):
        return Form.COMPOSE
    if text.startswith("[") and _CONFIG.search(text):
        return Form.INSPECTED
    return _form_of_orders(text)


def _form_of_orders(text: str) -> Form | None:
    """What is handed to a scheduler holds the image's variables in a form of its own."""
    if _ECS.search(text):
        return Form.ECS
    return Form.MANIFEST if _KUBERNETES.search(text) and _KIND.search(text) else None


def _form_of_lines(text: str) -> Form | None:
    if _STORAGE.search(text) is None and (ordered := _form_of_orders(text)):
        return ordered
    marked = next((form for form, mark in _MARKS if mark.search(text)), None)
    if marked in {None, *_BEHIND_CHARTS} and len(set(_CHARTS.findall(text))) >= _TWO:
        return Form.VALUES
    return marked or (Form.YAML if _KEY.match(text) else None)
