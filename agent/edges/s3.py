"""How does this workstation reach a bucket with its own rights: the one place that knows boto3, an extra."""

from __future__ import annotations

import hashlib
import socket
import time
from typing import TYPE_CHECKING, Any, Final

from agent.core.s3.probe import CONTENT, LookUp, Reply, Rights, StoreView, Surroundings, Tried, Unasked, Verb
from agent.core.s3.reading import date_in
from agent.core.text.printable import printable
from agent.errors import AgentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.s3.address import BucketAddress
    from agent.core.s3.probe import Probe, Trial

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
    client = boto3.session.Session().client(service, region_name=address.region, endpoint_url=endpoint, config=settings)
    client.meta.events.register("before-call.s3", _stay)
    return client


def _stay(context: dict[str, Any], **_: object) -> None:
    """Let boto3 follow to no other region: Jira's client does not, so what it would find there proves nothing."""
    context.setdefault("s3_redirect", {})["redirected"] = True


def _library() -> tuple[Any, Any]:
    """Import boto3 only when it is needed: it takes longer than most tasks do."""
    try:
        import boto3  # noqa: PLC0415 - an extra
        from botocore.config import Config  # noqa: PLC0415 - as above
    except ImportError:
        raise NoLibrary(f"s3: {HOW_TO_INSTALL}") from None
    return boto3, Config


def probe(probes: tuple[Probe, ...]) -> StoreView:
    """Try the same as a node would, with the rights that boto3 finds on this workstation.

    Raises:
        NoLibrary: boto3 is not installed.

    """
    rights = _rights(probes)
    return StoreView(rights=rights, tried=tuple(_tried(it, has_keys=rights.key is not None) for it in probes))


def _rights(probes: tuple[Probe, ...]) -> Rights:
    boto3, _ = _library()
    session = boto3.session.Session()
    found = _quietly(session.get_credentials)
    keys = _quietly(found.get_frozen_credentials) if found is not None else None
    address = next((it.address for it in probes if it.address.sts), None)
    caller = _quietly(client_for(address, "sts").get_caller_identity) if address and keys else None
    return Rights(
        surroundings=Surroundings.WORKSTATION,
        tool="boto3",
        chain=printable(str(found.method), limit=40) if found is not None else "none",
        key=hashlib.sha256(keys.access_key.encode()).hexdigest()[:12] if keys else None,
        caller=str(caller["Arn"]) if caller else None,
    )


def _quietly(act: Callable[[], Any]) -> Any:
    """Return what an act brings, or None where the library raises one of its own faults."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

    try:
        return act()
    except (BotoCoreError, ClientError):
        return None


def _tried(asked: Probe, *, has_keys: bool) -> Tried:
    client = client_for(asked.address)
    replies = tuple(
        (trial.target, verb, _reply(client, asked.address, trial, verb) if has_keys else Reply(unasked=Unasked.NO_KEYS))
        for trial in asked.trials
        for verb in trial.verbs
    )
    door = next((reply for _, _, reply in replies if reply.status is not None), replies[0][2])
    return Tried(probe=asked, look_up=_look_up(asked.address.host), door=door, replies=replies)


def _look_up(host: str) -> LookUp:
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return LookUp.NONE
    return LookUp.FOUND


def _reply(client: Any, address: BucketAddress, trial: Trial, verb: Verb) -> Reply:
    """Carry one request out. The library's own words are told by their kind alone: they may hold anything."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

    try:
        said = _act(client, address, trial, verb)
    except ClientError as fault:
        return _read(fault.response, verb)
    except BotoCoreError as fault:
        return Reply(ended=_ENDS.get(type(fault).__name__, 1), complaint=type(fault).__name__)
    return _read(said, verb)


_ENDS: Final = {
    "ProxyConnectionError": 5,
    "EndpointConnectionError": 7,
    "ConnectTimeoutError": 28,
    "ReadTimeoutError": 28,
    "SSLError": 60,
    "ConnectionClosedError": 52,
}
"""What curl would have ended with; judged alike."""


def _act(client: Any, address: BucketAddress, trial: Trial, verb: Verb) -> dict[str, Any]:
    there = {"Bucket": address.bucket}
    match verb:
        case Verb.WRITE:
            said = client.put_object(**there, Key=trial.key, Body=CONTENT)
        case Verb.READ:
            said = client.get_object(**there, Key=trial.key)
            said["Echoed"] = said["Body"].read(len(CONTENT) + 1) == CONTENT
        case Verb.DELETE:
            said = client.delete_object(**there, Key=trial.key)
        case Verb.LIST:
            said = client.list_objects_v2(**there, Prefix=f"{trial.target}/", MaxKeys=1)
    return dict(said)


def _read(said: dict[str, Any], verb: Verb) -> Reply:
    meta, error = said.get("ResponseMetadata", {}), said.get("Error", {})
    headers = {str(name).lower(): str(value) for name, value in meta.get("HTTPHeaders", {}).items()}
    return Reply(
        status=meta.get("HTTPStatusCode"),
        code=printable(str(error.get("Code", "")), limit=60),
        message=printable(str(error.get("Message", "")), limit=300),
        region=printable(headers.get("x-amz-bucket-region", ""), limit=40) or str(error.get("Region", ""))[:40],
        date=date_in(headers.get("date", "")),
        at=int(time.time()),
        tagged="etag" in headers,
        echoed=bool(said.get("Echoed")),
        listed=verb is Verb.LIST and "Error" not in said,
        version="x-amz-version-id" in headers or "x-amz-delete-marker" in headers,
    )
