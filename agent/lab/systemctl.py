"""Stands in for systemctl where systemd does not run: the same argv for start, stop, show and is-active.

Run by path as `systemctl.py UNITS ARGV...`. UNITS is a JSON file: by unit name, the user, the localhome, and the
commands that start and stop, and, if it has one, its environment. As systemd does, it runs them as the unit's user, and
calls a unit active by its process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run by path, isolated

from agent.lab.jira import lock
from agent.lab.processes import all_with

NOT_FOUND = 5
"""systemctl's exit status for a unit that does not exist (systemctl(1), from the LSB)."""
NOT_ACTIVE = 3
Unit = dict[str, object]


def main(words: list[str]) -> int:
    """Do what systemctl would do with these words; the first names the file of units."""
    units = json.loads(Path(words[0]).read_bytes())
    asked = [word for word in words[1:] if word != "--no-block"]
    acts = {"start": start, "stop": stop, "show": show, "is-active": is_active}
    if len(asked) < 2 or asked[0] not in acts:  # noqa: PLR2004 - a verb and a unit
        print(f"Unknown command verb {' '.join(asked) or '(none)'}.", file=sys.stderr)  # noqa: T201 - a command
        return 1
    name = asked[-1].removesuffix(".service")
    unit = units.get(name)
    if unit is None and asked[0] in {"start", "stop"}:
        print(f"Failed to {asked[0]} {name}.service: Unit {name}.service not found.", file=sys.stderr)  # noqa: T201 - as above
        return NOT_FOUND
    return acts[asked[0]](name, unit or {}, asked[1:-1])


def start(name: str, unit: Unit, options: list[str]) -> int:  # noqa: ARG001 - every verb takes the same
    """Start the unit as its user; nothing to do where it is active."""
    return 0 if _main_pid(unit) else _run_as_its_user(unit, "start")


def stop(name: str, unit: Unit, options: list[str]) -> int:  # noqa: ARG001 - as above
    """Stop the unit; nothing to do where it is not active."""
    return _run_as_its_user(unit, "stop") if _main_pid(unit) else 0


def show(name: str, unit: Unit, options: list[str]) -> int:
    """Print what is asked for with -p, or all that is known, as KEY=VALUE lines; an unknown unit is no error here."""
    pid = _main_pid(unit)
    facts = {
        "MainPID": str(pid or 0),
        "TimeoutStopUSec": "1min 30s",
        "LoadState": "loaded" if unit else "not-found",
        "ActiveState": "active" if pid else "inactive",
        "FragmentPath": f"/etc/systemd/system/{name}.service" if unit else "",
    }
    wanted = {option for option in options if not option.startswith("-")}
    for key, value in facts.items():
        if not wanted or key in wanted:
            print(f"{key}={value}")  # noqa: T201 - as above
    return 0


def is_active(name: str, unit: Unit, options: list[str]) -> int:  # noqa: ARG001 - as above
    """Say whether the unit's process lives."""
    active = _main_pid(unit) is not None
    print("active" if active else "inactive")  # noqa: T201 - as above
    return 0 if active else NOT_ACTIVE


def _main_pid(unit: Unit) -> int | None:
    """Return the unit's process; who may not ask for the home's lock finds it by its command line."""
    if not unit:
        return None
    try:
        return lock.holder_of(str(unit["home"]))
    except PermissionError:
        return next(iter(all_with(f"-Djira.home={unit['home']} ")), None)


def _run_as_its_user(unit: Unit, verb: str) -> int:
    user, command, variables = str(unit["user"]), unit[verb], unit.get("environment", {})
    if not isinstance(command, list) or not isinstance(variables, dict):
        raise TypeError(f"{verb}: a list of words; environment: an object")
    done = subprocess.run(  # noqa: S603 - the unit's own command, as root's systemd would run it
        command, check=False, stdin=subprocess.DEVNULL, user=user, group=user, extra_groups=[], cwd="/", env=variables
    )
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
