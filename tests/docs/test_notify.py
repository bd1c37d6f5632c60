"""The page on notification says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from jsonschema import Draft202012Validator

from agent.core.inventory.model import Receiver
from agent.core.remembering import flapping
from agent.core.remembering.memory import MOST_CHANGES
from agent.core.scheduling.units import units
from agent.edges.hooks import GRACE
from agent.operations.watching.delivering import PAUSES
from agent.operations.watching.telling import MOST_SECONDS
from tests.core.scheduling.jobs import TEMPLATES, job

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "notify.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


def test_the_news_on_the_page_fit_the_schema() -> None:
    shown = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    schema = json.loads((ROOT / "docs" / "schemas" / "news.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(shown[1]))


def test_that_a_setgid_mailer_fails_in_the_hardened_unit_is_said_with_the_way_out() -> None:
    service, _ = units(job(user="ops"), TEMPLATES, state_folder="/x")
    assert "NoNewPrivileges=yes" in service.text
    assert "setgid program, as Postfix's `sendmail` is: there let a mailer speak SMTP" in WORDS
    assert "](schedule.md#cron) run the check" in WORDS


def test_the_numbers_on_the_page_are_those_of_the_code() -> None:
    assert (flapping.BEGINS, flapping.CHECKS, flapping.STEADY, flapping.ENDS) == (4, 20, 6, 2)
    assert "come back four times, within its last twenty checks" in WORDS
    assert "until it has been the same for six, or no more than two returns are left" in WORDS
    assert PAUSES == (1.0, 3.0)
    assert "Three attempts at most, with pauses of 1 s and 3 s" in WORDS
    assert MOST_SECONDS == 300
    assert "within five minutes" in WORDS
    assert GRACE == 5
    assert "a KILL after five seconds" in WORDS
    assert f"the last {MOST_CHANGES} changes" in WORDS
    assert f"{Receiver.model_fields['timeout'].default} where it is left out" in WORDS
