"""How are gauges written for Prometheus? As the text that node_exporter's textfile collector reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.core.forms.gauges import Gauge


@dataclass(frozen=True, slots=True)
class _Collected:
    """What a registry asks for its metrics: these numbers are not counted in this process, but told by a report."""

    gauges: Sequence[Gauge]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge in self.gauges:
            family = GaugeMetricFamily(gauge.name, gauge.about, labels=gauge.labels)
            for sample in gauge.samples:
                family.add_metric(sample.labels, sample.value)
            yield family


def metrics_bytes(gauges: Sequence[Gauge]) -> bytes:
    """Return the file's bytes: each gauge with its help and its type, in this order, without times of the samples."""
    registry = CollectorRegistry()
    registry.register(_Collected(gauges))
    return generate_latest(registry)
