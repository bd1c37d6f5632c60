"""How does a shipped template become a scheduler's text? By printing given words; it can reach nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import AgentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2.sandbox import ImmutableSandboxedEnvironment


def fill(template: str, values: Mapping[str, object], *, name: str) -> str:
    """Return the template's text with the values in it; each has been quoted for its scheduler before.

    Raises:
        AgentError: the template asks for what there is not; the installation is damaged.

    """
    from jinja2 import TemplateError  # noqa: PLC0415 - heavy: only this task needs it

    try:
        return _environment().from_string(template).render(values)
    except TemplateError as error:
        raise AgentError(f"{name}: it cannot be filled ({error}); install filestore-agent again") from error


def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined  # noqa: PLC0415 - as above
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - as above

    # The text is no markup: to escape it as such would break the quoting that has been done.
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        # The braces belong to the expressions of a workflow.
        variable_start_string="[[",
        variable_end_string="]]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters = {}
    return environment
