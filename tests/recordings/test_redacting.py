"""Numbers of cards and their codes never stay in a text, however they are said; other numbers do."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.hiding import HIDDEN, Hidden, Kind
from recordings.numerals import Numeral, numerals_of, readings
from recordings.redacting import redact
from recordings.transcript import Piece, Transcript, Word
from tests.recordings.spoken import english, quads, russian, with_check_digit
from tests.recordings.talks import Said, pieces_of

CARD = "4276380012345679"


def heard(*said: Said) -> Transcript:
    return Transcript("test", "small", "ru", pieces_of(said))


def text(transcript: Transcript) -> str:
    return " / ".join(piece.text for piece in transcript.pieces)


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("один", "1"),
        ("ноль", "0"),
        ("двенадцать", "12"),
        ("сорок два", "42"),
        ("сорок", "40"),
        ("сорок ноль", "40"),
        ("сто пять", "105"),
        ("сто двадцать", "120"),
        ("девятьсот девяносто девять", "999"),
        ("четыре тысячи двести семьдесят шесть", "4276"),
        ("тысяча", "1000"),
        ("тысяча один", "1001"),
        ("одна тысяча двадцать", "1020"),
        ("двадцать пять тысяч сто", "25100"),
        ("два нуля", "00"),
        ("три семёрки", "777"),
        ("пятёрка", "5"),
        ("forty two", "42"),
        ("forty two hundred", "4200"),
        ("three hundred five", "305"),
        ("four thousand two hundred seventy six", "4276"),
        ("double seven", "77"),
        ("oh", "0"),
        ("4276", "4276"),
        ("4 тысячи 276", "4276"),
        ("0042", "0042"),
        ("40 2", "42"),
        ("40 20", "40"),
    ],
)
def test_the_longest_reading_of_a_numeral(said: str, first: str) -> None:
    numerals: list[Numeral] = []
    for word in heard((0, said)).pieces[0].words:
        numerals += numerals_of(word.text.replace("ё", "е"))

    assert readings(numerals, 0)[0][1] == first


CARDS = [
    "4276380012345679",
    "4276 3800 1234 5679",
    "4276-3800-1234-5679",
    "427638 0012345679",
    "4 2 7 6 3 8 0 0 1 2 3 4 5 6 7 9",
    "четыре два семь шесть три восемь ноль ноль один два три четыре пять шесть семь девять",
    "сорок два семьдесят шесть тридцать восемь ноль ноль двенадцать тридцать четыре пятьдесят шесть семьдесят девять",
    "сорок два семьдесят шесть тридцать восемь два нуля двенадцать тридцать четыре пятьдесят шесть семьдесят девять",
    "четыре тысячи двести семьдесят шесть так три тысячи восемьсот угу тысяча двести тридцать четыре"
    " пять тысяч шестьсот семьдесят девять",
    "четыре тысячи двести семьдесят шесть тридцать восемь ноль ноль одна тысяча двести тридцать четыре 5679",
    "forty two seventy six thirty eight zero zero twelve thirty four fifty six seventy nine",
    "four two seven six three eight double oh one two three four five six seven nine",
    "карта один 4276 3800 1234 5679 ноль три двадцать восемь",
    "2200 7001 2345 6781",  # Mir
    "5105 1051 0510 5100",  # Mastercard
    "3782 822463 10005",  # American Express
    "6011 1111 1111 1117",
    "3530 1113 3330 0000",
    "8600 1234 5678 9012",
]


@pytest.mark.parametrize("said", CARDS)
def test_a_card_is_hidden(said: str) -> None:
    hidden, stretches = redact(heard((0, f"диктую {said} записали"), (1, "да")))

    words = text(hidden).split()
    assert [words[0], *words[-3:]] == ["диктую", "записали", "/", "да"]
    assert not any(len(word) == 4 and word.isdigit() for word in words)
    assert sum(word == HIDDEN for word in words) >= len(said.split()) - 6
    assert {one.kind for one in stretches} >= {Kind.CARD}
    assert redact(hidden) == (hidden, ())


FALSE_FRIENDS = [
    "4276380012345673",  # the check digit is wrong
    "4276 3800 1234 5670",
    "1234 5678 1234 5670",  # right, but no card begins so
    "семь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь",
    "восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь",
    "четыреста девяносто пять сто двадцать три сорок пять шестьдесят семь",
    "четыреста девяносто девять семьсот сорок один двадцать ноль пять",
    "восемь восемьсот пятьсот пятьдесят пять тридцать пять тридцать пять",
    "+7 495 123-45-67",
    "79161234567 и 74951234567",
    "инн 7707083893",
    "инн 500100732259",
    "огрн 1027700132195",
    "снилс 112-233-445 95",
    "бик 044525225 корреспондентский счёт 30101810400000000225",
    "расчётный счёт 40702810900000012345",
    "сорок семьсот два восемьсот десять девятьсот ноль ноль ноль ноль ноль двенадцать триста сорок пять",
    "заказ 20261128000417",
    "номер заказа двадцать двадцать шесть ноль ноль ноль четыре один семь",
    "imei 356938035643809",
    "сумма сто двадцать три тысячи четыреста пятьдесят шесть рублей",
    "двадцать пятого ноября в пятнадцать тридцать",
    "код двери сорок два",
    "три цифры",
    "три цифры через двести рублей",
    "cvv я не скажу пятьсот рублей верну через тридцать минут",
    "код с обратной стороны двадцать",
    "раз два три четыре пять",
    "карта клиента восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь",
    "картридж заказ 2026 1128 0004 17",
    "по карте расчётный счёт 40702 810 900000012345",
]


@pytest.mark.parametrize("said", FALSE_FRIENDS)
def test_other_numbers_stay(said: str) -> None:
    talk = heard((0, said), (1, "записал"))

    assert redact(talk) == (talk, ())


LIKELY = [  # as Whisper wrote down what festival said: a zero is lost
    "номер карты 4 ,276, 3 ,8 ,0 ,1 ,2 ,3 ,4 ,5 ,6 ,7 ,9.",
    "номер карты 40 -2 -76 -38 -012 -34 -56 -79.",
    "номер карты 4 ,276 ,380 ,234 ,566 ,79.",
    "card number is 4276 380 1234 5679",
]


@pytest.mark.parametrize("said", LIKELY)
def test_what_is_nearly_a_card_s_number_behind_its_name_is_hidden_too(said: str) -> None:
    for talk in (heard((0, said)), heard((1, "продиктуйте карту"), (0, said.partition(" ")[2].partition(" ")[2]))):
        hidden, _ = redact(talk)
        assert not any(character.isdigit() for character in text(hidden))


CODES: list[tuple[list[Said], str]] = [
    ([(0, "cvv сто двадцать три спасибо")], "cvv ••• ••• ••• спасибо"),
    ([(0, "цвв 123")], "цвв •••"),
    ([(1, "назовите код с обратной стороны"), (0, "один два три")], "назовите код с обратной стороны / ••• ••• •••"),
    ([(1, "и три цифры на обороте"), (0, "так ноль сорок два")], "и три цифры на обороте / так ••• ••• •••"),
    ([(0, "си ви ви код такой 1234")], "си ви ви код такой •••"),
    ([(1, "security code please"), (0, "nine oh two")], "security code please / ••• ••• •••"),
    ([(None, "проверочный код пятьсот семь")], "проверочный код ••• •••"),
    ([(0, "4276 3800 1234 5679 ноль три двадцать восемь семьсот один")], " ".join([HIDDEN] * 10)),
    ([(0, "4276380012345679"), (1, "срок"), (0, "0328"), (1, "код"), (0, "701")], "••• / срок / ••• / код / •••"),
    ([(0, "сто двадцать три это цвв")], "••• ••• ••• это цвв"),
    ([(0, "один два три"), (1, "это с оборота"), (0, "да")], "••• ••• ••• / это с оборота / да"),
    ([(0, "квартира сто пять а потом скажу вам цвв")], ""),
    ([(0, "сто пять рублей цвв не нужен")], ""),
    ([(0, "цвв это что такое а б в г д е ж з и к л м н о п р с т у 123")], ""),
]


@pytest.mark.parametrize(("said", "told"), CODES)
def test_a_code_is_hidden_where_it_was_spoken_of(said: list[Said], told: str) -> None:
    talk = heard(*said)

    assert text(redact(talk)[0]) == (told or text(talk))


def test_what_is_silenced_is_the_words_and_a_little_more() -> None:
    said = "да 4276 3800 1234 5679 всё cvv там один два три"

    assert redact(heard((0, said)))[1] == (
        Hidden(Kind.CARD, 0.85, 4.65),
        Hidden(Kind.CODE, 7.85, 10.65),
    )


_HEADS = ("2202", "4276", "5469", "6390", "2221", "4000", "5300")
_WAYS: dict[str, Callable[[str], list[list[str]]]] = {
    "whole": lambda quad: [russian(quad)],
    "pairs": lambda quad: [russian(quad[:2]), russian(quad[2:])],
    "digits": lambda quad: [russian(digit) for digit in quad],
    "one and three": lambda quad: [russian(quad[:1]), russian(quad[1:])],
    "english": lambda quad: [english(quad)],
    "written": lambda quad: [[quad]],
    "joined": lambda quad: [list(quad)],
}


@settings(max_examples=300, deadline=None)
@given(
    head=st.sampled_from(_HEADS),
    middle=st.text("0123456789", min_size=11, max_size=11),
    ways=st.lists(st.sampled_from(sorted(_WAYS)), min_size=4, max_size=4),
    between=st.lists(st.sampled_from(["", "так", "угу", "дальше"]), min_size=4, max_size=4),
)
def test_no_card_survives_however_its_groups_are_said(
    head: str, middle: str, ways: list[str], between: list[str]
) -> None:
    """Within a group without a pause, a breath between two."""
    words, at = [Word("номер", 0.0, 0.4, 1.0)], 1.0
    for quad, way, filler in zip(quads(with_check_digit(head + middle)), ways, between, strict=True):
        for part in _WAYS[way](quad):
            for said in part:
                words.append(Word(said, at, at + 0.3, 1.0))
                at += 0.35
        if filler:
            words.append(Word(filler, at, at + 0.2, 1.0))
            at += 0.3
        at += 0.7
    words.append(Word("спасибо", at + 1, at + 2, 1.0))

    hidden, stretches = redact(Transcript("test", "small", "ru", (Piece(0, tuple(words)),)))

    left = {word.text for word in hidden.pieces[0].words}
    assert left <= {"номер", "спасибо", "так", "угу", "дальше", HIDDEN}
    assert stretches[0].start <= 1.0
    assert stretches[-1].end >= words[-2].start


@given(
    st.lists(st.sampled_from(["четыре", "42", "тысяча", "сорок", "cvv", "ноль", "привет", "два", "нуля"]), max_size=40)
)
def test_done_twice_it_finds_nothing_and_keeps_every_word_s_time(said: list[str]) -> None:
    talk = heard((0, " ".join(said) or "а"))
    hidden, _ = redact(talk)

    assert redact(hidden) == (hidden, ())
    assert [(w.start, w.end) for w in hidden.pieces[0].words] == [(w.start, w.end) for w in talk.pieces[0].words]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["семь", "восемь", ""]), st.from_regex(r"[3489]\d{9}", fullmatch=True), st.booleans())
def test_no_telephone_number_is_taken_for_a_card(prefix: str, digits: str, breathes: bool) -> None:
    words, at = [Word(prefix, 0.0, 0.3, 1.0)] if prefix else [], 0.4
    for group in (digits[:3], digits[3:6], digits[6:8], digits[8:]):
        for said in russian(group):
            words.append(Word(said, at, at + 0.3, 1.0))
            at += 0.35
        at += 0.8 if breathes else 0.0
    talk = Transcript("test", "small", "ru", (Piece(0, tuple(words)),))

    assert redact(talk) == (talk, ())
