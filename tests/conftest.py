"""What all tests share: property tests draw the same examples each time, unless other ones are asked for.

A red example must be found again by whoever looks into it; `HYPOTHESIS_PROFILE=search` draws new ones, and more.
And a signal means what it means at a terminal, also where the tests were started in the background or by nohup: what a
process ignores, those that it starts ignore as well.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.need import skip_without
from tests.support.s3_ceph import CephServer, ceph_server
from tests.support.s3_server import S3Server, moto_server

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """An S3 API server of this test process; a test makes its own buckets and users in it."""
    with moto_server() as running:
        yield running


@pytest.fixture(scope="session")
def second_s3() -> Iterator[CephServer]:
    """Another S3 API server, which enforces what the first does not: see tests/support/s3_ceph.py."""
    skip_without("radosgw", "radosgw, ceph-mon and ceph-osd")
    with ceph_server() as running:
        yield running
