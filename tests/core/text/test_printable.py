"""Nothing unprintable passes, nothing printable is touched."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.text.printable import JSON_LIMIT, printable, printable_lines, printable_value

ANY_TEXT = st.text(st.characters())


@given(ANY_TEXT)
def test_whatever_comes_in_only_printable_text_comes_out(text: str) -> None:
    assert printable(text).isprintable()


@given(ANY_TEXT)
def test_what_was_made_printable_stays_as_it_is(text: str) -> None:
    assert printable(printable(text)) == printable(text)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_not_touched(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("text", ["größer", "日本語", "Привет", "→ “x” €", "a  b", ""])
def test_letters_of_all_languages_stay(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;eA==\x07", r"\x1b]52;c;eA==\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\rb\nc\td", r"a\rb\nc\td"),
        ("\u202egnp", r"\u202egnp"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("a\u00a0b", r"a\xa0b"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("a\u3164b\u115f\u2800\ufe0f\u034f", r"a\u3164b\u115f\u2800\ufe0f\u034f"),
        ("\x00\x7f", r"\x00\x7f"),
        ("\u3000", r"\u3000"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_long_text_is_cut_and_says_so() -> None:
    assert printable("x" * 11, limit=10) == "x" * 9 + "…"
    assert printable("x" * 10, limit=10) == "x" * 10
    assert len(printable("\x1b" * 10, limit=10)) == 10
    assert len(printable("\x1b" * 10**6)) == 2000


def test_lines_are_kept_where_lines_are_meant() -> None:
    assert printable_lines("a\x1b\nb\r\nc") == "a\\x1b\nb\\r\nc"


def test_every_text_in_a_value_is_made_printable_keys_too() -> None:
    value = {"a\x1b": ["\u202e", ("\x07", 1, None, True, 2.5)], 3: {"deep": "\n\x00"}}

    assert printable_value(value) == {"a\\x1b": ["\\u202e", ["\\x07", 1, None, True, 2.5]], "3": {"deep": "\n\\x00"}}


def test_a_script_gets_long_texts_whole() -> None:
    text = "x" * 100_000

    assert printable_value([text]) == [text]
    assert len(json.dumps(printable_value("x" * (JSON_LIMIT + 5)))) <= 6 * JSON_LIMIT
