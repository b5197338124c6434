"""`/settings`, the way to each settings page, and `/settings/status`, how each part is doing."""

from aiohttp import web

from trunkline.alarms.alarm import Severity, open_alarms
from trunkline.alarms.letter import told
from trunkline.keys import pool_key, settings_key
from trunkline.status.look import link_parts, process_parts, registry_parts, server_parts, store_parts
from trunkline.status.part import Mood, worst
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, pages_key
from trunkline.web.shell import SETTINGS, existing_pages, reachable

_MOODS = {Severity.CRITICAL: Mood.BAD, Severity.WARNING: Mood.WARN, Severity.INFO: Mood.OK}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/settings", show_settings), web.get("/settings/status", show_status)]


async def show_settings(request: web.Request) -> web.Response:
    """A way to each settings page the person may open."""
    existing, may_open = existing_pages(request.app), request.app[pages_key].surroundings.may_open
    groups = reachable(SETTINGS, lambda path: path in existing and may_open(request, path))
    return page(request, "status/settings.html", groups=groups)


async def show_status(request: web.Request) -> web.Response:
    """Each part in plain words, and what to do where one is not well."""
    app = request.app
    groups = [
        (_("Processes"), await process_parts(app[settings_key])),
        (_("Servers and files"), await server_parts(app)),
        (_("Links to PBXs"), await link_parts(app)),
        (_("What waits, and what is left"), await store_parts(app)),
        (_("What numbers are known by"), registry_parts(app)),
    ]
    async with app[pool_key].acquire() as connection:
        alarms = await open_alarms(connection)
    moods = [worst(parts) for _title, parts in groups] + [_MOODS[alarm.severity] for alarm in alarms]
    return page(
        request,
        "status/status.html",
        groups=[(title, parts) for title, parts in groups if parts],
        alarms=[(told(alarm.title, alarm.facts, _), _MOODS[alarm.severity], alarm.raised_at) for alarm in alarms],
        mood=next((mood for mood in (Mood.BAD, Mood.WARN) if mood in moods), Mood.OK),
        node=app[settings_key].node,
    )
