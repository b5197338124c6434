"""`trunkline demo`: an invented company to look at and play with."""

import asyncio
import os
import random
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cache, partial
from typing import Annotated

import aiohttp
import asyncpg
import msgspec
import typer

from trunkline.background import running
from trunkline.cli.context import Config, run, settings_of
from trunkline.cli.serve import tell_where
from trunkline.db.pool import prepare_connection
from trunkline.demo.exchange import Exchange
from trunkline.demo.load import load_cast, load_company, point_to, seat_agent
from trunkline.demo.recorder import Recorder
from trunkline.demo.shops import Street, serve_shops
from trunkline.demo.sites import Shop, ensure_sites
from trunkline.demo.traffic import Answer, Cast, Traffic
from trunkline.demo.visitors import Visitors
from trunkline.people.demo import DEMO_PASSWORD, ensure_demo_users, lend_token
from trunkline.servers import database_url
from trunkline.settings import Settings, default_data_dir
from trunkline.supervise import Supervisor

_CALLS_A_MINUTE = 18.0
# The pool has eight numbers: with more visitors it would be short of them, which is an alarm.
_VISITS_A_MINUTE = 5.0


def add_to(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command("demo")(demo)


def demo(
    calls: Annotated[
        bool,
        typer.Option("--calls", help="Keep simulated calls coming, over the wires a PBX uses.", show_default=False),
    ] = False,
    config: Config = None,
) -> None:
    """Serve a demo company: 8 departments, 75 staff, 14,500 contacts, 75,000 spam numbers, 130 lines.

    It has a data directory of its own, beside that of `trunkline serve`.
    """
    if config is None:
        settle(os.environ)
    settings = settings_of(config)
    run(_demo(settings, ["--config", str(config)] if config else [], calls=calls))


def settle(environ: MutableMapping[str, str]) -> None:
    """The demo's own defaults, beneath what `environ` says: a directory apart, and a log of warnings alone.

    A hundred calls are told in the first second: addresses and users would be gone before they are read. A settings
    file says both for itself.
    """
    environ.setdefault("TRUNKLINE_DATA_DIR", f"{default_data_dir()}-demo")
    environ.setdefault("TRUNKLINE_LOG_LEVEL", "warning")


async def _demo(settings: Settings, arguments: list[str], *, calls: bool) -> None:
    supervisor = Supervisor(settings, arguments)
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, supervisor.stop)
    secret = secrets.token_urlsafe(16)
    cast: asyncio.Future[tuple[Cast, Recorder]] = loop.create_future()
    exchange = Exchange(secret, [str(number) for number in range(101, 176)])
    await exchange.start()

    shops: list[Shop] = []

    async def prepare() -> None:
        people, known, token = await _prepare(settings, exchange, secret)
        shops.extend(known)
        cast.set_result((people, Recorder(f"http://{settings.listen.web}", token)))

    def ready() -> None:
        tell_where(settings, settings.listen.public, address.removeprefix("http://"))
        typer.echo(f"Websites that swap their number: {address}")
        typer.echo(f"Demo users: agent, supervisor, marketer, admin; the password of each is {DEMO_PASSWORD}")
        typer.echo(f"For commands about it, in another terminal: export TRUNKLINE_DATA_DIR={settings.data_dir}")

    async with _calling(settings, exchange, cast, calls=calls) as call_line:
        street = Street(shops, settings.sites_url, settings.public_url, call_line)
        runner, address = await serve_shops(street.app())

        async def visit() -> None:
            await cast
            public = f"http://{settings.listen.public}"
            # Chance without a seed, as that of the calls.
            await Visitors(shops, address, public, call_line, random.Random()).run(_VISITS_A_MINUTE)  # noqa: S311

        try:
            async with running({"demo-visitors": visit} if calls else {}):
                await supervisor.run(ready, prepare)
        finally:
            await runner.cleanup()
    await exchange.stop()


async def _prepare(settings: Settings, exchange: Exchange, secret: str) -> tuple[Cast, list[Shop], str]:
    connection = await asyncpg.connect(database_url(settings))
    try:
        await prepare_connection(connection)
        if await load_company(connection):
            typer.echo("The demo company is loaded.")
        await ensure_demo_users(connection)
        await seat_agent(connection)
        await point_to(connection, settings.secret_box(), exchange.port, secret)
        shops = await ensure_sites(connection, datetime.now(UTC).date())
        return await load_cast(connection), shops, await lend_token(connection)
    finally:
        await connection.close()


@asynccontextmanager
async def _calling(
    settings: Settings, exchange: Exchange, cast: asyncio.Future[tuple[Cast, Recorder]], *, calls: bool
) -> AsyncIterator[Callable[[str], Awaitable[bool]]]:
    """Calls of strangers where `calls` says so; what is given back calls a line at once."""
    url = f"http://{settings.listen.question}/router/v1/route"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1.0)) as session:
        ask = partial(_ask, session, url)

        @cache
        def traffic() -> Traffic:
            # Chance without a seed: each start of the demo is another day of the same company.
            people, recorder = cast.result()
            return Traffic(people, exchange, ask, random.Random(), recorder.record)  # noqa: S311

        async def call() -> None:
            await cast
            await _until_answering(session, settings)
            await traffic().run(_CALLS_A_MINUTE)

        async def call_line(line: str) -> bool:
            return cast.done() and await traffic().call_line(line)

        async def keep_talks() -> None:
            _people, recorder = await cast
            await recorder.run()

        coming = {"demo-calls": call, "demo-talks": keep_talks} if calls else {}
        async with running({"demo-exchange": exchange.run, **coming}):
            yield call_line


async def _ask(session: aiohttp.ClientSession, url: str, question: dict[str, object]) -> Answer:
    try:
        async with session.post(url, data=msgspec.json.encode(question)) as response:
            return msgspec.json.decode(await response.read(), type=Answer)
    except (aiohttp.ClientError, TimeoutError):
        return Answer("default")  # as a PBX does: the line's own fallback


async def _until_answering(session: aiohttp.ClientSession, settings: Settings) -> None:
    """Wait until questions are answered from a directory; before that a PBX would keep its own routes."""
    while True:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.get(f"http://{settings.listen.question}/readyz") as response:
                if b'"ok":false' not in await response.read():
                    return
        await asyncio.sleep(0.2)
