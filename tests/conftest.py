"""What all tests share: property tests draw the same examples each time, unless other ones are asked for.

A red example must be found again by whoever looks into it; `HYPOTHESIS_PROFILE=search` draws new ones, and more.
And a signal means what it means at a terminal, also where the tests were started in the background or by nohup: what a
process ignores, those that it starts ignore as well.
"""

from __future__ import annotations

import os
import signal

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
