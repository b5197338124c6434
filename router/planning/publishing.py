"""`/plan/draft` and `/plan/versions`: what would change, what it would have done, publish, roll back, files."""

import time
from datetime import UTC, datetime
from typing import Any

from aiohttp import hdrs, web

from router.planning.desk import Desk, desk_of
from router.planning.files import FORMS, read_file, write_file
from router.planning.forms import Body
from router.planning.replay import Group
from router.planning.replaying import Order
from router.planning.room import Preview, preview_room_key
from router.planning.store import (
    ChangedMeanwhile,
    Draft,
    current_draft,
    discard_draft,
    history,
    plan_in_force,
    publish_draft,
    published_plan,
    restore,
    save_draft,
)
from router.planning.words import Names, differences, where_of
from trunkline.calls.explain import title
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import settings_key
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.servers import database_url
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext
from trunkline.web.render import page, redirect

_DRAFT, _VERSIONS = "/plan/draft", "/plan/versions"
_PAGE = 30
_DAY = 86_400.0
PERIODS = (1, 7, 30, 90)
"""Days of history a preview may look at."""


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_DRAFT, show_draft),
        web.post(f"{_DRAFT}/discard", discard),
        web.post("/plan/preview", start_preview),
        web.get("/plan/preview/{preview}", show_preview),
        web.post("/plan/publish", publish),
        web.get(_VERSIONS, show_versions),
        web.post(f"{_VERSIONS}/{{version}}/restore", roll_back),
        web.get("/plan/export", export),
        web.post("/plan/import", import_file),
    ]


async def show_draft(request: web.Request) -> web.Response:
    """The differences, and what can be done with them."""
    return await _draft(request)


async def discard(request: web.Request) -> web.StreamResponse:
    """Throw the draft away."""
    try:
        async with transaction(request) as connection:
            await discard_draft(connection, _number(await text_field(request, "version")), actor_of(request), now())
    except ChangedMeanwhile:
        return await _draft(request, 409, conflict=True)
    return redirect(request, "/plan", _("The draft is thrown away; the plan in force stays."))


async def start_preview(request: web.Request) -> web.StreamResponse:
    """Begin to try the draft on the calls of the last days; the page follows it."""
    days = _number(await text_field(request, "days"))
    if days not in PERIODS:
        raise InvalidInput(Mistake("days", _("choose one of the periods")))
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
    if desk.mistakes(desk.draft.body):
        return await _draft(request, 422)
    until = time.time()
    order = Order(database_url(request.app[settings_key]), desk.draft.body, until - days * _DAY, until)
    name = request.app[preview_room_key].start(order, desk.draft.version)
    return redirect(request, f"/plan/preview/{name}")


async def show_preview(request: web.Request) -> web.Response:
    """How far a preview is, or its report; the page asks again by itself."""
    preview = request.app[preview_room_key].find(request.match_info["preview"])
    if preview is None:
        return await _draft(request, 404, lost=True)
    return await _draft(request, preview=preview, preview_name=request.match_info["preview"])


async def publish(request: web.Request) -> web.StreamResponse:
    """Put the draft in force."""
    sent = await request.post()
    note = " ".join(str(sent.get("note", "")).replace("\0", "").split())[:300]
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
    if desk.mistakes(desk.draft.body):
        return await _draft(request, 422, note=note)
    changes = [str(change) for change in desk.changes()]
    if not changes:
        raise web.HTTPBadRequest(text=_("There is nothing to publish: the draft is the plan in force."))
    seen = Draft(desk.draft.body, desk.draft.base, _number(str(sent.get("version", ""))))
    try:
        async with transaction(request) as connection:
            version = await publish_draft(
                connection, seen, _number(str(sent.get("in_force", ""))), note, changes, actor_of(request), now()
            )
    except ChangedMeanwhile:
        return await _draft(request, 409, note=note, conflict=True)
    return redirect(request, _VERSIONS, _("Plan %(version)s is in force.") % {"version": version})


async def show_versions(request: web.Request) -> web.Response:
    """Every plan there was, with what each changed."""
    before = _number(request.query.get("before", "")) or None
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
        found = await history(connection, before if before and before > 0 else None, _PAGE + 1)
    return page(
        request,
        "planning/versions.html",
        desk=desk,
        versions=[(each, differences(each.before or {}, each.body, desk.names)) for each in found[:_PAGE]],
        older=found[_PAGE - 1].version if len(found) > _PAGE else 0,
    )


async def roll_back(request: web.Request) -> web.StreamResponse:
    """Publish an old version as the newest, in one click; a draft stays as it is."""
    number = _number(request.match_info["version"])
    try:
        async with transaction(request) as connection:
            old = await published_plan(connection, number)
            desk = await desk_of(request, connection)
            mistakes = desk.mistakes(old.body)
            if mistakes:
                said = "; ".join(f"{where_of(each.path.split('.'), desk.names)}: {each.message}" for each in mistakes)
                told = _("Plan %(version)s no longer fits: %(why)s") % {"version": number, "why": said}
                return redirect(request, _VERSIONS, told, "bad")
            changes = [str(change) for change in differences(desk.in_force.body, old.body, desk.names)]
            note = _("as plan %(version)s") % {"version": number}
            version = await restore(connection, old, note, changes, actor_of(request), now())
    except NotFound as error:
        raise web.HTTPNotFound(text=_("There is no such plan.")) from error
    return redirect(request, _VERSIONS, _("Plan %(version)s is in force.") % {"version": version})


async def export(request: web.Request) -> web.Response:
    """`?form=toml|json&version=`: a published plan as a file; without a version the draft."""
    form, version = request.query.get("form", "toml"), request.query.get("version", "")
    if form not in FORMS:
        raise InvalidInput(Mistake("form", _("must be one of %(names)s") % {"names": ", ".join(FORMS)}))
    try:
        async with transaction(request) as connection:
            if version:
                body = (await published_plan(connection, _number(version))).body
            else:
                body = (await current_draft(connection)).body
    except NotFound as error:
        raise web.HTTPNotFound(text=_("There is no such plan.")) from error
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="plan-{version or "draft"}.{form}"'}
    return web.Response(text=write_file(body, form), content_type=FORMS[form], charset="utf-8", headers=headers)


async def import_file(request: web.Request) -> web.StreamResponse:
    """A file becomes the draft, when nothing in it is wrong."""
    sent = await request.post()
    file = sent.get("file")
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
    try:
        body = _body_of(file, desk)
        async with transaction(request) as connection:
            base = (await plan_in_force(connection)).version
            seen = Draft(body, base, _number(str(sent.get("version", ""))))
            await save_draft(connection, body, seen, actor_of(request), now())
    except InvalidInput as error:
        return await _draft(request, 422, refused=[str(mistake) for mistake in error.mistakes])
    except ChangedMeanwhile:
        return await _draft(request, 409, conflict=True)
    return redirect(request, _DRAFT, _("The file is the draft now. Look at what it changes."))


def _body_of(file: object, desk: Desk) -> Body:
    """The plan in an uploaded file; raises InvalidInput with every mistake."""
    if not isinstance(file, web.FileField):
        raise InvalidInput(Mistake("file", _("choose a file")))
    body = read_file(file.filename, file.file.read())
    if mistakes := desk.mistakes(body):
        raise InvalidInput(*mistakes)
    return body


async def _draft(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
    preview: Preview | None = context.get("preview")
    mistakes = desk.mistakes(desk.draft.body) if desk.draft.version else []
    values: dict[str, Any] = {
        "preview_name": "",
        "preview": None,
        "lost": False,
        "conflict": False,
        "note": "",
        "refused": [],
    }
    return page(
        request,
        "planning/draft.html",
        status=status,
        **{
            **values,
            **context,
            "desk": desk,
            "changes": desk.changes(),
            "mistakes": [f"{where_of(each.path.split('.'), desk.names)}: {each.message}" for each in mistakes],
            "periods": [(str(days), _period(days)) for days in PERIODS],
            "days": str(round((preview.until - preview.since) / _DAY)) if preview else "7",
            "groups": _groups(desk, preview),
            "stale": preview is not None and preview.draft != desk.draft.version,
            "headline": _headline(preview),
        },
    )


def _period(days: int) -> str:
    return ngettext("the last %(num)d day", "the last %(num)d days", days) % {"num": days}


def _headline(preview: Preview | None) -> str:
    """The sentence a supervisor reads first."""
    if preview is None or preview.report is None:
        return ""
    report = preview.report
    if not report.elsewhere:
        return ngettext(
            "The one call would go where it went.", "All of %(num)d calls would go where they went.", report.total
        ) % {"num": report.total}
    told = ngettext("Of %(num)d call", "Of %(num)d calls", report.total) % {"num": report.total}
    elsewhere = ngettext("%(num)d would go elsewhere.", "%(num)d would go elsewhere.", report.elsewhere)
    return f"{told} {elsewhere % {'num': report.elsewhere}}"


def _groups(desk: Desk, preview: Preview | None) -> list[dict[str, Any]]:
    if preview is None or preview.report is None:
        return []
    names = _by_pbx_name(desk)
    return [_group(group, names) for group in preview.report.groups]


def _group(group: Group, names: Names) -> dict[str, Any]:
    return {
        "before": names.place(group.before),
        "after": names.place(group.after),
        "rule": title(group.rule),
        "count": group.count,
        "examples": [(each.call_id, datetime.fromtimestamp(each.at, UTC), each.caller) for each in group.examples],
    }


def _by_pbx_name(desk: Desk) -> Names:
    """Names by what the PBX calls the queues, as decisions do."""
    return Names({desk.pbx_names.get(name, name): title for name, title in desk.queues.items()}, desk.agents)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1
