"""How does this workstation reach a bucket with its own rights: the one place that knows boto3, an extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agent.errors import AgentError

if TYPE_CHECKING:
    from agent.core.s3.address import BucketAddress

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 10
HOW_TO_INSTALL: Final = "boto3 is not installed here; python -m pip install 'filestore-agent[s3]' brings it"


class NoLibrary(AgentError):  # noqa: N818 - says what is missing, like its siblings
    """The extra is not installed; the message says how it is."""


def client_for(address: BucketAddress, service: str = "s3") -> Any:
    """Return a client that goes where Jira's would, asks once, and uses the workstation's own credentials.

    Raises:
        NoLibrary: boto3 is not installed.

    """
    boto3, config = _library()
    style = "path" if address.root.rstrip("/").endswith(f"/{address.bucket}") else "virtual"
    settings = config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1},
        s3={"addressing_style": style},
        signature_version="v4" if service != "s3" else "s3v4",
    )
    endpoint = (address.sts if service == "sts" else address.endpoint) or None
    # Without profile and keys of our own: boto3 walks the workstation's chain, as the aws command does there.
    return boto3.session.Session().client(service, region_name=address.region, endpoint_url=endpoint, config=settings)


def _library() -> tuple[Any, Any]:
    """Import boto3 only when it is needed: it takes longer than most tasks do."""
    try:
        import boto3  # noqa: PLC0415 - an extra
        from botocore.config import Config  # noqa: PLC0415 - as above
    except ImportError:
        raise NoLibrary(f"s3: {HOW_TO_INSTALL}") from None
    return boto3, Config
