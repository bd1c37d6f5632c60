from __future__ import annotations

import pytest

from agent.core.text.brief import short_digest


@pytest.mark.parametrize(
    ("digest", "shown"),
    [("sha256:" + "0123456789abcdef" * 4, "sha256:0123456789ab"), ("absent", "absent"), (None, "?"), ("", "")],
)
def test_a_digest_is_cut_and_the_words_beside_it_stay(digest: str | None, shown: str) -> None:
    assert short_digest(digest) == shown
