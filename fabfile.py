"""The tasks under `fab`: the same as those of the installed command."""

from agent.tasks import namespace  # noqa: F401 - fab looks for this name
