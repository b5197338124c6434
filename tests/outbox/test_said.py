"""What deliveries leave in rows, said in the reader's language: no sentence of the code is missing."""

import pytest

from crm_sync.said import SENTENCES
from tests.outbox.said_in_code import said
from trunkline.app.web import PACKAGES
from trunkline.outbox.said import HOUSE, Said
from trunkline.web.i18n import Reader, Translations, reading

SAID = Said(HOUSE, SENTENCES)
OTHERS = frozenset({"X X", "NOTE X", "FILE X", "TRANSCRIPT X", "X events", "X (X)"})
"""Another system's own words, and names of things there."""


def test_every_sentence_of_the_code_is_known() -> None:
    unknown = [f"{place}: {text}" for place, text in said() if text not in OTHERS and not SAID.knows(text)]
    assert unknown == []


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("told before", "уже сообщено"),
        ("no answer within 15 s", "нет ответа за 15 с"),
        (
            "the events of a portal that was removed stay bound: the portal refuses it",
            "подписки удалённого портала остались: портал это отклоняет",
        ),
        ("the portal refuses it (ERR_X: Not found)", "портал это отклоняет (ERR_X: Not found)"),
        ("HTTP 500", "HTTP 500"),
        ("deal 15", "deal 15"),
        ("", ""),
    ],
)
def test_a_row_is_read_in_russian(kept: str, shown: str) -> None:
    with reading(Reader("ru"), Translations(PACKAGES)):
        assert SAID.spoken(kept) == shown
    assert SAID.spoken(kept) == kept, "and as it stands in English"
