"""What the mirror holds beside contacts: its entities, their fields, the headers files use. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from trunkline.people.roles import Right


class Kind(StrEnum):
    """How a field's text is read."""

    TEXT = "text"
    WHOLE = "whole number"
    PERCENT = "percent"
    MONEY = "money"
    DAY = "day"
    MOMENT = "moment"
    PHONE = "phone"
    PERSON = "person"
    DEPARTMENT = "department"
    REFERENCE = "reference"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `refers` names the table a reference leads to, `column` where the value is kept."""

    name: str
    kind: Kind
    headers: str
    refers: str = ""
    required: bool = False
    most: int = 10**18 - 1
    """Of a whole number; a version fills a bigint."""

    @property
    def column(self) -> str:
        """The table's column."""
        return f"{self.name}_id" if self.kind in {Kind.PERSON, Kind.DEPARTMENT, Kind.REFERENCE} else self.name


@dataclass(frozen=True, slots=True)
class Entity:
    """One table of the mirror."""

    name: str
    fields: tuple[Field, ...]
    reads: Right
    """What a person needs to see its rows; to write them, `imports.run`."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns its fields fill."""
        return tuple(field.column for field in self.fields)

    def headers(self) -> Mapping[str, str]:
        """Header as written in files (lower case) → field's name."""
        return {header.strip(): field.name for field in self.fields for header in field.headers.split(",")}


_MOST_DAYS = 100_000
_ID = Field("external_id", Kind.TEXT, "external id, id, code, код, ид, внешний код", required=True)
_VERSION = Field("version", Kind.WHOLE, "version, версия")
_COMPANY = Field("company", Kind.REFERENCE, "company, компания, контрагент, инн", "companies")
_CONTACT = Field("contact", Kind.REFERENCE, "contact, контакт, клиент", "contacts")
_LEAD = Field("lead", Kind.REFERENCE, "lead, лид", "leads")
_DEAL = Field("deal", Kind.REFERENCE, "deal, сделка", "deals")
_ORDER = Field("order", Kind.REFERENCE, "order, заказ", "orders")
_INVOICE = Field("invoice", Kind.REFERENCE, "invoice, счет", "invoices")
_RESPONSIBLE = Field("responsible", Kind.PERSON, "responsible, manager, ответственный, менеджер")
_TITLE = Field("title", Kind.TEXT, "title, name, название, тема, наименование")
_STAGE = Field("stage", Kind.TEXT, "stage, status, стадия, этап, статус")
_AMOUNT = Field("amount", Kind.MONEY, "amount, sum, сумма")
_NUMBER = Field("number", Kind.TEXT, "number, номер")
_DUE = Field("due_on", Kind.DAY, "due on, due, срок, срок оплаты, оплатить до")
_OPENED = Field("opened_at", Kind.MOMENT, "opened at, created, created at, создан, создана, дата создания")
_CLOSED = Field("closed_at", Kind.MOMENT, "closed at, closed, закрыт, закрыта, дата закрытия")

_DOCUMENT = Field("document_url", Kind.LINK, "document url, document, link, url, документ, ссылка, ссылка на документ")


def _entity(name: str, reads: Right, *fields: Field) -> Entity:
    return Entity(name, (_ID, _VERSION, *fields), reads)


_ALL = (
    _entity(
        "companies",
        Right.CONTACTS_READ,
        Field("name", Kind.TEXT, "name, company, название, компания, контрагент, наименование", required=True),
        Field("tax_id", Kind.TEXT, "tax id, inn, инн"),
        Field("class", Kind.TEXT, "class, type, класс, тип"),
        Field("city", Kind.TEXT, "city, town, город"),
        _RESPONSIBLE,
    ),
    _entity(
        "leads",
        Right.LEADS_READ,
        *(_CONTACT, _COMPANY, _TITLE, _STAGE, _RESPONSIBLE, _OPENED, _CLOSED),
        Field("direction", Kind.TEXT, "direction, направление"),
        Field("phone", Kind.PHONE, "phone, телефон"),
        Field("next_call_at", Kind.MOMENT, "next call at, next call, следующий звонок"),
    ),
    _entity(
        "touches",
        Right.LEADS_READ,
        *(_LEAD, _CONTACT),
        Field("kind", Kind.TEXT, "kind, type, вид, тип", required=True),
        Field("text", Kind.TEXT, "text, message, текст, сообщение"),
        Field("at", Kind.MOMENT, "at, date, время, дата"),
    ),
    _entity(
        "deals",
        Right.LEADS_READ,
        *(_LEAD, _CONTACT, _COMPANY, _TITLE, _STAGE, _AMOUNT, _RESPONSIBLE, _OPENED, _CLOSED),
        Field("department", Kind.DEPARTMENT, "department, отдел, подразделение"),
        _DOCUMENT,
    ),
    _entity(
        "tasks",
        Right.LEADS_READ,
        *(_CONTACT, _DEAL, _RESPONSIBLE, _TITLE),
        Field("due_at", Kind.MOMENT, "due at, due, срок"),
        Field("done_at", Kind.MOMENT, "done at, done, выполнена"),
    ),
    _entity(
        "orders",
        Right.MONEY_READ,
        *(_COMPANY, _CONTACT, _DEAL, _NUMBER, _AMOUNT),
        Field("paid", Kind.MONEY, "paid, оплачено"),
        Field("paid_percent", Kind.PERCENT, "paid percent, оплачено percent, процент оплаты"),
        Field("shipped_percent", Kind.PERCENT, "shipped percent, отгружено percent, процент отгрузки"),
        Field("deferred_until", Kind.DAY, "deferred until, отсрочка до, отсрочка"),
        Field("ordered_on", Kind.DAY, "ordered on, date, дата, дата заказа"),
        Field("end_customer", Kind.TEXT, "end customer, конечный заказчик, конечный клиент"),
        Field("articles", Kind.TEXT, "articles, article, sku, артикулы, артикул"),
        _DOCUMENT,
    ),
    _entity(
        "works",
        Right.LEADS_READ,
        *(_ORDER, _CONTACT, _RESPONSIBLE, _TITLE),
        Field("kind", Kind.TEXT, "kind, type, вид, тип", required=True),
        Field("status", Kind.TEXT, "status, статус"),
        Field("address", Kind.TEXT, "address, адрес"),
        Field("due_on", Kind.DAY, "due on, date, дата, срок"),
    ),
    _entity(
        "invoices",
        Right.MONEY_READ,
        *(_COMPANY, _CONTACT, _ORDER, _NUMBER, _AMOUNT, _DUE),
        Field("issued_on", Kind.DAY, "issued on, date, дата, дата счета"),
        Field("paid_on", Kind.DAY, "paid on, оплачен"),
        _DOCUMENT,
    ),
    _entity(
        "payments",
        Right.MONEY_READ,
        *(_COMPANY, _CONTACT, _INVOICE, _ORDER),
        Field("amount", Kind.MONEY, "amount, sum, сумма", required=True),
        Field("paid_on", Kind.DAY, "paid on, date, дата, дата оплаты", required=True),
        Field("cancelled_at", Kind.MOMENT, "cancelled at, cancelled, отменен"),
    ),
    _entity(
        "debts",
        Right.MONEY_READ,
        *(_COMPANY, _CONTACT, _DUE),
        Field("amount", Kind.MONEY, "amount, sum, debt, сумма, долг, задолженность", required=True),
        Field("overdue", Kind.MONEY, "overdue, просрочено, просрочка, просроченная задолженность"),
        Field("overdue_days", Kind.WHOLE, "overdue days, дней просрочки", most=_MOST_DAYS),
    ),
)
ENTITIES: Mapping[str, Entity] = {entity.name: entity for entity in _ALL}
