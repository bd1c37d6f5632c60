"""What lab.json says to the start and stop commands themselves: the two habits that hold at once, without a restart."""

from __future__ import annotations

import os

SETTINGS_NAME = "lab.json"
"""Of the lab, not of Jira: what a real node keeps in Tomcat's server.xml, and how it is to behave in a test."""


def does_nothing(home: str, verb: str) -> bool:
    """Whether this command is to say yes and do nothing: `start-does-nothing`, `stop-does-nothing`."""
    try:
        with open(os.path.join(home, SETTINGS_NAME), "rb") as file:  # noqa: PTH118, PTH123 - pathlib doubles the start-up time
            content = file.read()
    except OSError:
        return False
    habit = f"{verb}-does-nothing"
    if habit.encode() not in content:  # json costs as much as all else here, and nearly nobody has the habit
        return False
    import json  # noqa: PLC0415 - as said

    return json.loads(content).get(habit) is True
