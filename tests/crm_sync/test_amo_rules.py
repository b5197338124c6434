"""The rules of amoCRM as tables: whose number it is, which addresses are accounts, how a call ended."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.amocrm.call import ended, entity_url
from crm_sync.amocrm.items import told_changes
from crm_sync.amocrm.kind import AMOCRM, domain_of
from crm_sync.amocrm.matching import Entity, Match, chosen, match_of, placed, query_of, told_entity
from crm_sync.connector import ConnectorFields
from trunkline.errors import InvalidInput

NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("portal", "domain"),
    [
        ("https://company.amocrm.ru", "amocrm.ru"),
        ("https://company.amocrm.com", "amocrm.com"),
        ("https://company.kommo.com", "kommo.com"),
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("http://company.amocrm.ru", ""),
        ("https://company.amocrm.ru:8443", ""),
        ("https://amocrm.ru", ""),
        ("https://a.b.amocrm.ru", ""),
        ("https://company.amocrm.ru.example.com", ""),
        ("https://companyamocrm.ru", ""),
        ("https://company.amocrm.su", ""),
        ("", ""),
    ],
)
def test_the_secret_goes_to_the_vendor_s_domains_alone(portal: str, domain: str) -> None:
    """crm.md §3.1."""
    assert domain_of(portal) == domain


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (ConnectorFields("x", "company.example.com", "", kind="amocrm"), "portal"),
        (ConnectorFields("x", "company.amocrm.ru", "id", kind="amocrm"), "secret"),
        (ConnectorFields("x", "company.amocrm.ru", "", "secret", kind="amocrm"), "client_id"),
        (ConnectorFields("x", "company.amocrm.ru", "", active=True, kind="amocrm"), "active"),
    ],
)
def test_what_is_written_wrongly_is_told_at_its_field(told: ConnectorFields, field: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        AMOCRM.checked(told, None)
    assert [one.path for one in wrong.value.mistakes] == [field]


def test_an_account_may_have_no_application_yet() -> None:
    told = AMOCRM.checked(ConnectorFields("x", " Company.amocrm.ru ", "", kind="amocrm", enterprise=True), None)
    assert (told.portal, told.oauth_url, told.enterprise) == ("https://company.amocrm.ru", "", False)


@pytest.mark.parametrize(
    ("spelling", "is_his"),
    [
        ("+79161234567", True),
        ("8 (916) 123-45-67", True),
        ("79161234567", True),
        ("9161234567", True),
        ("+7 916 123-45-67 доб. 12", True),
        ("+49 9161234567", False),
        ("1234567", False),
        ("", False),
    ],
)
def test_a_number_is_compared_whole_in_whatever_spelling(spelling: str, is_his: bool) -> None:
    """+7 and 8 are different to amoCRM, ten digits alike in any country (crm.md §3.3, §8)."""
    fields = [{"field_code": "PHONE", "values": [{"value": spelling}]}]
    row = {"id": 1, "custom_fields_values": fields, "_embedded": {"leads": [{"id": 5}]}}
    assert (match_of("contacts", row, "+79161234567") is not None) == is_his


def test_a_number_in_another_field_is_nobody_s() -> None:
    fields = [{"field_code": "EMAIL", "values": [{"value": "+79161234567"}]}]
    assert match_of("contacts", {"id": 1, "custom_fields_values": fields}, "+79161234567") is None
    assert match_of("contacts", {"id": 1, "custom_fields_values": None}, "+79161234567") is None
    assert match_of("contacts", None, "+79161234567") is None


def test_it_is_searched_for_without_the_country() -> None:
    assert [query_of(one) for one in ("+79161234567", "+380501234567", "+4930123456")] == [
        "9161234567",
        "501234567",
        "30123456",
    ]


MATCHES = st.builds(
    Match,
    st.builds(Entity, st.sampled_from(["contacts", "companies"]), st.integers(1, 9)),
    st.lists(st.integers(10, 14), max_size=3, unique=True).map(tuple),
    st.lists(st.integers(20, 22), max_size=2, unique=True).map(tuple),
)


@given(st.lists(MATCHES, min_size=1, max_size=4, unique_by=lambda one: one.entity), st.frozensets(st.integers(10, 14)))
def test_whatever_there_is_one_entity_gets_the_call_and_the_same_each_time(
    matches: list[Match], active: frozenset[int]
) -> None:
    one = chosen(matches, active)
    assert one == chosen(matches[::-1], active)
    assert one is not None
    entity = placed(one, active)
    assert entity == one.entity or entity.id in {*active.intersection(one.leads), *one.customers}
    assert told_entity(str(entity)) == entity
    if any(active.intersection(match.leads) for match in matches):
        assert active.intersection(one.leads)


@pytest.mark.parametrize(
    ("direction", "outcome", "why", "status"),
    [
        ("in", "answered", None, 4),
        ("in", "missed", "busy", 6),
        ("in", "missed", "abandoned_in_queue", 6),
        ("out", "answered", None, 4),
        ("out", "missed", "busy", 7),
        ("out", "missed", "rejected", 7),
        ("out", "missed", "unavailable", 3),
        ("out", "missed", "abandoned", 6),
    ],
)
def test_how_it_ended(direction: str, outcome: str, why: str | None, status: int) -> None:
    """`call_status` of crm.md §3.2."""
    row = {"direction": direction, "outcome": outcome, "missed_why": why, "talk_ms": 400}
    told = ended(row | {"answered_by": "101", "agents": ["101", "102"], "rang": ["103"]})
    assert told.status == status
    assert told.seconds == (1 if status == 4 else 0)
    assert told.extensions == (("101", "102") if status == 4 else ("101", "102", "103"))


def test_pages_of_entities() -> None:
    portal = "https://company.amocrm.ru"
    assert entity_url(portal, "leads 12") == "https://company.amocrm.ru/leads/detail/12"
    assert [entity_url(portal, one) for one in ("", "unsorted", "leads x", "leads", "users 1")] == [""] * 5


@pytest.mark.parametrize(
    "beyond", [{"responsible_user_id": 2**63}, {"created_at": 10**15}, {"updated_at": 10**15}, {"id": -(2**70)}]
)
def test_a_number_beyond_its_room_is_counted_and_stops_nobody_else(beyond: dict[str, int]) -> None:
    rows = [{"id": 1, "updated_at": 1_700_000_000}, {"id": 2, "updated_at": 1_700_000_001} | beyond]
    read = told_changes("contacts", {"_embedded": {"contacts": rows}}, datetime(2020, 1, 1, tzinfo=UTC), 0, {}, NOW)
    assert ([one["external_id"] for one in read.records], read.unread, read.last) == (["1"], 1, None)
