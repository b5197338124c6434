"""`/spam`: numbers whose callers are asked to press a digit first."""

from collections.abc import Mapping

from aiohttp import web

from trunkline.calls.phone import NamedKind, Number, mask, parse
from trunkline.contacts.store import delete_spam, list_spam, put_spam
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, redirect

_SPAM = "/spam"
_PAGE = 50
_SOURCE = "manual"
_LONGEST_NOTE = 2000
_OWN = mark("is our own number, a line or a person's")


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_SPAM, show_spam), web.post(_SPAM, add), web.post(f"{_SPAM}/{{number}}/remove", remove)]


async def show_spam(request: web.Request) -> web.Response:
    """The list, or the numbers that begin with some digits; a page at a time."""
    return await _spam(request)


async def add(request: web.Request) -> web.StreamResponse:
    """One more number."""
    form = {name: str(value).replace("\0", "").strip() for name, value in (await request.post()).items()}
    try:
        number = _number(form.get("number", ""))
        note = form.get("note", "")[:_LONGEST_NOTE]
        async with transaction(request) as connection:
            try:
                added = await put_spam(connection, number, source=_SOURCE, votes=1, note=note)
            except InvalidInput as error:
                raise InvalidInput(Mistake("number", _(_OWN))) from error
            await record(connection, actor_of(request), Deed("spam.added", "spam", mask(number)), now())
    except InvalidInput as error:
        return await _spam(request, 422, mistakes=mistakes_of(error), sent=form)
    return redirect(request, _SPAM, _("The number is on the list.") if added else _("The number was there already."))


async def remove(request: web.Request) -> web.StreamResponse:
    """Take a number off the list."""
    try:
        number = _number(request.match_info["number"])
    except InvalidInput as error:
        raise web.HTTPNotFound(text=_("This number is not on the list.")) from error
    async with transaction(request) as connection:
        if not await delete_spam(connection, number):
            raise web.HTTPNotFound(text=_("This number is not on the list."))
        await record(connection, actor_of(request), Deed("spam.removed", "spam", mask(number)), now())
    return redirect(request, _SPAM, _("The number is off the list."))


async def _spam(
    request: web.Request,
    status: int = 200,
    *,
    mistakes: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> web.Response:
    asked = request.query.get("q", "").strip()[:40]
    after = decode_cursor(request.query.get("cursor"), str)
    async with transaction(request) as connection:
        found = await list_spam(connection, prefix=_prefix(asked), after=after, limit=_PAGE + 1)
    shown = page_of(found, _PAGE, lambda entry: entry.number)
    identity = signed_in(request)
    return page(
        request,
        "contacts/spam.html",
        status=status,
        entries=shown.rows,
        asked=asked,
        sent=sent or {},
        mistakes=mistakes or {},
        may_edit=identity.holds(Right.SPAM_EDIT),
        may_import=identity.holds(Right.IMPORTS_RUN),
        next_url=shown.next_url(request.url),
        first_url=first_url(request.url),
    )


def _prefix(asked: str) -> str | None:
    """The first digits of a number, e.g. `8 495` → `+7495`."""
    number = parse(asked)
    if not isinstance(number, NamedKind):
        return number
    digits = "".join(letter for letter in asked if letter.isascii() and letter.isdigit())
    if not digits:
        return None
    return f"+7{digits[1:]}" if digits[0] == "8" and not asked.startswith("+") else f"+{digits}"


def _number(text: str) -> Number:
    number = parse(text)
    if isinstance(number, NamedKind):
        raise InvalidInput(Mistake("number", _("must be a full phone number, e.g. +79161234567")))
    return number
