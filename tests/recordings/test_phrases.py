"""How phrases are written, where they are found, and what a dictionary makes of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.dictionary import Dictionary, Tag, Tagged, look_up, look_up_all, open_book
from recordings.phrases import Heard, Phrase, parse_phrases
from recordings.sides import End, Ends
from recordings.tokens import tokens
from recordings.transcript import Piece
from tests.recordings.talks import Said, pieces_of
from trunkline.errors import InvalidInput

ENDS: Ends = (End.CLIENT, End.AGENT)


def heard(*said: Said, ends: Ends | None = ENDS) -> Heard:
    """As if each word were its own stem, less what ends it."""
    return heard_of(pieces_of(said), ends)


def heard_of(pieces: tuple[Piece, ...], ends: Ends | None = ENDS) -> Heard:
    stems: dict[str, str | None] = {word: stem(word) for word in _words(pieces)}
    return Heard(pieces, ends, Stems(stems))


class Stems(dict[str, str | None]):
    """What is asked for and was not said has its stem too, as PostgreSQL gives it."""

    def get(self, word: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return stem(word)


def stem(word: str) -> str:
    return re.sub(r"(ает|ала|ал|ать|ого|ая|ый|у|а|ы|е|и)$", "", word)


def _words(pieces: tuple[Piece, ...]) -> set[str]:
    return {token for piece in pieces for word in piece.words for token in tokens(word.text)}


@pytest.mark.parametrize(
    ("line", "said", "at"),
    [
        ("телефон", "мой телефон телефоны", [1, 2]),
        ("не работает", "он не работал вчера", [1]),
        ("не работает", "работает не", []),
        ("не работает", "не всегда работает", []),
        ("не ... работает", "не всегда работает", [0]),
        ("не…работает", "не всегда работает", [0]),
        ("не ... работает", "не а б в г д работает", [0]),
        ("не ... работает", "не а б в г д ж работает", []),
        ("не ...2 работает", "не а б работает", [0]),
        ("не ...2 работает", "не а б в работает", []),
        ("не ...2 работает", "не а б не в работает", [3]),
        ("оставить ... отзыв ... сайте", "оставить вам отзыв на этом сайте", [0]),
        ("к ...1 б ...1 в", "к к б б в в", [1]),
        ("Ёлка", "купили елку", [1]),
        ("онлайн-касса", "наша онлайн касса", [1]),
        ("8 800", "звоните 8 800 555", [1]),
        ("да да", "да да да да да", [0, 2]),
    ],
)
def test_a_phrase_is_found(line: str, said: str, at: list[float]) -> None:
    (phrase,) = parse_phrases(line, "said", None)

    assert heard((0, said)).times_of(phrase) == at


@pytest.mark.parametrize(
    ("line", "side", "ends", "at"),
    [
        ("дорого", None, ENDS, [1, 2]),
        ("client: дорого", None, ENDS, [1]),
        ("Клиент : дорого", None, ENDS, [1]),
        ("агент: дорого", End.CLIENT, ENDS, [2]),
        ("дорого", End.AGENT, ENDS, [2]),
        ("agent: дорого", None, None, [1, 2]),  # either may have said it
        ("это дорого дорого", None, ENDS, []),  # two mouths
    ],
)
def test_it_is_said_by_one_side(line: str, side: End | None, ends: Ends | None, at: list[float]) -> None:
    (phrase,) = parse_phrases(line, "said", side)

    assert heard((0, "это дорого"), (1, "дорого"), ends=ends).times_of(phrase) == at


@pytest.mark.parametrize(
    "text",
    [
        "...",
        "не ...",
        "... не",
        "не ...21 работает",
        "client:",
        "!!!",
        "а б в г д е ж з и к л м н",
        "я" * 201,
        "\n".join("да" for _ in range(201)),
    ],
)
def test_a_line_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_phrases(f"\n{text}" if "\n" not in text else text, "also", None)

    (mistake,) = refused.value.mistakes
    assert mistake.path == "also"
    assert "line 2" in mistake.message or "200 lines" in mistake.message


CASES = [
    (Dictionary("a", "дорого", said="дорого"), Tag("дорого", 1, 2)),
    (Dictionary("a", "t", said="скидка"), None),
    (Dictionary("a", "t", said="дорого", also="скидка"), None),
    (Dictionary("a", "t", said="дорого", also="скидка\nподумать"), Tag("t", 1, 2)),
    (Dictionary("a", "t", said="дорого", unsaid="подумать"), None),
    (Dictionary("a", "t", said="дорого", unsaid="agent: подумать"), Tag("t", 1, 2)),
    (Dictionary("a", "t", unsaid="спасибо"), Tag("t", 0, 0)),
    (Dictionary("a", "t", side="agent", said="дорого"), Tag("t", 4, 1)),
    (Dictionary("a", "t", side="agent", said="подумать\nпонимаю"), Tag("t", 3, 1)),
]


@pytest.mark.parametrize(("one", "tag"), CASES)
def test_a_dictionary_fits(one: Dictionary, tag: Tag | None) -> None:
    talk = heard((0, "это дорого подумать"), (1, "понимаю дорого"))

    assert look_up(open_book(one), talk) == tag


def test_the_first_that_fits_gives_the_category_and_one_tag_is_counted_together() -> None:
    books = [
        open_book(Dictionary("1", "цена", "", said="дорого")),
        open_book(Dictionary("2", "жалоба", "Жалобы", said="спасибо")),
        open_book(Dictionary("3", "цена", "Продажи", said="это")),
        open_book(Dictionary("4", "любой", "Прочее", said="дорого")),
    ]

    found = look_up_all(books, heard((0, "это дорого")))

    assert found == Tagged("Продажи", (Tag("цена", 0, 2), Tag("любой", 1, 1)))


@pytest.mark.parametrize(
    ("one", "field"),
    [
        (Dictionary("", "t", said="да"), "name"),
        (Dictionary("a", "", said="да"), "tag"),
        (Dictionary("a", "t" * 41, said="да"), "tag"),
        (Dictionary("a", "t", "c" * 41, said="да"), "category"),
        (Dictionary("a", "t", side="boss", said="да"), "side"),
        (Dictionary("a", "t"), "said"),
        (Dictionary("a", "t", also="да"), "said"),
        (Dictionary("a", "t", said="да", unsaid="..."), "unsaid"),
    ],
)
def test_a_dictionary_that_says_nothing_is_refused(one: Dictionary, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_book(one)

    assert [mistake.path for mistake in refused.value.mistakes] == [field]


_LETTERS = st.lists(st.sampled_from("абв"), min_size=1, max_size=12)


@given(said=_LETTERS, words=st.lists(st.tuples(st.sampled_from("абв"), st.integers(0, 3)), min_size=1, max_size=4))
def test_it_is_found_where_trying_every_place_finds_it(said: list[str], words: list[tuple[str, int]]) -> None:
    """The regular expression that says the same decides."""
    phrase = Phrase(None, tuple((word, gap if number else 0) for number, (word, gap) in enumerate(words)))
    pattern = "".join(f"(?:.{{0,{gap}}}){word}" for word, gap in phrase.words)

    class Same(dict[str, str | None]):
        def get(self, word: str, default: str | None = None) -> str | None:  # type: ignore[override]
            return word

    found = Heard(pieces_of([(0, " ".join(said))]), None, Same()).times_of(phrase)

    assert bool(found) == bool(re.search(pattern, "".join(said)))
