"""A transcript as people read it: who speaks, which words were searched for, which the engine was not sure of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recordings.analyses import tags_of
from recordings.analysis import Figures, figures_of
from recordings.asking import Sought
from recordings.dictionary import Tagged
from recordings.hiding import Kind
from recordings.marks import Place, places, vocabulary
from recordings.recording import Recording
from recordings.redactions import hidden_in
from recordings.search_store import call_ends, stems_of
from recordings.sides import End, Ends
from recordings.transcript import Piece, Transcript
from recordings.transcripts import read_transcript
from trunkline.db.types import Connection
from trunkline.web.i18n import gettext, mark

_UNSURE: Final = 0.5
SPEAKERS: Final = {End.AGENT: mark("Agent"), End.CLIENT: mark("Client")}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word; `at` in seconds."""

    text: str
    at: float
    marked: bool
    unsure: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What one side said without a longer pause; `side` 0 or 1, None where nobody knows."""

    at: float
    side: int | None
    speaker: str
    words: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The transcript of a recording. `first`: the second at which what was searched for was said first."""

    transcript: Transcript
    ends: Ends | None
    lines: tuple[Line, ...]
    matches: int
    first: float | None
    went: Figures
    tagged: Tagged
    hidden: Mapping[Kind, int]

    @property
    def tells_apart(self) -> bool:
        """Whether the sides are told apart."""
        return any(line.side is not None for line in self.lines)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Who is who of `went.sides`."""
        return tuple(speaker(side, self.ends) for side in range(len(self.went.sides)))

    @property
    def has_unsure(self) -> bool:
        """Whether some words are shown as doubtful."""
        return any(word.unsure for line in self.lines for word in line.words)


async def text_of(
    connection: Connection, one: Recording, sought: Sought | None = None, end: End | None = None
) -> Text | None:
    """Its transcript with what was sought marked, where `end` said it; None where it has none."""
    transcript = await read_transcript(connection, one.id)
    if transcript is None:
        return None
    ends = await call_ends(connection, one)
    tagged = (await tags_of(connection, [one.id])).get(one.id, Tagged())
    hidden = (await hidden_in(connection, [one.id])).get(one.id, {})
    found: Sequence[tuple[Place, ...]] = ()
    if sought is not None:
        stems = await stems_of(connection, vocabulary(transcript.pieces, sought.terms))
        sides = None if end is None or ends is None else {ends.index(end)}
        found = places(transcript.pieces, sought.terms, stems, sides)
    marked = {place for match in found for place in match}
    lines = tuple(_line(number, piece, ends, marked) for number, piece in enumerate(transcript.pieces))
    first = min((transcript.pieces[match[0][0]].words[match[0][1]].start for match in found), default=None)
    return Text(transcript, ends, lines, len(found), first, figures_of(transcript.pieces, one.seconds), tagged, hidden)


def speaker(side: int | None, ends: Ends | None) -> str:
    """Who speaks, in words; empty where nobody knows."""
    if side is None:
        return ""
    if ends is not None and side < len(ends):
        return gettext(SPEAKERS[ends[side]])
    return gettext("Side %(number)s") % {"number": side + 1}


def _line(number: int, piece: Piece, ends: Ends | None, marked: set[Place]) -> Line:
    return Line(
        piece.start,
        piece.side,
        speaker(piece.side, ends),
        tuple(
            Spoken(word.text, word.start, (number, place) in marked, word.sure < _UNSURE)
            for place, word in enumerate(piece.words)
        ),
    )
