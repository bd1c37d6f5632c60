"""JSON of others: bounded, once for each key, and sealed where an edit must be seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.strict_json import dump, parse, sealed, unsealed

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 10**18, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


@given(VALUES)
def test_what_is_dumped_is_parsed_to_the_same(value: Any) -> None:
    assert parse(dump(value), limit=1 << 20) == value


@given(st.dictionaries(st.text(max_size=4).filter(lambda key: key != "seal"), VALUES, max_size=4))
def test_a_seal_fits_what_it_was_put_on_in_any_layout(body: dict[str, Any]) -> None:
    laid_out = json.dumps(sealed(body), indent=2).encode()
    assert unsealed(parse(laid_out, limit=1 << 20)) == body


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'{"a": 1, "a": 2}', "a key stands twice"),
        (b"[NaN]", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"[1e999]", "a number is too large"),
        (b"[" + b"9" * 19 + b"]", "a number is too long"),
        (b"[-" + b"9" * 19 + b"]", "a number is too long"),
        (b'["\\ud800"]', "surrogates not allowed"),
        ('["é"]'.encode(), "ascii"),
        (b"[" * 200_000, "nested too deep"),
        (b"", "Expecting value"),
        (b" " * 101, "larger than 100 bytes"),
    ],
)
def test_what_cannot_be_worked_with_is_refused(content: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(content, limit=100 if content.isspace() else 1 << 20)


@pytest.mark.parametrize("value", [None, [], {}, {"seal": 1}, {"a": 1}])
def test_what_bears_no_seal_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="no seal"):
        unsealed(value)


def test_an_edit_breaks_the_seal() -> None:
    with pytest.raises(ValueError, match="edited by hand"):
        unsealed({**sealed({"a": 1}), "a": 2})


def test_a_number_that_is_none_is_not_dumped() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump({"a": float("nan")})
