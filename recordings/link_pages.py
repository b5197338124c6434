"""`/recordings/{id}/links`: who was given a link to a recording, another for somebody else, and taking one back."""

from collections.abc import Mapping
from uuid import UUID

from aiohttp import web

from recordings.links import Link, links_of, make_link, revoke_link, signed
from recordings.listening import audible, within_reach
from recordings.recording import Recording
from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import secret_box_key, settings_key
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/recordings/{id}/links", show),
        web.post("/recordings/{id}/links", make),
        web.post("/recordings/{id}/links/{link}/revoke", revoke),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET`: the links of a recording, and the form of a new one where it can be heard."""
    return await _page(request, await within_reach(request))


async def make(request: web.Request) -> web.StreamResponse:
    """`POST name=&days=`: another link."""
    one = await audible(request)
    name, days = await text_field(request, "name"), await text_field(request, "days")
    try:
        async with transaction(request) as connection:
            link = await make_link(connection, one.id, name, days, signed_in(request).person, now())
            after = {"call": str(one.call_id), "link": str(link.id), "for": link.name, "until": link.until.isoformat()}
            await record(
                connection, actor_of(request), Deed("recording.shared", "recording", str(one.id), after=after), now()
            )
    except InvalidInput as error:
        return await _page(request, one, mistakes_of(error), {"name": name, "days": days})
    return await _page(request, one, made=link)


async def revoke(request: web.Request) -> web.StreamResponse:
    """`POST`: nobody opens it from now on, though the recording cannot be heard at the moment or any more."""
    one = await within_reach(request)
    try:
        link = UUID(request.match_info["link"])
    except ValueError:
        raise NotFound(_("There is no such link.")) from None
    async with transaction(request) as connection:
        if not await revoke_link(connection, one.id, link, now()):
            raise NotFound(_("There is no such link."))
        deed = Deed("recording.unshared", "recording", str(one.id), after={"call": str(one.call_id), "link": str(link)})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, f"/recordings/{one.id}/links", _("The link is taken back."))


async def _page(
    request: web.Request,
    one: Recording,
    mistakes: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    *,
    made: Link | None = None,
) -> web.Response:
    async with transaction(request) as connection:
        links = await links_of(connection, one.id)
    names = {"name": _("For whom"), "days": _("Days")}
    return page(
        request,
        "recordings/links.html",
        status=422 if mistakes else 200,
        one=one,
        links=links,
        made=made,
        address_of=lambda link: _address(request, link),
        is_near=not request.app[settings_key].server.sites_url,
        now=now(),
        values={"name": "", "days": "30"} | dict(values or {}),
        mistakes=mistakes or {},
        told=[(name, f"{names[name]}: {message}") for name, message in (mistakes or {}).items()],
    )


def _address(request: web.Request, link: Link) -> str:
    """Where the world opens it: on the listener that sites reach."""
    return f"{request.app[settings_key].sites_url}/r/{signed(request.app[secret_box_key], link.id, link.until)}"
