"""`/settings/google`: the company's OAuth client; `/settings/phone-contacts`: everybody's own Google account."""

import hmac
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from crm_sync.google.access import is_client_id, is_secret, sign_in_url
from crm_sync.google.asking import Google, open_google
from crm_sync.google.store import CHOICES, SQL, begin_sign_in, client_of, connect
from crm_sync.google.wire import Refused, Trouble
from trunkline.crypto import WrongKey, token_hash
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import secret_box_key, settings_key
from trunkline.log import get_logger
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

log = get_logger(__name__)

PAGE: Final = "/settings/google"
OWN_PAGE: Final = "/settings/phone-contacts"
BACK: Final = f"{OWN_PAGE}/returned"
_NAMES: Final = {"client_id": mark("Client ID"), "secret": mark("Client secret")}
_LONGEST: Final = 2048
_NOTHING: Final[Mapping[str, str]] = {}
WORDS: Final[Mapping[str, str]] = {
    Trouble.SIGNED_OUT: mark("Google does not let us in any more: connect the account again."),
    Trouble.FORBIDDEN: mark("Google refuses us: is the People API on for the client, and changing contacts permitted?"),
    Trouble.BUSY: mark("Google asks to wait; it goes on by itself."),
    Trouble.AWAY: mark("Google does not answer; it goes on by itself."),
    Trouble.STALE: mark("Contacts of ours were changed there; they are looked through, and it goes on by itself."),
    Trouble.REFUSED: mark("Google does not take a contact; it is tried again in some hours."),
    Trouble.KEY: mark("The sign-in cannot be opened with this installation's key: connect the account again."),
}  # fmt: skip
_RETURNED: Final[Mapping[str, str]] = {
    "state": mark("This sign-in was not begun here, or more than ten minutes ago: begin it again."),
    "denied": mark("The permission was not given."),
    **WORDS,
}
google_key: Final = web.AppKey("google", Google)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(PAGE, show),
        web.post(PAGE, save),
        web.post(f"{PAGE}/remove", remove),
        web.get(OWN_PAGE, show_own),
        web.post(OWN_PAGE, choose),
        web.post(f"{OWN_PAGE}/connect", begin),
        web.post(f"{OWN_PAGE}/disconnect", disconnect),
        web.get(BACK, returned),
    ]


async def google_context(app: web.Application) -> AsyncIterator[None]:
    """Google as this process asks it."""
    async with open_google() as google:
        app[google_key] = google
        yield


async def show(request: web.Request) -> web.Response:
    """The client, and whose account is how far."""
    return await _page(request)


async def save(request: web.Request) -> web.StreamResponse:
    """`POST client_id, secret`: write the client down, or another secret of it."""
    sent = {name: (await text_field(request, name)).replace("\0", "").strip()[:_LONGEST] for name in _NAMES}
    mistakes = []
    if not is_client_id(sent["client_id"]):
        mistakes.append(Mistake("client_id", _("must be as Google shows it, as 1234-abc.apps.googleusercontent.com")))
    if not is_secret(sent["secret"]):
        mistakes.append(Mistake("secret", _("must be the secret as Google shows it")))
    if mistakes:
        return await _page(request, mistakes_of(InvalidInput(*mistakes)), sent)
    async with transaction(request) as connection:
        sealed = request.app[secret_box_key].seal(sent["secret"].encode())
        await connection.execute(SQL["keep_app"], sent["client_id"], sealed)
        deed = Deed("google.client_saved", "google", sent["client_id"])
        await record(connection, actor_of(request), deed, now())
    return redirect(request, PAGE, _("Saved. Now everybody connects his own account on “Contacts on your telephone”."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: accounts keep what is there, and are not changed any more."""
    async with transaction(request) as connection:
        await connection.execute(SQL["drop_app"])
        await record(connection, actor_of(request), Deed("google.client_removed", "google", ""), now())
    return redirect(request, PAGE, _("The client is removed."))


async def show_own(request: web.Request) -> web.Response:
    """How far one's own account is."""
    return await _own_page(request)


async def choose(request: web.Request) -> web.StreamResponse:
    """`POST staff, contacts`: what is copied."""
    contacts = await text_field(request, "contacts")
    if contacts not in CHOICES:
        raise InvalidInput(Mistake("contacts", _("must be one of: %(words)s") % {"words": ", ".join(CHOICES)}))
    staff = await text_field(request, "staff") == "yes"
    person = signed_in(request).person
    async with transaction(request) as connection:
        if await connection.fetchval(SQL["choose"], person, staff, contacts, now()) is None:
            raise NotFound(_("No account is connected."))
        after = {"staff": staff, "contacts": contacts}
        await record(connection, actor_of(request), Deed("google.chosen", "person", str(person), after=after), now())
    return redirect(request, OWN_PAGE, _("Saved. Your account is level in some minutes."))


async def begin(request: web.Request) -> web.StreamResponse:
    """`POST`: where Google asks for the permission."""
    async with transaction(request) as connection:
        client = await client_of(connection, request.app[secret_box_key])
        if client is None:
            raise NotFound(_("The company has no client at Google."))
        state = await begin_sign_in(connection, signed_in(request).person, now())
    return await _own_page(request, sign_in_url(request.app[google_key].hosts, client.id, _back(request), state))


async def returned(request: web.Request) -> web.StreamResponse:
    """`GET state, code`: keep the tokens of who began it."""
    state, code = (request.query.get(name, "")[:_LONGEST] for name in ("state", "code"))
    viewer, box = signed_in(request), request.app[secret_box_key]
    async with transaction(request) as connection:
        row = await connection.fetchrow(SQL["take_state"], viewer.person)
        client = await client_of(connection, box)
    known = row is not None and row["until"] > now() and hmac.compare_digest(row["state_hash"], token_hash(state))
    if not known or client is None:
        return redirect(request, f"{OWN_PAGE}?refused=state")
    if not code:
        return redirect(request, f"{OWN_PAGE}?refused=denied")
    try:
        tokens = await request.app[google_key].first(client, code, _back(request))
    except Refused as refused:
        log.warning("google_not_connected", person=str(viewer.person), error=str(refused))
        return redirect(request, f"{OWN_PAGE}?refused={refused.trouble}")
    async with transaction(request) as connection:
        await connect(connection, box, viewer.person, tokens, now())
        deed = Deed("google.connected", "person", str(viewer.person))
        await record(connection, actor_of(request), deed, now())
    return redirect(request, OWN_PAGE, _("Connected. Your contacts are there in some minutes."))


async def disconnect(request: web.Request) -> web.StreamResponse:
    """`POST`: what is there is taken out, and the permission given back."""
    person = signed_in(request).person
    async with transaction(request) as connection:
        if await connection.fetchval(SQL["leave"], person, now()) is None:
            raise NotFound(_("No account is connected."))
        await record(connection, actor_of(request), Deed("google.disconnected", "person", str(person)), now())
    return redirect(request, OWN_PAGE, _("What is there of ours is taken out in some minutes."))


def _back(request: web.Request) -> str:
    return f"{request.app[settings_key].public_url}{BACK}"


def _is_taken(back: str) -> bool:
    """Whether Google takes the way back: by TLS, or of this machine itself."""
    parts = urlsplit(back)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")


async def _page(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] = _NOTHING
) -> web.Response:
    async with transaction(request) as connection:
        row = await connection.fetchrow(SQL["app"])
        people = await connection.fetch(SQL["people"])
    told: list[tuple[str, Any]] = [(name, f"{_(_NAMES[name])}: {said}") for name, said in mistakes.items()]
    return page(
        request,
        "crm_sync/google.html",
        status=422 if mistakes else 200,
        known=row is not None,
        client_id=sent.get("client_id") or (row["client_id"] if row else ""),
        back=_back(request),
        is_taken=_is_taken(_back(request)),
        people=people,
        words={word: _(said) for word, said in WORDS.items()},
        labels={name: _(word) for name, word in _NAMES.items()},
        mistakes={name: mistakes.get(name, "") for name in _NAMES},
        told=told,
    )


async def _own_page(request: web.Request, link: str = "") -> web.Response:
    try:
        async with transaction(request) as connection:
            client = await client_of(connection, request.app[secret_box_key])
            row = await connection.fetchrow(SQL["account"], signed_in(request).person)
    except WrongKey:
        client, row = None, None
    refused = _RETURNED.get(request.query.get("refused", ""), "")
    trouble = WORDS.get(row["trouble"] or "", "") if row else ""
    answer = page(
        request,
        "crm_sync/phone_contacts.html",
        ready=client is not None,
        row=row,
        link=link,
        refused=_(refused) if refused else "",
        trouble=_(trouble) if trouble else "",
    )
    if link:
        answer.headers["Cache-Control"] = "no-store"
    return answer
