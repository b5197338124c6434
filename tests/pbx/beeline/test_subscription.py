"""Beeline's subscriptions as requests and answers: pbx.md §1.9 [T], `beelinePbx/ajax.php`."""

import json
from typing import Any

import pytest

from tests.fakes.beeline import USERS, Half, xsi
from trunkline.pbx.beeline import PROVIDER
from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.hooks.subscription import Denied, Gone, Lives, Subscribing, Told

URL = "https://cloudpbx.beeline.ru/apis/portal/subscription"
ACCOUNT = Account("cloud", {}, {"token": "b3469183"})
HEADERS = {"X-MPBX-API-AUTH-TOKEN": "b3469183", "Content-Type": "application/json"}


def answer(status: int, **told: Any) -> ApiAnswer:
    return ApiAnswer(status, json.dumps(told).encode() if told else b"")


def test_it_is_one_of_those_that_are_subscribed_to() -> None:
    assert isinstance(PROVIDER, Subscribing)


def test_requests() -> None:
    asked = PROVIDER.subscribe(ACCOUNT, "https://pbx.example/router/v1/hooks/beeline/s")

    assert (asked.method, asked.url, asked.headers) == ("PUT", URL, HEADERS)
    assert json.loads(asked.body) == {
        "expires": 86400,
        "subscriptionType": "BASIC_CALL",
        "url": "https://pbx.example/router/v1/hooks/beeline/s",
    }
    assert PROVIDER.look(ACCOUNT, "5b/&2") == ApiRequest("GET", f"{URL}?subscriptionId=5b%2F%262", HEADERS)
    assert PROVIDER.end(ACCOUNT, "5b") == ApiRequest("DELETE", f"{URL}?subscriptionId=5b", HEADERS)


def test_the_token_is_not_shown() -> None:
    assert "b3469183" not in repr(PROVIDER.subscribe(ACCOUNT, "https://pbx.example/secret"))


def test_elsewhere() -> None:
    account = Account("cloud", {"api": "https://cloudpbx.beeline.kz/apis/portal/"}, {"token": "t"})

    assert PROVIDER.look(account, "5b").url == "https://cloudpbx.beeline.kz/apis/portal/subscription?subscriptionId=5b"


@pytest.mark.parametrize(
    ("got", "meaning"),
    [
        (answer(200, subscriptionId="5b260736", expires=3600), Lives("5b260736", 3600)),
        (answer(201, subscriptionId="5b260736"), Lives("5b260736", 86400)),
        (answer(200, subscriptionId="5b260736", expires=-1), Lives("5b260736", 86400)),
        (answer(200, subscriptionId="5b260736", expires="soon"), Lives("5b260736", 86400)),
        (answer(400, errorCode="BadRequest", description="нет"), Denied("HTTP 400 BadRequest нет")),
        (answer(401, errorCode="Unauthorized"), Denied("HTTP 401 Unauthorized", needs_person=True)),
        (answer(403), Denied("HTTP 403", needs_person=True)),
        (answer(200), Denied("HTTP 200")),
        (ApiAnswer(200, b"<html>"), Denied("HTTP 200")),
        (ApiAnswer(200, b"[]"), Denied("HTTP 200")),
        (answer(500), Denied("HTTP 500")),
    ],
)
def test_what_came_of_subscribing(got: ApiAnswer, meaning: object) -> None:
    assert PROVIDER.subscribed(got) == meaning


@pytest.mark.parametrize(
    ("got", "meaning"),
    [
        (answer(200, subscriptionId="5b", expires=60, url="https://x/"), Lives("5b", 60, "https://x/")),
        (answer(200), Gone()),
        (answer(404, errorCode="NotFound"), Gone()),
        (answer(400, errorCode="BadRequest"), Gone()),
        (answer(401), Denied("HTTP 401", needs_person=True)),
        (answer(503), Denied("HTTP 503")),
    ],
)
def test_what_came_of_looking(got: ApiAnswer, meaning: object) -> None:
    assert PROVIDER.looked(got) == meaning


@pytest.mark.parametrize(
    ("got", "meaning"),
    [(answer(200), Gone()), (answer(204), Gone()), (answer(404), Gone()), (answer(500), Denied("HTTP 500"))],
)
def test_what_came_of_ending(got: ApiAnswer, meaning: object) -> None:
    assert PROVIDER.ended(got) == meaning


def test_events_name_their_subscription() -> None:
    received = Half("101", 0).events("5b260736")[0][1]
    ended = xsi("SubscriptionTerminatedEvent", USERS["101"], {}, "5b260736")

    assert PROVIDER.said_by(HookRequest(body=received)) == Told("5b260736")
    assert PROVIDER.said_by(HookRequest(body=ended)) == Told("5b260736", ended=True)
    assert PROVIDER.said_by(HookRequest(body=b"<Event/>")) is None
