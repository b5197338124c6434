"""Whose language a page speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.web.i18n import LANGUAGES, Reader, Translations, choose_language, gettext, ngettext, pgettext, reading

RU = Reader("ru")


@pytest.fixture(scope="module")
def translations() -> Translations:
    return Translations(("trunkline.web",))


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("ru", "en", "ru"),
        ("xx", "ru", "ru"),
        (None, "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        (None, "de, en;q=0.5, ru;q=0.7", "ru"),
        (None, "ru;q=0, en", "en"),
        (None, "ru;q=abc", "en"),
        (None, "de", "en"),
        (None, None, "en"),
        (None, "", "en"),
    ],
)
def test_the_reader_chooses_first(cookie: str | None, accepted: str | None, language: str) -> None:
    assert choose_language(cookie, accepted, "en") == language


@given(st.text(max_size=200))
def test_any_header_gives_a_language(accepted: str) -> None:
    assert choose_language(None, accepted, "en") in LANGUAGES


def test_a_sentence_is_said_in_the_readers_language(translations: Translations) -> None:
    assert gettext("Settings") == "Settings"
    with reading(RU, translations):
        assert gettext("Settings") == "Настройки"
        assert gettext("A sentence nobody translated") == "A sentence nobody translated"
        assert pgettext("call", "busy") == "занято"
        with reading(Reader("en"), translations):
            assert gettext("Settings") == "Settings"
        assert gettext("Settings") == "Настройки"
    assert gettext("Settings") == "Settings"


@pytest.mark.parametrize(("count", "form"), [(1, "строка"), (3, "строки"), (5, "строк"), (11, "строк"), (21, "строка")])
def test_russian_has_three_forms(translations: Translations, count: int, form: str) -> None:
    with reading(RU, translations):
        assert ngettext("%(num)d row", "%(num)d rows", count) % {"num": count} == f"{count} {form}"
