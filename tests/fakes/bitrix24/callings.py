"""Handlers of events: event.* and what the portal itself begins, a click on a number and a form (crm.md §2.5)."""

from typing import Final

from tests.fakes.bitrix24.access import App
from tests.fakes.bitrix24.answers import Refused, core
from tests.fakes.bitrix24.entities import NAMES
from tests.fakes.bitrix24.listing import paged
from tests.fakes.bitrix24.telephony import OUT, new_call
from tests.fakes.bitrix24.wire import number
from tests.fakes.bitrix24.world import Ask, Call, Method, World


def _app(ask: Ask) -> App:
    assert ask.who.app is not None  # `running` let no webhook in: APP_ONLY
    return ask.who.app


async def bind(world: World, ask: Ask) -> object:
    """`event_type` offline needs an administrator (the `permissions` of event.offline.get.json)."""
    said = ask.params
    is_offline = said.get("event_type") == "offline"
    if is_offline and not world.users[ask.who.user].is_admin:
        raise Refused("INVALID_CREDENTIALS")
    if ask.connector and "rest_auth_connector" not in world.rules.features:
        raise Refused("ACCESS_DENIED", "auth_connector is not in the plan")  # crm.md §2.5; the words are ours
    pause = float((said.get("options") or {}).get("minTimeout", 0))
    user, handler = number(said.get("auth_type")) or 0, str(said.get("handler") or "")
    more = {"is_offline": is_offline, "user": user, "connector": ask.connector, "min_timeout": pause}
    if world.events.find(_app(ask), str(said["event"]), handler, is_offline=is_offline):
        raise core("Unable to set event handler: Handler already binded")  # seen of portals; no page of the vendor's
    world.events.bind(_app(ask), str(said["event"]), handler, **more)
    return True


async def unbind(world: World, ask: Ask) -> object:
    """How many were removed."""
    is_offline = ask.params.get("event_type") == "offline"
    key = (_app(ask), str(ask.params.get("event")).upper(), str(ask.params.get("handler") or ""), is_offline)
    kept = [one for one in world.events.bindings if (one.app, one.event, one.handler, one.is_offline) != key]
    count, world.events.bindings = len(world.events.bindings) - len(kept), kept
    return {"count": count}


async def bound(world: World, ask: Ask) -> object:
    """Of this application."""
    return [
        {"event": one.event, "handler": one.handler, "auth_type": str(one.user), "offline": int(one.is_offline)}
        for one in world.events.bindings
        if one.app == _app(ask)
    ]


async def offline_get(world: World, ask: Ask) -> object:
    """With `clear` 0 it needs `rest_offline_extended` (crm.md §2.5)."""
    if str(ask.params.get("clear", 1)) == "0" and "rest_offline_extended" not in world.rules.features:
        raise Refused("ACCESS_DENIED", "rest_offline_extended is not in the plan")  # the words are ours
    return world.events.offline.take(_app(ask).client_id, ask.params)


async def offline_clear(world: World, ask: Ask) -> object:
    """What was done with is forgotten."""
    world.events.offline.clear(_app(ask).client_id, ask.params)
    return True


async def offline_error(world: World, ask: Ask) -> object:
    """What could not be done is marked."""
    world.events.offline.fail(_app(ask).client_id, ask.params)
    return True


async def offline_list(world: World, ask: Ask) -> object:
    """A look that changes nothing."""
    return paged(world.events.offline.listed(_app(ask).client_id, ask.params), ask.params.get("start"))


def clicked(world: World, app: App, user: int, phone: str, line: str, entity: tuple[int, int] | None) -> Call:
    """The call is registered already, without an EXTERNAL_CALL_ID (crm.md §2.2, §2.5)."""
    call = new_call(world, (app.client_id, phone, OUT, user, line, ""), world.now())
    call.entity = entity
    kind, number_ = entity or (0, 0)
    said = {
        "PHONE_NUMBER": phone,
        "PHONE_NUMBER_INTERNATIONAL": phone,
        "EXTENSION": "",
        "USER_ID": user,
        "CALL_LIST_ID": 0,
        "LINE_NUMBER": line,
        "IS_MOBILE": 0,
        "CALL_ID": call.id,
        "CRM_ENTITY_TYPE": NAMES.get(kind, ""),
        "CRM_ENTITY_ID": number_,
    }
    world.events.emit("ONEXTERNALCALLSTART", said, user=user)
    return call


def form_filled(world: World, phone: str, line: str, entity: tuple[int, int] | None) -> None:
    """A form of the CRM's asks for a call; no call is registered."""
    kind, number_ = entity or (0, 0)
    said = {
        "PHONE_NUMBER": phone,
        "TEXT": "Обратный звонок с сайта",
        "VOICE": "",
        "LINE_NUMBER": line,
        "CRM_ENTITY_TYPE": NAMES.get(kind, ""),
        "CRM_ENTITY_ID": number_,
    }
    world.events.emit("ONEXTERNALCALLBACKSTART", said, user=1)


METHODS: Final[dict[str, Method]] = {
    "event.bind": bind,
    "event.unbind": unbind,
    "event.get": bound,
    "event.offline.get": offline_get,
    "event.offline.clear": offline_clear,
    "event.offline.error": offline_error,
    "event.offline.list": offline_list,
}
