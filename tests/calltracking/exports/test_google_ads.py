"""Google Ads through the Data Manager API, played at its wire by tests/fakes/google_ads.py (calltracking.md §4.4)."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from calltracking.exports import google_access
from calltracking.exports.conversion import CALLS, Conversion, Judged, Target
from calltracking.exports.datamanager import DataManager
from calltracking.exports.deliverer import KIND
from calltracking.exports.destination import DestinationFields, checked
from calltracking.exports.gathering import batches, gather
from calltracking.exports.google_access import Token, is_key, read_key
from calltracking.exports.store import SQL
from calltracking.exports.whys import REFUSED
from tests.calltracking.conftest import Rows
from tests.calltracking.exports.scene import Scene
from tests.fakes.google_ads import GoogleAds, google_ads
from trunkline.crypto import SecretBox
from trunkline.errors import InvalidInput
from trunkline.ids import lowest_id, uuid7
from trunkline.outbox.event import Absent, Delivered, Event

AT = 1_795_000_000.0
DAY = 86_400
CALL = Conversion(subject="call:01", kind="call", at=AT, client="+79161234567", gclid="Cj0-k_1", clicked=AT - 60)
ADS = DataManager(CALLS)
SINCE = lowest_id(datetime(2026, 1, 1, tzinfo=UTC))
TARGET = Target("123-456-7890", "987654321", "ya29.t")
USER = {"type": "authorized_user", "client_id": "c", "client_secret": "s3cret", "refresh_token": "1//refresh"}


def call(**more: Any) -> Conversion:
    return msgspec.structs.replace(CALL, **more)


def event(**more: Any) -> dict[str, Any]:
    """Of a conversion, as it is sent."""
    sent = ADS.request(TARGET, [call(**more)], "x")
    found: dict[str, Any] = msgspec.json.decode(sent.body)["events"][0]
    return found


@pytest.fixture
async def google() -> AsyncIterator[GoogleAds]:
    async with google_ads() as running:
        yield running


@pytest.fixture
async def scene(rows: Rows, google: GoogleAds) -> Scene:
    await rows.make(6)
    return Scene(rows, SecretBox(b"k" * 32), google.moved)


async def destination(scene: Scene, google: GoogleAds, **more: Any) -> UUID:
    """Confirmed and switched on."""
    told = {"account": "123-456-7890", "goal": "987654321", "secret": google.key(), "active": False} | more
    place = await scene.destination("google_calls", **told)
    await scene.confirm(place)
    return place


def from_click(click: str, name: str = "gclid") -> str:
    return f"https://www.example.ru/?utm_source=google&{name}={click}"


def test_google_ads_is_sent_what_its_reference_shows() -> None:
    sent = ADS.request(TARGET, [CALL], "x")

    assert (sent.method, sent.url) == ("POST", "https://datamanager.googleapis.com/v1/events:ingest")
    assert sent.headers["Authorization"] == "Bearer ya29.t"
    assert "ya29" not in repr(sent) + sent.shown
    assert msgspec.json.decode(sent.body) == {
        "destinations": [
            {
                "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
                "productDestinationId": "987654321",
            }
        ],
        "events": [
            {
                "transactionId": "call:01",
                "eventTimestamp": "2026-11-18T11:06:40.000Z",
                "adIdentifiers": {"gclid": "Cj0-k_1"},
                "eventSource": "PHONE",
                "consent": {"adPersonalization": "CONSENT_DENIED"},
            }
        ],
    }
    assert b"9161234567" not in sent.body
    assert event(kind="form")["eventSource"] == "WEB"
    assert event(kind="callback")["eventSource"] == "WEB"


@pytest.mark.parametrize(
    ("clicks", "found"),
    [
        ({"gclid": "a", "gbraid": "b", "wbraid": "c"}, {"gclid": "a"}),
        ({"gclid": "", "gbraid": "b", "wbraid": "c"}, {"gbraid": "b"}),
        ({"gclid": "", "wbraid": "c"}, {"wbraid": "c"}),
        ({"gclid": "<script>", "wbraid": "c"}, {"wbraid": "c"}),
    ],
)
def test_one_click_id_is_told(clicks: dict[str, str], found: dict[str, str]) -> None:
    assert event(**clicks)["adIdentifiers"] == found


@pytest.mark.parametrize(
    ("change", "later", "why"),
    [
        ({}, 0, ""),
        ({}, 90 * DAY - 60, ""),
        ({}, 90 * DAY - 59, "too_old"),
        ({"clicked": 0.0}, 90 * DAY, ""),
        ({"clicked": 0.0}, 90 * DAY + 1, "too_old"),
        ({}, -1, "not_yet"),
        ({"gclid": ""}, 0, "no_click_id"),
        ({"gclid": "a b"}, 0, "no_click_id"),
        ({"gclid": "", "ga": "1.2", "ym": "3"}, 0, "no_click_id"),
    ],
)
def test_what_google_cannot_join_is_left_out(change: dict[str, Any], later: float, why: str) -> None:
    """The longest conversion window is 90 days after the click."""
    assert ADS.unfit(call(**change), AT + later) == why


def test_a_request_has_two_thousand_events_at_most() -> None:
    ids = [uuid7(AT + place) for place in range(4001)]
    assert [len(batch) for batch in batches([("", one) for one in ids], ADS.most)] == [2000, 2000, 1]
    assert len(msgspec.json.decode(ADS.request(TARGET, [CALL] * 2000, "x").body)["events"]) == 2000
    for number in (0, 2001):
        with pytest.raises(ValueError, match="1 to 2000 a request"):
            ADS.request(TARGET, [CALL] * number, "x")


@pytest.mark.parametrize(
    ("told", "judged"),
    [
        ({"requestStatus": "PROCESSING"}, Judged("PROCESSING", None)),
        ({"requestStatus": "REQUEST_STATUS_UNKNOWN"}, Judged("REQUEST_STATUS_UNKNOWN", None)),
        ({"requestStatus": "SUCCESS", "eventsIngestionStatus": {"recordCount": "430"}}, Judged("SUCCESS", 430)),
        ({"requestStatus": "FAILED", "eventsIngestionStatus": {"recordCount": "5"}}, Judged("FAILED", 0)),
        (
            {
                "requestStatus": "PARTIAL_SUCCESS",
                "eventsIngestionStatus": {"recordCount": "430"},
                "errorInfo": {
                    "errorCounts": [
                        {"recordCount": "10", "reason": "PROCESSING_ERROR_REASON_INVALID_GCLID"},
                        {"recordCount": "8", "reason": "PROCESSING_ERROR_OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER"},
                        {"recordCount": "7", "reason": "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID"},
                    ]
                },
            },
            Judged(
                "PARTIAL_SUCCESS: DUPLICATE_TRANSACTION_ID, INVALID_GCLID, "
                "OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER",
                412,
            ),
        ),
        (
            {
                "requestStatus": "FAILED",
                "eventsIngestionStatus": {"recordCount": "3"},
                "errorInfo": {
                    "errorCounts": [{"recordCount": "3", "reason": "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID"}]
                },
            },
            Judged("FAILED: DUPLICATE_TRANSACTION_ID", 3),
        ),
    ],
)
def test_what_became_of_an_upload_is_read(told: dict[str, Any], judged: Judged) -> None:
    """request_status_per_destination.proto; what Google has already counts as joined."""
    assert ADS.read_status(json.dumps({"requestStatusPerDestination": [told]}).encode()) == judged


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b'{"requestStatusPerDestination":[]}'])
def test_what_is_no_answer_is_said(answer: bytes) -> None:
    with pytest.raises(ValueError, match="Google's answer"):
        ADS.read_status(answer)
    with pytest.raises(ValueError, match="Google's answer"):
        ADS.remote_id(answer)
    assert ADS.refused(answer).rows == {}


def test_a_token_is_not_used_in_its_last_two_minutes() -> None:
    assert Token("t", AT + 3600).fresh(AT + 3479)
    assert not Token("t", AT + 3600).fresh(AT + 3480)


def test_keys_that_are_none_are_refused_without_telling_them(google: GoogleAds) -> None:
    good = google.key()
    assert is_key(good)
    assert is_key(good.replace("\n", " "))
    assert is_key(json.dumps(USER))
    for bad in ("", "{}", "s3cret", good[:-5], google.key(private_key="s3cret"), google.key(type="external_account")):
        assert not is_key(bad)
        with pytest.raises(ValueError, match=r"neither|private_key") as refused:
            read_key(bad)
        assert "s3cret" not in str(refused.value)
    told = DestinationFields(kind="google_calls", name="x", account="1234567890", goal="1", secret="s3cret")
    with pytest.raises(InvalidInput) as wrong:
        checked(told, None)
    assert [mistake.path for mistake in wrong.value.mistakes] == ["secret"]


def test_the_address_in_the_key_is_not_asked(google: GoogleAds) -> None:
    """Whoever writes the key must not choose where the assertion goes."""
    asked = google_access.token_request(google.key(token_uri="https://10.0.0.1/token"), AT)

    assert asked.url == "https://oauth2.googleapis.com/token"


async def test_calls_reach_google_ads_and_it_says_what_it_took(scene: Scene, google: GoogleAds) -> None:
    place = await destination(scene, google)
    google.bad_clicks = {"bad"}
    await scene.call(0, landing=from_click("one"))
    await scene.call(1, landing=from_click("two", "wbraid"))
    await scene.call(2, landing=from_click("bad"))
    await scene.call(3, landing="https://www.example.ru/?yclid=77")

    await scene.deliver()
    await scene.call(4, landing=from_click("three"))
    await scene.deliver()

    assert sorted(await scene.states()) == [("sent", "")] * 4 + [("unfit", "no_click_id")]
    assert [len(upload["events"]) for upload in google.heard] == [3, 1]
    assert "7916123456" not in json.dumps(google.heard)
    assert len(google.asked) == 2, "one token for each sender"
    assert await scene.reconcile() == 2
    assert await scene.reconcile() == 0
    (row,) = await scene.rows.pool.fetch(SQL["counts"], SINCE)
    assert (row["id"], row["sent"], row["joined"], row["judged"]) == (place, 4, 3, 4)
    said = await scene.rows.pool.fetch(SQL["said"], place, SINCE)
    assert {row["remote_state"] for row in said} == {"PARTIAL_SUCCESS: INVALID_GCLID", "SUCCESS"}


async def test_the_click_of_an_earlier_visit_led_here(scene: Scene, google: GoogleAds) -> None:
    """He came by the advertisement on Monday and called on Tuesday; of two clicks the later one counts."""
    await destination(scene, google)
    await scene.call(0, before=from_click("monday"), landing="https://www.example.ru/?yclid=77")
    await scene.call(1, before=from_click("monday"), landing=from_click("tuesday"))
    await scene.deliver()
    (upload,) = google.heard
    assert sorted(event["adIdentifiers"]["gclid"] for event in upload["events"]) == ["monday", "tuesday"]


async def test_a_person_s_refresh_token_will_do(scene: Scene, google: GoogleAds) -> None:
    await destination(scene, google, secret=json.dumps(USER))
    await scene.call(landing=from_click("one"))

    await scene.deliver()

    assert await scene.states() == [("sent", "")]
    assert google.asked[0]["grant_type"] == "refresh_token"


async def test_nothing_goes_to_google_ads_before_it_is_confirmed(scene: Scene, google: GoogleAds) -> None:
    place = await destination(scene, google)
    await scene.call(landing=from_click("one"))
    await gather(scene.rows.pool, datetime.now(UTC) + timedelta(seconds=1))
    await scene.confirm(place, yes=False)

    await scene.deliver()

    assert (google.asked, google.heard) == ([], [])
    with pytest.raises(asyncpg.CheckViolationError):
        await scene.rows.pool.execute("update export_destinations set active = true")


async def test_a_token_refused_before_its_time_is_replaced_once(scene: Scene, google: GoogleAds) -> None:
    await destination(scene, google)
    google.statuses = [401]
    await scene.call(landing=from_click("one"))
    await scene.deliver()
    assert await scene.states() == [("sent", "")]
    assert len(google.asked) == 2

    google.statuses = [401, 401, 503]
    await scene.call(1, landing=from_click("two"))
    await scene.deliver()
    assert sorted(await scene.states()) == [("queued", ""), ("sent", "")]
    assert google.statuses == [503], "a token is asked for twice, not for ever"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_google_cannot_take_now_is_sent_again_once(scene: Scene, google: GoogleAds, status: int) -> None:
    await destination(scene, google)
    await scene.call(landing=from_click("one"))
    google.statuses = [status]

    await scene.deliver()
    assert await scene.states() == [("queued", "")]
    await scene.deliver()
    await scene.deliver()

    assert await scene.states() == [("sent", "")]
    assert len(google.heard) == 1


async def test_no_token_is_no_loss(scene: Scene, google: GoogleAds) -> None:
    await destination(scene, google)
    await scene.call(landing=from_click("one"))
    google.token_statuses = [503]

    await scene.deliver()
    assert google.heard == []
    await scene.deliver()

    assert await scene.states() == [("sent", "")]


async def test_a_key_google_does_not_know_holds_the_account(
    scene: Scene, google: GoogleAds, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    await destination(scene, google)
    google.client = "other@company.iam.gserviceaccount.com"
    await scene.call(landing=from_click("one"))

    await scene.deliver()

    assert await scene.states() == [("queued", "")]
    reason = await scene.rows.pool.fetchval("select reason from outbox_accounts")
    assert reason.startswith("no access token: HTTP 400 invalid_grant Invalid JWT")
    logged = caplog.text + str(capsys.readouterr())
    assert "no access token" in logged
    assert not any(secret in logged for secret in ("PRIVATE KEY", google.asked[0]["assertion"], "company.iam"))


async def test_one_bad_event_does_not_hold_up_the_others(scene: Scene, google: GoogleAds) -> None:
    """The whole request is refused; the events it names are left out with the field, and the rest goes again."""
    await destination(scene, google)
    google.malformed = {"bad"}
    for place, click in enumerate(["one", "bad", "two"]):
        await scene.call(place, landing=from_click(click))

    await scene.deliver()
    await scene.deliver()

    why = f"{REFUSED}ad_identifiers.gclid INVALID_FORMAT"
    assert sorted(await scene.states()) == [("sent", ""), ("sent", ""), ("unfit", why)]
    (upload,) = google.heard
    assert sorted(one["adIdentifiers"]["gclid"] for one in upload["events"]) == ["one", "two"]
    assert await scene.reconcile() == 1
    (row,) = await scene.rows.pool.fetch(SQL["counts"], SINCE)
    assert (row["joined"], row["judged"], row["unfit"]) == (2, 2, 1)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"goal": "1"},
            "HTTP 400: destinations.destinations[0].product_destination_id INVALID_CONVERSION_ACTION_ID",
        ),
        ({"malformed": {"one"}}, "HTTP 400: events.events[0].ad_identifiers.gclid INVALID_FORMAT"),
    ],
)
async def test_what_is_wrong_with_all_is_a_dead_letter_that_names_the_field(
    scene: Scene, google: GoogleAds, more: dict[str, Any], said: str
) -> None:
    google.malformed = more.pop("malformed", set())
    await destination(scene, google, **more)
    await scene.call(landing=from_click("one"))

    await scene.deliver()

    assert google.heard == []
    assert await scene.rows.pool.fetchval("select error from outbox_dead") == said
    assert await scene.states() == [("queued", "")]


async def test_killed_between_the_upload_and_its_note_nothing_counts_twice(scene: Scene, google: GoogleAds) -> None:
    """It goes again with the same transaction ids: Google has them, and says so."""
    await destination(scene, google)
    await scene.call(landing=from_click("one"))
    await gather(scene.rows.pool, datetime.now(UTC) + timedelta(seconds=1))
    payload = await scene.rows.pool.fetchval("select payload from outbox")
    event = Event(1, "export", KIND, "export", payload, 0, False, datetime.now(UTC))
    async with scene.deliverer() as deliverer:
        await deliverer.deliver(event)
        await scene.rows.pool.execute("update export_batches set sent_at = null, remote_id = ''")
        await scene.rows.pool.execute("update exports set state = 'queued'")
        assert await deliverer.verify(event) == Absent()
        await deliverer.deliver(event)
        assert await deliverer.verify(event) == Delivered("noted as sent")

    assert await scene.states() == [("sent", "")]
    first, again = google.heard
    assert first == again
    assert await scene.reconcile() == 1
    (row,) = await scene.rows.pool.fetch(SQL["counts"], SINCE)
    assert (row["joined"], row["judged"]) == (1, 1)
