"""What all tests share: property tests draw the same examples each time, unless other ones are asked for.

A red example must be found again by whoever looks into it; `HYPOTHESIS_PROFILE=search` draws new ones, and more.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
