"""`/settings/missed`: who counts as missed, by when he is called back, how soon an answer is in time."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from trunkline.errors import InvalidInput
from trunkline.missed.rules import read_rules, refuse_unknown_country, save_rules
from trunkline.missed.rules_form import DAY_FIELDS, FIELDS, read_form, shown_form
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.presence.weekdays import WEEKDAYS
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of, redirect

_HERE: Final = "/settings/missed"
_NAMES: Final = {
    "promise_minutes": mark("Call back within, minutes"),
    "short_seconds": mark("Gave up sooner than, seconds"),
    "answer_seconds": mark("Answered in time within, seconds"),
    "aged_days": mark("Off the list after, days"),
    "country": mark("Country of the calendar"),
    **dict(zip(DAY_FIELDS, WEEKDAYS, strict=True)),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_HERE, show), web.post(_HERE, change)]


async def show(request: web.Request) -> web.Response:
    """`GET`: the rules in force."""
    async with transaction(request) as connection:
        values = shown_form(await read_rules(connection))
    return _page(request, values)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: put others in force; every mistake is told beside its field."""
    sent = {field: (await text_field(request, field)).replace("\0", "").strip()[:200] for field in FIELDS}
    try:
        rules = read_form(sent)
        async with transaction(request) as connection:
            await refuse_unknown_country(connection, rules.country)
            await save_rules(connection, rules, actor_of(request), now())
    except InvalidInput as error:
        return _page(request, sent, mistakes_of(error))
    return redirect(request, _HERE, _("Saved. The calls of the next minute are counted by it."))


def _page(request: web.Request, values: Mapping[str, str], mistakes: Mapping[str, str] | None = None) -> web.Response:
    mistakes = mistakes or {}
    return page(
        request,
        "missed/rules.html",
        status=422 if mistakes else 200,
        values=values,
        mistakes=mistakes,
        told=[(field, f"{_(_NAMES[field])}: {message}") for field, message in mistakes.items()],
        names={field: _(name) for field, name in _NAMES.items()},
        days=DAY_FIELDS,
        zone=reader_of(request).timezone.key,
    )
