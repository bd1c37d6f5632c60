"""The documents at real S3 API servers: accepted, and enforced as each target needs it.

Moto (`s3_server`) enforces identity policies by action and resource, for users and roles, but no condition; Ceph
(`second_s3`) enforces conditions, a bucket's own policy and lifecycle rules. What each leaves out is said in
tests/support/s3_server.py and s3_ceph.py; what a document means is checked in tests/core/bucket_policy as well.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import subprocess
import uuid
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from agent.operations.bucket_policy import Wish, bucket_policy
from agent.operations.world import Choice
from tests.command_line import write_inventory
from tests.operations.contract import as_json
from tests.support.need import needs
from tests.support.s3_server import ANYBODY
from tests.support.test_s3_server import code_of, whole_upload

if TYPE_CHECKING:
    from tests.support.s3_ceph import CephServer
    from tests.support.s3_server import Keys, S3Server

Try = Callable[[Any, str, str], object]
REFUSED = {"AccessDenied", "403"}

TRIES: dict[str, Try] = {
    "put": lambda s3, bucket, key: s3.put_object(Bucket=bucket, Key=key, Body=b"new"),
    "put in parts": whole_upload,
    "get": lambda s3, bucket, key: s3.get_object(Bucket=bucket, Key=key),
    "head": lambda s3, bucket, key: s3.head_object(Bucket=bucket, Key=key),
    "delete": lambda s3, bucket, key: s3.delete_object(Bucket=bucket, Key=key),
}
LIST: Try = lambda s3, bucket, key: s3.list_objects_v2(Bucket=bucket, Prefix=f"{key.partition('/')[0]}/")  # noqa: E731
FORBIDDEN: dict[str, Try] = {
    "list everything": lambda s3, bucket, _: s3.list_objects_v2(Bucket=bucket),
    "list versions": lambda s3, bucket, _: s3.list_object_versions(Bucket=bucket),
    "read the policy": lambda s3, bucket, _: s3.get_bucket_policy(Bucket=bucket),
    "delete the bucket": lambda s3, bucket, _: s3.delete_bucket(Bucket=bucket),
    "end an upload": lambda s3, bucket, key: s3.abort_multipart_upload(
        Bucket=bucket, Key=key, UploadId=_begun(s3, bucket, key)
    ),
    "stop versioning": lambda s3, bucket, _: s3.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
    ),
}


def _begun(s3: Any, bucket: str, key: str) -> str:
    return str(s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"])


def documents(folder: Path, server: S3Server, layout: dict[str, str], **wish: Any) -> dict[str, dict[str, str]]:
    """Return what the task says for a cluster that lies at this server: text by file name, by bucket."""
    stores = "".join(
        f"  {target}Store: {{bucket-name: {name}, region: us-east-1, endpoint-override: '{server.url}'}}\n"
        for target, name in layout.items()
    )
    links = ", ".join(f"{target}: {target}Store" for target in layout)
    text = (
        'jira: {version: "10.3.4", localhome: /var/jira}\nssh: {config: none}\nnodes: {jira-1: {}}\n'
        f"filestores:\n{stores}associations: {{{links}}}\n"
    )
    asked = Wish(out=folder / "out", **wish)
    said = as_json(bucket_policy(Choice(inventory=write_inventory(folder, prod=text)), asked, template=None))
    return {
        it["bucket"]: {Path(one["path"]).name: Path(one["path"]).read_text(encoding="ascii") for one in it["documents"]}
        for it in said["buckets"]
    }


def outcome(server: S3Server, keys: Keys, attempt: Try, bucket: str, key: str) -> str:
    """Try something on an object that is there, and put it back."""
    server.put(bucket, key, b"old")
    with server.client("s3", keys) as s3:
        code = code_of(partial(attempt, s3, bucket, key))
    assert code in REFUSED | {"ok"}, code
    return "ok" if code == "ok" else "refused"


def outcomes(server: S3Server, keys: Keys, bucket: str, key: str) -> dict[str, str]:
    return {name: outcome(server, keys, attempt, bucket, key) for name, attempt in TRIES.items()}


WRITE_ONLY = {"put": "ok", "put in parts": "ok", "get": "refused", "head": "refused", "delete": "refused"}
READ_WRITE = dict.fromkeys(TRIES, "ok")
NOTHING = dict.fromkeys(TRIES, "refused")


@pytest.fixture(params=["moto", "ceph"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue("s3_server" if request.param == "moto" else "second_s3")
    return found


def test_backups_are_written_and_neither_read_listed_nor_deleted(server: S3Server, tmp_path: Path) -> None:
    bucket, other = server.bucket(), server.bucket()
    nodes = server.user(documents(tmp_path, server, {"backups": bucket})[bucket]["policy.json"])

    assert outcomes(server, nodes, bucket, "backups/2026.zip") == WRITE_ONLY
    assert outcomes(server, nodes, bucket, "backups/Healtcheck/1") == WRITE_ONLY
    assert outcomes(server, nodes, other, "backups/2026.zip") == NOTHING
    assert outcome(server, nodes, LIST, bucket, "backups/2026.zip") == "refused"
    assert {it: outcome(server, nodes, do, bucket, "backups/1") for it, do in FORBIDDEN.items()} == dict.fromkeys(
        FORBIDDEN, "refused"
    )


@pytest.mark.parametrize("target", ["avatars", "attachments"])
def test_avatars_and_attachments_are_listed_read_written_and_deleted(
    server: S3Server, tmp_path: Path, target: str
) -> None:
    bucket, other = server.bucket(), server.bucket()
    nodes = server.user(documents(tmp_path, server, {target: bucket})[bucket]["policy.json"])

    assert outcomes(server, nodes, bucket, f"{target}/1") == READ_WRITE
    assert outcome(server, nodes, LIST, bucket, f"{target}/1") == "ok"
    assert outcomes(server, nodes, other, f"{target}/1") == NOTHING
    forbidden = {name: attempt for name, attempt in FORBIDDEN.items() if name != "list everything"}
    assert {it: outcome(server, nodes, do, bucket, f"{target}/1") for it, do in forbidden.items()} == dict.fromkeys(
        forbidden, "refused"
    )


def test_in_a_shared_bucket_each_target_has_its_rights_below_its_prefix_alone(server: S3Server, tmp_path: Path) -> None:
    bucket = server.bucket()
    layout = dict.fromkeys(("avatars", "attachments", "backups"), bucket)
    nodes = server.user(documents(tmp_path, server, layout)[bucket]["policy.json"])

    assert outcomes(server, nodes, bucket, "backups/2026.zip") == WRITE_ONLY
    assert outcomes(server, nodes, bucket, "avatars/1") == READ_WRITE
    assert outcomes(server, nodes, bucket, "attachments/1") == READ_WRITE
    assert outcomes(server, nodes, bucket, "elsewhere/1") == NOTHING
    assert outcomes(server, nodes, bucket, "avatars-of-others/1") == NOTHING
    assert outcome(server, nodes, LIST, bucket, "avatars/1") == "ok"


def test_in_a_shared_bucket_backups_are_not_listed_which_moto_does_not_enforce(
    second_s3: CephServer, tmp_path: Path
) -> None:
    bucket = second_s3.bucket()
    layout = dict.fromkeys(("avatars", "backups"), bucket)
    nodes = second_s3.user(documents(tmp_path, second_s3, layout)[bucket]["policy.json"])

    assert outcome(second_s3, nodes, LIST, bucket, "avatars/1") == "ok"
    assert outcome(second_s3, nodes, LIST, bucket, "backups/2026.zip") == "refused"
    assert outcome(second_s3, nodes, FORBIDDEN["list everything"], bucket, "avatars/1") == "refused"


def test_a_role_s_session_has_the_same_rights(s3_server: S3Server, tmp_path: Path) -> None:
    bucket = s3_server.bucket()
    layout = dict.fromkeys(("avatars", "backups"), bucket)
    nodes = s3_server.role(documents(tmp_path, s3_server, layout)[bucket]["policy.json"])

    assert outcomes(s3_server, nodes, bucket, "backups/2026.zip") == WRITE_ONLY
    assert outcomes(s3_server, nodes, bucket, "avatars/1") == READ_WRITE


def test_a_bucket_s_own_policy_gives_the_rights_to_its_principal_which_moto_does_not_enforce(
    second_s3: CephServer, tmp_path: Path
) -> None:
    bucket, nodes, stranger = second_s3.bucket(), second_s3.user(), second_s3.user()
    layout = dict.fromkeys(("avatars", "backups"), bucket)
    text = documents(tmp_path, second_s3, layout, principals=(nodes.arn,))[bucket]["bucket-policy.json"]
    with second_s3.client() as s3:
        s3.put_bucket_policy(Bucket=bucket, Policy=text)

    assert outcomes(second_s3, nodes, bucket, "backups/2026.zip") == WRITE_ONLY
    assert outcomes(second_s3, nodes, bucket, "avatars/1") == READ_WRITE
    assert outcome(second_s3, nodes, LIST, bucket, "avatars/1") == "ok"
    assert outcome(second_s3, nodes, LIST, bucket, "backups/1") == "refused"
    assert outcomes(second_s3, stranger, bucket, "avatars/1") == NOTHING


def test_a_bucket_s_own_policy_is_taken_and_given_back(server: S3Server, tmp_path: Path) -> None:
    bucket, nodes = server.bucket(), server.user()
    text = documents(tmp_path, server, {"backups": bucket}, principals=(nodes.arn,))[bucket]["bucket-policy.json"]
    with server.client() as s3:
        s3.put_bucket_policy(Bucket=bucket, Policy=text)
        assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(text)


def test_versioning_and_lifecycle_are_taken_as_json(server: S3Server, tmp_path: Path) -> None:
    bucket = server.bucket()
    found = documents(tmp_path, server, {"backups": bucket})[bucket]
    lifecycle = json.loads(found["lifecycle.json"])
    with server.client() as s3:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=json.loads(found["versioning.json"]))
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=lifecycle)
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert _rules(s3, bucket) == _by_id(lifecycle["Rules"])


def test_versioning_and_lifecycle_are_taken_as_xml_by_a_signed_put(server: S3Server, tmp_path: Path) -> None:
    bucket = server.bucket()
    found = documents(tmp_path, server, {"backups": bucket})[bucket]

    assert signed_put(server, f"/{bucket}?versioning", found["versioning.xml"].encode()) == 200
    assert signed_put(server, f"/{bucket}?lifecycle", found["lifecycle.xml"].encode()) == 200
    with server.client() as s3:
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert _rules(s3, bucket) == _by_id(json.loads(found["lifecycle.json"])["Rules"])


def test_health_checks_expire_by_the_rule_and_backups_stay_which_moto_does_not_enforce(
    second_s3: CephServer, tmp_path: Path
) -> None:
    bucket = second_s3.bucket()
    found = documents(tmp_path, second_s3, {"backups": bucket})[bucket]
    assert signed_put(second_s3, f"/{bucket}?versioning", found["versioning.xml"].encode()) == 200
    assert signed_put(second_s3, f"/{bucket}?lifecycle", found["lifecycle.xml"].encode()) == 200
    stays = ["backups/2026-Nov-22.zip", "backups/Healthcheck-before-upgrade.zip"]
    for key in (*stays, "backups/Healthcheck/jira-1", "backups/Healtcheck/jira-1"):
        second_s3.put(bucket, key, b"60 bytes")

    def whole() -> list[str]:
        return sorted(key for key, kind in second_s3.versions(bucket) if kind == "version")

    second_s3.live_until(lambda: len(second_s3.keys(bucket)) == len(stays), days=6)
    assert second_s3.keys(bucket) == stays
    second_s3.live_until(lambda: len(whole()) == len(stays), days=2)
    assert whole() == stays, "what was hidden is gone for good"


def run_in_a_shell(server: S3Server, script: str, folder: Path) -> str:
    """Run what the terminal showed, as it was shown, with the aws command and the keys of the admin."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        ["sh", "-euc", script],
        env=environment | server.admins["aws"].environment,
        cwd=folder,
        check=True,
        timeout=240,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


@needs("aws", "awscli")
def test_the_commands_for_amazon_do_as_they_are_shown(s3_server: S3Server, tmp_path: Path) -> None:
    """The one word that is not theirs is where this Amazon answers."""
    bucket, role = s3_server.bucket(), f"jira-{uuid.uuid4().hex[:12]}"
    with s3_server.client("iam") as iam:
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(ANYBODY))
    text = (
        'jira: {version: "10.3.4", localhome: /var/jira}\nssh: {config: none}\nnodes: {jira-1: {}}\n'
        f"filestores: {{one: {{bucket-name: {bucket}, region: us-east-1}}}}\n"
        "associations: {avatars: one, backups: one}\n"
    )
    inventory, out = write_inventory(tmp_path, prod=text), tmp_path / "it's here"
    report = bucket_policy(Choice(inventory=inventory), Wish(out=out, role=role), template=None)
    shown = "".join(f"{line.text}\n" for line in report.lines)

    run_in_a_shell(s3_server, f'aws() {{ command aws --endpoint-url {s3_server.url} "$@"; }}\n{shown}', tmp_path)
    with s3_server.client("iam") as iam:
        put = iam.get_role_policy(RoleName=role, PolicyName=f"jira-{bucket}")["PolicyDocument"]
    assert put == json.loads((out / "prod" / bucket / "policy.json").read_text(encoding="ascii"))
    with s3_server.client() as s3:
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert len(_rules(s3, bucket)) == 3


@needs("aws", "awscli")
def test_the_commands_for_another_store_go_to_its_endpoint(second_s3: CephServer, tmp_path: Path) -> None:
    bucket, nodes = second_s3.bucket(), second_s3.user()
    asked = {"backups": bucket}
    texts = documents(tmp_path, second_s3, asked, principals=(nodes.arn,))[bucket]
    inventory = Choice(inventory=tmp_path / "inventory")
    report = bucket_policy(inventory, Wish(principals=(nodes.arn,), out=tmp_path / "out"), template=None)

    shown = "".join(f"{line.text}\n" for line in report.lines)

    said = run_in_a_shell(second_s3, shown, tmp_path)
    if "NoneType" in said:  # Ceph's refusal has no sentence, and aws 1.45 stumbles over that: nothing is put unseen.
        assert "nothing was put, since it is not known what is there" in said
        (put,) = re.findall(r"^then (aws s3api put-bucket-lifecycle.*)$", shown, re.MULTILINE)
        run_in_a_shell(second_s3, put, tmp_path)
    with second_s3.client() as s3:
        assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(texts["bucket-policy.json"])
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert len(_rules(s3, bucket)) == 2
    assert outcomes(second_s3, nodes, bucket, "backups/2026.zip") == WRITE_ONLY


@needs("aws", "awscli")
def test_the_commands_replace_nothing_that_the_owner_has_set_and_keep_a_copy(server: S3Server, tmp_path: Path) -> None:
    bucket, nodes = server.bucket(), server.user()
    secure = {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [secure]})
    rules = [{"ID": "owner", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 9}}]
    with server.client() as s3:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    documents(tmp_path, server, {"backups": bucket}, principals=(nodes.arn,))
    wish = Wish(principals=(nodes.arn,), out=tmp_path / "out")
    report = bucket_policy(Choice(inventory=tmp_path / "inventory"), wish, template=None)

    said = run_in_a_shell(server, "".join(f"{line.text}\n" for line in report.lines), tmp_path)
    with server.client() as s3:
        assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(policy)
        assert list(_rules(s3, bucket)) == ["owner"]
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    assert said.count("nothing was replaced") == 2
    (kept,) = (tmp_path / "out").rglob("bucket-policy-before-*.json")
    assert json.loads(json.loads(kept.read_text(encoding="ascii"))["Policy"]) == json.loads(policy)
    (kept,) = (tmp_path / "out").rglob("lifecycle-before-*.json")
    assert [rule["ID"] for rule in json.loads(kept.read_text(encoding="ascii"))["Rules"]] == ["owner"]


def _rules(s3: Any, bucket: str) -> dict[str, Any]:
    return _by_id(s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"])


def _by_id(rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {rule["ID"]: rule for rule in rules}


def signed_put(server: S3Server, path: str, body: bytes) -> int:
    """Send bytes as they are, signed as the admin, without the help of an SDK."""
    admin = server.admins["aws"]
    digest = b64encode(hashlib.md5(body).digest()).decode()  # noqa: S324 - what the API wants
    asked = AWSRequest(method="PUT", url=f"{server.url}{path}", data=body, headers={"Content-MD5": digest})
    S3SigV4Auth(Credentials(admin.id, admin.secret), "s3", "us-east-1").add_auth(asked)
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        line.request("PUT", path, body=body, headers=dict(asked.headers))
        return line.getresponse().status
    finally:
        line.close()
