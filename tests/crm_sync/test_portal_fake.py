"""The fake portal's telephony over real HTTP: what crm.md §2.1–2.4 says, each behaviour once."""

import base64
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.crm_sync.portal_client import Bench, serving
from tests.fakes.bitrix24.entities import CONTACT, LEAD

REGISTER, FINISH = "telephony.externalCall.register", "telephony.externalCall.finish"
ATTACH = "telephony.externalCall.attachRecord"
CALL = {"USER_ID": 1, "PHONE_NUMBER": "+79062195047", "TYPE": 2, "EXTERNAL_CALL_ID": "tel:1"}


async def test_a_call_becomes_one_activity_of_the_lead_it_made(bench: Bench) -> None:
    made = await bench.registered(CRM_CREATE=1)
    call = made["CALL_ID"]
    assert made["CRM_CREATED_ENTITIES"] == [{"ENTITY_TYPE": "LEAD", "ENTITY_ID": made["CRM_CREATED_LEAD"]}]
    assert [one.id for one in bench.portal.cards_of(1)] == [call]
    manager = bench.portal.world.add_user("Анна", inner="102")
    ended = await bench.good(FINISH, CALL_ID=call, USER_PHONE_INNER="102", DURATION=95, STATUS_CODE="200")
    (activity,) = bench.portal.activities_of("tel:1")
    assert (ended["CALL_STATUS"], ended["CRM_ACTIVITY_ID"]) == (1, int(activity["ID"]))
    assert bench.portal.world.crm.of(LEAD)[1]["ASSIGNED_BY_ID"] == str(manager.id)
    assert bench.portal.cards_of(1) == []
    assert bench.portal.violations == []


async def test_a_second_finish_finds_no_call_and_the_statistics_know_it(bench: Bench) -> None:
    call = await bench.talked()
    status, body = await bench.ask(FINISH, {"CALL_ID": call, "USER_ID": 1})
    assert (status, body["error"]) == (400, "ERROR_CORE")
    assert body["error_description"].startswith("Call is not found")
    (row,) = await bench.good("voximplant.statistic.get", FILTER={"CALL_ID": call})
    assert (row["EXTERNAL_CALL_ID"], row["CALL_DURATION"], row["CALL_FAILED_CODE"]) == ("tel:1", "95", "200")


async def test_equal_calls_are_one_for_thirty_minutes(bench: Bench) -> None:
    first = (await bench.registered())["CALL_ID"]
    assert (await bench.registered(CRM_CREATE=1, SHOW=0))["CALL_ID"] == first
    assert (await bench.registered(EXTERNAL_CALL_ID="tel:2"))["CALL_ID"] != first
    bench.clock.at += 30 * 60
    assert (await bench.registered())["CALL_ID"] != first


async def test_whether_a_finished_call_is_merged_is_the_tests_choice(bench: Bench) -> None:
    first = await bench.talked()
    assert (await bench.registered())["CALL_ID"] == first
    bench.portal.world.rules.merges_finished = False
    assert (await bench.registered())["CALL_ID"] != first


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"USER_ID": 0}, "USER_ID or USER_PHONE_INNER should be set"),
        ({"USER_ID": 99}, "User is not found or is not active"),
        ({"TYPE": 9}, "Unknown TYPE"),
        ({"CALL_START_DATE": "yesterday"}, "CALL_START_DATE should be in the ISO-8601 format"),
        ({"PHONE_NUMBER": "anonymous"}, "Unsupported phone number format"),
    ],
)
async def test_wrong_arguments_of_a_registration(bench: Bench, said: dict[str, Any], words: str) -> None:
    assert await bench.ask(REGISTER, CALL | said) == (400, {"error": "ERROR_CORE", "error_description": words})


async def test_numbers_are_matched_by_their_last_digits(bench: Bench) -> None:
    contact = bench.portal.world.crm.add(CONTACT, {"NAME": "Иван", "PHONE": [{"VALUE": "8 (906) 219-50-47 доб. 5"}]})
    made = await bench.registered()
    assert (made["CRM_ENTITY_TYPE"], made["CRM_ENTITY_ID"]) == ("CONTACT", contact)
    other = "+79162195047"
    assert await bench.good("telephony.externalCall.searchCrmEntities", PHONE_NUMBER=other) == []
    bench.portal.world.rules.phone_digits = 8
    (found,) = await bench.good("telephony.externalCall.searchCrmEntities", PHONE_NUMBER=other)
    assert (found["CRM_ENTITY_ID"], found["ASSIGNED_BY"]["TIMEMAN_STATUS"]) == (contact, "OPENED")


async def test_a_lead_that_cannot_be_made_is_told_in_a_good_answer(bench: Bench) -> None:
    bench.portal.world.rules.lead_error = "Lead creation is disabled for local users"
    made = await bench.registered(CRM_CREATE=1)
    assert made["LEAD_CREATION_ERROR"] == "Lead creation is disabled for local users"
    assert made["CRM_CREATED_LEAD"] is None


async def test_a_line_may_forbid_to_create_for_outgoing_calls(bench: Bench) -> None:
    await bench.good("telephony.externalLine.add", NUMBER="1", NAME="Окна", CRM_AUTO_CREATE="N")
    assert (await bench.registered(TYPE=1, CRM_CREATE=1))["CRM_ENTITY_ID"] is None
    status, body = await bench.ask("telephony.externalLine.add", {"NUMBER": "1"})
    assert (status, body["error_description"]) == (400, "Line already exists")
    await bench.good("telephony.externalLine.update", NUMBER="1", CRM_AUTO_CREATE="Y")
    assert (await bench.good("telephony.externalLine.get"))[0]["CRM_AUTO_CREATE"] == "Y"
    assert await bench.good("telephony.externalLine.delete", NUMBER="1") == []


async def test_cards_are_shown_and_hidden(bench: Bench) -> None:
    call = (await bench.registered(SHOW=0))["CALL_ID"]
    assert await bench.good("telephony.externalCall.show", CALL_ID=call, USER_ID=[1, 2])
    assert await bench.good("telephony.externalCall.hide", CALL_ID=call, USER_ID=1)
    assert (bench.portal.cards_of(1), len(bench.portal.cards_of(2))) == ([], 1)
    assert await bench.good("telephony.externalCall.show", CALL_ID="externalCall.none") is False


async def test_a_recording_is_fetched_once_uploaded_or_sent(bench: Bench) -> None:
    asked: list[str] = []

    async def file(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=404) if len(asked) == 1 else web.Response(body=b"ID3one")

    call = await bench.talked()
    async with serving({"/call.mp3": file}) as url:
        status, body = await bench.ask(ATTACH, {"CALL_ID": call, "RECORD_URL": f"{url}call.mp3"})
        assert (status, body["error_description"], len(asked)) == (400, "Server returns HTTP error code 404", 1)
        await bench.good(ATTACH, CALL_ID=call, RECORD_URL=f"{url}call.mp3")
    assert bench.portal.record_of("tel:1") == b"ID3one"
    place = await bench.good(ATTACH, CALL_ID=call, FILENAME="call.mp3")
    form = aiohttp.FormData()
    form.add_field(place["fieldName"], b"ID3two", filename="call.mp3")
    async with bench.http.post(place["uploadUrl"], data=form) as answer:
        assert (await answer.json())["result"]["FILE_ID"] > 0
    assert bench.portal.record_of("tel:1") == b"ID3two"
    await bench.good(ATTACH, CALL_ID=call, FILENAME="call.wav", FILE_CONTENT=base64.b64encode(b"RIFF").decode())
    assert bench.portal.record_of("tel:1") == b"RIFF"
    status, body = await bench.ask(ATTACH, {"CALL_ID": call, "FILENAME": "call.ogg"})
    assert body["error_description"] == "Wrong file extension. Only wav and mp3 are allowed"


async def test_a_transcript_of_a_finished_call(bench: Bench) -> None:
    lines = [{"SIDE": "User", "START_TIME": 0, "STOP_TIME": 2, "MESSAGE": "Добрый день"}]
    said = {"CALL_ID": "externalCall.none", "MESSAGES": lines}
    status, body = await bench.ask("telephony.call.attachTranscription", said)
    assert (status, body["error_description"]) == (400, "Call externalCall.none is not found. Is it finished?")
    call = await bench.talked()
    kept = await bench.good("telephony.call.attachTranscription", CALL_ID=call, MESSAGES=lines)
    assert bench.portal.transcripts_of("tel:1") == [lines]
    assert bench.portal.finished[0]["TRANSCRIPT_ID"] == str(kept["TRANSCRIPT_ID"])
    assert bench.portal.violations == []
