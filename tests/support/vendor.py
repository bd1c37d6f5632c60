"""The vendor's own tools, as far as their public texts tell: what the chart gives the image, what the image writes.

Written from the chart's _helpers.tpl, the image's template of 2023 and Atlassian's page on the containers, and on
purpose with nothing of the product: an import is held against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGETS = ("avatars", "attachments", "backups")
Meaning = dict[str, tuple[str, str, str | None]]
"""Where the data of each target goes: bucket, region, endpoint."""


def chart_environment(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of the container, as `{{- if and bucketName bucketRegion }}` lets them through."""
    environment: dict[str, str] = {}
    storage = (values.get("jira") or {}).get("s3Storage") or {}
    for target in TARGETS:
        block = storage.get(target) or {}
        if block.get("bucketName") and block.get("bucketRegion"):
            environment[f"ATL_S3{target.upper()}_BUCKET_NAME"] = block["bucketName"]
            environment[f"ATL_S3{target.upper()}_REGION"] = block["bucketRegion"]
            if block.get("endpointOverride"):
                environment[f"ATL_S3{target.upper()}_ENDPOINT_OVERRIDE"] = block["endpointOverride"]
    return environment


def helm_merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Helm makes of two -f files."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = helm_merged(merged[key], value) if both else value
    return merged


def image_xml(environment: Mapping[str, str]) -> str | None:
    """Return the file that the image writes, or None where it writes none."""
    env = {name.lower(): value for name, value in environment.items()}
    blocks = {
        target: (env[f"atl_s3{target}_bucket_name"], env[f"atl_s3{target}_region"],
                 env.get(f"atl_s3{target}_endpoint_override") or None)
        for target in TARGETS
        if env.get(f"atl_s3{target}_bucket_name") and env.get(f"atl_s3{target}_region")
    }  # fmt: skip
    if not blocks:
        return None
    if {"avatars", "attachments"} <= set(blocks) and blocks["avatars"][0] == blocks["attachments"][0]:
        blocks["attachments"] = blocks["avatars"]
    stores, links = "", ""
    for target, (bucket, region, endpoint) in blocks.items():
        override = f"<endpoint-override>{endpoint}</endpoint-override>" if endpoint else ""
        stores += (
            f'<s3-filestore id="of-{target}"><config><bucket-name>{bucket}</bucket-name><region>{region}</region>'
            f"{override}</config></s3-filestore>"
        )
        links += f'<association target="{target}" file-store="of-{target}"/>'
    head = '<?xml version="1.0" encoding="UTF-8"?>\n\n'
    return (
        f"{head}<filestore-config><filestores>{stores}</filestores><associations>{links}</associations>"
        "</filestore-config>"
    )


def meaning_of(xml: str | bytes | None) -> Meaning:
    """Return where each target goes by a file; the ids are names, and mean nothing."""
    if xml is None:
        return {}
    root = ET.fromstring(xml)  # noqa: S314 - written by this test
    stores = {
        it.attrib["id"]: (
            it.findtext("config/bucket-name") or "",
            it.findtext("config/region") or "",
            it.findtext("config/endpoint-override"),
        )
        for it in root.iter("s3-filestore")
    }
    return {it.attrib["target"]: stores[it.attrib["file-store"]] for it in root.iter("association")}
