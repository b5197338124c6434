"""telephony.externalCall.*: a call from ringing to its row of statistics (crm.md §2.2–2.4; vendor's pages). No I/O."""

import hashlib
from typing import Any, Final

from tests.fakes.bitrix24 import numbers
from tests.fakes.bitrix24.answers import Refused, core
from tests.fakes.bitrix24.calls_made import log_call, register_row
from tests.fakes.bitrix24.entities import COMPANY, CONTACT, LEAD, NAMES, TYPES
from tests.fakes.bitrix24.recordings import attach_url
from tests.fakes.bitrix24.wire import moment, number
from tests.fakes.bitrix24.wire import numbers as many
from tests.fakes.bitrix24.world import Ask, Call, Method, World

MERGE_SECONDS: Final = 30 * 60
OUT, IN = 1, 2


async def register(world: World, ask: Ask) -> object:
    """One id for equal calls within 30 minutes; else a new call, what it belongs to found or created."""
    said, user = ask.params, world.employee(ask.params)
    kind = number(said.get("TYPE"))
    if kind not in {1, 2, 3, 4, 5}:
        raise core("Unknown TYPE")
    started = moment(said["CALL_START_DATE"]) if said.get("CALL_START_DATE") else world.now()
    if started is None:
        raise core("CALL_START_DATE should be in the ISO-8601 format")
    phone = str(said.get("PHONE_NUMBER") or "")
    if not numbers.digits(phone):
        raise core("Unsupported phone number format")
    line, external = str(said.get("LINE_NUMBER") or ""), str(said.get("EXTERNAL_CALL_ID") or "")
    key = (ask.who.key, phone, kind, user.id, line, external)
    call = _merged(world, key)
    if call is None:
        call = new_call(world, key, started)
        call.entity = _named(world, said) or next(((of, int(row["ID"])) for of, row in _found(world, phone)), None)
    error = ""
    if call.entity is None and str(said.get("CRM_CREATE", "0")) == "1" and _may_create(world, call):
        error = world.rules.lead_error
        if not error:
            _create(world, call, str(said.get("CRM_SOURCE") or "CALL"))
    if str(said.get("SHOW", "1")) == "1":
        _card(call, "show", [user.id])
    return register_row(call) | ({"LEAD_CREATION_ERROR": error} if error else {})


def new_call(world: World, key: tuple[str, str, int, int, str, str], started: float) -> Call:
    """A call nobody has registered; its id has the form of the example."""
    app, phone, kind, user, line, external = key
    digest = hashlib.md5(f"{key}{world.take()}".encode()).hexdigest()
    call_id = f"externalCall.{digest}.{int(world.now())}"
    call = Call(call_id, user, phone, kind, line, external, app, started, registered=world.now())
    world.calls[call.id] = call
    return call


def _merged(world: World, key: tuple[str, str, int, int, str, str]) -> Call | None:
    """crm.md §2.2 and telephony.externalCall.register.json, EXTERNAL_CALL_ID: the key has no CRM field and no start."""
    for call in world.calls.values():
        same = (call.app, call.phone, call.type, call.user, call.line, call.external) == key
        is_live = world.rules.merges_finished or not call.is_finished
        if same and is_live and world.now() - call.registered < MERGE_SECONDS:
            return call
    return None


def _named(world: World, said: dict[str, Any]) -> tuple[int, int] | None:
    kind, entity = TYPES.get(str(said.get("CRM_ENTITY_TYPE", ""))), number(said.get("CRM_ENTITY_ID")) or 0
    return (kind, entity) if kind in {LEAD, CONTACT, COMPANY} and entity in world.crm.of(kind) else None


def _found(world: World, phone: str) -> list[tuple[int, dict[str, Any]]]:
    return list(world.crm.with_phone(phone, world.rules.phone_digits))


def _may_create(world: World, call: Call) -> bool:
    """For outgoing calls the line's CRM_AUTO_CREATE counts too (the description of CRM_CREATE)."""
    return call.type != OUT or world.lines.get(call.line, {}).get("CRM_AUTO_CREATE", "Y") == "Y"


def _create(world: World, call: Call, source: str) -> None:
    kind = TYPES[world.rules.creates]
    title = f"{call.phone} - {'Исходящий' if call.type == OUT else 'Входящий'} звонок"
    fields = {"PHONE": [{"VALUE": call.phone, "VALUE_TYPE": "WORK"}], "SOURCE_ID": source, "ASSIGNED_BY_ID": call.user}
    entity = world.crm.add(kind, fields | {"TITLE" if kind == LEAD else "NAME": title}, user=call.user)
    call.entity = (kind, entity)
    call.created.append(call.entity)


def _card(call: Call, what: str, users: list[int]) -> None:
    call.cards += [(what, user) for user in users]
    call.shown = call.shown | set(users) if what == "show" else call.shown - set(users)


async def show(world: World, ask: Ask) -> object:
    """False for no such call, or one that was finished."""
    return _seen(world, ask, "show")


async def hide(world: World, ask: Ask) -> object:
    """As `show`."""
    return _seen(world, ask, "hide")


def _seen(world: World, ask: Ask, what: str) -> bool:
    call = world.calls.get(str(ask.params.get("CALL_ID")))
    if call is None or call.is_finished:
        return False
    _card(call, what, many(ask.params.get("USER_ID")) or [call.user])
    return True


async def finish(world: World, ask: Ask) -> object:
    """A row of statistics and the call's activity. A second time: "Call is not found"."""
    said, call_id = ask.params, ask.params.get("CALL_ID")
    if not isinstance(call_id, str):
        raise Refused("INVALID_ARGUMENT", "CALL_ID must be a string")
    user = world.employee(said)
    call = world.calls.get(call_id)
    if call is None or call.is_finished:
        raise core("Call is not found (call should be registered prior to finishing")
    call.is_finished, call.shown = True, set()
    for kind, entity in call.created:  # the one who finishes answers for what was created (USER_ID of finish.json)
        if world.crm.of(kind).get(entity, {}).get("ASSIGNED_BY_ID") not in {None, str(user.id)}:
            world.crm.update(kind, entity, {"ASSIGNED_BY_ID": user.id}, user=user.id)
    row = log_call(world, call, user.id, said, ask.who.app)
    if said.get("RECORD_URL"):
        try:
            await attach_url(world, call_id, str(said["RECORD_URL"]), "")
        except Refused as error:
            row["ERRORS"] = {"RECORD_URL": error.words}
    return row


async def search(world: World, ask: Ask) -> object:
    """Who has the number, and who answers for him. The table of errors of the page has nothing of its own."""
    found = []
    for kind, row in _found(world, str(ask.params.get("PHONE_NUMBER") or "")):
        user = world.users.get(int(row["ASSIGNED_BY_ID"]))
        name = row.get("TITLE") if kind != CONTACT else f"{row['NAME']} {row['LAST_NAME']}".strip()
        told: dict[str, Any] = {"CRM_ENTITY_TYPE": NAMES[kind], "CRM_ENTITY_ID": int(row["ID"]), "NAME": name}
        told["ASSIGNED_BY_ID"] = int(row["ASSIGNED_BY_ID"])
        told["ASSIGNED_BY"] = user and {
            "ID": str(user.id),
            "TIMEMAN_STATUS": user.timeman,
            "USER_PHONE_INNER": user.inner or None,
            "WORK_PHONE": None,
            "PERSONAL_PHONE": None,
            "PERSONAL_MOBILE": user.mobile or None,
        }
        found.append(told)
    return found


METHODS: Final[dict[str, Method]] = {
    "telephony.externalCall.register": register,
    "telephony.externalCall.finish": finish,
    "telephony.externalCall.show": show,
    "telephony.externalCall.hide": hide,
    "telephony.externalCall.searchCrmEntities": search,
}
