"""Names as telephones show them: 32 letters at most, cut between words, in letters their screens have."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.calls.names import SCREEN, NameStyle, cut, latin, plain, shown_name


@pytest.mark.parametrize(
    ("name", "company", "shown"),
    [
        ("Иванов", "ООО «Ромашка»", "Иванов (ООО «Ромашка»)"),
        ("Ромашка", "Ромашка", "Ромашка"),
        ("", "Ромашка", "Ромашка"),
        ("", "", ""),
        ("Иванов Иван", "Строительная компания Ромашка", "Иванов Иван (Строительная)"),
        ("Константинопольский Константин К.", "Ромашка", "Константинопольский Константин"),
        ("Я" * 300, "", "Я" * 32),
        ("Иванова Александра Петровна", "Ромашка", "Иванова Александра Петровна"),
        ("Иванова Александра Петров", "ИП", "Иванова Александра Петров (ИП)"),
        ("<script>\x00\n&\t'", "", "<script> & '"),
    ],
)
def test_the_company_stands_behind_the_name_where_there_is_room(name: str, company: str, shown: str) -> None:
    assert shown_name(name, company, NameStyle.UTF8) == shown
    assert shown_name(name, company, NameStyle.OFF) == ""


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("Щербаков Юрий", "Shcherbakov Iurii"),
        ("Хрюкина Жанна Эдуардовна", "Khriukina Zhanna Eduardovna"),
        ("Подъячев", "Podieiachev"),
        ("ООО «Цветы» — №1", 'OOO "Tsvety" - No 1'),
        ("Ёлкин, Обь", "Elkin, Ob"),
        ("Ґжицький Їжак", "Gzhitskii Izhak"),
        ("Әлия Қасым", "Aliia Kasym"),
        ("Müller & Søn", "Muller & Sn"),
        ("plain", "plain"),
        ("日本", ""),
    ],
)
def test_latin_letters_are_those_of_a_passport(text: str, spelled: str) -> None:
    assert latin(text) == spelled


def test_a_latin_name_is_cut_after_it_was_spelled() -> None:
    assert shown_name("Щербаков Щорс", "ООО «Щи»", NameStyle.LATIN) == 'Shcherbakov Shchors (OOO "Shchi)'
    assert len(shown_name("Щербаков Щорс", "ООО «Щи»", NameStyle.LATIN)) <= SCREEN


@given(st.text(max_size=90), st.text(max_size=90), st.sampled_from(NameStyle))
def test_whatever_the_crm_holds_fits(name: str, company: str, style: NameStyle) -> None:
    shown = shown_name(name, company, style)

    assert len(shown) <= SCREEN
    assert shown == plain(shown)
    assert not any(unicodedata.category(letter)[0] == "C" for letter in shown)
    assert style is not NameStyle.LATIN or shown.isascii()


@given(st.text(max_size=100), st.integers(1, 64))
def test_a_cut_is_a_beginning(text: str, longest: int) -> None:
    assert text.startswith(cut(text, longest))
    assert len(cut(text, longest)) <= longest
