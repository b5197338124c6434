"""`/settings/quality`: the checklist that calls are reviewed by."""

from typing import Final
from uuid import UUID

from aiohttp import web

from recordings.checklist import LONGEST_CRITERION, Draft, criteria, save_criterion
from trunkline.errors import InvalidInput, NotFound
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/quality"
_NAMES: Final = {"text": mark("What is looked at"), "points": mark("Points"), "place": mark("Place in the list")}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_HERE, show), web.post(_HERE, add), web.post(f"{_HERE}/{{criterion}}", change)]


async def show(request: web.Request) -> web.Response:
    """`GET`: all its lines."""
    return await _page(request)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST text=&points=&place=`: one more line."""
    return await _save(request, None)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST text=&points=&place=&active=`: another text, or it is asked no more."""
    try:
        identifier = UUID(request.match_info["criterion"])
    except ValueError:
        raise NotFound(_("There is no such criterion.")) from None
    return await _save(request, identifier)


async def _save(request: web.Request, identifier: UUID | None) -> web.StreamResponse:
    text, points, place = [(await text_field(request, name)) for name in _NAMES]
    active = identifier is None or await text_field(request, "active") == "on"
    draft = Draft(text[: 2 * LONGEST_CRITERION], points.strip()[:10], place.strip()[:10], active)
    try:
        async with transaction(request) as connection:
            await save_criterion(connection, identifier, draft, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, identifier, draft, error)
    return redirect(request, _HERE, _("Saved."))


async def _page(
    request: web.Request,
    changed: UUID | None = None,
    draft: Draft | None = None,
    error: InvalidInput | None = None,
) -> web.Response:
    async with transaction(request) as connection:
        known = await criteria(connection, active=False)
    mistakes = mistakes_of(error) if error else {}
    last = max((one.place for one in known), default=0)
    fresh = Draft(place=str(min(last + 1, 1000)))
    drafts = {one.id: Draft(one.text, str(one.points), str(one.place), one.active) for one in known}
    if changed is not None and draft is not None:
        drafts[changed] = draft
    prefix = f"-{changed}" if changed else ""
    return page(
        request,
        "recordings/checklist.html",
        status=422 if error else 200,
        known=known,
        drafts=drafts,
        fresh=draft if draft is not None and changed is None else fresh,
        changed=changed if error else None,
        wrong={field: mistakes.get(field, "") for field in _NAMES},
        right=dict.fromkeys(_NAMES, ""),
        failed=error is not None,
        told=[(f"{field}{prefix}", f"{_(_NAMES[field])}: {message}") for field, message in mistakes.items()],
        longest=LONGEST_CRITERION,
    )
