"""`/spam/…`: the company's own list, who is never kept out, ranges, day by day; one tap says "spam" or "no spam"."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from trunkline.calls.phone import NamedKind, Number, mask, parse
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.people.roles import Right
from trunkline.spam import store
from trunkline.spam.guard import Entry
from trunkline.spam.store import Allowed, Personal, Treatment
from trunkline.spam.words import BLOCKS, TREATMENTS, WHY_ALLOWED, mistakes_in_words
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of, redirect

_PERSONAL, _ALLOWED, _DAYS = "/spam/personal", "/spam/allowed", 30
_LONGEST_NOTE = 2000
_BACK = re.compile(r"/calls/[0-9a-f-]{36}|/spam(?:/[a-z]+)?").fullmatch
_Sent = Mapping[str, str]
_NOTHING: _Sent = {}
_NO_NUMBER = mark("must be a full phone number, e.g. +79161234567")


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_PERSONAL, show_personal),
        web.post(_PERSONAL, add_personal),
        web.post(f"{_PERSONAL}/remove", remove_personal),
        web.get(_ALLOWED, show_allowed),
        web.post(_ALLOWED, add_allowed),
        web.post(f"{_ALLOWED}/remove", remove_allowed),
        web.get("/spam/ranges", show_ranges),
        web.get("/spam/days", show_days),
    ]


async def show_personal(request: web.Request) -> web.Response:
    """`GET`: numbers and beginnings of numbers the company itself keeps out."""
    return await _personal(request)


async def add_personal(request: web.Request) -> web.StreamResponse:
    """`POST entry, treatment, note?, back?`: keep a number out; the one tap of a call's page sends no treatment."""
    form = await _form(request)
    try:
        treatment = _treatment(form.get("treatment") or Treatment.CHALLENGE)
        async with transaction(request) as connection:
            entry, added = await store.put_personal(
                connection,
                form.get("entry", ""),
                treatment,
                note=form.get("note", "")[:_LONGEST_NOTE],
                person=signed_in(request).name,
            )
            after = {"treatment": treatment.value}
            await record(connection, actor_of(request), Deed("spam.listed", "spam", _masked(entry), None, after), now())
    except InvalidInput as error:
        if back := _back(form, ""):
            refused, (wrong, *_more) = _("Not put on the list"), mistakes_in_words(error).values()
            return redirect(request, back, f"{refused}: {wrong}")
        return await _personal(request, error, form)
    said = _("The number is on the company's own list.") if added else _("The entry was changed.")
    return redirect(request, _back(form, _PERSONAL), said)


async def remove_personal(request: web.Request) -> web.StreamResponse:
    """`POST entry, back?`: take it off again."""
    form = await _form(request)
    async with transaction(request) as connection:
        entry = await store.drop_personal(connection, form.get("entry", ""))
        if entry is None:
            raise web.HTTPNotFound(text=_("This number is not on the list."))
        await record(connection, actor_of(request), Deed("spam.unlisted", "spam", _masked(entry)), now())
    return redirect(request, _back(form, _PERSONAL), _("The number is off the list."))


async def show_allowed(request: web.Request) -> web.Response:
    """`GET`: who is never kept out."""
    return await _allowed(request)


async def add_allowed(request: web.Request) -> web.StreamResponse:
    """`POST number, note?, back?`: this is no spam."""
    form = await _form(request)
    try:
        number = _number(form.get("number", ""))
        async with transaction(request) as connection:
            note = form.get("note", "")[:_LONGEST_NOTE]
            await store.put_allow(connection, number, note=note, person=signed_in(request).name)
            await record(connection, actor_of(request), Deed("spam.allowed", "spam", mask(number)), now())
    except InvalidInput as error:
        return await _allowed(request, error, form)
    return redirect(request, _back(form, _ALLOWED), _("The number is never kept out from now on."))


async def remove_allowed(request: web.Request) -> web.StreamResponse:
    """`POST number, back?`: the undo of the undo."""
    form = await _form(request)
    number = parse(form.get("number", ""))
    async with transaction(request) as connection:
        if isinstance(number, NamedKind) or not await store.drop_allow(connection, number):
            raise web.HTTPNotFound(text=_("This number is not on the list."))
        await record(connection, actor_of(request), Deed("spam.disallowed", "spam", mask(number)), now())
    return redirect(request, _back(form, _ALLOWED), _("The spam rules apply to this number again."))


async def show_ranges(request: web.Request) -> web.Response:
    """`GET`: blocks with much spam, and prefixes of lists."""
    async with transaction(request) as connection:
        ranges = await store.list_ranges(connection)
    return page(request, "spam/ranges.html", ranges=ranges, blocks={kind: _(word) for kind, word in BLOCKS.items()})


async def show_days(request: web.Request) -> web.Response:
    """`GET`: kept out, passed, undone, for each of the last 30 days."""
    zone = reader_of(request).timezone
    today = datetime.now(UTC).astimezone(zone).date()
    since = datetime.combine(today - timedelta(days=_DAYS - 1), time(), zone)
    async with transaction(request) as connection:
        told = {day.day: day for day in await store.days(connection, since, zone.key)}
    shown = [today - timedelta(days=back) for back in range(_DAYS)]
    filled = [told.get(day, store.Day(day, 0, 0, 0)) for day in shown]
    sums = {name: sum(getattr(day, name) for day in filled) for name in ("kept", "passed", "undone")}
    return page(request, "spam/days.html", days=filled, sums=sums)


async def _personal(request: web.Request, error: InvalidInput | None = None, sent: _Sent = _NOTHING) -> web.Response:
    async with transaction(request) as connection:
        entries = await store.list_personal(connection)
    treatments = [(name, _(word)) for name, word in TREATMENTS.items()]
    return _list(request, "spam/personal.html", entries, TREATMENTS, error, sent, treatments=treatments)


async def _allowed(request: web.Request, error: InvalidInput | None = None, sent: _Sent = _NOTHING) -> web.Response:
    async with transaction(request) as connection:
        entries = await store.list_allowed(connection)
    return _list(request, "spam/allowed.html", entries, WHY_ALLOWED, error, sent)


def _list(
    request: web.Request,
    template: str,
    entries: Sequence[Personal | Allowed],
    words: Mapping[str, str],
    error: InvalidInput | None,
    sent: _Sent,
    **more: object,
) -> web.Response:
    """A list and the form that adds to it; after `error` with what was `sent`."""
    return page(
        request,
        template,
        status=422 if error else 200,
        entries=entries,
        words={name: _(word) for name, word in words.items()},
        mistakes=mistakes_in_words(error) if error else {},
        sent=sent,
        may_edit=signed_in(request).holds(Right.SPAM_EDIT),
        **more,
    )


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value).replace("\0", "").strip() for name, value in (await request.post()).items()}


def _back(form: Mapping[str, str], usual: str) -> str:
    """The page the tap was made on, where it is one of ours."""
    back = form.get("back", "")
    return back if _BACK(back) else usual


def _treatment(text: str) -> Treatment:
    if text not in set(Treatment):
        raise InvalidInput(Mistake("treatment", f"must be one of {', '.join(Treatment)}"))
    return Treatment(text)


def _number(text: str) -> Number:
    number = parse(text)
    if isinstance(number, NamedKind):
        raise InvalidInput(Mistake("number", _NO_NUMBER))
    return number


def _masked(entry: Entry) -> str:
    return mask(entry.prefix) if entry.whole else str(entry)
