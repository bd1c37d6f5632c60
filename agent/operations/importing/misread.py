"""Was a source named by the flag of another? What a reader cannot make sense of is looked at once more."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.core.finding import Place
from agent.core.importing.codes import Code, error
from agent.core.importing.recognising import FLAG_OF, Form, form_of
from agent.edges.sources import MOST_BYTES_OF_PROGRAMS, read_source, shown_as
from agent.errors import InputError

if TYPE_CHECKING:
    from agent.core.finding import Finding

_READ_BY: Final = {
    "--xml": {Form.XML},
    "--env": {Form.COMPOSE, Form.VARIABLES, Form.INSPECTED, Form.YAML},
    "--helm": {Form.VALUES, Form.YAML},
    "--ansible-json": {Form.LISTED},
}
_AS_LINES: Final = "as lines of ATL_S3...=VALUE, and give that file: --env FILE"
_NO_SOURCE: Final = {
    Form.OURS: "the cluster has one already: filestore-agent validate",
    Form.MANIFEST: (
        "give what its container has: kubectl exec POD -- env | filestore-agent import-config --env - ...; or the"
        " values of the release: helm get values RELEASE -o yaml | filestore-agent import-config --helm - ..."
    ),
    Form.ECS: f"write the variables of S3 in it {_AS_LINES}",
    Form.UNIT: f"write what its Environment= says of S3 {_AS_LINES}",
    Form.YAML: "name the file that was meant",
}


def misread(flag: str, path: str, text: str) -> Finding | None:
    """Return that a text is another flag's, and of which; None where that is not certain."""
    form = form_of(text)
    if form is None or form in _READ_BY[flag]:
        return None
    other = FLAG_OF.get(form)
    hint = f"say {other} {shlex.quote(shown_as(path))}" if other and path != "-" else f"say {other} -"
    message = f"{form.value}, no XML" if flag == "--xml" else f"{form.value}, and {flag} reads another"
    return error(Code.NOT_THE_FORM, Place(file=shown_as(path)), message, hint if other else _NO_SOURCE[form])


def require_no_listing(path: str) -> None:
    """Insist that --ansible names an inventory, and not what Ansible has made of one.

    Raises:
        InputError: it is the output of ansible-inventory.

    """
    found = read_source(path, limit=MOST_BYTES_OF_PROGRAMS) if Path(path).is_file() else b""
    if isinstance(found, bytes) and form_of(found.decode("utf-8", "replace")) is Form.LISTED:
        word = shlex.quote(shown_as(path))
        raise InputError(f"--ansible {word}: {Form.LISTED.value} already; say --ansible-json {word}")
