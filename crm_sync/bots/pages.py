"""`/settings/bots`: the bot is connected here; `/settings/messenger`: everybody binds his own chat to it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_sync.bots.connecting import connect
from crm_sync.bots.hooks import address_of
from crm_sync.bots.port import Messenger, Refused
from crm_sync.bots.store import SQL, find_bot, make_code, remove_bot, save_bot, unbind
from crm_sync.bots.telegram.messenger import API_URL, Telegram
from trunkline.crypto import WrongKey
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
_LONGEST_FIELD: Final = 300
_NOTHING: Final[Mapping[str, str]] = {}
messenger_key: web.AppKey[Messenger] = web.AppKey("bots_messenger", Messenger)


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
    """Telegram as this process asks it; one's own Bot API server is reached where the settings name its address."""
    rules = AddressRules(app[settings_key].web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        app[messenger_key] = Telegram(session, rules)
        yield


async def show(request: web.Request) -> web.Response:
    """The bot, and who has a chat with it."""
    return await _page(request)


async def save(request: web.Request) -> web.StreamResponse:
    """`POST token, api_url`: connect it, or give it another token."""
    form = await request.post()
    sent = {name: str(form.get(name, "")).replace("\0", "").strip()[:_LONGEST_FIELD] for name in _NAMES}
    try:
        async with transaction(request) as connection:
            known = await find_bot(connection)
        bot = await connect(
            request.app[messenger_key], request.app[settings_key], known, sent["token"], sent["api_url"], now()
        )
        async with transaction(request) as connection:
            await save_bot(connection, bot, actor_of(request), now())
            await release(connection, f"telegram:{bot.id}")
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    await wake(request.app[redis_key], OUTBOX_WAKE)
    return redirect(request, PAGE, _("Connected. Now everybody binds his own chat on “Your messenger”."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: with everybody's chat; Telegram posts nothing more, where it can be told so."""
    async with transaction(request) as connection:
        bot = await find_bot(connection)
        if bot is None:
            raise NotFound(_("There is no bot."))
        await remove_bot(connection, bot, actor_of(request), now())
        await release(connection, f"telegram:{bot.id}")
    try:
        await request.app[messenger_key].silence(bot.access(request.app[secret_box_key]))
    except (Refused, WrongKey) as error:
        log.warning("bot_not_silenced", bot=bot.username, error=str(error))
    return redirect(request, PAGE, _("The bot is removed."))


async def unbind_other(request: web.Request) -> web.StreamResponse:
    """`POST person`: whose chat is bound no more, as of a lost telephone."""
    form = await request.post()
    try:
        person = UUID(str(form.get("person", "")))
    except ValueError:
        raise NotFound(_("There is no such person.")) from None
    await _unbind(request, person)
    return redirect(request, PAGE, _("The chat is bound no more."))


async def show_own(request: web.Request) -> web.Response:
    """Whether one's own chat is bound."""
    return await _own_page(request)


async def begin(request: web.Request) -> web.StreamResponse:
    """`POST`: a link that binds whoever follows it, once, within ten minutes."""
    async with transaction(request) as connection:
        bot = await find_bot(connection)
        if bot is None:
            raise NotFound(_("There is no bot."))
        viewer = signed_in(request)
        code = await make_code(connection, viewer.person, now())
        await record(connection, actor_of(request), Deed("bot.code_made", "person", str(viewer.person)), now())
    return await _own_page(request, f"https://t.me/{bot.username}?start={code}")


async def unbind_own(request: web.Request) -> web.StreamResponse:
    """`POST`: nothing is sent to one's own chat any more."""
    await _unbind(request, signed_in(request).person)
    return redirect(request, OWN_PAGE, _("The chat is bound no more."))


async def _unbind(request: web.Request, person: UUID) -> None:
    async with transaction(request) as connection:
        bot = await find_bot(connection)
        if bot is not None:
            await unbind(connection, bot, person, actor_of(request), now())


async def _page(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] = _NOTHING
) -> web.Response:
    async with transaction(request) as connection:
        bot = await find_bot(connection)
        chats = [] if bot is None else await connection.fetch(SQL["chats"], bot.id)
    told: list[tuple[str, Any]] = [(name, f"{_(_NAMES[name])}: {said}") for name, said in mistakes.items()]
    return page(
        request,
        "crm_sync/bots.html",
        status=422 if mistakes else 200,
        bot=bot,
        chats=chats,
        has_address=address_of(request.app[settings_key]) is not None,
        labels={name: _(word) for name, word in _NAMES.items()},
        api_url=sent.get("api_url") or (bot.api_url if bot else API_URL),
        mistakes={name: mistakes.get(name, "") for name in _NAMES},
        told=told,
    )


async def _own_page(request: web.Request, link: str = "") -> web.Response:
    async with transaction(request) as connection:
        row = await connection.fetchrow(SQL["chat_of"], signed_in(request).person)
    answer = page(request, "crm_sync/messenger.html", row=row, link=link)
    if link:
        answer.headers["Cache-Control"] = "no-store"
    return answer
