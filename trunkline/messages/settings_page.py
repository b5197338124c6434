"""What holds for all rules, and rooms: the small forms of `/settings/messages`."""

import asyncio
import re
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import secret_box_key, settings_key
from trunkline.messages.rooms import ROOM_KINDS, wrong_address
from trunkline.messages.rule import Settings
from trunkline.messages.rules_page import HERE, overview
from trunkline.messages.rules_store import add_room, remove_room, save_settings
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect
from trunkline.webhooks.address import AddressRules

_TIME: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_NUMBERS: Final = {"client_most": (1, 100), "client_days": (1, 365), "kept_days": (7, 3650)}
_LONGEST_NAME: Final = 100


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post(f"{HERE}/settings", change),
        web.post(f"{HERE}/rooms", add),
        web.post(f"{HERE}/rooms/{{room}}/remove", remove),
    ]


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: quiet hours, how often clients are written to, how long the log is kept."""
    sent = {name: (await text_field(request, name)).strip()[:20] for name in ("opens", "closes", "unasked", *_NUMBERS)}
    async with transaction(request) as connection:
        try:
            await save_settings(connection, read_settings_form(sent), actor_of(request), now())
        except InvalidInput as error:
            values = sent | {"unasked": sent["unasked"] == "on"}
            return await overview(request, connection, mistakes_of(error), **values)
    return redirect(request, HERE, _("Saved."))


def read_settings_form(sent: dict[str, str]) -> Settings:
    """Raises InvalidInput."""
    mistakes = []
    numbers: dict[str, int] = {}
    for name, (least, most) in _NUMBERS.items():
        text = sent[name]
        if text.isascii() and text.isdecimal() and least <= int(text) <= most:
            numbers[name] = int(text)
        else:
            mistakes.append(
                Mistake(name, _("must be a whole number from %(least)s to %(most)s") % {"least": least, "most": most})
            )
    opens, closes = _minute(sent["opens"]), _minute(sent["closes"])
    if opens is None or closes is None or not opens < closes <= 24 * 60:
        mistakes.append(Mistake("opens", _("must be hours of one day such as 09:00 and 21:00")))
    if mistakes or opens is None or closes is None:
        raise InvalidInput(*mistakes)
    return Settings(opens=opens, closes=closes, unasked=sent["unasked"] == "on", **numbers)


def _minute(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    return int(match[1]) * 60 + int(match[2]) if match else None


async def add(request: web.Request) -> web.StreamResponse:
    """`POST name, kind, address`: one more room."""
    name = " ".join((await text_field(request, "room_name")).replace("\0", "").split())[:200]
    kind, address = await text_field(request, "room_kind"), (await text_field(request, "address")).strip()[:1001]
    rules = AddressRules(request.app[settings_key].web.webhook_private_addresses)
    mistakes = {}
    if not 1 <= len(name) <= _LONGEST_NAME:
        mistakes["room_name"] = _("must have 1 to %(longest)s characters") % {"longest": _LONGEST_NAME}
    if kind not in ROOM_KINDS:
        mistakes["room_kind"] = _("choose a messenger")
    elif why := await asyncio.to_thread(wrong_address, kind, address, rules):
        mistakes["address"] = why
    async with transaction(request) as connection:
        if mistakes:  # the address is a secret: it is not shown again
            return await overview(request, connection, mistakes, room_name=name, room_kind=kind)
        await add_room(connection, request.app[secret_box_key], name, kind, address, actor_of(request), now())
    return redirect(request, HERE, _("The room is there: rules may name it."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: nothing is written there any more."""
    try:
        identifier = UUID(request.match_info["room"])
    except ValueError:
        raise NotFound(_("There is no such room.")) from None
    async with transaction(request) as connection:
        await remove_room(connection, identifier, actor_of(request), now())
    return redirect(request, HERE, _("The room is gone."))
