"""Between the command line and an operation: the world is made, the report is shown, every error becomes a sentence."""

from __future__ import annotations

import getpass
import os
import socket
import sys
import tempfile
import traceback
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.exceptions import Exit

from agent.core.report import Report
from agent.core.text.printable import printable
from agent.edges.clock import SystemClock
from agent.edges.console import console_for
from agent.edges.streams import complain, encodable, mute
from agent.errors import AgentError, InputError, Outcome
from agent.node.wire.plain import printable as as_nodes_say
from agent.operations.looking.dialling import dialling, told
from agent.operations.world import Choice, World, state_folder, whole
from agent.result_files import PRINTED, leave_files, sharing, with_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.core.finding import Finding
    from agent.edges.console import Console
    from agent.operations.world import Dial


FORKS = "32"
NAME_LETTERS = 64
"""Of who acts and where, in the form in which a node gives them back: else a lock of ours would look foreign."""
NAME = "filestore-agent"
"""What the installed command is called."""
MOST_FORKS = 512
"""Each is a thread and a connection of its own."""
CHANGING = frozenset({"deploy-config", "rolling-restart", "resume", "abort", "rollback", "lock", "restore-backup"})
"""The tasks that can change a node, which `fab --dry` and `fab -H` must therefore not reach."""
FORMATTED = frozenset({"validate"})
"""The tasks whose --format is that of the verdict; of bucket-policy it is that of the documents."""


def perform(
    name: str, operation: Callable[[World, Choice, Any], Report], context: Any, values: Mapping[str, Any]
) -> None:
    """Carry one task through: end by returning for exit code 0, by Exit for any other."""
    console = console_for(os.environ, verbosity=-1 if values.get("quiet") else int(values.get("verbose") or 0))
    report = leave_files(_attempt(name, operation, context, values, console), values)
    form = "json" if values.get("json") else str(values.get("format") if name in FORMATTED else None)
    try:
        if form in PRINTED:
            console.show_form(PRINTED[form](report))
        else:
            console.show(report)
    except BrokenPipeError:
        mute(console.out)
    except OSError as error:
        mute(console.out)
        fault = f"the result cannot be written ({error.strerror})"
        complain(f"{name}: {fault}")
        leave_files(with_fault(report, fault), values)
        raise Exit(code=Outcome.ERROR.exit_code) from None
    if report.outcome.exit_code:
        raise Exit(code=report.outcome.exit_code)


def own_command() -> tuple[str, ...]:
    """Return the words that start this program again, from any folder and with any PATH.

    The installed command by its whole path; run in another way (`python -m agent`, `fab`) this interpreter with this
    package: by env, since a scheduler gives no variables, and with -P, so that the folder it starts in is not searched.

    Raises:
        AgentError: the interpreter does not know where it lies.

    """
    script = Path(whole(sys.argv[0]))
    if script.name == NAME and script.is_file() and os.access(script, os.X_OK):
        return (str(script),)
    if not sys.executable:
        raise AgentError("schedule: Python cannot tell where it lies; run the installed command by its whole path")
    package = whole(Path(__file__).parents[1])
    return ("/usr/bin/env", f"PYTHONPATH={package}", whole(sys.executable), "-P", "-m", "agent")


def _attempt(
    name: str,
    operation: Callable[[World, Choice, Any], Report],
    context: Any,
    values: Mapping[str, Any],
    console: Console,
) -> Report:
    """Return the operation's report, or the report of what kept it from one. No traceback reaches a user."""
    try:
        _refuse_fabrics_own_flags(name, context)
        _refuse_shared_files(values)
        return operation(_world(console), _choice(values), Namespace(**values))
    except InputError as error:
        return _report_of(name, error, findings=error.findings)
    except AgentError as error:
        return _report_of(name, error)
    except KeyboardInterrupt:
        return Report(task=name, outcome=Outcome.INTERRUPTED, sentence=f"{name}: interrupted.")
    except Exception as error:  # noqa: BLE001 - the last door before the user; the trace goes to a file
        return _report_of_fault(name, error)


def _refuse_fabrics_own_flags(name: str, context: Any) -> None:
    """Fabric would run a task once per -H host, and its --dry does not stop what goes past its own runner."""
    host = getattr(context, "host", None)
    if host:
        raise InputError(f"fab -H {host}: the nodes come from the inventory; say --limit {host}")
    if name in CHANGING and context.config.run.dry:
        raise InputError(f"fab --dry: {name} has no dry run of its own; `plan` shows what it would do")


def _refuse_shared_files(values: Mapping[str, Any]) -> None:
    """Of two results in one file the last would win, and nobody would know of the other."""
    flags = [f"--{name.replace('_', '-')}" for name in sharing(values)]
    if flags:
        raise InputError(f"{' and '.join(flags)} name the same file; give each one of its own")


def _world(console: Console) -> World:
    clock = SystemClock()
    return World(
        environment=os.environ,
        state_folder=state_folder(os.environ),
        clock=clock,
        progress=console.progress,
        tell=console.tell,
        ask=_ask if sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None else None,
        dial=_dial(console, clock),
        user=as_nodes_say(_user(), NAME_LETTERS),
        host=as_nodes_say(socket.gethostname(), NAME_LETTERS),
    )


def _dial(console: Console, clock: SystemClock) -> Dial:
    dial = dialling(os.environ)
    return told(dial, seconds=clock.monotonic, tell=console.progress) if console.verbosity > 0 else dial


def _choice(values: Mapping[str, Any]) -> Choice:
    _refuse_empty(values)
    folder = values.get("inventory") or os.environ.get("FILESTORE_AGENT_INVENTORY") or "inventory"
    return Choice(
        inventory=Path(folder),
        inventory_flag=values.get("inventory"),
        template_flag=values.get("template"),
        clusters=tuple(values.get("cluster") or ()),
        limit=values.get("limit"),
        exclude=values.get("exclude"),
        forks=_forks(values.get("forks") or FORKS),
    )


def _refuse_empty(values: Mapping[str, Any]) -> None:
    """A variable that was not set must not turn `--inventory "$DIR"` into the default; limit and exclude say more."""
    empty = sorted(name for name, value in values.items() if value == "" and name not in {"limit", "exclude"})
    if empty:
        raise InputError(f"--{empty[0].replace('_', '-')}: it is empty; give it a value, or leave it out")


def _forks(said: str) -> int:
    """Read a count here, not in Invoke's parser, whose ValueError would reach the user as a traceback."""
    if not said.isascii() or not said.isdigit() or not 1 <= int(said[:6]) <= MOST_FORKS:
        raise InputError(f"--forks {said}: a number from 1 to {MOST_FORKS}")
    return int(said)


def _ask(question: str) -> str:
    """Ask on stderr, since stdout belongs to the result; the end of the input is no answer."""
    sys.stderr.write(encodable(printable(question), sys.stderr))
    sys.stderr.flush()
    try:
        return sys.stdin.readline()
    except UnicodeDecodeError:
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _report_of(name: str, error: AgentError, findings: tuple[Finding, ...] = ()) -> Report:
    return Report(task=name, outcome=error.outcome, sentence=str(error), findings=findings)


def _report_of_fault(name: str, error: Exception) -> Report:
    """A fault of ours: the user gets one sentence, the trace goes to a private file for whoever mends it."""
    kept = _keep_trace(error)
    place = f"; the details are in {kept}" if kept else ""
    after = " Look with `drift` before doing anything else." if name in CHANGING else ""
    return Report(
        task=name,
        outcome=Outcome.ERROR,
        sentence=f"{name}: a fault of filestore-agent itself ({type(error).__name__}: {error}){place}.{after}",
    )


def _keep_trace(error: Exception) -> Path | None:
    folder = state_folder(os.environ) / "faults"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="fault-", suffix=".txt", delete=False) as file:
            file.write("".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace"))
            return Path(file.name)
    except OSError:
        return None
