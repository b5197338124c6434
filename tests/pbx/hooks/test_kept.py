"""What no row can hold is told by no provider: it would stop the worker for good."""

import json
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest

from tests.fakes.beeline import USERS, xsi
from tests.pbx.hooks.test_store import BOX, apply
from trunkline.calls.applier import CallApplier
from trunkline.pbx.hooks.providers import PROVIDERS, told_by
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import HostedPbx, save_hosted

NOW = 1_786_006_800_000_000
PATHS = {"uis": "in", "mango": "events/call"}
LINE = {"number": "74951234567", "line_number": "74951234567"}
FIELDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "zadarma": ({"event": "NOTIFY_START", "called_did": "74951234567"}, "pbx_call_id", "caller_id"),
    "sipuni": ({"event": "1", "src_type": "1", "pbxdstnum": "74951234567"}, "call_id", "src_num"),
    "telphin": ({"EventType": "dial-in", "CalledDID": "74951234567"}, "CallID", "CallerIDNum"),
    "uis": ({"virtual_phone_number": "74951234567"}, "call_session_id", "contact_phone_number"),
    "onlinepbx": ({"event": "call_start", "direction": "inbound", "gateway": "74951234567"}, "uuid", "caller"),
    "megafon": (
        {"cmd": "event", "type": "INCOMING", "user": "", "direction": "in", "diversion": "74951234567"},
        "callid",
        "phone",
    ),
    "mts": ({"EventType": "CallAccepted", "To[DNIS]": "74951234567"}, "CallID", "From[ANI]"),
    "beeline": ({"personality": "Terminator"}, "extTrackingId", "remoteParty/address"),
    "exolve": ({"type": "b", "to": "74951234567"}, "call_sid", "from"),
    "mango": ({"call_id": "1", "call_state": "Appeared", "location": "ivr", "to": LINE}, "entry_id", "from"),
}


def hook(provider: str, call: str, caller: str, **more: str) -> HookRecord:
    told, call_name, caller_name = FIELDS[provider]
    fields: dict[str, Any] = {**told, call_name: call, caller_name: caller, **more}
    if provider == "mango":
        fields = {"json": json.dumps(fields | {"from": {"number": caller}})}
    body = xsi("CallReceivedEvent", USERS["101"], fields) if provider == "beeline" else urlencode(fields).encode()
    return HookRecord("cloud", provider, NOW, "", "POST", PATHS.get(provider, ""), "", body)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_what_the_database_cannot_hold_stops_nobody(pool: asyncpg.Pool, provider: str) -> None:
    bad = [
        hook(provider, "7\0", "79160000004"),
        hook(provider, "8", "7916\0"),
        hook(provider, "9" * 100_000, "79160000004"),
        hook(provider, "10", "7" * 100_000),
        hook(provider, "11", "79160000004", call_start="9999-12-31 23:59:59", timestamp="9" * 14, EventTime="9" * 18),
    ]
    async with pool.acquire() as connection:
        assert await save_hosted(connection, BOX, HostedPbx(id="cloud", name="Cloud", kind=provider), {})
    await apply(pool, CallApplier(), [*bad, hook(provider, "12", "79160000004")])

    assert "79160000004" in (await pool.fetchval("select client from calls where linkedid = '12'"))


def test_a_call_whose_id_names_a_month_that_cannot_be_is_none() -> None:
    """Every such id would have a month's partitions made."""
    assert told_by(hook("sipuni", "9999999999.7", "79160000004")) == ()
    assert told_by(hook("sipuni", "1786006799.7", "79160000004"))


def test_a_step_of_a_year_that_cannot_be_is_none() -> None:
    assert told_by(hook("zadarma", "11", "79160000004", call_start="9999-12-31 23:59:59")) == ()
    assert len(told_by(hook("zadarma", "11", "79160000004", call_start="2026-08-06 12:00:00"))) == 1
