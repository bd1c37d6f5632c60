"""Our own signature by sha256sum is the one that AWS's library makes, sign by sign, in every shell."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from agent.node.wire.script import script_of
from tests.support.need import skip_without

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EXAMPLE = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")
LONG = ("AK" * 8, "s" * 100 + "/+x=", "tok/en+==")
"""A secret of more than 64 bytes is hashed before it keys anything (RFC 2104), and a session has a token."""


class Fixed(S3SigV4Auth):  # type: ignore[misc] # the library is not typed
    """Signs as botocore does, for the moment that the script took."""

    def __init__(self, keys: tuple[str, str, str], region: str, stamp: str) -> None:
        super().__init__(Credentials(keys[0], keys[1], keys[2] or None), "s3", region)
        self._stamp = stamp

    def payload(self, request: AWSRequest) -> str:
        del request
        return EMPTY

    def signed(self, method: str, url: str, params: dict[str, str]) -> str:
        request = AWSRequest(method, url, params=params)
        request.context |= {"client_config": None, "timestamp": self._stamp}
        self._modify_request_before_signing(request)
        whole = self.string_to_sign(request, self.canonical_request(request))
        return str(self.signature(whole, request))


@pytest.mark.parametrize("shell", ["dash", "bash", "ksh"])
@pytest.mark.parametrize("keys", [EXAMPLE, LONG], ids=["example", "long and with a token"])
def test_the_signature_is_the_librarys(shell: str, keys: tuple[str, str, str]) -> None:
    skip_without(shell, shell)
    program = shutil.which(shell)
    assert program is not None
    key_id, secret, token = map(shlex.quote, keys)
    script = script_of(("prelude", "sigv4"), {}) + (
        f"key_id={key_id} secret_key={secret} session_token={token} region=eu-west-1 service=s3\n"
        f"host=b.s3.eu-west-1.amazonaws.com\n"
        f"signature GET /a/b%20c.zip 'list-type=2&prefix=backups%2F' {EMPTY}\n"
    )
    done = subprocess.run([program, "-c", script], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    stamp = re.findall(r"x-amz-date: (\d{8}T\d{6}Z)", done.stdout)[0]
    assert abs((datetime.now(UTC) - datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)).seconds) < 60
    url = "https://b.s3.eu-west-1.amazonaws.com/a/b%20c.zip"
    wanted = Fixed(keys, "eu-west-1", stamp).signed("GET", url, {"list-type": "2", "prefix": "backups/"})
    assert re.findall(r"Signature=([0-9a-f]{64})", done.stdout) == [wanted]
    assert done.stderr == ""
    assert secret not in done.stdout
