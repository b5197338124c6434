"""What the product says of itself, asked as anybody asks it: pages of its API, and its metrics."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.soak.auditor import Lease, SeenCall

Row = dict[str, Any]
_DAYS = {"days": "2"}
_QUEUES = {
    "trunkline_spool_waiting_bytes": "bytes in the spool",
    "trunkline_outbox_waiting_events": "events in the outbox",
    "trunkline_outbox_dead_letters": "dead letters",
    "trunkline_spool_rejects_total": "rejected records",
}


class Api:
    """`/api/v1` with a token, and `/metrics`, which needs none on this machine."""

    def __init__(self, session: aiohttp.ClientSession, address: str, token: str) -> None:
        self._session = session
        self._url = f"http://{address}"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def calls(self) -> list[SeenCall]:
        """Every call, merged ones too."""
        return [
            SeenCall(
                row["id"],
                row["linkedid"],
                row["direction"],
                row["client"],
                row["outcome"],
                row["ended_at"] is not None,
                row["gap"],
            )
            for outcome in ({}, {"outcome": "merged"})
            async for row in self._rows("calls", outcome)
        ]

    async def visits(self) -> list[str]:
        """The ids of all."""
        return [row["id"] async for row in self._rows("visits", _DAYS)]

    async def leases(self) -> list[Lease]:
        """Those of numbers that were somebody's own."""
        rows = [row async for row in self._rows("leases", _DAYS)]
        return [Lease(row["visitor"], row["number"]) for row in rows if row["kind"] in {"exclusive", "cooling"}]

    async def recordings(self) -> list[Row]:
        """Every recording, with its stage."""
        return [row async for row in self._rows("recordings", {})]

    async def waiting(self) -> dict[str, float]:
        """What waits and what was given up, by the metrics; raises ClientError while nobody answers."""
        return queues(await self.metrics())

    async def metrics(self) -> str:
        """The text of `/metrics`."""
        async with self._session.get(f"{self._url}/metrics") as answer:
            answer.raise_for_status()
            return await answer.text()

    async def _rows(self, what: str, query: dict[str, str]) -> AsyncIterator[Row]:
        cursor: dict[str, str] = {}
        while True:
            asked = {"limit": "1000", **query, **cursor}
            url = f"{self._url}/api/v1/{what}"
            async with self._session.get(url, params=asked, headers=self._headers) as answer:
                answer.raise_for_status()
                page = json.loads(await answer.read())
            for row in page["items"]:
                yield row
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}


def queues(metrics: str) -> dict[str, float]:
    """The sums of those metrics that have to come to nought."""
    found = dict.fromkeys(_QUEUES.values(), 0.0)
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if name := _QUEUES.get(sample.name):
                found[name] += sample.value
    return found
