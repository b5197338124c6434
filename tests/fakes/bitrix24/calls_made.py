"""What stays of a call: the answer of its registration, its row of statistics, its activity. No I/O here.

Shapes are the `resultExample` of telephony.externalCall.register.json, .finish.json, voximplant.statistic.get.json and
crm.activity.get.json.
"""

from typing import Any

from tests.fakes.bitrix24.access import App
from tests.fakes.bitrix24.entities import NAMES
from tests.fakes.bitrix24.listing import Row
from tests.fakes.bitrix24.wire import iso, number
from tests.fakes.bitrix24.world import Call, World

_OUT = 1


def register_row(call: Call) -> Row:
    """The answer of `register`."""
    kind, entity = call.entity or (0, None)
    lead = next((one for of, one in call.created if NAMES[of] == "LEAD"), None)
    return {
        "CALL_ID": call.id,
        "CRM_CREATED_LEAD": lead,
        "CRM_CREATED_ENTITIES": [{"ENTITY_TYPE": NAMES[of], "ENTITY_ID": one} for of, one in call.created],
        "CRM_ENTITY_TYPE": NAMES.get(kind),
        "CRM_ENTITY_ID": entity,
    }


def log_call(world: World, call: Call, user: int, said: Row, app: App | None) -> Row:
    """The answer of `finish`; the row and the activity are kept."""
    duration = number(said.get("DURATION")) or 0
    code = str(said.get("STATUS_CODE") or ("200" if duration > 0 else "304"))  # crm.md §2.3
    is_good = code == "200"
    activity = _activity(world, call, user, duration, is_good=is_good) if call.entity else None
    kind, entity = call.entity or (0, None)
    row: Row = {
        "CALL_ID": call.id,
        "EXTERNAL_CALL_ID": call.external or None,
        "PORTAL_USER_ID": user,
        "PHONE_NUMBER": call.phone,
        "PORTAL_NUMBER": call.line,
        "INCOMING": str(call.type),
        "CALL_DURATION": duration,
        "CALL_START_DATE": {},  # as the vendor's example has it
        "CALL_STATUS": int(is_good),
        "CALL_VOTE": number(said.get("VOTE")) or 0,
        "COST": float(said.get("COST") or 0),
        "COST_CURRENCY": str(said.get("COST_CURRENCY") or ""),
        "CALL_FAILED_CODE": code,
        "CALL_FAILED_REASON": str(said.get("FAILED_REASON") or ""),
        "REST_APP_ID": str(app.id) if app else None,
        "REST_APP_NAME": app.title if app else None,
        "CRM_ACTIVITY_ID": activity,
        "COMMENT": None,
        "CRM_ENTITY_TYPE": NAMES.get(kind),
        "CRM_ENTITY_ID": entity,
        "ID": int(world.statistic[-1]["ID"]) + 1 if world.statistic else 1,
    }
    world.statistic.append(_statistic(row, call))
    return row


def _statistic(row: Row, call: Call) -> Row:
    """As `voximplant.statistic.get` answers it: all are strings."""
    kept = {name: value for name, value in row.items() if name not in {"INCOMING", "CALL_STATUS"}}
    told: dict[str, Any] = {name: None if value is None else str(value) for name, value in kept.items()}
    return told | {
        "CALL_TYPE": str(call.type),
        "CALL_CATEGORY": "external",
        "CALL_START_DATE": iso(call.started),
        "CALL_RECORD_URL": "",
        "RECORD_FILE_ID": None,
        "RECORD_DURATION": None,
        "TRANSCRIPT_ID": None,
        "TRANSCRIPT_PENDING": "N",
        "SESSION_ID": None,
        "REDIAL_ATTEMPT": None,
        "CALL_LOG": None,
    }


def _activity(world: World, call: Call, user: int, duration: int, *, is_good: bool) -> int:
    assert call.entity is not None
    kind, entity = call.entity
    number_ = world.take()
    is_out = call.type == _OUT
    world.activities[number_] = {
        "ID": str(number_),
        "OWNER_ID": str(entity),
        "OWNER_TYPE_ID": str(kind),
        "TYPE_ID": "2",
        "PROVIDER_ID": "VOXIMPLANT_CALL",
        "PROVIDER_TYPE_ID": "CALL",
        "SUBJECT": f"{'Исходящий' if is_out else 'Входящий'} звонок {call.phone}",
        "CREATED": iso(world.now()),
        "LAST_UPDATED": iso(world.now()),
        "START_TIME": iso(call.started),
        "END_TIME": iso(call.started + duration),
        "COMPLETED": "Y" if is_good or is_out else "N",
        "RESPONSIBLE_ID": str(user),
        "DIRECTION": "2" if is_out else "1",
        "DESCRIPTION": "",
        "ORIGINATOR_ID": None,
        "ORIGIN_ID": f"VI_{call.id}",
        "COMMUNICATIONS": [{"TYPE": "PHONE", "VALUE": call.phone, "ENTITY_ID": entity, "ENTITY_TYPE_ID": kind}],
        "FILES": [],
    }
    world.bindings[number_] = {call.entity}
    world.events.emit("ONCRMACTIVITYADD", {"FIELDS": {"ID": str(number_)}}, user=user)
    return number_
