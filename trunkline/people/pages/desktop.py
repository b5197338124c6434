"""`/settings/desktop`: tokens with which the desktop helpers of one's own computers show the card."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from trunkline.keys import settings_key
from trunkline.people import tokens
from trunkline.people.audit import Deed, record
from trunkline.people.identity import Identity
from trunkline.people.pages.request import actor_of, now, page, text_field, transaction
from trunkline.people.roles import DESKTOP, Right
from trunkline.people.tokens import Token
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext
from trunkline.web.render import redirect

MOST_COMPUTERS = 5
_DESKTOP = "/settings/desktop"
_LONGEST_NAME = 100
_SCOPE = frozenset(right.value for right in DESKTOP)


async def show_desktop(request: web.Request) -> web.StreamResponse:
    """One's computers, and the form of a new one."""
    return await _desktop(request, _card_user(request))


async def make(request: web.Request) -> web.StreamResponse:
    """A token for one more computer, shown this once."""
    identity, at = _card_user(request), now()
    name = (await text_field(request, "name")).replace("\0", "").strip()
    expires = at + timedelta(days=tokens.MAX_DAYS)
    token = None
    async with transaction(request) as connection:
        wrong = _wrong(name, _of_computers(await tokens.tokens(connection, identity.person), at))
        if not wrong:
            token = await tokens.make_token(connection, identity.person, name, DESKTOP, expires, at)
            after = {"name": name, "rights": sorted(DESKTOP), "expires": expires.isoformat()}
            await record(
                connection, actor_of(request), Deed("token.made", "token", token.split("_", 2)[1], after=after), at
            )
    if token is None:
        return await _desktop(request, identity, 422, mistakes={"name": wrong}, name=name)
    return await _desktop(request, identity, made=token)


async def revoke(request: web.Request) -> web.StreamResponse:
    """End a token of one's own now."""
    identity, identifier = signed_in(request), request.match_info["token"]
    async with transaction(request) as connection:
        if not await tokens.revoke_token(connection, identifier, now(), identity.person):
            raise web.HTTPNotFound(text=_("There is no such live token."))
        await record(connection, actor_of(request), Deed("token.revoked", "token", identifier), now())
    return redirect(request, _DESKTOP, _("The computer is shut out."))


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [
        web.get(_DESKTOP, show_desktop),
        web.post(_DESKTOP, make),
        web.post(f"{_DESKTOP}/{{token}}/revoke", revoke),
    ]


def _card_user(request: web.Request) -> Identity:
    """Who asks, with a session; raises HTTPForbidden for who has no card."""
    identity = signed_in(request)
    if not identity.holds(Right.CARD_USE):
        told = _("The desktop helper shows the card, and you have none: an administrator gives the right.")
        raise web.HTTPForbidden(text=told)
    return identity


def _of_computers(found: Sequence[Token], at: datetime) -> list[Token]:
    """The live ones that hold nothing beside what a desktop helper needs."""
    return [one for one in found if one.revoked_at is None and one.expires_at > at and _SCOPE.issuperset(one.rights)]


def _wrong(name: str, live: Sequence[Token]) -> str:
    if not 1 <= len(name) <= _LONGEST_NAME:
        return _("is needed, at most 100 characters")
    if len(live) >= MOST_COMPUTERS:
        return ngettext(
            "At most %(num)d computer: shut one out first.",
            "At most %(num)d computers: shut one out first.",
            MOST_COMPUTERS,
        ) % {"num": MOST_COMPUTERS}
    return ""


async def _desktop(request: web.Request, identity: Identity, status: int = 200, **context: Any) -> web.Response:
    async with transaction(request) as connection:
        found = _of_computers(await tokens.tokens(connection, identity.person), now())
    values = {
        "made": None,
        "mistakes": {},
        "name": "",
        "extension": identity.extension,
        "address": request.app[settings_key].public_url,
        **context,
    }
    return page(request, "desktop", status, computers=found, **values)
