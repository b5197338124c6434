"""The fake portal's wire over real HTTP: authorisation, specifications, limits, batches, events and what goes wrong."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.crm_sync.portal_client import Bench, Hand, serving
from tests.fakes.bitrix24.entities import CONTACT
from tests.fakes.bitrix24.limits import ENTERPRISE, LeakyBucket
from tests.fakes.bitrix24.specs import Violation
from tests.fakes.bitrix24.wire import query

REGISTER, FINISH = "telephony.externalCall.register", "telephony.externalCall.finish"


async def test_a_webhook_may_read_and_not_register(bench: Bench) -> None:
    assert (await bench.hook("profile"))[1]["result"]["ID"] == "1"
    status, body = await bench.hook(REGISTER, {"USER_ID": 1, "PHONE_NUMBER": "+79062195047", "TYPE": 2})
    assert (status, body["error"]) == (403, "WRONG_AUTH_TYPE")
    bench.portal.access.webhooks[0].is_enabled = False
    status, body = await bench.hook("profile")
    assert (status, body["error"]) == (401, "NO_AUTH_FOUND")


async def test_forms_and_addresses_say_the_same_as_json(bench: Bench) -> None:
    bench.portal.world.add_user("Анна", inner="102")
    url = f"{bench.portal.url}rest/user.get"
    said = {"filter[UF_PHONE_INNER]": "102", "auth": bench.grant.access}
    async with bench.http.get(url, params=said) as by_get, bench.http.post(url, data=said) as by_form:
        for answer in (by_get, by_form):
            body = await answer.json()
            assert ([one["NAME"] for one in body["result"]], body["total"]) == (["Анна"], 1)
    headers = {"Authorization": f"Bearer {bench.grant.access}"}
    async with bench.http.post(url, json={"FILTER": {"UF_PHONE_INNER": "102"}}, headers=headers) as answer:
        assert (await answer.json())["total"] == 1


async def test_tokens_expire_and_refresh_tokens_are_replaced(bench: Bench) -> None:
    bench.clock.at += 3600
    assert (await bench.ask("profile"))[1]["error"] == "expired_token"
    app = bench.portal.app
    form = {"grant_type": "refresh_token", "client_id": app.client_id, "client_secret": app.secret}
    form["refresh_token"] = bench.grant.refresh
    async with bench.http.get(bench.portal.oauth_url, params=form) as answer:
        new = await answer.json()
    assert (await bench.ask("profile", auth=new["access_token"]))[0] == 200
    async with bench.http.get(bench.portal.oauth_url, params=form) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_grant")
    bench.portal.access.revoke(app)
    assert (await bench.ask("profile", auth=new["access_token"]))[1]["error"] == "NO_AUTH_FOUND"


async def test_a_stolen_refresh_token_is_good_for_the_thief_alone(bench: Bench) -> None:
    bench.portal.access.steal(bench.grant)
    app = bench.portal.app
    form = {"grant_type": "refresh_token", "client_id": app.client_id, "client_secret": app.secret}
    async with bench.http.post(bench.portal.oauth_url, data=form | {"refresh_token": bench.grant.refresh}) as answer:
        assert (await answer.json())["error"] == "invalid_grant"


async def test_what_a_request_has_against_the_specification_is_kept(bench: Bench) -> None:
    assert (await bench.ask("telephony.externalCall.fly"))[1]["error"] == "ERROR_METHOD_NOT_FOUND"
    assert (await bench.ask("voximplant.line.get"))[1]["error"] == "FAKE_LACKS_METHOD"
    await bench.ask(REGISTER, {"USER_ID": "me", "TYPE": 2, "COLOUR": "red"})
    await bench.ask("telephony.call.attachTranscription", {"CALL_ID": "1", "MESSAGES": [{"SIDE": "User", "WHO": 1}]})
    found = {(one.what, one.name) for one in bench.portal.violations}
    assert Violation("telephony.externalCall.fly", "unknown-method") in bench.portal.violations
    assert {("ill-typed", "USER_ID"), ("missing", "PHONE_NUMBER"), ("unknown", "COLOUR")} <= found
    assert {("unknown", "MESSAGES[0].WHO"), ("missing", "MESSAGES[0].MESSAGE")} <= found


async def test_the_bucket_holds_fifty_and_drains_two_a_second(bench: Bench) -> None:
    for _ in range(50):
        assert (await bench.hook("profile"))[0] == 200
    status, body = await bench.ask("profile")
    assert (status, body["error"]) == (503, "QUERY_LIMIT_EXCEEDED")
    bench.clock.at += 1
    assert [(await bench.hook("profile"))[0] for _ in range(3)] == [200, 200, 503]


def test_an_enterprise_has_more() -> None:
    bucket = LeakyBucket(ENTERPRISE, Hand())
    assert [bucket.admits() for _ in range(251)] == [True] * 250 + [False]


async def test_a_method_that_worked_too_long_waits_alone(bench: Bench) -> None:
    bench.portal.running.operating.costs["profile"] = 240.0
    answers = [await bench.ask("profile") for _ in range(3)]
    assert [status for status, _ in answers] == [200, 200, 429]
    assert answers[2][1]["error"] == "OPERATION_TIME_LIMIT"
    assert (await bench.ask("scope"))[0] == 200
    bench.clock.at = float(answers[1][1]["time"]["operating_reset_at"])
    assert (await bench.ask("profile"))[0] == 200


async def test_a_batch_refers_to_what_it_did(bench: Bench) -> None:
    commands = {
        "call": f"{REGISTER}?USER_ID=1&PHONE_NUMBER=%2B79062195047&TYPE=2&EXTERNAL_CALL_ID=tel:1",
        "end": f"{FINISH}?CALL_ID=$result[call][CALL_ID]&USER_ID=1&DURATION=5",
        "again": "batch?cmd[a]=profile",
    }
    told = await bench.good("batch", halt=0, cmd=commands)
    assert told["result"]["end"]["CALL_ID"] == told["result"]["call"]["CALL_ID"]
    assert told["result_error"]["again"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"
    assert (await bench.ask("batch", {"cmd": ["profile"] * 51}))[1]["error"] == "ERROR_BATCH_LENGTH_EXCEEDED"


async def test_lists_come_by_fifty_and_by_id(bench: Bench) -> None:
    for number in range(120):
        bench.portal.world.crm.add(CONTACT, {"NAME": f"Имя {number}", "PHONE": [{"VALUE": f"+7906000{number:04}"}]})
    _, first = await bench.ask("crm.contact.list", {"select": ["ID", "PHONE"], "start": 0})
    assert (len(first["result"]), first["total"], first["next"]) == (50, 120, 50)
    _, scan = await bench.ask("crm.contact.list", {"filter": {">ID": 100}, "order": {"ID": "ASC"}, "start": -1})
    assert ([int(one["ID"]) for one in scan["result"]], "total" in scan) == (list(range(101, 121)), False)
    found = await bench.good("crm.duplicate.findbycomm", type="PHONE", values=["89060000007"])
    assert found == {"CONTACT": [8]}
    made = await bench.good("crm.contact.add", fields={"NAME": "Пётр"})
    assert await bench.good("crm.contact.update", id=made, fields={"LAST_NAME": "Новый"})
    assert (await bench.good("crm.contact.get", id=made))["LAST_NAME"] == "Новый"
    assert bench.portal.violations == []


async def test_events_are_posted_once_doubled_or_reordered(bench: Bench) -> None:
    forms: list[dict[str, Any]] = []

    async def handler(request: web.Request) -> web.Response:
        forms.append(query(await request.text()))
        return web.Response(status=500)

    async with serving({"/events": handler}) as url:
        for event in ("ONEXTERNALCALLSTART", "ONCRMCONTACTADD", "ONEXTERNALCALLBACKSTART"):
            await bench.good("event.bind", event=event, handler=f"{url}events")
        assert len(await bench.good("event.get")) == 3
        call = await bench.portal.click_to_call(1, "+79062195047", "1")
        await bench.portal.callback_form("+79062195047")
        assert [form["event"] for form in forms] == ["ONEXTERNALCALLSTART", "ONEXTERNALCALLBACKSTART"]
        assert forms[0]["data"]["CALL_ID"] == call.id
        assert forms[0]["auth"]["application_token"] == bench.portal.app.token
        events, crm = bench.portal.world.events, bench.portal.world.crm
        events.is_twice = True
        crm.add(CONTACT, {})
        await events.settled()
        events.is_twice = False
        with events.reordered():
            crm.add(CONTACT, {})
            crm.add(CONTACT, {})
        await events.settled()
    assert [form["data"]["FIELDS"]["ID"] for form in forms[2:]] == ["1", "1", "3", "2"]
    assert {one.status for one in bench.portal.deliveries} == {500}


async def test_offline_events_are_reserved_and_cleared(bench: Bench) -> None:
    await bench.good("event.bind", event="ONCRMCONTACTUPDATE", event_type="offline", auth_connector="us")
    one, two = (bench.portal.world.crm.add(CONTACT, {}) for _ in range(2))
    for contact in (one, one, two):
        await bench.good("crm.contact.update", id=contact, fields={"NAME": "Имя"})
    ours = bench.portal.world.crm.add(CONTACT, {})
    await bench.good("crm.contact.update", id=ours, fields={"NAME": "наше"}, auth_connector="us")
    asked = {"clear": 0, "limit": 1, "auth_connector": "us"}
    first, second = [await bench.good("event.offline.get", **asked) for _ in range(2)]
    ids = [got["events"][0]["EVENT_DATA"]["FIELDS"]["ID"] for got in (first, second)]
    assert ids == [str(one), str(two)]
    assert (await bench.good("event.offline.get", **asked))["events"] == []
    again = await bench.good("event.offline.get", **asked, process_id=first["process_id"])
    assert again["events"] == first["events"]
    await bench.good("event.offline.clear", process_id=first["process_id"])
    message = second["events"][0]["MESSAGE_ID"]
    await bench.good("event.offline.error", process_id=second["process_id"], message_id=[message])
    failed = await bench.good("event.offline.get", auth_connector="us", error=1)
    assert [row["MESSAGE_ID"] for row in failed["events"]] == [message]
    assert bench.portal.violations == []


async def test_an_answer_is_lost_before_or_after_what_was_asked(bench: Bench) -> None:
    call = (await bench.registered())["CALL_ID"]
    said = {"CALL_ID": call, "USER_ID": 1, "DURATION": 5}
    bench.portal.chaos.cut_before(FINISH)
    with pytest.raises(aiohttp.ClientError):
        await bench.ask(FINISH, said)
    assert bench.portal.finished == []
    bench.portal.chaos.cut_after(FINISH)
    with pytest.raises(aiohttp.ClientError):
        await bench.ask(FINISH, said)
    assert [row["CALL_ID"] for row in bench.portal.finished] == [call]


async def test_a_page_an_error_and_a_stall(bench: Bench) -> None:
    chaos = bench.portal.chaos
    chaos.page("profile")
    async with bench.http.get(f"{bench.portal.webhook_url}profile") as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")
    chaos.refuse("INTERNAL_SERVER_ERROR", "profile")
    assert (await bench.hook("profile"))[0] == 500
    stall = chaos.stall("profile")
    waiting = asyncio.create_task(bench.hook("profile"))
    await stall.reached.wait()
    assert (await bench.hook("scope"))[0] == 200
    assert not waiting.done()
    stall.release()
    assert (await waiting)[0] == 200


@pytest.mark.parametrize(
    ("switch", "status", "code"),
    [
        ("plan_expired", 403, "ACCESS_DENIED"),
        ("is_overloaded", 503, "OVERLOAD_LIMIT"),
        ("is_deleted", 500, "PORTAL_DELETED"),
    ],
)
async def test_a_portal_that_is_closed(bench: Bench, switch: str, status: int, code: str) -> None:
    setattr(bench.portal.chaos, switch, True)
    got, body = await bench.ask("profile")
    assert (got, body["error"]) == (status, code)


async def test_a_blocked_address_gets_no_envelope(bench: Bench) -> None:
    bench.portal.chaos.blocked.add("127.0.0.1")
    async with bench.http.get(f"{bench.portal.webhook_url}profile") as answer:
        assert (answer.status, answer.content_type) == (403, "text/plain")


async def test_a_code_is_good_for_thirty_seconds_and_once(bench: Bench) -> None:
    access, app = bench.portal.access, bench.portal.app
    form = {"grant_type": "authorization_code", "client_id": app.client_id, "client_secret": app.secret}
    got = []
    for wait in (0, 30):
        code = access.code(app, 1)
        bench.clock.at += wait
        for _ in range(2):
            async with bench.http.post(bench.portal.oauth_url, data=form | {"code": code}) as answer:
                got.append((answer.status, (await answer.json()).get("error")))
    assert got == [(200, None), *[(400, "invalid_grant")] * 3]
    access.has_paid = False
    async with bench.http.post(bench.portal.oauth_url, data=form) as answer:
        assert (await answer.json())["error"] == "PAYMENT_REQUIRED"


async def test_what_the_portal_says_of_itself(bench: Bench) -> None:
    assert "telephony" in await bench.good("scope")
    assert (await bench.good("app.info"))["INSTALLED"] is True
    assert await bench.good("method.get", name="user.get") == {"isExisting": True, "isAvailable": True}
    assert (await bench.good("method.get", name="user.fly"))["isExisting"] is False
    assert [one["ID"] for one in await bench.good("department.get", sort="NAME")] == ["1"]
    assert {one["STATUS_ID"] for one in await bench.good("crm.status.list", filter={"ENTITY_ID": "SOURCE"})} >= {"CALL"}
    assert await bench.good("placement.bind", PLACEMENT="CALL_CARD", HANDLER="https://core.example/card")
    assert bench.portal.world.placements[0]["PLACEMENT"] == "CALL_CARD"
    hook = bench.portal.access.add_webhook(1, frozenset({"crm"}))
    async with bench.http.get(f"{bench.portal.url}rest/1/{hook.code}/user.get.json") as answer:
        assert (answer.status, (await answer.json())["error"]) == (403, "insufficient_scope")
    assert bench.portal.violations == []


async def test_the_queue_wakes_not_more_often_than_asked(bench: Bench) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response()

    async with serving({"/wake": handler}) as url:
        wake = {"event": "ONOFFLINEEVENT", "handler": f"{url}wake"}
        await bench.good("event.bind", **wake, options={"minTimeout": 5})
        await bench.good("event.bind", event="ONCRMCONTACTADD", event_type="offline")
        for wait in (0, 4, 1):
            bench.clock.at += wait
            bench.portal.world.crm.add(CONTACT, {})
        await bench.portal.world.events.settled()
        assert [one.event for one in bench.portal.deliveries] == ["ONOFFLINEEVENT"] * 2
        assert await bench.good("event.unbind", **wake) == {"count": 1}
        taken = await bench.good("event.offline.get")
    assert (taken["process_id"], len(taken["events"])) == (None, 3)
    assert await bench.good("event.offline.list") == []
