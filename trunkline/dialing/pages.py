"""`/settings/dialing`: the switch that stops all calls of ours, who may be called and how often, and who never."""

from collections.abc import Mapping

from aiohttp import web

from trunkline.dialing import rules_store
from trunkline.dialing.store import SQL, read_limits
from trunkline.dialing.words import STATES
from trunkline.errors import InvalidInput
from trunkline.keys import redis_key, secret_box_key
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_PATH = "/settings/dialing"
_SHOWN = 100
_NEWEST = 20
_FIELDS = {
    "allowed": mark("Countries and prefixes that may be called"),
    "denied": mark("Prefixes that never may"),
    "number_calls": mark("Calls to one number"),
    "number_minutes": mark("Minutes with one number"),
    "ip_calls": mark("Calls asked for from one address"),
    "ip_minutes": mark("Minutes from one address"),
    "day_calls": mark("Calls of the company"),
    "day_minutes": mark("Minutes of the company"),
    "longest_minutes": mark("The longest call, minutes"),
    "ring_seconds": mark("The agent's phone rings, seconds"),
    "callback_attempts": mark("Attempts to reach a client"),
    "callback_pause_minutes": mark("Minutes between them"),
    "callback_short_seconds": mark("A shorter talk was a voicemail, seconds"),
    "callback_keep_hours": mark("Given up after hours"),
    "callback_opens": mark("Called from (his hour)"),
    "callback_closes": mark("Called until (his hour)"),
    "contact_most": mark("Calls and messages to one client, before he calls himself"),
    "contact_days": mark("Within days"),
    "number": mark("Number"),
    "reason": mark("Reason"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_PATH, show),
        web.post(_PATH, change),
        web.post(f"{_PATH}/switch", switch),
        web.post(f"{_PATH}/do-not-call", block),
        web.post(f"{_PATH}/do-not-call/remove", unblock),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET ?q=`: all of it; `q` are the first digits of numbers on the do-not-call list."""
    return await _page(request)


async def change(request: web.Request) -> web.StreamResponse:
    """Other caps and lists."""
    sent = await _sent(request)
    try:
        async with transaction(request) as connection:
            await rules_store.save_limits(connection, sent, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    return redirect(request, _PATH, _("Saved. It counts from the next call on."))


async def switch(request: web.Request) -> web.StreamResponse:
    """`POST active`: the kill switch."""
    active = (await _sent(request)).get("active", "")
    if active not in {"on", "off"}:
        raise web.HTTPBadRequest(text=_("Say whether calls may go out: on or off."))
    async with transaction(request) as connection:
        await rules_store.switch(connection, active == "on", actor_of(request), now())
    await wake(request.app[redis_key], OUTBOX_WAKE)
    said = _("Calls may go out again.") if active == "on" else _("Nothing is dialled any more.")
    return redirect(request, _PATH, said)


async def block(request: web.Request) -> web.StreamResponse:
    """`POST number, reason`: never call it."""
    sent = await _sent(request)
    try:
        async with transaction(request) as connection:
            number, reason = sent.get("number", ""), sent.get("reason", "")
            await rules_store.add_number(connection, number, reason, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    return redirect(request, f"{_PATH}#do-not-call", _("The number is not called any more."))


async def unblock(request: web.Request) -> web.StreamResponse:
    """`POST number`: it may be called again."""
    async with transaction(request) as connection:
        if not await rules_store.drop_number(
            connection, (await _sent(request)).get("number", ""), actor_of(request), now(), request.app[secret_box_key]
        ):
            raise web.HTTPNotFound(text=_("This number is not on the list."))
    return redirect(request, f"{_PATH}#do-not-call", _("The number may be called again."))


async def _page(
    request: web.Request, mistakes: Mapping[str, str] | None = None, sent: Mapping[str, str] | None = None
) -> web.Response:
    asked = request.query.get("q", "").strip()[:20]
    digits = "".join(letter for letter in asked if letter.isascii() and letter.isdecimal())
    prefix = "+" + ("7" + digits[1:] if digits.startswith("8") and not asked.startswith("+") else digits)
    async with transaction(request) as connection:
        limits = await read_limits(connection)
        blocked = await rules_store.list_blocked(connection, prefix=prefix, limit=_SHOWN + 1)
        newest = await connection.fetch(SQL["list_dials"], _NEWEST)
    values = {name: getattr(limits, name) for name in _FIELDS if hasattr(limits, name)}
    values |= {"allowed": " ".join(limits.allowed), "denied": " ".join(limits.denied), "number": "", "reason": ""}
    mistakes = mistakes or {}
    return page(
        request,
        "dialing/settings.html",
        status=422 if mistakes else 200,
        active=limits.active,
        values=values | dict(sent or {}),
        labels={name: _(word) for name, word in _FIELDS.items()},
        mistakes=mistakes,
        told=[(field, f"{_(_FIELDS[field])}: {message}") for field, message in mistakes.items()],
        blocked=blocked[:_SHOWN],
        more=len(blocked) > _SHOWN,
        asked=asked,
        dials=[(row, *_state(row["outcome"] or row["state"])) for row in newest],
        longest_reason=rules_store.LONGEST_REASON,
    )


def _state(name: str) -> tuple[str, str]:
    word, kind = STATES[name]
    return _(word), kind


async def _sent(request: web.Request) -> dict[str, str]:
    return {name: str(value).replace("\0", "").strip()[:2000] for name, value in (await request.post()).items()}
