"""One row of texts becomes a contact or a spam number, or says what is wrong."""

from decimal import Decimal
from uuid import UUID

import pytest

from trunkline.contacts.columns import CONTACT_FIELDS, SPAM_FIELDS, recognise
from trunkline.contacts.rows import NOBODY, Cells, ContactRow, Refused, contact_row, spam_row
from trunkline.directory.values import ContactClass

ANNA = UUID(int=0xA)
PEOPLE: dict[str, UUID | None] = {"анна": ANNA, "101": ANNA, "иван": None}
HEADER = ["Имя", "Телефон", "Компания", "Класс", "Ответственный", "VIP", "Долг", "external_id", "Телефон 2"]


def contact(*cells: str) -> tuple[ContactRow, list[tuple[str, str]]]:
    read = Cells(recognise(HEADER, CONTACT_FIELDS), cells)
    return contact_row(read, PEOPLE), read.problems


def test_a_full_row() -> None:
    row, problems = contact(
        " Иванов   Иван ", "8 (916) 123-45-67", "ООО «Ромашка»", "Поставщик", "Анна", "да", "12 345,60 ₽", "K-1",
        "84951234567, доб. 12",
    )  # fmt: skip

    assert problems == []
    assert row == ContactRow(
        external_id="K-1",
        name="Иванов Иван",
        phones=("+79161234567", "+74951234567"),  # type: ignore[arg-type]
        company="ООО «Ромашка»",
        klass=ContactClass.SUPPLIER,
        responsible=ANNA,
        deputy=None,
        vip=True,
        overdue=Decimal("12345.60"),
        email=None,
        note=None,
        city=None,
    )


def test_what_a_short_row_lacks_is_empty() -> None:
    row, problems = contact("", "+79161234567", "ООО «Ромашка»")

    assert problems == []
    assert (row.name, row.external_id) == ("ООО «Ромашка»", "+79161234567|ооо «ромашка»")
    assert (row.klass, row.responsible, row.vip, row.overdue) == (ContactClass.UNKNOWN, NOBODY, False, Decimal(0))


@pytest.mark.parametrize(
    ("cell", "phones"),
    [
        ("+79161234567; 8 495 123-45-67", ("+79161234567", "+74951234567")),
        ("89161234567/84951234567", ("+79161234567", "+74951234567")),
        ("89161234567\n+7 916 123 45 67", ("+79161234567",)),
        ("8 (495) 123-45-67, доб. 12", ("+74951234567",)),
        ("+49 30 123456", ("+4930123456",)),
        ("7.9161234567E+10", ("+79161234567",)),
        (" 7,9161234567Е+10 ", ("+79161234567",)),
        ("8 916 123-45-67, +7 495 123-45-67, доб. 12", ("+79161234567", "+74951234567")),
        ("8 916 123-45-67 доб. 1; 84951234567, ext. 22", ("+79161234567", "+74951234567")),
        ("8(495)1234567 доб12, 89161234567", ("+74951234567", "+79161234567")),
    ],
)
def test_several_numbers_in_a_cell(cell: str, phones: tuple[str, ...]) -> None:
    assert contact("Иванов", cell)[0].phones == phones


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        (("Иванов", ""), "phone", "empty"),
        (("Иванов", "  "), "phone", "empty"),
        (("Иванов", "123"), "phone", "short"),
        (("Иванов", "1234567"), "phone", "area code"),
        (("Иванов", "нет"), "phone", "no phone number"),
        (("Иванов", "7.9E+10"), "phone", "shortened by Excel"),
        (("Иванов", "7,91612Е+10"), "phone", "shortened by Excel"),
        (("", "+79161234567"), "name", "empty"),
        (("x" * 301, "+79161234567"), "name", "longer than 300"),
        (("Иван�в", "+79161234567"), "", "encoding"),
        (("Иванов", "+79161234567", "", "", "", "может быть"), "vip", "yes or no"),
        (("Иванов", "+79161234567", "", "", "", "", "много"), "overdue", "roubles"),
        (("Иванов", "+79161234567", "", "", "", "", "-5"), "overdue", "roubles"),
        (("Иванов", "+79161234567", "", "", "", "", "9" * 13), "overdue", "roubles"),
    ],
)
def test_a_refused_row_names_the_column(cells: tuple[str, ...], column: str, message: str) -> None:
    with pytest.raises(Refused, match=message) as refusal:
        contact(*cells)
    assert refusal.value.column == column


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        (("Иванов", "+79161234567;84951234567;нет телефона 1234567"), "phone", "no phone number"),
        (("Иванов", "+79161234567", "", "чужой"), "class", "taken as unknown"),
        (("Иванов", "+79161234567", "", "", "Пётр"), "responsible", "nobody here"),
        (("Иванов", "+79161234567", "", "", "ИВАН"), "responsible", "several people"),
    ],
)
def test_a_wrong_cell_beside_good_ones_is_noted(cells: tuple[str, ...], column: str, message: str) -> None:
    row, ((named, said),) = contact(*cells)

    assert row.phones[0] == "+79161234567"
    assert named == column
    assert message in said


@pytest.mark.parametrize("text", ["1234.5", "1 234,50", "1,234.50", "1234.50 руб.", "1 234.5₽"])
def test_amounts(text: str) -> None:
    assert contact("Иванов", "+79161234567", "", "", "", "", text)[0].overdue == Decimal("1234.50")


def test_control_characters_and_backslashes_are_harmless() -> None:
    row, _ = contact("Ива\x00нов\t\\N", "+79161234567")

    assert row.name == "Иванов \\N"


@pytest.mark.parametrize("raw", ["0", "00", "000", "12345", "", "abc", "7495*", "8 495 ?23-45-67", "101", "1234567"])
def test_shards_of_spam_lists_are_refused(raw: str) -> None:
    with pytest.raises(Refused):
        spam_row(Cells(recognise(["phone"], SPAM_FIELDS), [raw]))


@pytest.mark.parametrize(("votes", "taken"), [("", 1), ("7", 7), ("1000000", 1_000_000)])
def test_spam_votes(votes: str, taken: int) -> None:
    row = spam_row(Cells(recognise(["Номер", "Жалобы"], SPAM_FIELDS), ["84951234567", votes]))

    assert (row.number, row.votes) == ("+74951234567", taken)


@pytest.mark.parametrize("votes", ["-2", "-1", "много", "1000001"])
def test_votes_out_of_range_are_refused(votes: str) -> None:
    with pytest.raises(Refused, match="whole number"):
        spam_row(Cells(recognise(["phone", "votes"], SPAM_FIELDS), ["84951234567", votes]))


def test_headers_in_both_languages() -> None:
    columns = recognise(["ФИО", "Мобильный телефон", "Phone_2", "E-mail", "Цвет", "Имя", "Ёлка"], CONTACT_FIELDS)

    assert columns.places == {"name": 0, "email": 3}
    assert columns.phones == (1, 2)
    assert columns.ignored == ("Цвет", "Имя", "Ёлка")
