"""How fast webhooks of hosted PBXs are answered, and whether any is lost in a burst or to SIGKILL."""

import asyncio
import re
import statistics
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import uvloop

from bench._hooks_sent import call_name, hooks
from bench._load import answered_before, closed_loop, elsewhere, open_loop
from bench._question import KEY, company_directory, free_port, kept_fresh, killable_question, process_on
from bench.figures import ROUNDS, Context, Figure, absolute, against, percentile
from tests.fakes.hosted import BEGINNINGS, company
from trunkline.crypto import SecretBox
from trunkline.embedded.addresses import valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.valkey import embedded_valkey
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.spool import Kind, SpoolReader
from trunkline.spool.reader import START

ROWS = ("hooks.ratio_min", "hooks.burst_lost", "hooks.burst_p99", "hooks.sigkill_lost")
_SECONDS: Final = 0.6
_EACH: Final = 8_000
"""Hooks prepared for a round of one provider: more than can be answered in it, for a repeat costs less."""
_BURST: Final = 1_000
_DEADLINE: Final = min(provider.deadline_ms for provider in PROVIDERS.values())
_CALL: Final = re.compile(rb"9[0-9]{12}9")


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """The rows wanted."""
    if "hooks.ratio_min" in wanted:
        ours, bare = uvloop.run(_slowest(context.folder / "ratio"))
        yield against("hooks.ratio_min", ours, bare, "answers/s", ">=", 0.4)
    if wanted & {"hooks.burst_lost", "hooks.burst_p99"}:
        lost, p99 = uvloop.run(_bursts(context.folder / "burst"))
        yield absolute("hooks.burst_lost", [lost], "hooks", "==", 0)
        yield absolute("hooks.burst_p99", p99, "ms", "<=", _DEADLINE)
    if "hooks.sigkill_lost" in wanted:
        yield absolute("hooks.sigkill_lost", [uvloop.run(_killed(context.folder / "killed"))], "hooks", "==", 0)


async def _slowest(folder: Path) -> tuple[list[float], list[float]]:
    """Answers a second to the provider that costs most beside the bare handler, and of that, in turn."""
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in BEGINNINGS}
    async with _house(folder) as data, killable_question(data, valkey_url(folder / "servers")) as (port, _):
        bare = free_port()
        async with process_on(bare, ["-m", "bench._bare_hook", str(bare)], {}, folder / "bare.log"):
            for batch in range(ROUNDS + 1):
                for name, found in rates.items():
                    sent = hooks(name, batch, _EACH)
                    found.append(
                        (
                            await closed_loop(port, sent, seconds=_SECONDS),
                            await closed_loop(bare, sent, seconds=_SECONDS),
                        )
                    )
    slowest = min(rates, key=lambda name: statistics.median(ours / bare for ours, bare in rates[name][1:]))
    return [ours for ours, _ in rates[slowest][1:]], [bare for _, bare in rates[slowest][1:]]


async def _bursts(folder: Path) -> tuple[int, list[float]]:
    """Of a thousand hooks of all providers within a second: those not in the spool, and p99 of the answers in ms."""
    wanted: set[str] = set()
    p99 = []
    async with _house(folder) as data, killable_question(data, valkey_url(folder / "servers")) as (port, _):
        for batch in range(1, ROUNDS + 1):
            sent, names = _of_all(batch, _BURST)
            wanted.update(names)
            with elsewhere():
                p99.append(percentile(await open_loop(port, sent, rate=_BURST, seconds=1.0), 0.99) * 1000)
    return len(wanted - _spooled(data)), p99


async def _killed(folder: Path) -> int:
    """Hooks answered before SIGKILL, in the middle of a thousand a second, that the spool does not hold."""
    lost = 0
    async with _house(folder) as data:
        for batch in range(1, ROUNDS + 1):
            sent, names = _of_all(batch, _BURST)
            async with killable_question(data, valkey_url(folder / "servers")) as (port, process):
                end = asyncio.Event()
                asked = asyncio.create_task(answered_before(port, sent, rate=_BURST, end=end))
                await end.wait()
                process.kill()
                answered = await asked
            if not _BURST // 10 < len(answered) < _BURST:
                raise RuntimeError(f"of {_BURST} hooks {len(answered)} were answered: that was no kill under load")
            lost += len({names[place] for place in answered} - _spooled(data))
    return lost


def _of_all(batch: int, count: int) -> tuple[list[bytes], list[str]]:
    """Hooks of every provider in turn, and the name of each one's call."""
    each = {name: hooks(name, batch, count) for name in BEGINNINGS}
    places = [(place, name) for place, name in zip(range(count), list(BEGINNINGS) * count, strict=False)]
    return [each[name][place] for place, name in places], [call_name(batch, place) for place, _ in places]


def _spooled(data: Path) -> set[str]:
    """The calls of which the spool holds a hook."""
    reader, position, found = SpoolReader(data / "spool" / "question"), START, set[str]()
    while True:
        records, position = reader.read(position)
        if not records:
            return found
        for record in records:
            if record.kind == Kind.HOOK:
                found.update(match.decode() for match in _CALL.findall(record.payload))


@asynccontextmanager
async def _house(folder: Path) -> AsyncIterator[Path]:
    """The directory of the company and its Valkey; yields the data directory."""
    folder.mkdir()
    folder.chmod(0o711)
    data, servers = folder / "data", folder / "servers"
    company_directory(data / "directory", head=company(SecretBox(bytes.fromhex(KEY))))
    servers.mkdir()
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(servers))
        await stack.enter_async_context(embedded_valkey(servers))
        await stack.enter_async_context(kept_fresh(data / "directory"))
        yield data
