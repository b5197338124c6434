"""card.*: from the AMI's bytes to a panel painted or gone in Chromium, and one ring among 500 open cards.

`pbx`, `worker` and `web` run as processes of their own, as shipped; the browser is Debian's Chromium.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from playwright.async_api import Page, async_playwright

from bench._floors import AGENTS, Floors, floors, open_cards, open_session_of
from bench.figures import Context, Figure, absolute, percentile
from tests.fakes.dialogue import call_again, stamped
from tests.fakes.waiting import eventually

ROWS = ("card.painted_p95", "card.closed_p95", "card.fanout_p95", "card.socket_bytes")

_CHROMIUM = Path("/usr/bin/chromium")
_ROUNDS = 3
_CALLS = 30  # a round
_RINGS = 100  # a round
_WATCH = """
addEventListener("DOMContentLoaded", () => {
  window.painted = [];
  const afterPaint = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = then;
    channel.port2.postMessage(0);
  });
  new MutationObserver(() => {
    const panels = document.querySelectorAll(".ring-panel").length;
    afterPaint(() => window.painted.push([panels, (performance.timeOrigin + performance.now()) / 1000]));
  }).observe(document.getElementById("caller-panels"), { childList: true });
});
"""
"""Notes when a changed number of panels has been painted: the first task after the frame that shows it."""


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """The four rows; each figure is the median of its rounds. Without a Chromium only those of the sockets."""
    if not _CHROMIUM.exists():
        print(f"no {_CHROMIUM}: card.painted_p95 and card.closed_p95 are left out", file=sys.stderr)
        wanted -= {"card.painted_p95", "card.closed_p95"}
    told = asyncio.run(_measure(context.folder, wanted))
    for name, limit, unit in (
        ("card.painted_p95", 300, "ms"),
        ("card.closed_p95", 300, "ms"),
        ("card.fanout_p95", 100, "ms"),
        ("card.socket_bytes", 100_000, "B"),
    ):
        if name in wanted:
            yield absolute(name, told[name], unit, "<=", limit)


async def _measure(folder: Path, wanted: frozenset[str]) -> dict[str, list[float]]:
    told: dict[str, list[float]] = {name: [] for name in ROWS}
    async with floors(folder) as running:
        if wanted & {"card.painted_p95", "card.closed_p95"}:
            async with _page(running) as page:
                await _calls(running, page, 0)  # warm
                for number in range(1, _ROUNDS + 1):
                    painted, closed = await _calls(running, page, number)
                    told["card.painted_p95"].append(percentile(painted, 0.95))
                    told["card.closed_p95"].append(percentile(closed, 0.95))
        if wanted & {"card.fanout_p95", "card.socket_bytes"}:
            await _among_many(running, told)
    return told


async def _calls(floors: Floors, page: Page, number: int) -> tuple[list[float], list[float]]:
    """Milliseconds to the painted panel of 101, and from the answer of 102 until it is gone."""
    painted: list[float] = []
    closed: list[float] = []
    for copy in range(number * _CALLS + 1, (number + 1) * _CALLS + 1):
        frames = call_again("ring_group_answered", copy, time.time())
        rings = _place(frames, b"PJSIP/101", b"ChannelStateDesc: Ringing") + 1
        answered = _place(frames, b"PJSIP/102", b"ChannelStateDesc: Up")
        gone = _place(frames, b"PJSIP/101", b"Event: Hangup\r") + 1
        painted.append(await _until_painted(floors, page, frames[:rings], 1))
        await _say(floors, frames[rings:answered])
        closed.append(await _until_painted(floors, page, frames[answered:gone], 0))
        await _say(floors, frames[gone:])
    return painted, closed


def _place(frames: Sequence[bytes], channel: bytes, what: bytes) -> int:
    return next(i for i, frame in enumerate(frames) if what in frame and b"\r\nChannel: " + channel in frame)


async def _until_painted(floors: Floors, page: Page, frames: Sequence[bytes], panels: int) -> float:
    seen: int = await page.evaluate("window.painted.length")
    begun = await _say(floors, frames)
    await page.wait_for_function("seen => window.painted.length > seen", arg=seen, timeout=10_000)
    told: list[Any] = await page.evaluate("seen => window.painted[seen]", seen)
    assert told[0] == panels, f"{told[0]} panels, not {panels}"
    return (float(told[1]) - begun) * 1000


async def _say(floors: Floors, frames: Sequence[bytes]) -> float:
    now = time.time()
    said = [stamped(frame, now + index * 1e-6) for index, frame in enumerate(frames)]
    begun = time.time()
    await floors.house.server.say(b"".join(frame + b"\r\n\r\n" for frame in said))
    return begun


async def _among_many(floors: Floors, told: dict[str, list[float]]) -> None:
    """One telephone after another rings among 500 open cards, and what the cards cost."""
    arrived: dict[str, float] = {}
    web = psutil.Process(floors.web.pid)
    before = web.memory_full_info().pss
    async with open_cards(floors) as cards:
        told["card.socket_bytes"].append((web.memory_full_info().pss - before) / len(cards))
        listening = [
            asyncio.create_task(_hear(card, arrived, extension)) for card, extension in zip(cards, AGENTS, strict=True)
        ]
        for number in range(_ROUNDS):
            times = [await _ring(floors, arrived, number * _RINGS + ring) for ring in range(_RINGS)]
            told["card.fanout_p95"].append(percentile(times, 0.95))
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


async def _hear(card: aiohttp.ClientWebSocketResponse, arrived: dict[str, float], extension: str) -> None:
    async for _ in card:
        arrived[extension] = time.perf_counter()


async def _ring(floors: Floors, arrived: dict[str, float], number: int) -> float:
    """Milliseconds from before the row is written until the card has heard."""
    extension = AGENTS[number * 7 % len(AGENTS)]
    arrived.pop(extension, None)
    begun = time.perf_counter()
    await floors.floor.ring(extension, number)
    await eventually(lambda: extension in arrived)
    heard = arrived.pop(extension)
    await floors.floor.leave(extension, number)
    await eventually(lambda: extension in arrived)
    return (heard - begun) * 1000


@asynccontextmanager
async def _page(floors: Floors) -> AsyncIterator[Page]:
    """The card of 101 in Chromium, connected."""
    secret = await open_session_of(floors.house, "101")
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=arguments)
        context = await browser.new_context()
        await context.add_cookies([{"name": "trunkline", "value": secret, "url": floors.address}])
        page = await context.new_page()
        await page.add_init_script(_WATCH)
        await page.goto(f"{floors.address}/card")
        await page.wait_for_selector("#caller-link.state-ok")
        yield page
        await browser.close()
