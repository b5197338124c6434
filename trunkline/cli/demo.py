"""`trunkline demo`: an invented company to look at and play with."""

import asyncio
import os
import random
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
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
from trunkline.demo.advertising import keep_telling
from trunkline.demo.crm_place import Join, serving_crm
from trunkline.demo.desk import Desk, Staff
from trunkline.demo.exchange import Exchange
from trunkline.demo.load import ensure_stages, load_cast, load_company, point_to, seat_agent
from trunkline.demo.loopback import serve_on_loopback
from trunkline.demo.recorder import Recorder
from trunkline.demo.shops import PORT as SHOPS_PORT
from trunkline.demo.shops import Street
from trunkline.demo.sites import Shop, ensure_sites
from trunkline.demo.traffic import Answer, Cast, Traffic
from trunkline.demo.visitors import Visitors
from trunkline.people.demo import (
    COLLEAGUES,
    DEMO_PASSWORD,
    DEMO_USERS,
    ensure_colleagues,
    ensure_demo_users,
    lend_token,
    people_of,
)
from trunkline.people.roles import Right
from trunkline.servers import database_url
from trunkline.settings import Settings, default_data_dir
from trunkline.supervise import Supervisor

_CALLS_A_MINUTE = 18.0
# The pool has eight numbers: with more visitors it would be short of them, which is an alarm.
_VISITS_A_MINUTE = 5.0
_LEADS = (Right.LEADS_READ, Right.LEADS_EDIT)
_CHIEF = (*_LEADS, Right.PRESENCE_OTHERS, Right.RECORDINGS_ADD, Right.MONEY_READ, Right.SITES_EDIT)


@dataclass(frozen=True, slots=True)
class Known:
    """Who plays the company, as its database has them once it is loaded."""

    cast: Cast
    shops: list[Shop]
    staff: Staff


def add_to(application: typer.Typer, join: Join) -> None:
    """Add this module's command; `join` connects the company's CRM."""

    @application.command("demo")
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
        run(_demo(settings, ["--config", str(config)] if config else [], join, calls=calls))


def settle(environ: MutableMapping[str, str]) -> None:
    """The demo's own defaults, beneath what `environ` says: a directory apart, a log of warnings alone, and loopback.

    A hundred calls are told in the first second: addresses and users would be gone before they are read. The demo's CRM
    is on loopback, where nothing is sent unless the settings name it. A settings file says all of it for itself.
    """
    environ.setdefault("TRUNKLINE_DATA_DIR", f"{default_data_dir()}-demo")
    environ.setdefault("TRUNKLINE_LOG_LEVEL", "warning")
    environ.setdefault("TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES", "127.0.0.1")


async def _demo(settings: Settings, arguments: list[str], join: Join, *, calls: bool) -> None:
    supervisor = Supervisor(settings, arguments)
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, supervisor.stop)
    secret = secrets.token_urlsafe(16)
    known: asyncio.Future[Known] = loop.create_future()
    exchange = Exchange(secret, [str(number) for number in range(101, 176)])
    await exchange.start()
    shops: list[Shop] = []
    crm: list[str] = []

    def ready() -> None:
        tell_where(settings, settings.listen.public, *(one.removeprefix("http://") for one in (address, crm[0])))
        typer.echo(f"Websites that swap their number: {address}")
        typer.echo(f"The company's CRM: {crm[0]}")
        typer.echo(f"Demo users: agent, supervisor, marketer, admin; the password of each is {DEMO_PASSWORD}")
        typer.echo(f"For commands about it, in another terminal: export TRUNKLINE_DATA_DIR={settings.data_dir}")

    async with AsyncExitStack() as stack:
        traffic = await stack.enter_async_context(_calling(settings, exchange, known, calls=calls))
        street = Street(shops, settings.sites_url, settings.public_url, traffic.call_line)
        runner, address = await serve_on_loopback(street.app(), SHOPS_PORT)
        stack.push_async_callback(runner.cleanup)

        async def prepare() -> None:
            found = await _prepare(settings, exchange, secret)
            shops.extend(found.shops)
            crm.append(await stack.enter_async_context(serving_crm(settings, join)))
            known.set_result(found)

        async def visit() -> None:
            await known
            public = f"http://{settings.listen.public}"
            # Chance without a seed, as that of the calls.
            await Visitors(shops, address, public, traffic.call_line, random.Random()).run(_VISITS_A_MINUTE)  # noqa: S311

        async def work() -> None:
            staff = (await known).staff
            await Desk(f"http://{settings.listen.web}", staff, traffic.call_client, datetime.now(UTC)).run()

        async def spend() -> None:
            await keep_telling(f"http://{settings.listen.web}", (await known).staff.chief)

        living: dict[str, Callable[[], Awaitable[None]]]
        living = {"demo-visitors": visit, "demo-desk": work, "demo-costs": spend} if calls else {}
        async with running(living):
            await supervisor.run(ready, prepare)
    await exchange.stop()


async def _prepare(settings: Settings, exchange: Exchange, secret: str) -> Known:
    connection = await asyncpg.connect(database_url(settings))
    try:
        await prepare_connection(connection)
        if await load_company(connection):
            typer.echo("The demo company is loaded.")
        await ensure_demo_users(connection)
        await ensure_colleagues(connection)
        await ensure_stages(connection)
        await seat_agent(connection)
        await point_to(connection, settings.secret_box(), exchange.port, secret)
        shops = await ensure_sites(connection, datetime.now(UTC).date())
        chief = await lend_token(connection, "admin", _CHIEF)
        tokens = [await lend_token(connection, login, _LEADS) for login in COLLEAGUES]
        staff = Staff(chief, tokens, await people_of(connection, DEMO_USERS))
        return Known(await load_cast(connection), shops, staff)
    finally:
        await connection.close()


@asynccontextmanager
async def _calling(
    settings: Settings, exchange: Exchange, known: asyncio.Future[Known], *, calls: bool
) -> AsyncIterator["_Telephone"]:
    """Calls of strangers where `calls` says so; what is given back places calls at once."""
    url = f"http://{settings.listen.question}/router/v1/route"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1.0)) as session:
        ask = partial(_ask, session, url)

        @cache
        def recorder() -> Recorder:
            return Recorder(f"http://{settings.listen.web}", known.result().staff.chief)

        @cache
        def traffic() -> Traffic:
            # Chance without a seed: each start of the demo is another day of the same company.
            return Traffic(known.result().cast, exchange, ask, random.Random(), recorder().record)  # noqa: S311

        async def call() -> None:
            await known
            await _until_answering(session, settings)
            await traffic().run(_CALLS_A_MINUTE)

        async def keep_talks() -> None:
            await known
            await recorder().run()

        coming = {"demo-calls": call, "demo-talks": keep_talks} if calls else {}
        async with running({"demo-exchange": exchange.run, **coming}):
            yield _Telephone(known, traffic)


@dataclass(frozen=True, slots=True)
class _Telephone:
    """Places calls once the company is known."""

    known: asyncio.Future[Known]
    traffic: Callable[[], Traffic]

    async def call_line(self, line: str) -> bool:
        """Somebody calls this line now; False where it is none of the company's."""
        return self.known.done() and await self.traffic().call_line(line)

    async def call_client(self, number: str) -> None:
        """One of ours calls this client now."""
        await self.known
        await self.traffic().call_client(number)


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
