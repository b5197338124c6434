"""How fast a question is answered: beside a bare handler, in process, at size, during a reload, on a busy machine."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import uvloop

from bench import _busy
from bench._load import closed_loop, elsewhere, open_loop
from bench._question import (
    CONTACTS,
    SPAM,
    callers,
    company_directory,
    free_port,
    kept_fresh,
    process_on,
    question_process,
    questions,
    reload_in_child,
)
from bench.figures import ROUNDS, Context, Figure, absolute, against, interleaved, percentile
from router.devices import NoDevices
from router.state import StateBook
from router.switchboard import Switchboard
from tests.router.company import OFFICE, THURSDAY_NOON
from trunkline.crypto import SecretBox
from trunkline.directory.reader import Directory
from trunkline.embedded.addresses import valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.valkey import embedded_valkey
from trunkline.pbx.port import Question

ROWS = (
    "router.route_ratio",
    "router.decide_p99",
    "router.decide_large_ratio",
    "router.reload_p99_ratio",
    "router.p99_busy_ratio",
)
_LARGE_CONTACTS, _LARGE_SPAM = 1_000_000, 10_000_000
_DECISIONS = 20_000
_SECONDS = 3.0
_RELOAD_SECONDS = 8.0
_BUSY_SECONDS = 10.0


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """The rows wanted."""
    if "router.route_ratio" in wanted:
        ours, bare = uvloop.run(_route(context.folder / "route"))
        yield against("router.route_ratio", ours, bare, "answers/s", ">=", 0.5)
    if "router.decide_p99" in wanted:
        decide = _decider(context.folder / "decide", CONTACTS, SPAM)
        yield absolute("router.decide_p99", [decide() for _ in range(ROUNDS)], "µs", "<=", 100)
    if "router.decide_large_ratio" in wanted:
        small = _decider(context.folder / "small", CONTACTS, SPAM)
        large = _decider(context.folder / "large", _LARGE_CONTACTS, _LARGE_SPAM)
        yield against("router.decide_large_ratio", *interleaved(large, small), "µs", "<=", 2)
    if "router.reload_p99_ratio" in wanted:
        during, without = uvloop.run(_reload(context.folder / "reload"))
        yield against("router.reload_p99_ratio", during, without, "ms", "<=", 3)
    if "router.p99_busy_ratio" in wanted:
        busy, idle = uvloop.run(busy_and_idle(context.folder / "busy", "query"))
        yield against("router.p99_busy_ratio", busy, idle, "ms", "<=", 3)


def _decider(folder: Path, contacts: int, spam: int) -> Callable[[], float]:
    """A round of decisions in this process, each with its look-ups and signed state; returns their p99 in µs."""
    company_directory(folder, contacts=contacts, spam=spam)
    switchboard = Switchboard(Directory.open(folder), StateBook(SecretBox(b"k" * 32)), NoDevices())
    asked = [
        Question("office", f"1786006800.{place}", number, OFFICE)
        for place, number in enumerate(callers(_DECISIONS, contacts=contacts, spam=spam))
    ]

    def round_of_decisions() -> float:
        took = []
        for question in asked:
            started = time.perf_counter_ns()
            switchboard.answer(question, THURSDAY_NOON)
            took.append(time.perf_counter_ns() - started)
        return percentile(took, 0.99) / 1000

    round_of_decisions()
    return round_of_decisions


async def _route(folder: Path) -> tuple[list[float], list[float]]:
    """Answers a second of the question process and of the bare handler, in turn."""
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(_question(folder, CONTACTS, SPAM))
        bare = free_port()
        await stack.enter_async_context(process_on(bare, ["-m", "bench._bare", str(bare)], {}, folder / "bare.log"))
        asked = questions()
        for warm in (port, bare):
            await closed_loop(warm, asked, seconds=1.0)
        pairs = [
            (await closed_loop(port, asked, seconds=_SECONDS), await closed_loop(bare, asked, seconds=_SECONDS))
            for _ in range(ROUNDS)
        ]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


async def _reload(folder: Path) -> tuple[list[float], list[float]]:
    """p99 in ms at 500 questions a second, while 1 M contacts and 75,000 spam numbers are reloaded and without."""
    async with _question(folder, _LARGE_CONTACTS, SPAM) as port:
        asked = questions(contacts=_LARGE_CONTACTS)
        await closed_loop(port, asked, seconds=1.0)
        during, without = [], []
        for build in range(2, 2 + ROUNDS):
            without.append(await _p99(port, asked, 500, _RELOAD_SECONDS))
            reloading = asyncio.create_task(reload_in_child(folder / "directory", _LARGE_CONTACTS, SPAM, build))
            during.append(await _p99_until(port, asked, 500, reloading))
    return during, without


async def busy_and_idle(folder: Path, work: _busy.Work) -> tuple[list[float], list[float]]:
    """p99 in ms at 300 questions a second: while 3,000 AMI events a second and `work` run, and idle."""
    busy, idle = [], []
    async with _question(folder, CONTACTS, SPAM) as port, _busy.house(folder / "house", work) as machine:
        asked = questions()
        await closed_loop(port, asked, seconds=1.0)
        for _ in range(ROUNDS):
            with elsewhere():
                idle.append(await _p99(port, asked, 300, _BUSY_SECONDS))
            async with machine.busy():
                with elsewhere():
                    busy.append(await _p99(port, asked, 300, _BUSY_SECONDS))
    return busy, idle


@asynccontextmanager
async def _question(folder: Path, contacts: int, spam: int) -> AsyncIterator[int]:
    """The question process with its directory and Valkey; yields its port."""
    folder.mkdir()
    folder.chmod(0o711)
    data = folder / "data"
    company_directory(folder / "directory", contacts=contacts, spam=spam)
    data.mkdir()
    (data / "directory").symlink_to(folder / "directory")
    servers = folder / "servers"
    servers.mkdir()
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(servers))
        await stack.enter_async_context(embedded_valkey(servers))
        await stack.enter_async_context(kept_fresh(folder / "directory"))
        yield await stack.enter_async_context(question_process(data, valkey_url(servers)))


async def _p99(port: int, asked: list[bytes], rate: float, seconds: float) -> float:
    return percentile(await open_loop(port, asked, rate=rate, seconds=seconds), 0.99) * 1000


async def _p99_until(port: int, asked: list[bytes], rate: float, work: Awaitable[None]) -> float:
    """p99 from now until `work` is done and a second more, in which its result is taken over."""
    running = asyncio.ensure_future(work)
    took: list[float] = []
    left = math.inf
    while left > 0:
        took += await open_loop(port, asked, rate=rate, seconds=1.0)
        left = 1 if not running.done() else min(left, 2) - 1
    await running
    return percentile(took, 0.99) * 1000
