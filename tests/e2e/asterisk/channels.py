"""A site with leased and static numbers, the ways people come to it, and what the report tells of their calls."""

import json
import time
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.e2e.asterisk import company
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.visitors import Way
from tests.e2e.asterisk.waiting import until
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.people.sessions import Lifetime, Origin, open_session

KEY = "e2eokna00001"
PHONES = {"main": "+74951110200", "footer": "+74951110201"}
WAYS = {
    "Organic Search": Way(referrer="https://yandex.ru/"),
    "Paid Search": Way("?yclid=1795320084", "https://yandex.ru/"),
    "Direct": Way(),
    "Referral": Way(referrer="https://forum.example/"),
    "Organic Social": Way(referrer="https://vk.com/"),
    "AI Assistant": Way(referrer="https://chatgpt.com/"),
    "Email": Way("?utm_source=newsletter&utm_medium=email"),
    "Display": Way("?utm_source=2gis&utm_medium=display", phone="footer"),
}
BANNER, BILLBOARD = "+74951110202", "+74951110203"
LEASED = [f"+749511102{place}" for place in range(10, 20)]


async def settle(connection: Connection) -> str:
    """A site whose `main` is leased numbers and whose `footer` tells a source; a billboard. The cookie of a reader."""
    lines = (*PHONES.values(), BANNER, BILLBOARD, *LEASED)
    places = {line: {"target": "extension:104"} for line in lines}
    site, pool = uuid7(time.time()), uuid7(time.time())
    async with connection.transaction():
        await connection.executemany(
            "insert into lines (id, number, pbx_id) values ($1, $2, $3)",
            [(uuid.uuid4(), line, company.PBX) for line in lines],
        )
        await company.publish(connection, lines=places)
        await connection.execute("insert into tracking_pools (id, name) values ($1, 'Москва')", pool)
        await connection.execute(
            "insert into tracking_sites (id, key, name, hosts) values ($1, $2, 'Окна', '{localhost}')", site, KEY
        )
        for name, number in PHONES.items():
            await connection.execute(
                "insert into tracking_placements (id, site_id, name, number, pool_id) values ($1, $2, $3, $4, $5)",
                *(uuid7(time.time()), site, name, number, pool if name == "main" else None),
            )
        told: list[tuple[Any, ...]] = [(number, pool, None, "", "", "") for number in LEASED]
        told += [(BANNER, None, site, "footer", "2gis", "Display"), (BILLBOARD, None, None, "", "billboard", "Offline")]
        await connection.executemany(
            "insert into tracking_numbers (id, number, since, pool_id, site_id, placement, source, channel)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8)",
            [(uuid7(time.time()), number, date(2026, 1, 1), *rest) for number, *rest in told],
        )
        reader = await connection.fetchval("select id from people where login = 'auditor'")
        now = datetime.now(UTC)
        return await open_session(
            connection, reader, Origin(None, "e2e"), Lifetime(timedelta(days=1), timedelta(1)), now
        )


class Marketer:
    """Who reads the report of a product that has this site."""

    def __init__(self, product: Product) -> None:
        self.script, self.pages = f"http://127.0.0.1:{product.web + 1}", f"http://127.0.0.1:{product.web}"
        self.cookie = ("trunkline", company.in_database(product.settings, settle))

    def until_served(self) -> None:
        """Wait until visitors are answered."""
        until(self._served, "the site to be known", 30)

    def until_told(self, expected: Mapping[str, tuple[int, int]]) -> None:
        """Wait until the report says so many calls and answered calls by channel, and no others."""
        until(lambda: self._told() == expected, f"{expected} on the report, where {self._told()} is", 30)

    def _served(self) -> bool:
        try:
            return bool(_get(f"{self.script}/calltracking/v1/sites/{KEY}.json")["placements"])
        except OSError:
            return False

    def _told(self) -> Mapping[str, tuple[int, int]]:
        url = f"{self.pages}/api/v1/reports/channels?days=7"
        rows = _get(url, Cookie="=".join(self.cookie))["rows"]
        return {row["key"]: (row["calls"], row["answered"]) for row in rows if row["calls"]}


def _get(url: str, **headers: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return json.load(answer)
