"""Each form read back by another parser (expat's SAX) and held to the vendor's own description of it."""

import csv
import io
import unicodedata
import xml.sax
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.phonebook.book import MOST_NUMBERS, Entry, Place, Spelling, entry_of, place_of, spelled
from trunkline.phonebook.formats import CISCO_PAGE, Format, Sheet, written

HOSTILE = [
    "<script>alert(1)</script>",
    "Рога & Копыта «А» \"Б\" 'В'",
    "]]>&lt;!--",
    "звонок\x00\x07\x1b[31m\ud800\ufffe\u202eконец",
    "Я" * 300,
    "=HYPERLINK(1)",
    "  много \t\n пробелов  ",
]


@dataclass
class Node:
    """An element as SAX saw it."""

    name: str
    attributes: dict[str, str]
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def of(self, name: str) -> list["Node"]:
        """The children of this name."""
        return [child for child in self.children if child.name == name]

    def texts(self, name: str) -> list[str]:
        """Their texts."""
        return [child.text for child in self.of(name)]


class _Reader(xml.sax.ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.path = [Node("", {})]

    def startElement(self, name: str, attrs: xml.sax.xmlreader.AttributesImpl) -> None:  # noqa: N802 - SAX's
        node = Node(name, dict(attrs.items()))
        self.path[-1].children.append(node)
        self.path.append(node)

    def endElement(self, _name: str) -> None:  # noqa: N802 - SAX's
        self.path.pop()

    def characters(self, content: str) -> None:
        self.path[-1].text += content


def read(body: bytes) -> Node:
    """The root element."""
    assert body.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    reader = _Reader()
    xml.sax.parseString(body, reader)
    return reader.path[0].children[0]


def _named(node: Node, names: set[str]) -> None:
    """Nothing but what the vendor's description lists."""
    assert {child.name for child in node.children} <= names


def yealink(body: bytes) -> list[Entry]:
    root = read(body)
    assert root.name.endswith("IPPhoneDirectory")
    _named(root, {"DirectoryEntry"})
    for one in root.children:
        _named(one, {"Name", "Telephone"})
    return [_entry(one.texts("Name"), one.texts("Telephone")) for one in root.children]


def grandstream(body: bytes) -> list[Entry]:
    root = read(body)
    assert (root.name, root.texts("version")) == ("AddressBook", ["1"])
    _named(root, {"version", "Contact"})
    found = []
    for one in root.of("Contact"):
        _named(one, {"LastName", "Phone"})
        for phone in one.of("Phone"):
            assert phone.attributes["type"] in {"Work", "Home", "Mobile", "Fax", "Other"}
            assert phone.texts("accountindex") in [["0"], ["1"], ["2"], ["3"], ["4"], ["5"]]
        found.append(_entry(one.texts("LastName"), [phone.texts("phonenumber")[0] for phone in one.of("Phone")]))
    return found


def fanvil(body: bytes) -> list[Entry]:
    root = read(body)
    assert root.name == "FanvilIPPhoneDirectory"
    found = []
    for one in root.of("DirectoryEntry"):
        names = [child.name for child in one.children]
        assert set(names) <= {"Name", "Telephone", "Mobile", "Other"}
        assert len(names) == len(set(names))
        found.append(_entry(one.texts("Name"), [child.text for child in one.children if child.name != "Name"]))
    return found


def cisco(body: bytes) -> list[Entry]:
    root = read(body)
    assert root.name == "CiscoIPPhoneDirectory"
    assert [child.name for child in root.children][:2] == ["Title", "Prompt"]
    assert len(root.of("DirectoryEntry")) <= CISCO_PAGE
    keys = [int(key.texts("Position")[0]) for key in root.of("SoftKeyItem")]
    assert keys == list(range(1, len(keys) + 1))
    return [_entry(one.texts("Name"), one.texts("Telephone")) for one in root.of("DirectoryEntry")]


def table(body: bytes) -> list[Entry]:
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    return [_entry([row["name"]], [row[place] for place in Place if row[place]]) for row in rows]


READERS: Final[dict[Format, Callable[[bytes], list[Entry]]]] = {
    Format.YEALINK: yealink,
    Format.GRANDSTREAM: grandstream,
    Format.FANVIL: fanvil,
    Format.CISCO: cisco,
    Format.CSV: table,
}


def _entry(names: list[str], numbers: list[str]) -> Entry:
    (name,) = names
    return Entry(name, tuple((Place.OFFICE, number) for number in numbers))


def _book(names: list[str]) -> list[Entry]:
    made = [entry_of(name, "", [(Place.OFFICE, "101")], Spelling.NATIONAL) for name in names]
    return [entry for entry in made if entry is not None]


@pytest.mark.parametrize("format_", Format)
def test_hostile_names_are_only_names(format_: Format) -> None:
    book = _book(HOSTILE)

    found = READERS[format_](written(format_, Sheet("Staff", book)))

    assert [entry.name.removeprefix("'") for entry in found] == [entry.name.removeprefix("'") for entry in book]
    assert len(found) == len(HOSTILE)
    assert all(0 < len(entry.name) <= 65 for entry in found)
    assert not any(unicodedata.category(letter)[0] == "C" for entry in found for letter in entry.name)


@given(
    names=st.lists(st.text(min_size=1, max_size=80), max_size=20),
    numbers=st.lists(
        st.tuples(st.sampled_from(Place), st.from_regex(r"\+[0-9]{7,15}|[0-9]{2,5}", fullmatch=True)),
        min_size=1,
        max_size=5,
    ),
)
def test_whatever_a_book_holds_comes_back(names: list[str], numbers: list[tuple[Place, str]]) -> None:
    made = [entry_of(name, "", numbers, Spelling.NATIONAL) for name in names]
    book = [entry for entry in made if entry is not None]
    for format_, reader in READERS.items():
        found = reader(written(format_, Sheet("Staff", book)))
        if format_ is Format.CISCO:
            lines = [(entry.name, number) for entry in book for _place, number in entry.numbers]
            assert [(entry.name, entry.numbers[0][1]) for entry in found] == lines[:CISCO_PAGE]
        else:
            assert [len(entry.numbers) for entry in found] == [
                len(entry.numbers) if format_ is not Format.CSV else min(3, _cells(entry)) for entry in book
            ]


def _cells(entry: Entry) -> int:
    """Cells of the table that these numbers fill: a second one of a place goes to `other`."""
    filled: set[Place] = set()
    for place, _number in entry.numbers:
        filled.add(Place.OTHER if place in filled else place)
    return len(filled)


def test_cisco_is_read_in_pages_of_32() -> None:
    book = _book([f"Человек {number:02}" for number in range(70)])
    pages = [
        written(Format.CISCO, Sheet("Staff", book, start, "http://x/phonebook/cisco?a=1")) for start in (0, 32, 64)
    ]

    assert [entry for page in pages for entry in cisco(page)] == book
    keys = [dict(zip(node.texts("Name"), node.texts("URL"), strict=True)) for node in read(pages[0]).of("SoftKeyItem")]
    assert {"Next": "http://x/phonebook/cisco?a=1&start=32"} in keys
    assert "Next" not in pages[2].decode()
    assert read(pages[2]).texts("Prompt") == ["65–70 of 70"]
    assert read(written(Format.CISCO, Sheet("Staff", []))).texts("Prompt") == ["Nobody found"]


@pytest.mark.parametrize(
    ("number", "national", "place"),
    [
        ("+79161234567", "89161234567", Place.MOBILE),
        ("+74951234567", "84951234567", Place.OFFICE),
        ("+493012345678", "810493012345678", Place.OFFICE),
        ("101", "101", Place.OFFICE),
    ],
)
def test_numbers_are_written_as_they_are_dialled(number: str, national: str, place: Place) -> None:
    assert (spelled(number, Spelling.NATIONAL), spelled(number, Spelling.E164)) == (national, number)
    assert place_of(number) is place


def test_an_entry_has_a_name_and_a_number() -> None:
    numbers = [(Place.OFFICE, str(number)) for number in range(101, 106)]

    assert entry_of("Иванов", "ООО «Ромашка»", numbers, Spelling.E164) == Entry(
        "Иванов (ООО «Ромашка»)", tuple(numbers[:MOST_NUMBERS])
    )
    assert entry_of("", "Ромашка", numbers[:1], Spelling.E164) == Entry("Ромашка", ((Place.OFFICE, "101"),))
    assert entry_of("Ромашка", "Ромашка", numbers[:1], Spelling.E164) == Entry("Ромашка", ((Place.OFFICE, "101"),))
    assert entry_of("Иванов", "", [], Spelling.E164) is None
    assert entry_of("\x00", "", numbers, Spelling.E164) is None
