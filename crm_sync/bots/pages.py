"""`/settings/bots`: one bot of each messenger is connected; `/settings/messenger`: everybody binds his chats."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from aiohttp import web

from crm_sync.account_form import sent_by
from crm_sync.answer import Refused
from crm_sync.bots.connecting import connect
from crm_sync.bots.hooks import address_of
from crm_sync.bots.kinds import KINDS, BotKind, open_messengers
from crm_sync.bots.messages import ACCOUNT as MESSAGES
from crm_sync.bots.port import Messenger
from crm_sync.bots.saying import account_name
from crm_sync.bots.store import SQL, Bot, all_bots, find_bot, make_code, remove_bot, save_bot, unbind
from trunkline.crypto import WrongKey
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import redis_key, secret_box_key, settings_key
from trunkline.log import get_logger
from trunkline.outbox.accounts import release
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session

log = get_logger(__name__)

PAGE: Final = "/settings/bots"
OWN_PAGE: Final = "/settings/messenger"
_NAMES: Final = {"token": mark("Token of the bot"), "api_url": mark("Address of the Bot API")}
_NOTHING: Final[Mapping[str, str]] = {}
messengers_key: web.AppKey[Mapping[str, Messenger]] = web.AppKey("bots_messengers", Mapping)


class Way(NamedTuple):
    """How one's chat is bound: what is opened, empty where it has to be written by hand, and what is written."""

    kind: str
    link: str
    says: str


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(PAGE, show),
        web.post(PAGE, save),
        web.post(f"{PAGE}/remove", remove),
        web.post(f"{PAGE}/unbind", unbind_other),
        web.get(OWN_PAGE, show_own),
        web.post(OWN_PAGE, begin),
        web.post(f"{OWN_PAGE}/unbind", unbind_own),
    ]


async def messenger_context(app: web.Application) -> AsyncIterator[None]:
    """Messengers as this process asks them; one's own Bot API server is reached where the settings name its address."""
    rules = AddressRules(app[settings_key].web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        app[messengers_key] = open_messengers(session, rules)
        yield


async def show(request: web.Request) -> web.Response:
    """The bots, and who has a chat with each."""
    return await _page(request)


async def save(request: web.Request) -> web.StreamResponse:
    """`POST kind, <kind>_token, <kind>_api_url`: connect it, or give it another token."""
    kind = _kind(await request.post())
    sent = await sent_by(request, _NAMES, f"{kind.name}_")
    messenger, settings = request.app[messengers_key][kind.name], request.app[settings_key]
    try:
        async with transaction(request) as connection:
            known = await find_bot(connection, kind.name)
        bot = await connect(kind, messenger, settings, known, sent["token"], sent["api_url"], now())
        async with transaction(request) as connection:
            await save_bot(connection, bot, actor_of(request), now())
            await release(connection, account_name(kind.name, str(bot.id)))
            await release(connection, MESSAGES)
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), {**sent, "kind": kind.name})
    await wake(request.app[redis_key], OUTBOX_WAKE)
    return redirect(request, PAGE, _("Connected. Now everybody binds his own chat on “Your messenger”."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST kind`: with everybody's chat; the messenger posts nothing more, where it can be told so."""
    kind = _kind(await request.post())
    async with transaction(request) as connection:
        bot = await _found(connection, kind)
        await remove_bot(connection, bot, actor_of(request), now())
        await release(connection, account_name(kind.name, str(bot.id)))
    try:
        access, address = bot.access(request.app[secret_box_key]), address_of(request.app[settings_key], kind.name)
        await request.app[messengers_key][kind.name].silence(access, address or "")
    except (Refused, WrongKey) as error:
        log.warning("bot_not_silenced", bot=bot.username, error=str(error))
    return redirect(request, PAGE, _("The bot is removed."))


async def unbind_other(request: web.Request) -> web.StreamResponse:
    """`POST kind, person`: whose chat is bound no more, as of a lost telephone."""
    form = await request.post()
    try:
        person = UUID(str(form.get("person", "")))
    except ValueError:
        raise NotFound(_("There is no such person.")) from None
    await _unbind(request, _kind(form), person)
    return redirect(request, PAGE, _("The chat is bound no more."))


async def show_own(request: web.Request) -> web.Response:
    """Which of one's own chats are bound."""
    return await _own_page(request)


async def begin(request: web.Request) -> web.StreamResponse:
    """`POST kind`: a code by which one shows the bot who one is; no code before it is good any more."""
    kind = _kind(await request.post())
    async with transaction(request) as connection:
        bot = await _found(connection, kind)
        viewer = signed_in(request)
        code = await make_code(connection, viewer.person, now())
        await record(connection, actor_of(request), Deed("bot.code_made", "person", str(viewer.person)), now())
    link = kind.link.format(name=bot.username, code=code)
    return await _own_page(request, Way(kind.name, link, f"/start {code}"))


async def unbind_own(request: web.Request) -> web.StreamResponse:
    """`POST kind`: nothing is sent to one's own chat any more."""
    await _unbind(request, _kind(await request.post()), signed_in(request).person)
    return redirect(request, OWN_PAGE, _("The chat is bound no more."))


async def _unbind(request: web.Request, kind: BotKind, person: UUID) -> None:
    async with transaction(request) as connection:
        bot = await find_bot(connection, kind.name)
        if bot is not None:
            await unbind(connection, bot, person, actor_of(request), now())


def _kind(form: Mapping[str, Any]) -> BotKind:
    kind = KINDS.get(str(form.get("kind", "")))
    if kind is None:
        raise NotFound(_("There is no such messenger."))
    return kind


async def _found(connection: Connection, kind: BotKind) -> Bot:
    bot = await find_bot(connection, kind.name)
    if bot is None:
        raise NotFound(_("There is no bot."))
    return bot


async def _page(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] = _NOTHING
) -> web.Response:
    async with transaction(request) as connection:
        bots = {bot.kind: bot for bot in await all_bots(connection)}
        chats = {bot.kind: await connection.fetch(SQL["chats"], bot.id) for bot in bots.values()}
        troubles = {row["kind"]: row["trouble"] for row in await connection.fetch(SQL["troubles"])}
    told: list[tuple[str, Any]] = [
        (f"{sent['kind']}_{name}", f"{_(_NAMES[name])}: {said}") for name, said in mistakes.items()
    ]
    return page(
        request,
        "crm_sync/bots.html",
        status=422 if mistakes else 200,
        kinds=KINDS.values(),
        where={kind.name: _(kind.where) for kind in KINDS.values()},
        bots=bots,
        chats=chats,
        troubles=troubles,
        has_address=request.app[settings_key].server.sites_url != "",
        labels={name: _(word) for name, word in _NAMES.items()},
        sent=sent,
        mistakes={name: mistakes.get(name, "") for name in _NAMES},
        told=told,
    )


async def _own_page(request: web.Request, way: Way | None = None) -> web.Response:
    async with transaction(request) as connection:
        rows = await connection.fetch(SQL["chats_of"], signed_in(request).person)
    answer = page(request, "crm_sync/messenger.html", rows=rows, kinds=KINDS, way=way)
    if way:
        answer.headers["Cache-Control"] = "no-store"
    return answer
