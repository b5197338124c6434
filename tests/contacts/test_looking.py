"""What columns are taken for: by headings nobody listed, and by what stands under them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.contacts.columns import Layout, laid_out
from trunkline.contacts.looking import look, mistake_of, said_by, suggestion, told
from trunkline.errors import InvalidInput

PHONE, EMAIL = "8 (916) 123-45-67, доб. 12", "ivanov@example.ru"


@pytest.mark.parametrize(
    ("rows", "fields"),
    [
        ([["Имя", "Телефон"], ["Иванов", PHONE]], ["name", "phone"]),
        ([["ФИО сотрудника", "Раб. тел.", "Эл. адрес"], ["Иванов", PHONE, EMAIL]], ["name", "phone", "email"]),
        ([["Client name", "Cell", "Account manager"], ["Smith", "+44 20 7946 0018", "Anna"]],
         ["name", "phone", "responsible"]),
        ([["ФИО сотрудника", "Сот. тел."], ["Иванов 2", PHONE]], ["name", "phone"]),
        ([["А", "Б", "В"], ["Иванов Пётр", "7,916123457E+10", "x"]], ["name", "phone", ""]),
        ([["Клиент", "ИНН", "Сот."], ["ООО Ромашка", "7701234567", "+79161234567"]], ["name", "", "phone"]),
        ([["Телефонный менеджер", "Контактный"], ["Анна", PHONE]], ["responsible", "phone"]),
        ([["Моб. 1", "Моб. 2", "Абонент"], [PHONE, "", "Иванов"], ["", PHONE, "Пётр"]], ["phone", "phone", "name"]),
        ([["Имя", "Тел", "Город клиента"], ["Иванов", PHONE, "Тверь"]], ["name", "phone", "city"]),
        ([["ФИО директора", "Имя", "Тел"], ["Иванов", "Пётр", PHONE]], ["", "name", "phone"]),
        ([["Почта", "E-mail 2", "Номер", "Имя"], [EMAIL, EMAIL, PHONE, "А"]], ["email", "", "phone", "name"]),
    ],
)  # fmt: skip
def test_columns_are_guessed(rows: list[list[str]], fields: list[str]) -> None:
    seen = look(rows)
    assert [column.field for column in seen.columns] == fields
    assert seen.header


def test_only_headings_we_know_need_no_look() -> None:
    assert look([["Имя", "Телефон", "Цвет"], ["Иванов", PHONE, "red"]]).sure
    assert not look([["Имя", "Раб. тел."], ["Иванов", PHONE]]).sure
    assert not look([["Телефон"], [PHONE]]).sure


def test_a_file_without_headings_begins_with_a_contact() -> None:
    seen = look([["Иванов", PHONE], ["Анна", "84951234567"]])
    assert (seen.header, [field for _, _, field in seen.shown]) == (False, ["name", "phone"])
    assert seen.shown[0] == ("", ["Иванов", "Анна"], "name")
    assert told(seen) == f"1 (Иванов), 2 ({PHONE})"
    assert suggestion(seen) == '--no-header --map "1=name" --map "2=phone"'
    turned = seen.with_layout(Layout(("name", "phone"), header=True))
    assert turned.shown[0] == ("Иванов", ["Анна"], "name")
    assert turned.headings == seen.headings, "the same file is known again whatever was said of it"


@pytest.mark.parametrize(
    ("pairs", "fields"),
    [
        (["Раб. тел.=phone", "фио=name"], ["name", "phone", "note"]),
        (["2=phone", "1=company", "Заметка="], ["company", "phone", ""]),
    ],
)
def test_columns_are_said_by_heading_or_number(pairs: list[str], fields: list[str]) -> None:
    seen = look([["ФИО", "Раб. тел.", "Заметка"], ["Иванов", PHONE, "x"]])
    assert list(said_by(seen, pairs, header=True).layout.fields) == fields


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["Раб. тел."], "COLUMN=FIELD"),
        (["2=telephone"], "FIELD one of name, phone"),
        (["Цвет=note"], "no column 'Цвет'; there are 1 «ФИО» (Иванов), 2"),
        (["9=phone"], "no column '9'"),
        ([], "no column is the number"),
        (["2=phone", "1="], "no column is the name"),
        (["2=phone", "3=name"], "two columns are name"),
    ],
)
def test_columns_that_are_not_there_are_told(pairs: list[str], said: str) -> None:
    seen = look([["ФИО", "Раб. тел.", "Заметка"], ["Иванов", PHONE, "x"]])
    with pytest.raises(InvalidInput, match=re.escape(said)):
        said_by(seen, pairs, header=True)


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=5), min_size=1, max_size=6))
def test_any_table_can_be_looked_at(rows: list[list[str]]) -> None:
    seen = look(rows)
    assert len(seen.columns) == max(map(len, rows))
    fields = [column.field for column in seen.columns if column.field not in {"", "phone"}]
    assert len(fields) == len(set(fields))
    laid_out(seen.layout, rows[0])
    assert suggestion(seen)
    assert mistake_of(seen.layout) or "phone" in seen.layout.fields
