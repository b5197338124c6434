"""`/settings/leads`: which calls open a lead, and within how much working time it is taken and called."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from trunkline.errors import InvalidInput
from trunkline.leads.page_form import RULE_FIELDS, read_rules_form, shown_rules
from trunkline.leads.rules import read_rules, save_rules
from trunkline.leads.words import OPENS
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/leads"
_NAMES: Final = {
    "opens": mark("A lead is opened by"),
    "take_minutes": mark("Take within, minutes"),
    "call_minutes": mark("Call within, minutes"),
    "quiet_days": mark("A next step is needed after, days"),
    "reopen_days": mark("Goes on with an earlier lead, days"),
    "stages": mark("Stages of the board"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_HERE, show), web.post(_HERE, change)]


async def show(request: web.Request) -> web.Response:
    """`GET`: the rules in force."""
    async with transaction(request) as connection:
        values = shown_rules(await read_rules(connection))
    return _page(request, values)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: put others in force; every mistake is told beside its field."""
    sent = {field: (await text_field(request, field)).replace("\0", "").strip()[:2000] for field in RULE_FIELDS}
    try:
        rules = read_rules_form(sent)
        async with transaction(request) as connection:
            await save_rules(connection, rules, actor_of(request), now())
    except InvalidInput as error:
        return _page(request, sent, mistakes_of(error))
    return redirect(request, _HERE, _("Saved. It counts within 15 seconds, for leads opened from then on."))


def _page(request: web.Request, values: Mapping[str, str], mistakes: Mapping[str, str] | None = None) -> web.Response:
    mistakes = mistakes or {}
    return page(
        request,
        "leads/rules.html",
        status=422 if mistakes else 200,
        values=values,
        mistakes=mistakes,
        told=[(field, f"{_(_NAMES[field])}: {message}") for field, message in mistakes.items()],
        names={field: _(name) for field, name in _NAMES.items()},
        opens=[(key.value, _(word)) for key, word in OPENS.items()],
    )
