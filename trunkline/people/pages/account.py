"""`/settings/account` and `/settings/sessions`: one's own password, second factor, and where one is signed in."""

from typing import Any
from uuid import UUID

from aiohttp import web
from markupsafe import Markup

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput
from trunkline.people import sessions, totp
from trunkline.people.audit import Deed, record
from trunkline.people.identity import Identity
from trunkline.people.pages.request import (
    actor_of,
    door_key,
    mistakes_of,
    now,
    page,
    text_field,
    too_often,
    transaction,
    visitor_of,
)
from trunkline.people.signin import Refused, SignedIn, TooOften
from trunkline.people.statements import QUERIES
from trunkline.web.auth import signed_in
from trunkline.web.cookies import SESSION, drop_cookie, set_cookie
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect

_ACCOUNT, _SESSIONS = "/settings/account", "/settings/sessions"


async def show_account(request: web.Request) -> web.StreamResponse:
    """Password and second factor."""
    return await _account(request)


async def change_password(request: web.Request) -> web.StreamResponse:
    """The old password and the new one."""
    old, new = await text_field(request, "old"), await text_field(request, "new")
    try:
        outcome = await request.app[door_key].change_password(signed_in(request), old, new, visitor_of(request), now())
    except InvalidInput as error:
        return await _account(request, 422, mistakes=mistakes_of(error))
    match outcome:
        case SignedIn(secret):
            return _renewed(request, secret, _("The password is changed; your other sessions have ended."))
        case TooOften():
            return await _account(request, 429, mistakes={"old": too_often(outcome)})
    return await _account(request, 403, mistakes={"old": _("is not your present password")})


async def propose_totp(request: web.Request) -> web.StreamResponse:
    """Show a fresh secret as a QR code."""
    async with transaction(request) as connection:
        await totp.propose(connection, request.app[door_key].box, signed_in(request).person)
    return redirect(request, _ACCOUNT)


async def confirm_totp(request: web.Request) -> web.StreamResponse:
    """The first right code turns the second factor on; recovery codes are shown this once."""
    identity, door, shown = signed_in(request), request.app[door_key], await text_field(request, "code")
    async with transaction(request) as connection:
        codes = await totp.confirm(connection, door.box, identity.person, shown, now().timestamp())
        if codes is not None:
            secret = await _factor_changed(request, connection, "person.totp_on")
    if codes is None:
        return await _account(request, 422, mistakes={"code": _("is wrong: check the clock of your phone")})
    response = page(request, "recovery_codes", codes=codes)
    _keep(request, response, secret)
    return response


async def drop_totp(request: web.Request) -> web.StreamResponse:
    """Turn the second factor off, for who shows it."""
    identity, door, shown = signed_in(request), request.app[door_key], await text_field(request, "code")
    outcome = await door.check_code(identity, shown, visitor_of(request), now())
    match outcome:
        case TooOften():
            return await _account(request, 429, mistakes={"code": too_often(outcome)})
        case Refused():
            return await _account(request, 403, mistakes={"code": _("is wrong or was used already")})
    async with transaction(request) as connection:
        await totp.drop(connection, identity.person)
        secret = await _factor_changed(request, connection, "person.totp_off")
    return _renewed(request, secret, _("The second factor is off."))


async def show_sessions(request: web.Request) -> web.StreamResponse:
    """Where one is signed in."""
    identity, door = signed_in(request), request.app[door_key]
    async with transaction(request) as connection:
        found = await sessions.open_sessions(connection, identity.person, door.lifetime, now())
    return page(request, "sessions", sessions=found, present=UUID(identity.credential))


async def end_session(request: web.Request) -> web.StreamResponse:
    """End one of one's own sessions."""
    identity, named = signed_in(request), request.match_info["session"]
    async with transaction(request) as connection:
        if not await sessions.end_session(connection, _uuid(named), identity.person):
            raise web.HTTPNotFound(text=_("This session has ended already."))
        await record(connection, actor_of(request), Deed("session.ended", "session", named), now())
    if named != identity.credential:
        return redirect(request, _SESSIONS, _("The session has ended."))
    response = redirect(request, "/login")
    drop_cookie(request, response, SESSION)
    return response


async def end_others(request: web.Request) -> web.StreamResponse:
    """End all but this one."""
    identity = signed_in(request)
    async with transaction(request) as connection:
        await sessions.end_sessions(connection, identity.person, but=UUID(identity.credential))
        deed = Deed("session.ended", "person", str(identity.person), after={"sessions": "all others"})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, _SESSIONS, _("All other sessions have ended."))


def routes() -> list[web.RouteDef]:
    """These pages' routes."""
    return [
        web.get(_ACCOUNT, show_account),
        web.post(f"{_ACCOUNT}/password", change_password),
        web.post(f"{_ACCOUNT}/totp", propose_totp),
        web.post(f"{_ACCOUNT}/totp/confirm", confirm_totp),
        web.post(f"{_ACCOUNT}/totp/off", drop_totp),
        web.get(_SESSIONS, show_sessions),
        web.post(f"{_SESSIONS}/end-others", end_others),
        web.post(f"{_SESSIONS}/{{session}}/end", end_session),
    ]


async def _account(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    identity, door = signed_in(request), request.app[door_key]
    async with transaction(request) as connection:
        row = await connection.fetchrow(QUERIES["totp_of"], identity.person)
        left = await totp.recovery_codes_left(connection, identity.person)
        secret = await totp.proposed(connection, door.box, identity.person)
    enabled = row is not None and row["totp_secret"] is not None
    qr = Markup(totp.qr_svg(totp.enrolment_uri(secret, identity.login))) if secret else None  # noqa: S704 - ours
    values = {"totp": enabled, "codes_left": left, "qr": qr, "secret": secret, "mistakes": {}, **context}
    return page(request, "account", status, **values)


async def _factor_changed(request: web.Request, connection: Connection, action: str) -> str | None:
    identity: Identity = signed_in(request)
    await record(connection, actor_of(request), Deed(action, "person", str(identity.person)), now())
    return await request.app[door_key].renew(connection, identity, now())


def _renewed(request: web.Request, secret: str | None, said: str) -> web.Response:
    response = redirect(request, _ACCOUNT, said)
    _keep(request, response, secret)
    return response


def _keep(request: web.Request, response: web.Response, secret: str | None) -> None:
    if secret is not None:
        set_cookie(request, response, SESSION, secret)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise web.HTTPNotFound from error
