"""What the demo company sold, is owed and was promised: the mirror's rows, and what its cards say. No I/O here."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from trunkline.demo.tables import Row, Table
from trunkline.ids import uuid7

_SEED = 20_260_602
GOODS = (
    "Автобус на свадьбу",
    "Вахтовые перевозки",
    "Экскурсия",
    "Доставка сотрудников",
    "Запчасти",
    "Ремонт двигателя",
)
# End customer, article, and how many dealers ask for it.
_WANTED = (
    ("ООО «Северный завод»", "ТУРБИНА-12", 3),
    ("АО «Речной порт»", "ДВИГАТЕЛЬ-740", 2),
    ("ООО «Горная артель»", "РЕДУКТОР-8", 2),
)
_STAGES = ("новая", "расчёт", "договор", "ждём оплату")
_TASKS = ("Выслать счёт", "Уточнить маршрут", "Отправить договор", "Напомнить об оплате")
_TOPICS = ("Новый заказ", "Вопрос по заказу", "Оплата и документы", "Жалоба", "Предложение поставщика")
_HINTS = (
    ("class", "client", "Назовите клиента по имени. Есть просрочка — сначала договоритесь о дате оплаты."),
    ("class", "supplier", "Предложения поставщиков ведёт логистика: запишите итог и передайте туда."),
    ("class", "unknown", "Спросите имя, компанию и откуда узнали о нас; запишите в заметку."),
    ("topic", "Жалоба", "Не спорьте. Запишите номер заказа и пообещайте ответ отдела качества в течение дня."),
)


class Trade:
    """Makes the rows out of the companies and contacts of company.py, with dates around `now`."""

    def __init__(self, companies: Sequence[Row], contacts: Sequence[Row], now: datetime) -> None:
        self._companies, self._now = companies, now
        self._chance = random.Random(_SEED)  # noqa: S311  (the same trade everywhere, not a secret)
        self._contact_of: dict[object, object] = {}
        for contact in contacts:
            self._contact_of.setdefault(contact[1], contact[0])
        self._count = 0
        self._deals: list[Row] = []
        self._tasks: list[Row] = []
        self._orders: list[Row] = []
        self._invoices: list[Row] = []
        self._payments: list[Row] = []
        self._debts: list[Row] = []

    def tables(self) -> Iterator[Table]:
        """Every table, parents before children."""
        for company in self._companies:
            self._trade_with(company)
        self._dealers_overlap()
        of = ("id", "source", "external_id", "company_id")
        yield Table(
            "deals",
            (*of, "contact_id", "title", "stage", "amount", "responsible_id", "opened_at", "document_url"),
            self._deals,
        )
        yield Table("tasks", ("id", "source", "external_id", "deal_id", "contact_id", "title", "due_at"), self._tasks)
        yield Table(
            "orders",
            (
                *(*of, "number", "amount", "paid", "paid_percent", "shipped_percent", "ordered_on", "document_url"),
                *("end_customer", "articles"),
            ),
            self._orders,
        )
        yield Table(
            "invoices", (*of, "number", "amount", "issued_on", "due_on", "paid_on", "document_url"), self._invoices
        )
        yield Table("payments", (*of, "amount", "paid_on"), self._payments)
        yield Table("debts", (*of, "amount", "overdue", "overdue_days"), self._debts)
        yield Table("card_topics", ("name", "position"), [(name, place) for place, name in enumerate(_TOPICS)])
        yield Table("card_hints", ("id", "kind", "key", "text"), [(self._row()[0], *hint) for hint in _HINTS])

    def _trade_with(self, company: Row) -> None:
        kind, overdue = company[3], company[5]
        if overdue:
            days = self._chance.randrange(3, 120)
            still = Decimal(self._chance.randrange(0, 300) * 1000)
            self._debts.append((*self._row(), company[0], Decimal(int(str(overdue))) + still, overdue, days))
        if kind not in {"client", "partner"}:
            return
        if overdue or self._chance.random() < 0.5:
            for _ in range(self._chance.choice((1, 1, 2, 3, 5))):
                self._order(company[0])
        if self._chance.random() < 0.25:
            self._deal(company)

    def _order(self, company: object) -> None:
        amount = Decimal(self._chance.randrange(20, 900) * 1000)
        paid, day = self._chance.choice((0, 30, 50, 100, 100, 100)), self._day(400)
        shipped = self._chance.choice((0, 50, 100)) if paid < 100 else 100
        number = f"З-{self._count + 1001}"
        self._orders.append(
            (*self._row(), company, number, amount, amount * paid / 100, paid, shipped, day, self._document(), "", "")
        )
        due = day + timedelta(days=14)
        paid_on = due if paid == 100 else None
        self._invoices.append(
            (*self._row(), company, number.replace("З", "С"), amount, day, due, paid_on, self._document())
        )
        if paid:
            self._payments.append((*self._row(), company, amount * paid / 100, due))

    def _dealers_overlap(self) -> None:
        """Partners who ask for the same thing for one end customer, each of whom may not know of the others."""
        partners = [company for company in self._companies if company[3] == "partner"]
        for customer, article, dealers in _WANTED:
            for company in self._chance.sample(partners, min(dealers, len(partners))):
                amount, day = Decimal(self._chance.randrange(100, 900) * 1000), self._day(20)
                row, number = self._row(), f"З-{self._count + 1000}"
                told = (number, amount, Decimal(0), 0, 0, day, self._document(), customer, article)
                self._orders.append((*row, company[0], *told))

    def _deal(self, company: Row) -> None:
        row, contact = self._row(), self._contact_of.get(company[0])
        amount = Decimal(self._chance.randrange(5, 400) * 10_000)
        title, stage = self._chance.choice(GOODS), self._chance.choice(_STAGES)
        opened = self._now - timedelta(days=self._chance.randrange(1, 60))
        self._deals.append((*row, company[0], contact, title, stage, amount, company[4], opened, self._document()))
        if self._chance.random() < 0.5:
            due = self._now + timedelta(hours=self._chance.randrange(-30, 90))
            self._tasks.append((*self._row(), row[0], contact, self._chance.choice(_TASKS), due))

    def _document(self) -> str:
        return f"https://1c.example.com/document/{self._count + 1}"

    def _day(self, back: int) -> date:
        return (self._now - timedelta(days=self._chance.randrange(2, back))).date()

    def _row(self) -> tuple[UUID, str, str]:
        """Id, source and external id of the next row."""
        self._count += 1
        return uuid7(self._now.timestamp(), self._chance.randbytes(10)), "demo", f"demo-{self._count}"
