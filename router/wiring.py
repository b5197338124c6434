"""Builds the question's application from its parts; the composition root calls it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial

from aiohttp import web
from redis.asyncio import Redis

from router import hooks_web, mobile_web, notice_web, outgoing_web, presence_web
from router.access_log import AccessLog
from router.caller_feed import CallerFeed
from router.callers import Callers
from router.commander import Commander
from router.devices import Devices, NoDevices
from router.dialogue_states import DialogueStates
from router.hooks import HookDesk
from router.journal import Journal
from router.offers import Offers
from router.outgoing import Exchange
from router.outgoing_state import OutgoingStates
from router.presence_feed import DeviceFeed
from router.state import StateBook
from router.switchboard import Switchboard
from router.web import Desk, desk_key, routes
from trunkline.background import running
from trunkline.callerid.geography import RegistryGeography
from trunkline.callerid.last import LastLines
from trunkline.directory.reader import Directory
from trunkline.pbx.reservations import Reservations
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter
from trunkline.web.security import perimeter_of
from trunkline.webhooks.address import AddressRules

_REFRESH_SECONDS = 0.2


def build_question_app(
    settings: Settings, directory: Directory, spool: SpoolWriter, redis: "Redis | None" = None
) -> web.Application:
    """`/router/*` answering from `directory`; `redis` feeds the device states (None: they stay unknown)."""
    feed = DeviceFeed() if redis is not None else None
    devices: Devices = feed or NoDevices()
    callers = CallerFeed(Callers())
    switchboard = Switchboard(directory, StateBook(settings.secret_box()), devices, callers=callers.callers)
    access_log = AccessLog(settings.log.format, mask_numbers=settings.log.mask_numbers)
    last_lines = LastLines(settings.data_dir / "directory")
    states = OutgoingStates(settings.secret_box())
    exchange = Exchange(directory, states, devices, last_lines, RegistryGeography)
    journal = Journal(spool, access_log=access_log, callers=callers, heard=exchange.note)
    app = web.Application(client_max_size=settings.limits.body_kb * 1024)
    offers = Offers(switchboard, Reservations(redis) if redis is not None else None)
    desk = app[desk_key] = Desk(switchboard, journal, perimeter_of(settings), offers=offers)
    commander = Commander(spool, AddressRules(settings.web.webhook_private_addresses), offers.give_back)
    dialogues = DialogueStates(redis)
    app[hooks_web.hooks_key] = HookDesk(desk, spool, settings.secret_box(), commander, dialogues)
    app[hooks_web.perimeter_key] = perimeter_of(settings)
    app[outgoing_web.outgoing_key] = outgoing_web.OutgoingDesk(exchange, spool)
    app[mobile_web.mobile_key] = mobile_web.MobileDesk(directory, exchange)
    app[presence_web.presence_key] = presence_web.PresenceDesk(directory, spool)
    app.add_routes(question_routes())
    app.cleanup_ctx.append(_timers(desk, exchange, feed, redis, callers, commander, dialogues))
    return app


def question_routes() -> list[web.RouteDef]:
    """Everything the process answers under `/router`, in the order it is tried."""
    asked_beside = (hooks_web, outgoing_web, mobile_web, notice_web, presence_web)
    return [*(route for module in asked_beside for route in module.routes()), *routes()]


@contextmanager
def calm_collector() -> Iterator[None]:
    """Keep the cyclic collector from walking all modules and the plan again and again: that is a pause of 10–30 ms."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _timers(
    desk: Desk,
    exchange: Exchange,
    feed: DeviceFeed | None,
    redis: "Redis | None",
    callers: CallerFeed,
    commander: Commander,
    dialogues: DialogueStates,
) -> Callable[[web.Application], AsyncIterator[None]]:
    """What runs beside the questions; log lines and counts still in hand are written when the application stops."""
    tasks: dict[str, Callable[[], Awaitable[None]]] = {
        "router-refresh": partial(_repeat, desk.refresh),
        "outgoing-refresh": partial(_repeat, exchange.refresh),
        "router-journal": partial(_repeat, desk.journal.flush),
        "router-commands": commander.run,
    }
    if feed is not None and redis is not None:
        tasks["router-presence"] = partial(feed.follow, redis)
        tasks["router-callers-tell"] = partial(callers.tell, redis)
        tasks["router-callers-hear"] = partial(callers.hear, redis)
        tasks["router-dialogues-tell"] = dialogues.tell
        tasks["router-dialogues-follow"] = dialogues.follow

    async def run(_app: web.Application) -> AsyncIterator[None]:
        await dialogues.catch_up()  # the first question may be the next turn of a call
        async with running(tasks):
            yield
        await desk.offers.close()
        await dialogues.close()
        desk.journal.flush()

    return run


async def _repeat(work: Callable[[], None]) -> None:
    while True:
        work()
        await asyncio.sleep(_REFRESH_SECONDS)
