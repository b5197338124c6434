"""The demo company as rows: 8 departments, 75 staff, 130 lines in 20 cities, 14,500 contacts, 75,000 spam numbers.

No I/O here. Chance comes from one seed, so that every machine has the same company.
"""

import random
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from trunkline.demo.tables import Row, Table
from trunkline.demo.trade import Trade
from trunkline.demo.words import City, Words
from trunkline.ids import uuid7

SEED = 20_260_601
CONTACTS, SPAM, LINES = 14_500, 75_000, 130
_BIRTH = 1_748_736_000.0  # ids of the demo's rows all say 1 June 2025
# Class of a contact and how many of a hundred are that.
_CLASSES = (("client", 52), ("supplier", 21), ("contractor", 14), ("partner", 8), ("unknown", 5))
_SHARED = 40
"""So many contacts have one whose number is somebody else's too."""
_QUEUED = ("sales", "production", "service", "finance", "quality", "logistics")


class Company:
    """Makes the rows; each method is one table, in the order foreign keys ask for."""

    def __init__(self, words: Words, seed: int = SEED) -> None:
        self._words = words
        self._chance = random.Random(seed)  # noqa: S311  (the same company everywhere, not a secret)
        self._taken: set[str] = set()
        self.departments = {department.slug: self._id() for department in words.departments}
        self.staff = self._people()
        self.lines = self._lines()

    def tables(self, now: datetime) -> Iterator[Table]:
        """Every table, parents before children; what was sold has dates around `now`."""
        words = self._words
        yield Table(
            "departments",
            ("id", "slug", "name"),
            [(self.departments[department.slug], department.slug, department.name) for department in words.departments],
        )
        yield Table("people", ("id", "name", "login", "extension", "mobile", "email", "department_id"), self.staff)
        names = {department.slug: department.name for department in words.departments}
        yield Table(
            "queues",
            ("id", "name", "target", "department_id"),
            [(slug, names[slug], slug, self.departments[slug]) for slug in _QUEUED],
        )
        yield Table("queue_members", ("queue_id", "person_id"), self._members())
        yield Table(
            "lines",
            ("id", "number", "name", "city", "operator", "brand", "site", "purpose", "pbx_id", "fallback", "label"),
            self.lines,
        )
        companies, contacts, phones = self._contacts()
        yield Table("companies", ("id", "name", "tax_id", "class", "responsible_id", "overdue", "source"), companies)
        yield Table(
            "contacts",
            ("id", "company_id", "name", "class", "responsible_id", "vip", "overdue", "source", "external_id"),
            contacts,
        )
        yield Table("contact_phones", ("number", "contact_id"), phones)
        yield from Trade(companies, contacts, now).tables()
        yield Table("spam_numbers", ("number", "source", "votes"), self._spam())

    def _id(self) -> UUID:
        return uuid7(_BIRTH, self._chance.randbytes(10))

    def _people(self) -> list[Row]:
        rows: list[Row] = []
        for department in self._words.departments:
            for _ in range(department.staff):
                extension = str(100 + len(rows) + 1)
                mobile = self._number(f"9{self._chance.choice('01256')}{self._chance.randrange(10)}")
                name, home = self._words.person(self._chance), self.departments[department.slug]
                rows.append((self._id(), name, None, extension, mobile, f"e{extension}@demo.example", home))
        return rows

    def _members(self) -> list[Row]:
        slugs = {identifier: slug for slug, identifier in self.departments.items()}
        return [(slugs[person[6]], person[0]) for person in self.staff if slugs[person[6]] in _QUEUED]  # type: ignore[index]  # a row's columns are objects

    def _lines(self) -> list[Row]:
        cities = [
            *self._words.cities,
            *(self._words.city(self._chance) for _ in range(LINES - len(self._words.cities))),
        ]
        return [self._line(index, city) for index, city in enumerate(cities)]

    def _line(self, index: int, city: City) -> Row:
        brand = self._chance.choice(self._words.brands)
        purpose = self._chance.choice(("сайт", "реклама", "карты", "визитка", "наружная реклама"))
        operator = self._chance.choice(self._words.operators)
        site = f"site{index % 12 + 1}.demo.example"
        number = self._number(city.code)
        fallback = "queue:quality" if purpose == "визитка" else "queue:sales"
        name = f"{city.name}: {purpose}"
        return (self._id(), number, name, city.name, operator, brand, site, purpose, "demo", fallback, brand)

    def _contacts(self) -> tuple[list[Row], list[Row], list[Row]]:
        companies: list[Row] = []
        contacts: list[Row] = []
        phones: list[Row] = []
        sellers = [person[0] for person in self.staff if person[6] == self.departments["sales"]]
        kinds, weights = [kind for kind, _ in _CLASSES], [weight for _, weight in _CLASSES]
        while len(contacts) < CONTACTS:
            kind = self._chance.choices(kinds, weights)[0]
            responsible = self._chance.choice(sellers) if self._chance.random() < 0.7 else None
            overdue = self._chance.randrange(1, 900) * 1000 if kind == "client" and self._chance.random() < 0.06 else 0
            company = self._id()
            tax_id = str(self._chance.randrange(10**9, 10**10))
            companies.append((company, self._words.firm(self._chance), tax_id, kind, responsible, overdue, "demo"))
            for _ in range(min(self._chance.choices((1, 2, 3), (70, 22, 8))[0], CONTACTS - len(contacts))):
                contact, name = self._id(), self._words.person(self._chance)
                vip = self._chance.random() < 0.02
                contacts.append((contact, company, name, kind, responsible, vip, 0, "demo", f"demo-{len(contacts)}"))
                phones.append((self._contact_number(), contact))
        for place in range(_SHARED, len(contacts), _SHARED):
            phones.append((phones[place][0], contacts[place - 1][0]))
        return companies, contacts, phones

    def _contact_number(self) -> str:
        if self._chance.random() < 0.7:
            return self._number(f"9{self._chance.choice('01256')}{self._chance.randrange(10)}")
        return self._number(self._words.city(self._chance).code)

    def _spam(self) -> Iterator[Row]:
        for _ in range(SPAM):
            code = self._chance.choice(("495", "499", "800", "958", "936", "901", "966"))
            yield (self._number(code), "demo", self._chance.choice((2, 4, 10, 20, 50)))

    def _number(self, code: str) -> str:
        """A number of `code` that nobody in the demo has yet."""
        while True:
            number = f"+7{code}{self._chance.randrange(2_000_000, 9_999_999):07d}"
            if number not in self._taken:
                self._taken.add(number)
                return number
