"""A site with leased and static numbers, the ways people come to it, their calls, and what the report tells of them."""

import json
import time
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import Office, client, phone, talk
from tests.e2e.asterisk.product import Product, Row
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


async def settle(connection: Connection) -> None:
    """A site whose `main` is leased numbers and whose `footer` tells a source; a billboard."""
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


def call_each(office: Office, numbers: Sequence[str]) -> None:
    """A stranger calls each of these numbers, all at once, and stays until 104 has talked with him."""
    callers = [
        client("caller_stays", f"+7926111{place:04d}", line=number, at=f"caller{place}")
        for place, number in enumerate(numbers, 1)
    ]
    with talk(office.pbx) as scene:
        scene.start(replace(phone("phone_hangs_up", 104), calls=len(numbers)), *callers)
        assert len(scene.finish()) == len(numbers)


class Marketer:
    """Who reads the report of a product."""

    def __init__(self, product: Product, login: str) -> None:
        self.script, self.pages = f"http://127.0.0.1:{product.web + 1}", f"http://127.0.0.1:{product.web}"
        self.cookie = ("trunkline", company.in_database(product.settings, partial(_open_session, login=login)))

    def until_served(self, key: str) -> None:
        """Wait until visitors of this site are answered."""
        until(lambda: self._served(key), f"the site {key} to be known", 30)

    def visits(self, channel: str) -> int:
        """How many the report tells of."""
        return sum(row["visits"] for row in self._rows() if row["key"] == channel)

    def until_told(self, expected: Mapping[str, tuple[int, int]]) -> None:
        """Wait until the report says so many calls and answered calls by channel, and no others."""
        until(lambda: self._told() == expected, lambda: f"{expected} on the report, where {self._told()} is", 30)

    def explained(self) -> list[tuple[str, str]]:
        """The number that was called and the channel, of each call that a visit or the number explains, in order."""
        items = self._ask("/api/v1/attributions?days=7")["items"]
        return sorted((row["dialled"], row["channel"]) for row in items)

    def _told(self) -> Mapping[str, tuple[int, int]]:
        return {row["key"]: (row["calls"], row["answered"]) for row in self._rows() if row["calls"]}

    def _rows(self) -> Sequence[Row]:
        rows: Sequence[Row] = self._ask("/api/v1/reports/channels?days=7")["rows"]
        return rows

    def _served(self, key: str) -> bool:
        try:
            return bool(_get(f"{self.script}/calltracking/v1/sites/{key}.json")["placements"])
        except OSError:
            return False

    def _ask(self, path: str) -> Any:
        return _get(f"{self.pages}{path}", Cookie="=".join(self.cookie))


async def _open_session(connection: Connection, login: str) -> str:
    reader = await connection.fetchval("select id from people where login = $1", login)
    lifetime = Lifetime(timedelta(days=1), timedelta(1))
    return await open_session(connection, reader, Origin(None, "e2e"), lifetime, datetime.now(UTC))


def _get(url: str, **headers: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return json.load(answer)
