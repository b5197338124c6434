"""What must not be kept of a talk: numbers of cards, and their codes, however they are said. No I/O here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from recordings.cards import ACCOUNT, FIRST, MOST, is_card, lengths_of
from recordings.hiding import Hidden, Kind, masked, stretches
from recordings.numerals import Kind as WordKind
from recordings.numerals import Numeral, numerals_of, readings
from recordings.redacting_words import BETWEEN, CARDS, CODES, UNITS, Names
from recordings.tokens import tokens
from recordings.transcript import Piece, Transcript

_BREAKS: Final = 10.0
"""Seconds after which another number begins."""
_BREATH: Final = 0.3
"""Seconds, and twice the usual pause of the run: there a group ends."""
_CARD_WITHIN: Final = 30.0
"""Seconds after a card was spoken of."""
_LIKELY: Final = range(13, 28)
"""Digits that are taken for its number then, and what may follow it, whatever the check digit: engines lose a zero."""
_CODE_WITHIN: Final = 20.0
"""Seconds after a code was spoken of, or a number said."""
_CODE_BEFORE: Final = 3.0
"""Seconds from a code to its name, where that is said behind it: what follows a number closely is of it."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A token of one side: its word's place, times, and what it says of a numeral."""

    place: tuple[int, int]
    start: float
    end: float
    token: str
    numeral: Numeral | None


_Run = Sequence[_Said]
"""Numerals that follow each other."""
_Span = tuple[int, int]
"""Places of a run: the first, and the one behind the last."""


def redact(transcript: Transcript) -> tuple[Transcript, tuple[Hidden, ...]]:
    """The text with these words hidden, and where they are in the sound; done twice, it finds nothing."""
    voices = [_said(transcript.pieces, side) for side in dict.fromkeys(piece.side for piece in transcript.pieces)]
    runs = [run for voice in voices for run in _runs(voice)]
    kinds: dict[tuple[int, int], Kind] = {}
    cards_named = [end for voice in voices for _start, end in _named(voice, CARDS)]
    codes_named = [span for voice in voices for span in _named(voice, CODES)]
    spoken_of = [end for _start, end in codes_named]
    named_at = [start for start, _end in codes_named]
    rest: list[tuple[_Run, bool]] = []
    for run in runs:
        cards = _cards(run) or (_likely(run) if _is_after(run, cards_named, _CARD_WITHIN) else [])
        covered = {place for first, last in cards for place in range(first, last)}
        kinds |= {run[place].place: Kind.CARD for place in covered}
        spoken_of += [run[last - 1].end for _first, last in cards]
        rest += _uncovered(run, covered)
    for run, behind_card in rest:
        told = _is_after(run, spoken_of, _CODE_WITHIN) or _is_before(run, named_at, _CODE_BEFORE)
        if told and _is_code(run, behind_card):
            kinds |= {said.place: Kind.CODE for said in run}
    hidden = replace(transcript, pieces=masked(transcript.pieces, kinds)) if kinds else transcript
    return hidden, stretches(transcript.pieces, kinds)


def _said(pieces: Sequence[Piece], side: int | None) -> list[_Said]:
    found = []
    for number, piece in enumerate(pieces):
        for place, word in enumerate(piece.words if piece.side == side else ()):
            for token in tokens(word.text):
                told: Sequence[Numeral | None] = numerals_of(token) or (None,)
                found += [_Said((number, place), word.start, word.end, token, numeral) for numeral in told]
    return found


def _runs(voice: Sequence[_Said]) -> Iterator[_Run]:
    """Stretches of numerals, without what is said between their groups; with what follows, if that is their unit."""
    run: list[_Said] = []
    for said in voice:
        if said.numeral is not None:
            if run and said.start - run[-1].end > _BREAKS:
                yield run
                run = []
            run.append(said)
        elif said.token not in BETWEEN and run:
            if said.token.startswith(UNITS):
                run.append(said)
            yield run
            run = []
    if run:
        yield run


def _cards(run: _Run) -> list[_Span]:
    """Every stretch that may be read as a card's number."""
    said = [one.numeral for one in run if one.numeral is not None]
    pauses = [max(0.0, after.start - before.end) for before, after in pairwise(run)]
    usual = sorted(pauses)[len(pauses) // 2] if pauses else 0.0
    breaths = {place + 1 for place, pause in enumerate(pauses) if pause >= max(_BREATH, 2 * usual)}
    accounts = _accounts(said)
    starts = [place for place in range(len(said)) if place not in accounts]
    return [span for first in starts if (span := _card_from(said, first, breaths)) is not None]


def _accounts(said: Sequence[Numeral]) -> set[int]:
    """The places of bank accounts."""
    digits, places = _as_read(said)
    return {
        place
        for found in ACCOUNT.finditer(digits)
        for place in range(places[found.start()], places[found.end() - 1] + 1)
    }


def _likely(run: _Run) -> list[_Span]:
    """All of it, where it is as long as a number, and no bank account."""
    said = [one.numeral for one in run if one.numeral is not None]
    digits = _as_read(said)[0]
    return [(0, len(said))] if len(digits) in _LIKELY and not ACCOUNT.search(digits) else []


def _as_read(said: Sequence[Numeral]) -> tuple[str, list[int]]:
    """The digits where each number is as long as it may be, and the place each comes from."""
    digits, places, at = "", list[int](), 0
    while at < len(said):
        end, more = next(iter(readings(said, at)), (at + 1, ""))
        digits += more
        places += [at] * len(more)
        at = end
    return digits, places


def _card_from(said: Sequence[Numeral], first: int, breaths: set[int]) -> _Span | None:
    """The longest number of a card that begins here.

    A number may be read as two where a breath is between them, and once where none is: read as they please, most
    telephone numbers are some card's.
    """
    longest = None
    reached, seen = [(first, "", 0)], set()
    while reached:
        state = reached.pop()
        if state in seen:
            continue
        seen.add(state)
        at, digits, divided = state
        if is_card(digits):
            longest = max(at, longest or 0)
        if at == len(said):
            continue
        whole: int | None = None
        for end, more in readings(said, at):
            whole = whole or end
            cost = divided + (end < whole and end not in breaths and said[at].kind is not WordKind.DIGITS)
            grown = digits + more
            if cost <= 1 and len(grown) <= MOST and (len(grown) < FIRST or lengths_of(grown[:FIRST])):
                reached.append((end, grown, cost))
    return None if longest is None else (first, longest)


def _uncovered(run: _Run, covered: set[int]) -> Iterator[tuple[_Run, bool]]:
    """What is left of a run, and whether it follows a card's number at once."""
    part: list[_Said] = []
    behind = False
    for place, said in enumerate(run):
        if place in covered:
            if part:
                yield part, behind
            part, behind = [], True
        else:
            part.append(said)
    if part:
        yield part, behind


def _named(voice: Sequence[_Said], names: Names) -> Iterator[tuple[float, float]]:
    """From when until when one of these was spoken of."""
    said = [one.token for one in voice]
    for words in names:
        for place in range(len(said) - len(words) + 1):
            if tuple(said[place : place + len(words)]) == words:
                yield voice[place].start, voice[place + len(words) - 1].end


def _is_after(run: _Run, moments: Sequence[float], within: float) -> bool:
    return any(0 <= run[0].start - moment <= within for moment in moments)


def _is_before(run: _Run, moments: Sequence[float], within: float) -> bool:
    return any(0 <= moment - run[-1].end <= within for moment in moments)


def _is_code(run: _Run, behind_card: bool) -> bool:
    """Three or four digits; straight behind a number those of the month and year before them too."""
    said = [one.numeral for one in run if one.numeral is not None]
    if len(said) < len(run):
        return False  # so many roubles
    wanted = {3, 4, 7, 8} if behind_card else {3, 4}
    lengths = {0: {0}}
    for at in range(len(said)):
        for end, digits in readings(said, at) if at in lengths else ():
            lengths.setdefault(end, set()).update(length + len(digits) for length in lengths[at])
    return bool(wanted & lengths.get(len(said), set()))
