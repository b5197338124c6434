"""The visitors of a soak, as the script sends them: a swap, beats while they stay, the last as they leave. A process.

`python -m tests.soak.visiting PORT BEGUN RATE SECONDS SEED OUT` writes a line of JSON for each visitor to OUT, once
he is gone. Each comes from an address of his own, as through a proxy that is trusted.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

import aiohttp
import uvloop

from tests.soak.auditor import sure_until
from tests.soak.plan import BEAT_SECONDS, HOST, KEY, WINDOW_SECONDS

STAYS: Final = ((3.0, True), (3.0, True), (3.0, True), (12.0, True), (12.0, True), (11.0, False))
"""How long somebody stays, and whether he is heard to leave: a browser that is closed often says nothing."""
_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
_PAGE = f"https://{HOST}/okna/?utm_source=yandex&utm_medium=cpc&utm_campaign=okna&yclid=1234567890"


@dataclass
class Script:
    """What the pages ask with; `statuses` counts answers, 0 those that never came."""

    session: aiohttp.ClientSession
    url: str
    statuses: Counter[int] = field(default_factory=Counter)

    async def post(self, what: str, body: dict[str, Any], address: str) -> tuple[int, bytes]:
        """One request of a page."""
        headers = {"Origin": f"https://{HOST}", "User-Agent": _AGENT, "X-Forwarded-For": address}
        told = {"site": KEY, "at": int(time.time() * 1000), **body}
        status, read = 0, b""
        try:
            async with self.session.post(f"{self.url}/{what}", json=told, headers=headers) as answer:
                read = await answer.read()
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass
        self.statuses[status] += 1
        return status, read

    async def visit(self, place: int, stay: float, leaves: bool) -> dict[str, object] | None:
        """A whole visit; None where he was never answered."""
        address = f"100.{64 + place // 65536 % 64}.{place // 256 % 256}.{place % 256}"
        page = {"page": _PAGE, "referrer": "https://yandex.ru/", "placements": ["main"]}
        asked = time.time()
        status, read = await self.post("swap", page, address)
        since = time.time()
        answer = json.loads(read) if status == 200 else {}
        if not answer.get("visit"):
            return None
        who = {"visit": answer["visit"], "visitor": answer["visitor"]}
        shown = answer["numbers"]["main"]
        until = sure_until(asked, await self._stay(who, address, since, stay, leaves), WINDOW_SECONDS)
        return {**who, "number": shown["number"], "kind": shown["kind"], "since": since, "until": until}

    async def _stay(
        self, who: dict[str, str], address: str, since: float, stay: float, leaves: bool
    ) -> list[tuple[float, bool]]:
        """His beats that were taken, as `sure_until` has them."""
        moments = [(since + BEAT_SECONDS * place, False) for place in range(1, int(stay // BEAT_SECONDS) + 1)]
        if leaves:
            moments.append((since + stay, True))
        taken = []
        for moment, left in moments:
            await asyncio.sleep(max(0.0, moment - time.time()))
            sent = time.time()
            status, _ = await self.post("beat", {**who, "visible": not left, "leave": left}, address)
            if left or status == 204:  # who left has no more right to it, whether or not it was heard
                taken.append((sent, left))
        return taken


async def visit_all(port: int, begun: float, rate: float, seconds: float, seed: int, out: TextIO) -> Counter[int]:
    """Visitors at an even rate until the seconds are over, and until the last of them is gone."""
    chance = random.Random(seed)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=10)) as session:
        script = Script(session, f"http://127.0.0.1:{port}/calltracking/v1")

        async def one(place: int, stay: float, leaves: bool) -> None:
            if told := await script.visit(place, stay, leaves):
                out.write(json.dumps(told) + "\n")

        async with asyncio.TaskGroup() as group:
            for place in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, begun + place / rate - time.time()))
                group.create_task(one(place, *chance.choice(STAYS)))
        return script.statuses


def main(arguments: list[str]) -> None:
    port, begun, rate, seconds, seed, out = arguments
    with Path(out).open("w", encoding="ascii") as file:
        statuses = uvloop.run(visit_all(int(port), float(begun), float(rate), float(seconds), int(seed), file))
        file.write(json.dumps({"statuses": statuses}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
