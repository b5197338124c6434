"""What was paid, in the bytes each vendor is sent (calltracking.md §4.1, §4.3, §4.4, §4.8), and when it was."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltracking.exports.conversion import PAYMENTS, Conversion, Target
from calltracking.exports.datamanager import DataManager
from calltracking.exports.destination import KINDS
from calltracking.exports.ga4 import GoogleAnalytics
from calltracking.exports.metrica import MetricaPayments
from calltracking.exports.payments import moment_of
from calltracking.exports.vk import VkAds
from trunkline.people.roles import GRANTABLE, ROLE_RIGHTS, Right

AT = 1_795_000_000.0
PAID = Conversion(
    subject="payment:01", kind="payment", at=AT, site="Окна", page="https://www.example.ru/a?b=c", value=1_234_550,
    currency="RUB", ym="1764200000123456789", ga="123456.7654321", yclid="77", rb_clickid="AbC-1", gclid="Cj0",
    clicked=AT - 60,
)  # fmt: skip
DAY = datetime(2026, 11, 20, 20, 59, 59, tzinfo=UTC)
"""The end of a day in Moscow."""


def test_metrica_is_sent_the_price_of_a_goal() -> None:
    """§4.3: optional columns Price, with a dot, and Currency."""
    sent = MetricaPayments().request(Target("12345", "paid", "t0ken"), [PAID], "x")

    base = "https://api-metrika.yandex.net/management/v1/counter/12345/offline_conversions/upload"
    assert sent.url == f"{base}?comment=Trunkline%20x"
    assert sent.body == (
        b"--trunkline-x\r\n"
        b'Content-Disposition: form-data; name="file"; filename="data.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n"
        b"ClientId,Target,DateTime,Price,Currency\n"
        b"1764200000123456789,paid,1795000000,12345.50,RUB\n"
        b"\r\n--trunkline-x--\r\n"
    )


@pytest.mark.parametrize(("value", "told"), [(1_234_550, "12346"), (1_234_549, "12345"), (100, "1")])
def test_vk_is_hit_with_the_value_which_no_log_shows(value: int, told: str) -> None:
    """§4.8: RG:VALUE/GOALNAME; in whole roubles."""
    sent = VkAds(PAYMENTS).request(Target("777", "paid"), [msgspec.structs.replace(PAID, value=value)], "x")

    assert sent.url == f"https://top-fwz1.mail.ru/tracker?id=777;e=RG%3A{told}/paid;rb_clickid=AbC-1"
    assert sent.shown == "GET https://top-fwz1.mail.ru/tracker?id=777;e=…/paid;rb_clickid=AbC-1"


def test_analytics_is_sent_a_purchase() -> None:
    """§4.1, and of the recommended events purchase: value, currency, transaction_id, items."""
    sent = GoogleAnalytics(PAYMENTS).request(Target("G-ABC123", "purchase", "s"), [PAID], "x")

    assert msgspec.json.decode(sent.body) == {
        "client_id": "123456.7654321",
        "timestamp_micros": 1_795_000_000_000_000,
        "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
        "events": [
            {
                "name": "purchase",
                "params": {
                    "engagement_time_msec": 1,
                    "kind": "payment",
                    "site": "Окна",
                    "page_location": "https://www.example.ru/a",
                    "value": 12345.5,
                    "currency": "RUB",
                    "items": [{"item_id": "payment", "price": 12345.5, "quantity": 1}],
                    "transaction_id": "payment:01",
                },
            }
        ],
    }


def test_google_ads_is_sent_a_conversion_value() -> None:
    """§4.4: conversionValue and currency; where it happened we do not know."""
    sent = DataManager(PAYMENTS).request(Target("123-456-7890", "987654321", "t"), [PAID], "x")

    assert msgspec.json.decode(sent.body)["events"] == [
        {
            "transactionId": "payment:01",
            "eventTimestamp": "2026-11-18T11:06:40.000Z",
            "adIdentifiers": {"gclid": "Cj0"},
            "eventSource": "OTHER",
            "consent": {"adPersonalization": "CONSENT_DENIED"},
            "conversionValue": 12345.5,
            "currency": "RUB",
        }
    ]


@given(st.integers(0, 10**14))
def test_no_kopeck_is_lost(value: int) -> None:
    told = msgspec.structs.replace(PAID, value=value)

    assert Decimal(told.price) * 100 == value
    sent = DataManager(PAYMENTS).request(Target("123-456-7890", "1", "t"), [told], "x")
    (event,) = msgspec.json.decode(sent.body)["events"]
    assert Decimal(repr(event.get("conversionValue", 0))) * 100 == value


@given(
    now=st.timedeltas(timedelta(hours=-23), timedelta(days=60)).map(lambda much: DAY + much),
    led=st.none() | st.timedeltas(timedelta(days=-90), timedelta(minutes=10)).map(lambda much: DAY + much),
    payment=st.uuids(),
)
def test_a_payment_is_after_what_led_to_it_and_not_to_come(now: datetime, led: datetime | None, payment: UUID) -> None:
    led = min(led, now) if led else None

    moment = moment_of(payment, DAY, led, now)

    over = min(DAY, now)
    assert led is None or moment > led
    assert moment <= max(over, led + timedelta(seconds=1) if led else over)
    assert moment >= over - timedelta(hours=1)


def test_payments_of_a_day_have_moments_of_their_own() -> None:
    led = DAY - timedelta(days=2)

    assert len({moment_of(UUID(int=place), DAY, led, DAY + timedelta(days=1)) for place in range(100)}) == 100


def test_who_sets_where_payments_are_told_may_see_them() -> None:
    """`/settings/exports` asks for settings.edit: what is sent stands on its pages."""
    assert any(kind.money for kind in KINDS.values())
    assert Right.SETTINGS_EDIT not in GRANTABLE
    assert all(Right.MONEY_READ in rights for rights in ROLE_RIGHTS.values() if Right.SETTINGS_EDIT in rights)


def test_destinations_of_payments_take_nothing_else_and_google_is_abroad() -> None:
    foreign = {name: kind.exporter.foreign for name, kind in KINDS.items() if kind.money}

    assert foreign == {"metrica_payments": False, "vk_payments": False, "ga4_payments": True, "google_payments": True}
    assert all(kind.exporter.takes == PAYMENTS for kind in KINDS.values() if kind.money)
