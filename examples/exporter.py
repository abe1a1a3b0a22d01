"""Tell Prometheus of the SAs: python exporter.py PORT [PATH | unix:///PATH | tcp://HOST:PORT]."""

import math
import sys
from collections.abc import Iterator
from functools import partial

import anyio
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

import anyvici


class Tunnels(Collector):
    """What the table has at the moment at which Prometheus asks."""

    def __init__(self, table: anyvici.SaTable) -> None:
        self._table = table

    def collect(self) -> Iterator[Metric]:
        """Iterate over the metrics; called in the thread of the HTTP server, so copy first."""
        ike_sas = [*self._table.ike_sas.values()]
        names = ["ike", "remote_id", "child", "uniqueid"]
        octets = CounterMetricFamily("ipsec_octets", "What went through", labels=[*names, "way"])
        for ike_sa in ike_sas:
            for sa in ike_sa.child_sas:
                labels = [ike_sa.name, ike_sa.remote_id, sa.name, str(sa.uniqueid)]
                octets.add_metric([*labels, "in"], sa.bytes_in or 0)
                octets.add_metric([*labels, "out"], sa.bytes_out or 0)
        yield GaugeMetricFamily("ipsec_charon_up", "Is charon there?", self._table.connected)
        yield GaugeMetricFamily("ipsec_ike_sas", "IKE_SAs", len(ike_sas))
        yield octets


async def main(port: str, address: str | None = None) -> None:
    """Serve http://localhost:PORT/metrics until interrupted, whether there is a charon or not."""
    async with (
        anyvici.connect(address, wait=math.inf) as client,
        anyvici.watch_sas(client, refresh=10) as table,
    ):
        registry = CollectorRegistry()
        registry.register(Tunnels(table))
        start_http_server(int(port), registry=registry)
        async for change in table:
            print(change)


anyio.run(partial(main, *sys.argv[1:]))
