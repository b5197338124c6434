"""`/settings/tokens`: programs that may ask, for what and until when."""

from datetime import timedelta
from typing import Any

from aiohttp import web

from trunkline.errors import InvalidInput, Mistake
from trunkline.people import tokens
from trunkline.people.audit import Deed, record
from trunkline.people.credentials import known_rights
from trunkline.people.pages.request import actor_of, mistakes_of, now, page, transaction
from trunkline.people.person import Form
from trunkline.people.roles import Right, token_rights
from trunkline.people.words import RIGHT_NAMES
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect

_TOKENS = "/settings/tokens"


async def show_tokens(request: web.Request) -> web.StreamResponse:
    """All tokens, and the form of a new one."""
    return await _tokens(request)


async def make(request: web.Request) -> web.StreamResponse:
    """A token of one's own, shown this once."""
    identity, form, at = signed_in(request), await request.post(), now()
    try:
        name, rights, days = _read(form, identity.rights)
    except InvalidInput as error:
        return await _tokens(request, 422, mistakes=mistakes_of(error))
    expires = at + timedelta(days=days)
    async with transaction(request) as connection:
        token = await tokens.make_token(connection, identity.person, name, rights, expires, at)
        after = {"name": name, "rights": sorted(rights), "expires": expires.isoformat()}
        deed = Deed("token.made", "token", token.split("_", 2)[1], after=after)
        await record(connection, actor_of(request), deed, at)
    return await _tokens(request, made=token)


async def revoke(request: web.Request) -> web.StreamResponse:
    """End a token now, whoever's."""
    identifier = request.match_info["token"]
    async with transaction(request) as connection:
        if not await tokens.revoke_token(connection, identifier, now()):
            raise web.HTTPNotFound(text=_("There is no such live token."))
        await record(connection, actor_of(request), Deed("token.revoked", "token", identifier), now())
    return redirect(request, _TOKENS, _("The token is revoked."))


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [
        web.get(_TOKENS, show_tokens),
        web.post(_TOKENS, make),
        web.post(f"{_TOKENS}/{{token}}/revoke", revoke),
    ]


def _read(form: Form, held: frozenset[Right]) -> tuple[str, frozenset[Right], int]:
    """Name, rights and days of a new token; raises InvalidInput."""
    name, days = str(form.get("name", "")).replace("\0", "").strip(), str(form.get("days", ""))
    rights = token_rights(held, known_rights(map(str, form.getall("rights", []))))
    mistakes = []
    if not 1 <= len(name) <= 100:
        mistakes.append(Mistake("name", _("is needed, at most 100 characters")))
    if not rights:
        mistakes.append(Mistake("rights", _("at least one is needed")))
    if not days.isascii() or not days.isdigit() or not 1 <= int(days[:6]) <= tokens.MAX_DAYS:
        mistakes.append(Mistake("days", _("from 1 to 366")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return name, rights, int(days)


async def _tokens(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    async with transaction(request) as connection:
        found = await tokens.tokens(connection)
    held = token_rights(signed_in(request).rights, frozenset(Right))
    return page(
        request,
        "tokens",
        status,
        tokens=found,
        rights={right: _(RIGHT_NAMES[right]) for right in Right if right in held},
        right_names={right.value: _(name) for right, name in RIGHT_NAMES.items()},
        now=now(),
        **{"made": None, "mistakes": {}, **context},
    )
