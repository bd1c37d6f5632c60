"""How words on a command line become a task and an exit code: the Invoke program behind `fab` and `filestore-agent`."""

from __future__ import annotations

import ast
import gc
import os
import re
import shutil
import sys
import textwrap
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

from invoke.exceptions import Exit, ParseError
from invoke.parser.argument import Argument
from invoke.parser.context import ParserContext
from invoke.program import Program
from invoke.tasks import Task

from agent import __version__
from agent.core.report import Report
from agent.core.text.suggest import did_you_mean
from agent.edges.console import console_for
from agent.edges.streams import complain, flush_stdout
from agent.errors import EXIT_CODES, Outcome
from agent.guesses import flag_guessed, source_guessed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from invoke.collection import Collection

NAME = "filestore-agent"
WIDEST = 100
"""Columns of a help page, however wide the terminal is."""
GARBAGE_PATIENCE = 50_000
"""New objects between two looks for garbage, 700 by default: a long rollout still frees its own in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag of a task: its kind is str, bool or list (repeatable); value is what the help page calls its value."""

    name: str
    help: str
    value: str = "TEXT"
    kind: type = str
    default: Any = None
    short: str | None = None

    @property
    def spec(self) -> str:
        """Return the flag as the help page shows it."""
        short = f"-{self.short}, " if self.short else ""
        return f"{short}--{self.name}" if self.kind is bool else f"{short}--{self.name} {self.value}"

    def argument(self) -> Argument:
        """Return the flag as Invoke wants it.

        An attr_name equal to the name would send its parser round in circles; and a repeatable flag begins with a
        value, the empty list, so that the parser would not miss the one that was forgotten.
        """
        names = _names(self)
        default = {bool: False, list: []}.get(self.kind, self.default) if self.default is None else self.default
        argument = Argument(
            names=names,
            help=self.help,
            kind=self.kind,
            default=default,
            attr_name=self.name.replace("-", "_") if "-" in self.name else None,
        )
        if self.kind is list:
            argument.raw_value = None
        return argument


class FlagTask(Task[Any]):
    """A task whose flags are declared as values, and whose body gets them as keyword arguments."""

    def __init__(
        self, body: Callable[..., None], *, name: str, flags: Sequence[Flag], example: str = "", page: str = ""
    ) -> None:
        super().__init__(body, name=name, positional=(), auto_shortflags=False)
        self.flags = tuple(flags)
        self.example = example
        self.page = page

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:  # noqa: ARG002, FBT001 - invoke's signature
        """Return the declared flags."""
        return [flag.argument() for flag in self.flags]


class AgentProgram(Program):
    """Invoke's program with our help page, wrong usage as exit code 5, and near misses named."""

    def __init__(self, namespace: Collection) -> None:
        super().__init__(version=__version__, namespace=namespace, name=NAME, binary=NAME, binary_names=[NAME])
        self.tasks_by_name: dict[str, FlagTask] = {name: namespace.tasks[name] for name in namespace.tasks}
        uses = Counter(flag.name for task in self.tasks_by_name.values() for flag in task.flags)
        self._shared = frozenset(name for name, count in uses.items() if 2 * count > len(self.tasks_by_name))

    def parse_core(self, argv: list[str] | None) -> None:
        """Parse the core flags; wrong ones are wrong usage."""
        try:
            super().parse_core(argv)
        except ParseError as error:
            raise self._wrong_usage(error) from error

    def parse_cleanup(self) -> None:
        """Do what a core flag asks for; help for what is no task is wrong usage."""
        about = self.args.help.value
        if isinstance(about, str) and about and about not in self.tasks_by_name:
            raise self._wrong_usage(ParseError(f"No idea what {about!r} is!"))
        super().parse_cleanup()

    def parse_tasks(self) -> None:
        """Parse the tasks and their flags; wrong ones are wrong usage."""
        self._refuse_core_flags()
        try:
            super().parse_tasks()
        except ParseError as error:
            raise self._wrong_usage(error) from error

    def _refuse_core_flags(self) -> None:
        """Invoke would take its own flags after a task too, such as -f for a configuration, and drop them unheard."""
        task, *words = self.core.unparsed or [""]
        if task not in self.tasks_by_name:
            return
        own = {_dashed(name) for flag in self._flags_of(task) for name in _names(flag)}
        takes_value = {_dashed(name) for flag in self._flags_of(task) if flag.kind is not bool for name in _names(flag)}
        core = {_dashed(name) for it in self.core_args() for name in it.names} - own - {"--help", "-h"}
        for before, word in pairwise(["", *words]):
            flag = word.partition("=")[0]
            if flag in core and before not in takes_value:
                raise self._wrong_usage(ParseError(f"No idea what {flag!r} is!", ParserContext(name=task)))

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
            f"Exit codes: {_exit_codes()}",
        ]
        print("\n".join(lines))  # noqa: T201 - the help page is this program's own voice, before any console exists

    def print_task_help(self, name: str) -> None:
        """Show what a task does and its flags, its own before those that all share."""
        task = self.tasks_by_name[name]
        width = max(len(flag.spec) for flag in task.flags)
        columns = min(shutil.get_terminal_size().columns, WIDEST)
        lines = [f"Usage: {NAME} {name} [--flag ...]", "", f"  {(task.__doc__ or '').strip()}", "", "Flags:"]
        for flag in sorted(task.flags, key=lambda it: it.name in self._shared):
            first = f"  {flag.spec.ljust(width)}  "
            lines += textwrap.wrap(flag.help, columns, initial_indent=first, subsequent_indent=" " * len(first))
        lines += ["", f"Example: {NAME} {name} {task.example}"] if task.example else []
        lines += [f"More: {task.page}"] if task.page else []
        print("\n".join(lines))  # noqa: T201 - as print_help

    def _wrong_usage(self, error: ParseError) -> Exit:
        """Say what is wrong ourselves: Invoke's way of printing it would fail on a stderr that is closed or full.

        Who asked for JSON gets it, though nobody can be sure that the flag was meant for the task that was meant.
        """
        sentence = f"{NAME}: {self._sentence(error)}"
        complain(sentence)
        if _wants_json(self.argv):
            task = getattr(error.context, "name", None) or NAME
            report = Report(task=task, outcome=Outcome.INVALID, sentence=sentence)
            console_for(os.environ, verbosity=0).show_json(report)
        return Exit(code=Outcome.INVALID.exit_code)

    def _sentence(self, error: ParseError) -> str:
        task = getattr(error.context, "name", None)
        help_page = f"see {NAME} {task} --help" if task else f"see {NAME} --help"
        if unknown := re.fullmatch(r"No idea what (?P<word>.+) is!", str(error), re.DOTALL):
            word = str(ast.literal_eval(unknown["word"]))
            return (
                f"{self._stray_flag(word, task) if word.startswith('-') else self._stray_word(word, task)}; {help_page}"
            )
        if bare := re.match(r"Flag <Argument: (?P<name>[\w-]+)", str(error)):
            return f"--{bare['name'].replace('_', '-')} needs a value; {help_page}"
        return f"{error}; {help_page}"

    def _stray_flag(self, flag: str, task: str | None) -> str:
        known = [f"--{it.name}" for name in ([task] if task else self.tasks_by_name) for it in self._flags_of(name)]
        if not task and flag in known:
            return f"{flag} comes after the task: {NAME} TASK {flag}"
        guessed = flag_guessed(flag, self._names_of(task)) if task else None
        hint = guessed or did_you_mean(flag, dict.fromkeys(known))
        return f"{task or NAME} has no flag {flag}{f', {hint}' if hint else ''}"

    def _stray_word(self, word: str, task: str | None) -> str:
        guessed = source_guessed(word, self._names_of(task)) if task else None
        hint = guessed or did_you_mean(word, self.tasks_by_name)
        kind = f"{task} takes no further word" if task else "there is no task"
        return f"{kind} {word!r}{f', {hint}' if hint else ''}"

    def _names_of(self, task: str) -> frozenset[str]:
        return frozenset(it.name for it in self._flags_of(task))

    def _flags_of(self, task: str) -> tuple[Flag, ...]:
        return self.tasks_by_name[task].flags


def _names(flag: Flag) -> tuple[str, ...]:
    return (flag.name, flag.short) if flag.short else (flag.name,)


def _dashed(name: str) -> str:
    return f"-{name}" if len(name) == 1 else f"--{name}"


def _exit_codes() -> str:
    words = defaultdict[int, list[str]](list)
    for outcome, code in EXIT_CODES.items():
        words[code].append(str(outcome))
    return ", ".join(f"{code} {' or '.join(among)}" for code, among in words.items())


def _asked_in_words(argv: Sequence[str]) -> list[str]:
    """Let `help plan` be `--help plan`, as other programs have it; there is no task of that name."""
    return [argv[0], "--help", *argv[2:]] if argv[1:2] == ["help"] else list(argv)


def _wants_json(words: Sequence[str]) -> bool:
    """Tell whether JSON was asked for, in either of its spellings; nothing was parsed yet."""
    return "--json" in words or "--format=json" in words or ("--format", "json") in pairwise(words)


def run(namespace: Collection, argv: Sequence[str] | None = None) -> NoReturn:
    """Run the program on the words given (the first is the program's own), or on this process's; ends by SystemExit."""
    # What a short program imports stays to its end: looking for garbage in it took a tenth of a drift check.
    gc.set_threshold(GARBAGE_PATIENCE)
    code = _code_of(AgentProgram(namespace), argv)
    fault = flush_stdout()
    if fault:
        complain(f"{NAME}: the result cannot be written ({fault})")
    gc.freeze()
    sys.exit(Outcome.ERROR.exit_code if fault else code)


def _code_of(program: AgentProgram, argv: Sequence[str] | None) -> int:
    """Return the exit code; what Invoke itself cannot do ends in a sentence too."""
    try:
        program.run(_asked_in_words(sys.argv if argv is None else argv))
    except SystemExit as end:
        # Invoke makes a 1 of it.
        if isinstance(end.__context__, KeyboardInterrupt):
            return Outcome.INTERRUPTED.exit_code
        return end.code if isinstance(end.code, int) else Outcome.OK.exit_code
    except KeyboardInterrupt:
        return Outcome.INTERRUPTED.exit_code
    except BrokenPipeError:
        return Outcome.OK.exit_code
    except Exception as error:  # noqa: BLE001 - the last door before the user
        complain(f"{NAME}: {type(error).__name__}: {error}; see {NAME} --help")
        return Outcome.ERROR.exit_code
    return Outcome.OK.exit_code
