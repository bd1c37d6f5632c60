"""How words on a command line become a task and an exit code: the Invoke program behind `fab` and `filestore-agent`."""

from __future__ import annotations

import difflib
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from invoke.exceptions import Exit, ParseError
from invoke.parser.argument import Argument
from invoke.program import Program
from invoke.tasks import Task

from agent import __version__
from agent.errors import EXIT_CODES, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from invoke.collection import Collection

NAME = "filestore-agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag of a task: its kind is str, int, bool or list (repeatable); counted flags add up (-vv)."""

    name: str
    help: str
    kind: type = str
    default: Any = None
    short: str | None = None
    counted: bool = False

    def argument(self) -> Argument:
        """Return the flag as Invoke wants it; an attr_name equal to the name would send its parser round in circles."""
        names = (self.name, self.short) if self.short else (self.name,)
        default = {bool: False, list: []}.get(self.kind, self.default) if self.default is None else self.default
        return Argument(
            names=names,
            help=self.help,
            kind=int if self.counted else self.kind,
            default=0 if self.counted else default,
            incrementable=self.counted,
            attr_name=self.name.replace("-", "_") if "-" in self.name else None,
        )


class FlagTask(Task[Any]):
    """A task whose flags are declared as values, and whose body gets them as keyword arguments."""

    def __init__(self, body: Callable[..., None], *, name: str, flags: Sequence[Flag]) -> None:
        super().__init__(body, name=name, positional=(), auto_shortflags=False)
        self.flags = tuple(flags)

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:  # noqa: ARG002, FBT001 - invoke's signature
        """Return the declared flags."""
        return [flag.argument() for flag in self.flags]


class AgentProgram(Program):
    """Invoke's program with our help page, wrong usage as exit code 5, and near misses named."""

    def __init__(self, namespace: Collection) -> None:
        super().__init__(version=__version__, namespace=namespace, name=NAME, binary=NAME, binary_names=[NAME])
        self.tasks_by_name: dict[str, FlagTask] = {name: namespace.tasks[name] for name in namespace.tasks}

    def parse_core(self, argv: list[str] | None) -> None:
        """Parse the core flags; wrong ones are wrong usage."""
        try:
            super().parse_core(argv)
        except ParseError as error:
            raise self._wrong_usage(error) from error

    def parse_tasks(self) -> None:
        """Parse the tasks and their flags; wrong ones are wrong usage."""
        try:
            super().parse_tasks()
        except ParseError as error:
            raise self._wrong_usage(error) from error

    def print_help(self) -> None:
        """Show the tasks, the flags that all of them share, and where to go on."""
        width = max(map(len, self.tasks_by_name))
        lines = [f"Usage: {NAME} TASK [--flag ...]", "", "Tasks:"]
        for name, task in self.tasks_by_name.items():
            summary = (task.__doc__ or "").strip().split("\n")[0]
            lines.append(f"  {name.ljust(width)}  {summary}")
        lines += [
            "",
            f"  {NAME} TASK --help   the flags of one task",
            f"  {NAME} --version     the version",
            "",
            "Exit codes: " + " · ".join(f"{code} {outcome}" for outcome, code in EXIT_CODES.items()),
        ]
        print("\n".join(lines))  # noqa: T201 - the help page is this program's own voice, before any console exists

    def _wrong_usage(self, error: ParseError) -> Exit:
        return Exit(f"{NAME}: {error}{self._near_miss(str(error))}", code=Outcome.INVALID.exit_code)

    def _near_miss(self, message: str) -> str:
        found = re.search(r"No idea what '(?P<word>.*)' is", message, re.DOTALL)
        if not found:
            return f" Try: {NAME} --help"
        flags = {f"--{flag.name}" for task in self.tasks_by_name.values() for flag in task.flags}
        near = difflib.get_close_matches(found["word"], [*self.tasks_by_name, *sorted(flags)], n=1)
        return f" Did you mean {near[0]}?" if near else f" Try: {NAME} --help"


def run(namespace: Collection) -> None:
    """Run the program on this process's arguments; always ends by SystemExit."""
    try:
        AgentProgram(namespace).run()
    except KeyboardInterrupt:
        sys.exit(Outcome.INTERRUPTED.exit_code)
