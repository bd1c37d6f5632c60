"""What is a partition of AWS? A group of regions with a domain of its own, and the kinds of S3 hosts that it has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One partition: its regions, the pattern that later ones will match, and which of them have which S3 hosts.

    dual_stack, fips and fips_dual_stack name the regions that have S3 hosts of that kind besides the plain one.
    """

    name: str
    suffix: str
    pattern: str
    regions: tuple[str, ...]
    dual_stack: tuple[str, ...] = ()
    fips: tuple[str, ...] = ()
    fips_dual_stack: tuple[str, ...] = ()
