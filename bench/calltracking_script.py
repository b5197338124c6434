"""calltracking.script_*: what t.js weighs on the wire, and what it costs a page's main thread in real Chromium."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from bench.figures import Context, Figure, absolute
from calltracking.script.library import Library
from tests.calltracking.script.wire import Wire, serving, table
from tests.fakes.waiting import eventually

ROWS = ("calltracking.script_bytes", "calltracking.script_ms")

_CHROMIUM = Path("/usr/bin/chromium")
_ROUNDS = 6
_SLOWER = 4
_ITEM = (
    "<li><h3>Товар {0}</h3><p>Артикул <b>{0}</b>, цена <span>{0} 900 ₽</span>, доставка завтра.</p>"
    '<a href="/item/{0}" title="Товар {0}">Подробнее</a> <a href="tel:+74951234567">8 (495) 123-45-67</a></li>'
)
_PAGE = "<header>8 (495) 123-45-67</header><ul>" + "".join(_ITEM.format(number) for number in range(150)) + "</ul>"
"""About 1,350 elements, as many as a page of the web's median has, and 151 phones, far more than it has."""
_RULES = [
    {"when": {"channel": channel, "city": city}, "numbers": {"main": "+74990000001"}}
    for channel in ("Paid Search", "Organic Search", "Paid Social", "Referral")
    for city in ("Москва", "Казань")
]
"""The dear case: the table carries the lists by which a channel is told, and the referrer is in none of them."""
_FROM = "https://blog.unheard-of.example/page"


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:  # noqa: ARG001 - it needs no folder
    """The weight is a count; the time is all of the script's own tasks, from its first byte to the swapped page."""
    if "calltracking.script_bytes" in wanted:
        yield absolute("calltracking.script_bytes", [len(Library().current.packed)], "B", "<=", 5120)
    if "calltracking.script_ms" not in wanted:
        return
    if not _CHROMIUM.exists():
        print(f"no {_CHROMIUM}: calltracking.script_ms is left out", file=sys.stderr)
        return
    yield absolute("calltracking.script_ms", asyncio.run(_rounds()), "ms", "<=", 50)


async def _rounds() -> list[float]:
    with serving() as wire:
        wire.table = table({"main": "+74951234567"})
        wire.shown = {"main": {"number": "+74997654321", "kind": "exclusive"}}
        wire.table["static"] = _RULES
        address = wire.page(_PAGE, attributes='data-city="Казань"')
        async with async_playwright() as playwright:
            arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=arguments)
            await _spent(browser, address, wire)  # warm
            times = [await _spent(browser, address, wire) for _ in range(_ROUNDS)]
            await browser.close()
    return times


async def _spent(browser: Browser, address: str, wire: Wire) -> float:
    """Milliseconds of the main thread in what t.js runs, by the browser's own trace, on a processor made slower."""
    context = await browser.new_context()
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    events: list[dict[str, Any]] = []
    done = asyncio.Event()
    session.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    session.on("Tracing.tracingComplete", lambda _told: done.set())
    await session.send(
        "Tracing.start", {"transferMode": "ReportEvents", "traceConfig": {"includedCategories": ["devtools.timeline"]}}
    )
    wire.heard.clear()
    await page.goto(address, referer=_FROM)
    # Nothing is asked of the page meanwhile: that would be a script's task as well.
    await eventually(lambda: bool(wire.bodies("swap")), 30)
    await page.wait_for_timeout(1000)
    await session.send("Tracing.end")
    await done.wait()
    assert "499" in (await page.text_content("header") or ""), "the page was not swapped"
    await context.close()
    return sum(_ours(events))


def _ours(events: list[dict[str, Any]]) -> Iterator[float]:
    """The page has no other script, so every script's task is ours; a task within a task is counted once.

    By the thread's own clock, so that whatever else the machine does is not counted.
    """
    names = {"EvaluateScript", "v8.compile", "FunctionCall", "RunMicrotasks", "TimerFire", "FireIdleCallback"}
    spans = sorted(
        (event["tts"], event["tts"] + event["tdur"], event["pid"], event["tid"])
        for event in events
        if event.get("ph") == "X" and event["name"] in names and "tdur" in event
    )
    end: dict[tuple[int, int], float] = {}
    for begin, finish, process, thread in spans:
        covered = max(begin, end.get((process, thread), 0))
        if finish > covered:
            yield (finish - covered) / 1000
            end[process, thread] = finish
