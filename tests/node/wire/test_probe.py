"""What a node learns of its buckets, by the shells and tools of this machine and a real S3 API server."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from agent.core.bucket_policy.bucket import buckets_of
from agent.core.bucket_policy.papers import Kind, papers_of
from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.node import SystemdService
from agent.core.preflight.judge import judge
from agent.core.s3.probe import CONTENT, LookUp, Surroundings, Unasked, Verb
from agent.errors import Outcome
from agent.node.port import Lost, Ok, ProbeStores, Refused
from agent.node.shell import ShellNode
from agent.node.wire.letter import NODE_SECONDS, letter_for
from agent.node.wire.script import PARTS, script_of
from tests.support.bucket_node import (
    AWS,
    CURL,
    MARK,
    allowing,
    bucket_node,
    jira_with,
    probe_of,
    replies_in,
    view_from,
)
from tests.support.letters import AlteredNode
from tests.support.need import needs, skip_without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.core.preflight.check import Check
    from agent.core.s3.probe import StoreView
    from tests.support.s3_server import Keys, S3Server

needs_aws = needs("aws", "awscli")
TOOLS = [pytest.param(CURL, id="curl"), pytest.param(AWS, id="aws", marks=needs_aws)]
BACKUPS_ONLY = ("PutObject",)
ALL = ("PutObject", "GetObject", "DeleteObject", "ListBucket")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / 'it\'s a $(id) "home" * \\n'
    home.mkdir(mode=0o750)
    return home


def asked(
    home: Path, server: S3Server, keys: Keys, bucket: str, *targets: str, script: dict[str, str] = CURL, **more: str
) -> StoreView:
    """Let a node whose running Jira has these keys ask."""
    with jira_with(home, keys.environment | more):
        return view_from(AlteredNode(bucket_node(home), script=script), probe_of(bucket, server.url, *targets))


def checks(view: StoreView) -> dict[str, Check]:
    """Return the verdict by what was checked, with the target before it."""
    return {" ".join(filter(None, (it.target, it.what))): it for it in judge(view).checks}


def healths(view: StoreView, target: str) -> dict[str, str]:
    found = checks(view)
    return {verb: str(found[f"{target} {verb}"].health) for verb in Verb if f"{target} {verb}" in found}


# What Jira will be able to do


@pytest.mark.parametrize("shell", ["dash", "bash", "ksh"])
@pytest.mark.parametrize("tools", TOOLS)
def test_exactly_the_rights_that_jira_needs_are_all_good(
    home: Path, s3_server: S3Server, tools: dict[str, str], shell: str
) -> None:
    skip_without(shell, shell)
    program = shutil.which(shell)
    assert program is not None
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, backups=BACKUPS_ONLY, avatars=ALL, attachments=ALL))
    probe = probe_of(bucket, s3_server.url, "attachments", "avatars", "backups")
    with jira_with(home, keys.environment):
        view = view_from(AlteredNode(bucket_node(home), script=tools, interpreter=program), probe)
    assert healths(view, "backups") == {"write": "good", "read": "good", "delete": "good"}
    for target in ("avatars", "attachments"):
        assert healths(view, target) == {"write": "good", "read": "good", "delete": "good", "list": "good"}
    assert (view.rights.surroundings, view.rights.chain) == (Surroundings.PROCESS, "environment")
    assert judge(view).outcome is Outcome.OK
    assert s3_server.keys(bucket) == [f"backups/Healthcheck/filestore-agent-{MARK}"]
    assert [left.key for left in judge(view).left] == s3_server.keys(bucket)


@pytest.mark.parametrize("tools", TOOLS)
def test_rights_that_are_too_wide_for_backups_are_told_in_jiras_words(
    home: Path, s3_server: S3Server, tools: dict[str, str]
) -> None:
    bucket = s3_server.bucket()
    view = asked(home, s3_server, s3_server.user(allowing(bucket, backups=ALL)), bucket, script=tools)
    found = checks(view)
    assert found["backups read"].says == "Able to read data from backup storage"
    assert found["backups delete"].says == "Able to delete data from backup storage"
    assert healths(view, "backups") == {"write": "good", "read": "care", "delete": "care"}
    assert (judge(view).outcome, judge(view).left, s3_server.keys(bucket)) == (Outcome.OK, (), [])


@pytest.mark.parametrize("tools", TOOLS)
def test_no_rights_at_all_are_no_for_what_is_sure_and_open_for_what_is_not(
    home: Path, s3_server: S3Server, tools: dict[str, str]
) -> None:
    bucket = s3_server.bucket()
    view = asked(home, s3_server, s3_server.user(), bucket, "avatars", "backups", script=tools)
    found = checks(view)
    assert found["backups write"].says == "Unable to write to backup storage"
    assert found["avatars write"].says == "Unable to write to avatar storage"
    assert healths(view, "avatars") == {"write": "bad", "read": "unknown", "delete": "bad", "list": "bad"}
    assert healths(view, "backups") == {"write": "bad", "read": "unknown", "delete": "good"}
    assert (judge(view).outcome, judge(view).left) == (Outcome.REFUSED, ())


@pytest.mark.parametrize("lacking", ["PutObject", "GetObject", "DeleteObject", "ListBucket"])
def test_each_right_that_avatars_lack_is_one_fault(home: Path, s3_server: S3Server, lacking: str) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, avatars=tuple(action for action in ALL if action != lacking)))
    view = asked(home, s3_server, keys, bucket, "avatars")
    verb = {"PutObject": "write", "GetObject": "read", "DeleteObject": "delete", "ListBucket": "list"}[lacking]
    bad = [name for name, health in healths(view, "avatars").items() if health == "bad"]
    assert bad == [verb]
    assert judge(view).outcome is Outcome.REFUSED


@pytest.mark.parametrize("tools", TOOLS)
def test_where_writing_is_denied_a_missing_key_proves_that_reading_is_allowed(
    home: Path, s3_server: S3Server, tools: dict[str, str]
) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, backups=("GetObject", "ListBucket")))
    view = asked(home, s3_server, keys, bucket, script=tools)
    assert healths(view, "backups") == {"write": "bad", "read": "care", "delete": "good"}


@pytest.mark.parametrize("tools", TOOLS)
def test_in_a_versioned_bucket_the_version_that_stays_is_named(
    home: Path, s3_server: S3Server, tools: dict[str, str]
) -> None:
    bucket = s3_server.bucket(versioned=True)
    view = asked(home, s3_server, s3_server.user(allowing(bucket, avatars=ALL)), bucket, "avatars", script=tools)
    (left,) = judge(view).left
    assert (left.key, left.certain, left.versions) == (f"avatars/filestore-agent-preflight/{MARK}", True, True)
    kinds = {kind for _, kind in s3_server.versions(bucket)}
    assert kinds == {"version", "delete-marker"}


@pytest.mark.parametrize("store", ["s3_server", "second_s3"])
@pytest.mark.parametrize("layout", [("backups",), ("attachments", "avatars"), ("attachments", "avatars", "backups")])
def test_the_policy_that_bucket_policy_prints_is_what_jira_needs(
    home: Path, request: pytest.FixtureRequest, store: str, layout: tuple[str, ...]
) -> None:
    """The second server holds the policy's conditions against the prefix that is listed.

    There an object belongs to who has written it, who may read it whatever the policy says: so Jira would be told, too.
    """
    server: S3Server = request.getfixturevalue(store)
    name = server.bucket()
    filestore = Filestore(id="one", bucket_name=name, region="us-east-1", endpoint_override=server.url)
    links = tuple(Association(target=target, file_store="one") for target in layout)
    (bucket,) = buckets_of(FilestoreConfig(filestores=(filestore,), associations=links))
    (policy,) = (paper.text for paper in papers_of(bucket) if paper.kind is Kind.POLICY)
    view = asked(home, server, server.user(policy), name, *layout)
    told = {f"{it.target} {it.what}": str(it.health) for it in judge(view).checks if it.target}
    own = {"backups read"} if store == "second_s3" and "backups" in layout else set()
    assert {name for name, health in told.items() if health != "good"} == own
    assert judge(view).outcome is Outcome.OK


def test_what_is_written_is_the_tiny_object_that_says_whose_it_is(home: Path, s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    asked(home, s3_server, s3_server.user(allowing(bucket, backups=BACKUPS_ONLY)), bucket)
    assert s3_server.get(bucket, f"backups/Healthcheck/filestore-agent-{MARK}") == CONTENT
    script = script_of(PARTS[ProbeStores], {})
    digest = base64.b64encode(hashlib.md5(CONTENT, usedforsecurity=False).digest()).decode()
    assert f"Content-MD5: {digest}" in script
    assert f"content='{CONTENT.decode()}'" in script


# Who it is


@pytest.mark.parametrize("tools", TOOLS)
def test_the_node_is_told_by_sts_and_else_by_a_digest_of_its_keys_id(
    home: Path, s3_server: S3Server, tools: dict[str, str]
) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.role(allowing(bucket, backups=BACKUPS_ONLY))
    without = asked(home, s3_server, keys, bucket, script=tools)
    assert (without.rights.caller, len(without.rights.key or "")) == (None, 12)
    told = asked(home, s3_server, keys, bucket, script=tools, AWS_ENDPOINT_URL_STS=s3_server.url)
    assert told.rights.caller == keys.arn
    assert healths(told, "backups")["write"] == "good"


@pytest.mark.parametrize("tools", TOOLS)
def test_without_credentials_nothing_is_asked_and_the_chain_is_told(
    home: Path, s3_server: S3Server, tools: dict[str, str], tmp_path: Path
) -> None:
    none = {"AWS_EC2_METADATA_DISABLED": "true"}
    bucket = s3_server.bucket()
    with jira_with(home, none, f"-Duser.home={tmp_path}"):
        view = view_from(AlteredNode(bucket_node(home), script=tools), probe_of(bucket, s3_server.url))
    found = checks(view)
    assert found["identity"].health == "bad"
    assert "system properties, environment, web identity, profile, container, instance" in found["identity"].seen
    assert healths(view, "backups")["write"] == "unknown"
    assert judge(view).outcome is Outcome.REFUSED
    assert s3_server.keys(bucket) == []


def test_what_the_login_has_is_not_jiras(home: Path, s3_server: S3Server, tmp_path: Path) -> None:
    bucket = s3_server.bucket()
    login = s3_server.user(allowing(bucket, backups=ALL)).environment
    around = ("env", *(f"{name}={value}" for name, value in login.items()))
    with jira_with(home, {"AWS_EC2_METADATA_DISABLED": "true"}, f"-Duser.home={tmp_path}"):
        port = AlteredNode(bucket_node(home), script=CURL, around=around)
        view = view_from(port, probe_of(bucket, s3_server.url))
    assert (view.rights.key, replies_in(view)[Verb.WRITE].unasked) == (None, Unasked.NO_KEYS)


def test_a_proxy_of_the_login_is_not_jiras(home: Path, s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, backups=BACKUPS_ONLY))
    names = ("all_proxy", "ALL_PROXY", "http_proxy", "https_proxy", "HTTPS_PROXY")
    around = ("env", *(f"{name}=http://127.0.0.1:1" for name in names))
    with jira_with(home, keys.environment):
        port = AlteredNode(bucket_node(home), script=CURL, around=around)
        view = view_from(port, probe_of(bucket, s3_server.url))
    assert healths(view, "backups")["write"] == "good"


@pytest.mark.parametrize("tools", TOOLS)
def test_properties_of_the_command_line_go_before_the_environment(
    home: Path, s3_server: S3Server, tools: dict[str, str]
) -> None:
    bucket = s3_server.bucket()
    right, wrong = s3_server.user(allowing(bucket, backups=BACKUPS_ONLY)), s3_server.role()
    words = (f"-Daws.accessKeyId={right.id}", f"-Daws.secretAccessKey={right.secret}")
    with jira_with(home, wrong.environment, *words):
        view = view_from(AlteredNode(bucket_node(home), script=tools), probe_of(bucket, s3_server.url))
    assert healths(view, "backups")["write"] == "good"


@pytest.mark.parametrize("tools", TOOLS)
def test_a_profile_is_found_in_the_home_that_jira_has(
    home: Path, s3_server: S3Server, tools: dict[str, str], tmp_path: Path
) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, backups=BACKUPS_ONLY))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        f"[other]\naws_access_key_id = x\n\n# a remark\n[jira]\naws_access_key_id={keys.id}\n"
        f"aws_secret_access_key = {keys.secret}\n"
    )
    where = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / ".aws" / "credentials"), "AWS_PROFILE": "jira"}
    with jira_with(home, where):
        view = view_from(AlteredNode(bucket_node(home), script=tools), probe_of(bucket, s3_server.url))
    assert (view.rights.chain, healths(view, "backups")["write"]) == ("profile", "good")


@pytest.mark.parametrize("tools", TOOLS)
def test_where_jira_does_not_run_its_units_variables_count_and_what_they_cannot_prove_is_told(
    home: Path, s3_server: S3Server, tools: dict[str, str], tmp_path: Path
) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, backups=BACKUPS_ONLY))
    file = tmp_path / "jira.env"
    file.write_text(f"# Jira's\nOTHER=x\nAWS_SECRET_ACCESS_KEY='{keys.secret}'\n")
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(
        "#!/bin/sh\ncase $* in\n"
        f"*EnvironmentFiles*) echo '{file} (ignore_errors=no)' ;;\n"
        f"*Environment*) echo 'LANG=C AWS_ACCESS_KEY_ID={keys.id}' ;;\n"
        "*) echo LoadState=loaded; echo MainPID=0 ;;\nesac\n"
    )
    systemctl.chmod(0o755)
    script = {**tools, "/usr/bin/systemctl": str(systemctl), "/run/systemd/system": str(tmp_path)}
    node = replace(bucket_node(home), service=SystemdService(unit="jira"))
    view = view_from(AlteredNode(node, script=script), probe_of(bucket, s3_server.url))
    identity = checks(view)["identity"]
    assert (view.rights.surroundings, identity.health) == (Surroundings.UNIT, "care")
    assert "setenv.sh" in identity.seen
    assert healths(view, "backups")["write"] == "good"


def test_where_nothing_of_jira_is_to_be_seen_no_credentials_are_not_known_to_be_none(
    home: Path, s3_server: S3Server
) -> None:
    view = view_from(
        AlteredNode(bucket_node(home), script={**CURL, "http://169.254.169.254": f"http://127.0.0.1:{unused_port()}"}),
        probe_of(s3_server.bucket(), s3_server.url),
    )
    assert (view.rights.surroundings, checks(view)["identity"].health) == (Surroundings.OWNER, "unknown")
    assert judge(view).outcome is Outcome.PARTIAL


@pytest.mark.parametrize("shell", ["dash", "bash", "ksh"])
@pytest.mark.parametrize(
    ("id_", "secret", "chain"),
    [
        ("minio-admin@example.com", "a!#$%&'()*+ \"\\,;<>?[]^`{|}~", "environment"),
        ('AK"IA', "x", "odd"),
        ("AK\\IA", "x", "odd"),
        ("AK,IA", "x", "odd"),
        ("AK IA", "x", "odd"),
        ("AK\u00e9", "x", "odd"),
        ("AK\x1b", "x", "odd"),
    ],
)
def test_a_secret_may_be_of_any_signs_and_a_keys_id_of_those_that_a_header_can_bear(
    home: Path, shell: str, id_: str, secret: str, chain: str
) -> None:
    skip_without(shell, shell)
    program = shutil.which(shell)
    assert program is not None
    seen: list[str] = []

    def answer() -> bytes:
        return b"HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n"

    class Hearing(saying(answer)):  # type: ignore[misc] # made by a function
        def handle_one_request(self) -> None:
            seen.append(self.rfile.peek().decode("latin-1"))
            super().handle_one_request()

    with served(Hearing) as port, jira_with(home, {"AWS_ACCESS_KEY_ID": id_, "AWS_SECRET_ACCESS_KEY": secret}):
        node = AlteredNode(bucket_node(home), script=CURL, interpreter=program)
        view = view_from(node, probe_of("jira-bucket", f"http://127.0.0.1:{port}"))
    assert view.rights.chain == chain
    assert any(f"Credential={id_}/" in request for request in seen) is (chain == "environment")
    assert not any(secret in request for request in seen if len(secret) > 1)
    assert checks(view)["identity"].health == ("good" if chain == "environment" else "bad")


def test_a_process_whose_environment_is_closed_proves_nothing_and_that_is_told(home: Path, s3_server: S3Server) -> None:
    closed = {**CURL, '"/proc/$1/environ"': '"/proc/$1/none"', "http://169.254.169.254": "http://127.0.0.1:1"}
    view = asked(home, s3_server, s3_server.user(), s3_server.bucket(), script=closed)
    identity = checks(view)["identity"]
    assert (view.rights.surroundings, identity.health) == (Surroundings.HIDDEN, "unknown")
    assert "cannot be read" in identity.seen


class Speaking(http.server.BaseHTTPRequestHandler):
    """Answers with a text, and writes no log."""

    def say(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        pass


class Beside(Speaking):
    """Stands in for the services beside a machine: instance metadata of the second version, and a container's."""

    keys: Keys

    def do_PUT(self) -> None:
        if self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]:
            self.say("tok-en==")
        else:
            self.send_error(404)

    def do_GET(self) -> None:
        listing = "/latest/meta-data/iam/security-credentials/"
        known = self.headers["X-aws-ec2-metadata-token"] == "tok-en=="
        if self.path.startswith(listing) and not known:
            self.send_error(401)
        elif self.path == listing:
            self.say("jira-role")
        elif self.path == f"{listing}jira-role" or (
            self.path == "/creds" and self.headers["Authorization"] == "Basic x"
        ):
            token = f', "Token" : "{self.keys.token}"' if self.keys.token else ""
            self.say(
                f'{{"Code" : "Success", "AccessKeyId" : "{self.keys.id}",\n "SecretAccessKey" : "{self.keys.secret}"'
                f'{token}, "Expiration" : "2099-01-01T00:00:00Z"}}'
            )
        else:
            self.send_error(404)


@contextlib.contextmanager
def served(handler: type[http.server.BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve on a loopback port until the block ends."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # clients that leave are no news
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("tools", TOOLS)
@pytest.mark.parametrize("link", ["instance", "container"])
def test_the_services_beside_the_machine_are_links_of_the_chain(
    home: Path, s3_server: S3Server, tools: dict[str, str], link: str, tmp_path: Path
) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.role(allowing(bucket, backups=BACKUPS_ONLY))
    with served(type("Mine", (Beside,), {"keys": keys})) as port:
        where = {
            "instance": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{port}/"},
            "container": {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}/creds",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic x",
            },
        }[link]
        with jira_with(home, where | {"AWS_ENDPOINT_URL_STS": s3_server.url}, f"-Duser.home={tmp_path}"):
            view = view_from(AlteredNode(bucket_node(home), script=tools), probe_of(bucket, s3_server.url))
    assert (view.rights.chain, view.rights.caller) == (link, keys.arn)
    assert healths(view, "backups") == {"write": "good", "read": "good", "delete": "good"}


class Forging(Speaking):
    """Answers in the place of a service beside the machine, and would write lines of its own into what curl is told."""

    target: str

    def do_PUT(self) -> None:
        self.say(f'x"\noutput = "{self.target}')

    def do_GET(self) -> None:
        self.say("written by a stranger")


@pytest.mark.parametrize("shell", ["dash", "bash", "ksh"])
def test_whoever_answers_beside_the_machine_cannot_tell_curl_to_write_a_file(
    home: Path, tmp_path: Path, shell: str
) -> None:
    skip_without(shell, shell)
    target = tmp_path / "written"
    with served(type("Mine", (Forging,), {"target": str(target)})) as port:
        where = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{port}"}
        with jira_with(home, where, f"-Duser.home={tmp_path}"):
            node = AlteredNode(bucket_node(home), script=CURL, interpreter=f"/usr/bin/{shell}")
            view = view_from(node, probe_of("jira-bucket", "http://127.0.0.1:1"))
    assert view.rights.key is None
    assert not target.exists()


class Sts(Speaking):
    """Stands in for the service that gives keys for a web identity token, and tells who asks."""

    keys: Keys
    asked: list[str]

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.asked.append(form["WebIdentityToken"])
        assert (form["Action"], form["RoleArn"]) == ("AssumeRoleWithWebIdentity", "arn:aws:iam::123456789012:role/j")
        self.say(
            f"<Credentials><AccessKeyId>{self.keys.id}</AccessKeyId>\n<SecretAccessKey>{self.keys.secret}"
            f"</SecretAccessKey><SessionToken>{self.keys.token}</SessionToken></Credentials>"
        )

    def do_GET(self) -> None:
        self.say(f"<Arn>{self.keys.arn}</Arn>" if self.headers["X-Amz-Security-Token"] == self.keys.token else "")


def test_a_web_identity_token_is_given_to_sts_alone(home: Path, s3_server: S3Server, tmp_path: Path) -> None:
    bucket = s3_server.bucket()
    token = tmp_path / "token"
    token.write_text("eyJhbGciOi.J9_web-identity.token")
    keys = s3_server.role(allowing(bucket, backups=BACKUPS_ONLY))
    asked: list[str] = []
    with served(type("Mine", (Sts,), {"keys": keys, "asked": asked})) as port:
        web = {
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/j",
            "AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{port}",
        }
        with jira_with(home, web):
            view = view_from(AlteredNode(bucket_node(home), script=CURL), probe_of(bucket, s3_server.url))
    assert (view.rights.chain, view.rights.caller) == ("web-identity", keys.arn)
    assert set(asked) == {token.read_text()}
    assert healths(view, "backups")["write"] == "good"


# What stands between


@pytest.mark.parametrize("tools", TOOLS)
def test_keys_that_the_store_does_not_take_are_named_as_such(
    home: Path, s3_server: S3Server, tools: dict[str, str]
) -> None:
    bucket = s3_server.bucket()
    good = s3_server.user(allowing(bucket, backups=BACKUPS_ONLY))
    for keys, why in [
        (replace(good, id="AKIAIOSFODNN7EXAMPLE"), "the store knows no such access key"),
        (replace(good, secret=good.secret[::-1]), "the secret key does not belong to the access key"),
    ]:
        found = checks(asked(home, s3_server, keys, bucket, script=tools))
        assert (found["backups write"].health, found["backups write"].seen) == ("bad", why)
        assert found["backups read"].health == found["backups delete"].health == "unknown"


@pytest.mark.parametrize("tools", TOOLS)
def test_a_bucket_that_is_not_there_is_told(home: Path, s3_server: S3Server, tools: dict[str, str]) -> None:
    missing = "jira-never-made-bucket"
    view = asked(home, s3_server, s3_server.user(allowing(missing, backups=ALL)), missing, script=tools)
    found = checks(view)
    assert (found["bucket"].health, found["bucket"].seen) == ("bad", "there is no such bucket")
    assert judge(view).outcome is Outcome.REFUSED
    assert judge(view).left == ()


@pytest.mark.parametrize("tools", TOOLS)
def test_a_bucket_in_another_region_is_told_with_its_region(
    home: Path, s3_server: S3Server, tools: dict[str, str]
) -> None:
    bucket = s3_server.bucket(region="eu-west-1")
    view = asked(home, s3_server, s3_server.user(allowing(bucket, backups=ALL)), bucket, script=tools)
    region = checks(view)["region"]
    assert (region.health, region.seen) == ("bad", "the bucket is in eu-west-1, the inventory says us-east-1")
    assert judge(view).outcome is Outcome.REFUSED


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}
"""AWS's own example, which opens nothing."""


def against(home: Path, url: str, script: dict[str, str], *targets: str) -> StoreView:
    with jira_with(home, KEYS):
        return view_from(AlteredNode(bucket_node(home), script=script), probe_of("jira-bucket", url, *targets))


@pytest.mark.parametrize("tools", TOOLS)
def test_a_host_without_an_address_is_told_and_nothing_is_sent(home: Path, tools: dict[str, str]) -> None:
    view = against(home, "https://s3.example.invalid", tools)
    found = checks(view)
    assert view.tried[0].look_up is LookUp.NONE
    assert "jira-bucket.s3.example.invalid has no address" in found["name"].seen
    assert {reply.unasked for reply in replies_in(view).values()} == {Unasked.BARRED}
    assert (found["name"].health, found["endpoint"].health, judge(view).outcome) == ("bad", "bad", Outcome.REFUSED)


@pytest.mark.parametrize("tools", TOOLS)
def test_a_refused_connection_is_told(home: Path, tools: dict[str, str]) -> None:
    found = checks(against(home, f"http://127.0.0.1:{unused_port()}", tools))
    assert found["endpoint"].health == "bad"
    assert "the connection was refused" in found["endpoint"].seen


@pytest.fixture(scope="session")
def unknown_certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    where = ["-keyout", str(folder / "key"), "-out", str(folder / "cert"), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, *where], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context


@pytest.mark.parametrize("tools", TOOLS)
def test_a_certificate_that_the_machine_does_not_trust_leaves_open_what_java_thinks(
    home: Path, tools: dict[str, str], unknown_certificate: ssl.SSLContext
) -> None:
    seen: list[str] = []

    class Never(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            seen.append(self.rfile.readline().decode("latin-1"))

    with served(Never, unknown_certificate) as port:
        view = against(home, f"https://127.0.0.1:{port}", tools)
    endpoint = checks(view)["endpoint"]
    assert endpoint.health == "unknown"
    assert "does not trust the host's certificate" in endpoint.seen
    assert "Java has a trust store of its own" in (endpoint.cure or "")
    assert judge(view).outcome is Outcome.PARTIAL
    assert not [line for line in seen if line], "something was sent to whom nobody trusts"


def saying(answer: Callable[[], bytes]) -> type[http.server.BaseHTTPRequestHandler]:
    """Return a server that says the same to whoever asks for anything."""

    class Same(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.close_connection = True
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            self.wfile.write(answer())

    return Same


PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<html><h1>Welcome</h1>\n\n\n\n"


@pytest.mark.parametrize("tools", TOOLS)
def test_a_page_of_something_in_between_is_no_yes(home: Path, tools: dict[str, str]) -> None:
    with served(saying(lambda: PAGE)) as port:
        view = against(home, f"http://127.0.0.1:{port}", tools, "avatars")
    found = healths(view, "avatars")
    assert found["write"] == found["read"] == "unknown"
    assert set(found.values()) <= {"unknown"} or tools == AWS
    assert judge(view).outcome is not Outcome.OK


@pytest.mark.parametrize("tools", TOOLS)
@pytest.mark.parametrize(
    ("code", "body", "health"),
    [
        (503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>", "unknown"),
        (500, "<Error><Code>InternalError</Code><Message>x</Message></Error>", "unknown"),
        (400, "<Error><Code>ExpiredToken</Code><Message>x</Message><Token-0>SECRET</Token-0></Error>", "bad"),
        (403, "<Error><Code>AccountProblem</Code><Message>x</Message></Error>", "bad"),
        (403, "<Error><Code>AccessDenied</Code><Message>not allowed: kms:GenerateDataKey</Message></Error>", "bad"),
        (400, "<Error><Code>InvalidRequest</Code><Message>Content-MD5 with Object Lock</Message></Error>", "unknown"),
        (403, "<html>Blocked by policy</html>", "unknown"),
        (302, "", "unknown"),
    ],
)
def test_what_a_store_refuses_with_is_read_by_its_code(
    home: Path, tools: dict[str, str], code: int, body: str, health: str
) -> None:
    head = f"HTTP/1.1 {code} x\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    with served(saying((head + body).encode)) as port:
        view = against(home, f"http://127.0.0.1:{port}", tools, "avatars")
    assert healths(view, "avatars")["write"] == health
    assert "good" not in healths(view, "avatars").values()


def test_a_clock_that_is_off_is_told_and_one_beyond_what_aws_takes_is_a_fault(home: Path) -> None:
    def at(seconds: float) -> bytes:
        stamp = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds))
        return f"HTTP/1.1 403 Forbidden\r\nDate: {stamp}\r\nContent-Length: 0\r\n\r\n".encode()

    for off, health, words in [
        (-20 * 60, "bad", "20 minutes ahead of"),
        (8 * 60, "care", "minutes behind"),
        (60, "good", "agree"),
    ]:
        with served(saying(lambda off=off: at(off))) as port:  # type: ignore[misc] # a default binds it
            clock = checks(against(home, f"http://127.0.0.1:{port}", CURL))["clock"]
        assert clock.health == health
        assert words in clock.seen


# Time


@pytest.mark.parametrize("tools", TOOLS)
def test_a_store_that_never_answers_costs_a_share_of_the_time_and_the_letter_comes_whole(
    home: Path, tools: dict[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        began = time.monotonic()
        view = against(home, f"http://127.0.0.1:{listener.getsockname()[1]}", tools, "avatars", "backups")
        took = time.monotonic() - began
    assert took < 25
    assert checks(view)["endpoint"].health == "bad"
    assert "no answer came in time" in checks(view)["endpoint"].seen


def test_a_look_up_and_an_aws_command_that_hang_cost_their_share_too(home: Path, tmp_path: Path) -> None:
    slow = tmp_path / "aws"
    slow.write_text("#!/bin/sh\n[ $1 = --version ] || sleep 60\n")
    slow.chmod(0o755)
    script = {
        "/usr/local/bin/aws /usr/bin/aws": str(slow),
        'getent ahosts "$name"': "sleep 60",
        "command -v curl": "command -v no-curl",
    }
    began = time.monotonic()
    view = against(home, "http://127.0.0.1:1", script, "avatars", "backups")
    assert time.monotonic() - began < 45
    assert view.tried[0].look_up is LookUp.SLOW
    assert judge(view).outcome is Outcome.REFUSED
    assert "no answer came in time" in checks(view)["endpoint"].seen


def test_what_there_is_no_time_for_is_not_asked_and_says_so(home: Path, s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, backups=ALL))
    late = {**CURL, "begun + 48": "begun + 1"}
    view = asked(home, s3_server, keys, bucket, "avatars", script=late)
    assert {reply.unasked for reply in replies_in(view, "avatars").values()} == {Unasked.NO_TIME}
    assert checks(view)["avatars write"].seen == "not asked: no time left"
    assert judge(view).outcome is Outcome.PARTIAL


def test_every_request_ends_before_the_node_would_end_the_letter() -> None:
    script = script_of(PARTS[ProbeStores], {})
    budget = int(re.findall(r"begun \+ (\d+) - now", script)[0])
    most = int(re.findall(r"-le (\d+) \] \|\| patience=", script)[0])
    assert budget + most < NODE_SECONDS


@needs("aws", "awscli")
def test_an_aws_command_that_does_not_start_is_none(home: Path, s3_server: S3Server, tmp_path: Path) -> None:
    broken = tmp_path / "aws"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, backups=BACKUPS_ONLY))
    view = asked(home, s3_server, keys, bucket, script={"/usr/local/bin/aws /usr/bin/aws": str(broken)})
    assert (view.rights.tool, healths(view, "backups")["write"]) == ("curl", "good")


def test_where_there_is_no_tool_that_is_what_is_told(home: Path, s3_server: S3Server) -> None:
    keys = s3_server.user()
    view = asked(home, s3_server, keys, "jira-bucket", script={**CURL, "command -v curl": "command -v no-curl"})
    assert view.rights.tool == "none"
    assert checks(view)["backups write"].seen == "not asked: the node has neither the aws command nor curl"
    assert judge(view).outcome is Outcome.PARTIAL


# Secrets


@needs("strace", "strace")
@pytest.mark.parametrize("tools", TOOLS)
def test_no_credential_is_in_an_argument_a_file_the_letter_or_the_answer(
    home: Path, s3_server: S3Server, tools: dict[str, str], tmp_path: Path
) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.role(allowing(bucket, backups=ALL))
    trace = tmp_path / "trace"
    around = ("strace", "-f", "-s", "8192", "-o", str(trace), "-e", "trace=execve,%file")
    port = AlteredNode(bucket_node(home), script=tools, around=around)
    request = ProbeStores(probes=(probe_of(bucket, s3_server.url, "avatars", "backups"),))
    with jira_with(home, keys.environment | {"AWS_ENDPOINT_URL_STS": s3_server.url}):
        answer = port.perform(request)
    assert isinstance(answer, Ok), answer
    secrets = [keys.secret, keys.token or "", keys.id]
    assert all(secrets)
    calls = trace.read_text(errors="replace")
    assert "execve(" in calls
    assert not [secret for secret in secrets if secret in calls]
    letter = letter_for(bucket_node(home), request, "0" * 32, login_user="ops")
    assert not [secret for secret in secrets if secret in repr(answer) + letter.stdin.decode() + letter.command]
    assert {path.name for path in home.iterdir()} == {".jira-home.lock"}


@pytest.mark.parametrize("tools", TOOLS)
def test_a_store_that_repeats_the_credentials_in_its_answer_does_not_get_them_told(
    home: Path, tools: dict[str, str]
) -> None:
    secrets = (KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"])
    told = " ".join(secrets)
    body = (
        f"<Error><Code>SignatureDoesNotMatch</Code><Message>{told}</Message>"
        f"<AWSAccessKeyId>{secrets[0]}</AWSAccessKeyId><CanonicalRequest>{told}</CanonicalRequest></Error>"
    )
    head = f"HTTP/1.1 403 x\r\nETag: {told}\r\nContent-Length: {len(body)}\r\n\r\n"
    with served(saying((head + body).encode)) as port:
        view = against(home, f"http://127.0.0.1:{port}", tools, "avatars", "backups")
    assert not [secret for secret in secrets if secret in repr(view)]


# As whom


def test_another_user_than_the_owner_is_refused_since_it_would_prove_nothing(home: Path) -> None:
    port = ShellNode(replace(bucket_node(home), owner="daemon"))
    answer = port.perform(ProbeStores(probes=(probe_of("jira-bucket", "http://127.0.0.1:1"),)))
    assert isinstance(answer, Refused)
    assert answer.code == "not-owner"


def test_through_sudo_it_goes_as_the_owner_or_not_at_all(home: Path) -> None:
    request = ProbeStores(probes=(probe_of("jira-bucket", "http://127.0.0.1:1"),))
    letter = letter_for(bucket_node(home), request, "0" * 32, login_user="ops")
    assert letter.command.count("/usr/bin/timeout") == 1
    assert letter.command.startswith("cd / ; /usr/bin/sudo -n -u ")


@pytest.mark.parametrize("key", ["a b", 'a"b', "a\nb", "$(id)", "a;b", "", "\u00e9", "a\\b"])
def test_what_could_be_read_as_something_else_does_not_travel(home: Path, key: str) -> None:
    probe = probe_of("jira-bucket", "http://127.0.0.1:1")
    bent = replace(probe, trials=(replace(probe.trials[0], key=key),))
    with pytest.raises(ValueError, match="cannot travel"):
        letter_for(bucket_node(home), ProbeStores(probes=(bent,)), "0" * 32, login_user=None)
    assert isinstance(ShellNode(bucket_node(home)).perform(ProbeStores(probes=(bent,))), Lost)
