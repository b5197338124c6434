"""`/settings/alarms`: what is wrong, who is told by mail, which programs are told by webhook."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from aiohttp import web

from trunkline.alarms import alarm, recipients
from trunkline.alarms.alarm import Severity
from trunkline.alarms.letter import told
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import redis_key, secret_box_key, settings_key
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark, ngettext
from trunkline.web.render import page, redirect
from trunkline.webhooks import store

_ALARMS = "/settings/alarms"
_TEST_KEY = "test"
_TEST = mark("A test: this is how an alarm reaches you")

SEVERITY_NAMES = {
    Severity.INFO: mark("notice"),
    Severity.WARNING: mark("warning"),
    Severity.CRITICAL: mark("critical"),
}
EVENT_NAMES = {
    "*": mark("everything"),
    "call.started": mark("a call began"),
    "call.answered": mark("a call was answered"),
    "call.ended": mark("a call ended"),
    "call.missed": mark("a call was missed"),
    "call.corrected": mark("the story of a call was corrected"),
    "call.attributed": mark("an advertisement led to a call"),
    "form.received": mark("a form of a site was sent"),
    "lead.added": mark("a lead was opened"),
    "message.told": mark("a rule tells somebody something"),
    "order.status": mark("a delivery or an installation of an order went on"),
    "alarm.raised": mark("an alarm was raised"),
    "alarm.cleared": mark("an alarm was cleared"),
}


async def show(request: web.Request) -> web.Response:
    """Open and past alarms, recipients and endpoints."""
    return await _alarms(request)


async def add_recipient(request: web.Request) -> web.StreamResponse:
    """Tell one more person."""
    email = (await text_field(request, "email")).strip()
    language, severity = await text_field(request, "language"), await text_field(request, "min_severity")
    try:
        async with transaction(request) as connection:
            await recipients.add_recipient(connection, email, language, severity)
            deed = Deed("alarm_recipient.added", "alarm_recipient", email, after={"from": severity})
            await record(connection, actor_of(request), deed, now())
    except InvalidInput as error:
        return await _alarms(request, 422, mistakes=mistakes_of(error))
    return redirect(request, _ALARMS, _("From now on %(email)s is told.") % {"email": email})


async def remove_recipient(request: web.Request) -> web.StreamResponse:
    """Tell one person less."""
    identifier = _uuid(request, "recipient")
    async with _changing(request) as connection:
        await recipients.remove_recipient(connection, identifier)
        deed = Deed("alarm_recipient.removed", "alarm_recipient", str(identifier))
        await record(connection, actor_of(request), deed, now())
    return redirect(request, _ALARMS, _("No mail goes there any more."))


async def add_endpoint(request: web.Request) -> web.StreamResponse:
    """Tell one more program; its secret is shown this once."""
    form = await request.post()
    name, url = str(form.get("name", "")).strip(), str(form.get("url", "")).strip()
    events = [str(event) for event in form.getall("events", [])]
    try:
        async with transaction(request) as connection:
            identifier, secret = await store.add(connection, request.app[secret_box_key], name, url, events)
            deed = Deed("webhook.added", "webhook", str(identifier), after={"name": name, "events": events})
            await record(connection, actor_of(request), deed, now())
    except InvalidInput as error:
        return await _alarms(request, 422, mistakes=mistakes_of(error))
    return await _alarms(request, secret=secret)


async def switch_endpoint(request: web.Request) -> web.StreamResponse:
    """Switch an endpoint off or on, send it the last day again, or remove it."""
    identifier, action = _uuid(request, "endpoint"), await text_field(request, "action")
    sent = None
    async with _changing(request) as connection:
        known = await store.endpoint(connection, identifier)
        if action == "remove":
            await store.remove(connection, identifier)
        elif action == "replay":
            sent = await store.replay(connection, identifier, now())
        elif action in {"on", "off"}:
            await store.change(
                connection, identifier, name=known.name, url=known.url, events=known.events, active=action == "on"
            )
        else:
            raise web.HTTPBadRequest(text=_("Choose what to do with the endpoint."))
        deed = Deed(f"webhook.{action}", "webhook", str(identifier), before={"name": known.name})
        await record(connection, actor_of(request), deed, now())
    if sent is None:
        return redirect(request, _ALARMS, _("Done."))
    await wake(request.app.get(redis_key), OUTBOX_WAKE)
    said = ngettext("%(num)s delivery is sent again.", "%(num)s deliveries are sent again.", sent)
    return redirect(request, _ALARMS, said % {"num": sent})


async def test(request: web.Request) -> web.StreamResponse:
    """Raise an alarm and clear it, to see it arrive."""
    async with transaction(request) as connection:
        await alarm.raise_alarm(connection, _TEST_KEY, Severity.CRITICAL, _TEST)
        await alarm.clear_alarm(connection, _TEST_KEY)
        await record(connection, actor_of(request), Deed("alarm.tested", "alarm", _TEST_KEY), now())
    await wake(request.app.get(redis_key), OUTBOX_WAKE)
    return redirect(request, _ALARMS, _("An alarm and its end are on their way."))


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [
        web.get(_ALARMS, show),
        web.post(f"{_ALARMS}/test", test),
        web.post(f"{_ALARMS}/recipients", add_recipient),
        web.post(f"{_ALARMS}/recipients/{{recipient}}/remove", remove_recipient),
        web.post(f"{_ALARMS}/webhooks", add_endpoint),
        web.post(f"{_ALARMS}/webhooks/{{endpoint}}", switch_endpoint),
    ]


async def _alarms(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    async with transaction(request) as connection:
        values = {
            "alarms": await alarm.open_alarms(connection),
            "past": await alarm.past_alarms(connection, 20),
            "recipients": await recipients.recipients(connection),
            "endpoints": await store.endpoints(connection),
        }
    return page(
        request,
        "alarms/alarms.html",
        status=status,
        told=lambda row: told(row.title, row.facts, _),
        severities=SEVERITY_NAMES,
        event_names=EVENT_NAMES,
        mail_host=request.app[settings_key].mail.host,
        **{"secret": None, "mistakes": {}, **values, **context},
    )


@asynccontextmanager
async def _changing(request: web.Request) -> AsyncIterator[Connection]:
    """A transaction about something that may have been removed meanwhile."""
    try:
        async with transaction(request) as connection:
            yield connection
    except NotFound as error:
        raise web.HTTPNotFound(text=_("It is not there any more.")) from error


def _uuid(request: web.Request, name: str) -> UUID:
    try:
        return UUID(request.match_info[name])
    except ValueError as error:
        raise web.HTTPNotFound(text=_("It is not there any more.")) from error
