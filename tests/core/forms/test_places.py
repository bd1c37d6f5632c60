"""Does a file's place lead to the same file for somebody who has the repository elsewhere?"""

from __future__ import annotations

import pytest

from agent.core.forms.places import Checkout, as_uri

HERE = Checkout(folder="/srv/repo/ops", top="/srv/repo")


@pytest.mark.parametrize(
    ("file", "within"),
    [
        ("inventory/prod.yml", "ops/inventory/prod.yml"),
        ("./prod.yml", "ops/prod.yml"),
        ("../prod.yml", "prod.yml"),
        ("a/../../b.yml", "b.yml"),
        ("/srv/repo/x.yml", "x.yml"),
        ("../../other.yml", None),
        ("/etc/prod.yml", None),
        ("/srv/repository/x.yml", None),
    ],
)
def test_a_file_is_named_from_the_top_of_the_repository(file: str, within: str | None) -> None:
    assert HERE.within(file) == within


def test_a_file_outside_has_its_whole_address() -> None:
    assert HERE.address("../../a b.yml") == "file:///srv/a%20b.yml"


def test_what_is_no_utf8_can_be_written_all_the_same() -> None:
    assert as_uri("a\udcffb%#?") == "a%FFb%25%23%3F"
    assert as_uri("a\ud800") == "a%ED%A0%80"
