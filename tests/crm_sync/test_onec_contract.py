"""The contract without a server: what a row is, what an order belongs to, what the schema says, what a person maps."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from crm_sync.connector import ConnectorFields
from crm_sync.onec.contract import Answer, Row, newest, read_row
from crm_sync.onec.joining import Found, Joint, joint_of
from crm_sync.onec.kind import ONEC, base_address
from crm_sync.onec.mapping import SHIPPED, layout_of, parsed
from crm_sync.onec.schema import text
from tests.crm_sync.onec_scene import order, payment
from tests.reference import DOCS
from trunkline.errors import InvalidInput

DEAL, OTHER, LEAD, WHO = (UUID(int=number) for number in (1, 2, 3, 4))


def row(said: Any) -> Row:
    read = read_row(said, 1)
    assert isinstance(read, Row), read
    return read


def found(**more: Any) -> Found:
    nothing: dict[str, Any] = {"joined": None, "is_own": False, "deal": None, "lead": None}
    return Found("order-1", **(nothing | {"of_lead": [], "contacts": [], "deals": [], "leads": []} | more))


JOINTS = [
    ("order", {}, Joint()),
    ("order", {"deals": [DEAL], "leads": [LEAD], "contacts": [WHO]}, Joint(contact=WHO)),
    ("order", {"deal": DEAL}, Joint(DEAL)),
    ("order", {"lead": LEAD, "of_lead": [DEAL]}, Joint(DEAL)),
    ("order", {"lead": LEAD, "of_lead": [DEAL, OTHER]}, Joint()),
    ("sale", {"deal": DEAL, "lead": LEAD, "deals": [OTHER]}, Joint(DEAL)),
    ("sale", {"joined": DEAL, "deals": [OTHER]}, Joint(DEAL)),
    ("sale", {"joined": DEAL, "is_own": True, "lead": LEAD}, Joint(DEAL, LEAD, own=True)),
    ("sale", {"lead": LEAD, "of_lead": [DEAL], "deals": [OTHER]}, Joint(DEAL)),
    ("sale", {"lead": LEAD, "of_lead": [DEAL, OTHER]}, Joint(None, LEAD, own=True)),
    ("sale", {"deals": [DEAL], "leads": [LEAD]}, Joint(DEAL)),
    ("sale", {"deals": [DEAL, OTHER], "leads": [LEAD]}, Joint(own=True)),
    ("sale", {"leads": [LEAD], "contacts": [WHO]}, Joint(None, LEAD, WHO, own=True)),
    ("sale", {"leads": [LEAD, OTHER], "contacts": [WHO, OTHER]}, Joint(own=True)),
    ("sale", {}, Joint(own=True)),
]


@pytest.mark.parametrize(("kind", "known", "joint"), JOINTS)
def test_what_an_order_belongs_to(kind: str, known: dict[str, Any], joint: Joint) -> None:
    told = joint_of(row(order(type=kind)), found(**known))
    assert (told.deal, told.lead, told.contact, told.own) == (joint.deal, joint.lead, joint.contact, joint.own)


def test_what_is_named_and_unknown_is_told() -> None:
    assert joint_of(row(order(deal="7")), found()).words == "no deal 7 is known here"
    assert joint_of(row(order(type="sale", lead="8")), found()).words == "no lead 8 is known here"


def test_what_is_paid_of_an_order_is_counted_where_it_is_not_told() -> None:
    for paid, amount, percent in ((400, 1000, 40), (999, 1000, 99), (1200, 1000, 100), (-5, 1000, 0), (5, 0, None)):
        assert row(order(paid=paid, amount=amount)).values["paid_percent"] == percent
    assert row(order(paid=400, paid_percent=7)).values["paid_percent"] == 7


def test_of_a_batch_the_newest_of_each_counts_in_whatever_order() -> None:
    said = [payment(version=1), payment(version=3), payment(version=2), order(version=9)]
    for several in permutations(said):
        rows = [read_row(one, place) for place, one in enumerate(several, start=1)]
        kept, others = newest([one for one in rows if isinstance(one, Row)])
        assert [(one.kind, one.version) for one in kept] == [("order", 9), ("payment", 3)]
        assert sorted(one.version for one in others) == [1, 2]


def test_the_schema_in_the_docs_is_the_contract() -> None:
    kept = (DOCS / "crm-1c.schema.json").read_text(encoding="utf-8")
    assert kept == text(), "run: python -m crm_sync.onec.schema"


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("https://1c.company.ru/trade", "https://1c.company.ru/trade"),
        ("1C.company.ru/Trade/", "https://1c.company.ru/Trade"),
        ("http://10.0.0.5:8080/trade/ru_RU/", "http://10.0.0.5:8080/trade"),
        ("https://1c.company.ru/trade/odata/standard.odata", "https://1c.company.ru/trade"),
        ("https://1c.company.ru/trade/hs?x=1#y", "https://1c.company.ru/trade"),
        ("https://user:word@1c.company.ru/trade", ""),
        ("https://1c.company.ru/../x", ""),
        ("file:///etc/passwd", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_base_however_it_was_pasted(pasted: str, address: str) -> None:
    assert base_address(pasted) == address


def test_a_form_of_nonsense_names_its_fields() -> None:
    with pytest.raises(InvalidInput) as wrong:
        ONEC.checked(ConnectorFields("База", "нет", "a:b", "x" * 201, kind="onec"), None)
    assert [one.path for one in wrong.value.mistakes] == ["name", "portal", "client_id", "secret"]


def test_the_usual_configurations_can_be_read() -> None:
    assert {name: list(layout_of(name, "")) for name in SHIPPED} == {
        "ut11": ["companies", "orders", "states", "payments", "debts"],
        "bp3": ["companies", "orders", "payments"],
    }
    assert layout_of("none", "what ever") == {}


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("", "names nothing to read"),
        ("[", "is no TOML"),
        ("[people]\nset='Catalog_X'", "people: there are the sections"),
        ("orders = 1", "orders: there are the sections"),
        ("[orders]\ndate='Date'", "[orders] set: must be a published set, or a list"),
        ("[orders]\nset='../x'", "[orders] set: must be a published set, as"),
        ("[orders]\nset='Document_X?$top=1'", "[orders] set: must be a published set, as"),
        ("[orders]\nset='Document_X'\ndate='Date'", "[orders] amount: is needed"),
        ("[orders]\nset='Document_X'\ndate='Date'\namount='a b'", "[orders] amount: must be the name of a field"),
        ("[orders]\nset='Document_X'\ncolour='x'", "[orders] colour: there are the keys"),
        ("[orders]\nset='Document_X'\ndate='D'\namount='A'\nfilter=7", "[orders] filter: must be a condition"),
    ],
)
def test_a_wrong_mapping_is_told_in_words(mapping: str, words: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        parsed(mapping)
    assert words in wrong.value.mistakes[0].message


def test_a_row_of_the_state_of_orders_is_never_sent() -> None:
    answer = read_row({"type": "state", "id": "order-1", "version": 1}, 1)
    assert isinstance(answer, Answer)
    assert answer.field == "type"
