"""A view as an e-mail: its figures in words, as text and as HTML for a telephone's width. No I/O here.

The words are those of the running reader (trunkline/web/i18n.py).
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from importlib.resources import files
from operator import attrgetter
from typing import Final

import jinja2

from calltracking.models.model import WHOLE
from calltracking.results.asking import Question
from calltracking.results.result import HAS_COSTS, HAS_VISITS, Result, Results
from trunkline.reports.days import Days
from trunkline.web import human
from trunkline.web.i18n import Reader, gettext

MOST_ROWS: Final = 20
"""Rows in the letter itself; the file has all."""
_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(str(files("calltracking.mailings") / "templates")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a letter says."""

    language: str
    title: str
    period: str
    figures: tuple[tuple[str, str, str], ...]
    """Name, value, and by how much it changed."""
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...], str], ...]
    """Name, cells under `heads` but the first, and what is said below the name."""
    notes: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """The file of a letter."""

    name: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """What the letter is about, and how far its receiver sees money."""

    name: str
    head: str
    words: Callable[[str], str]
    question: Question
    days: Days
    money: bool
    costs: bool


def told(
    asked: Asked, found: Results, before: Results | None, reader: Reader, links: tuple[tuple[str, str], ...]
) -> Told:
    """The view's figures in the reader's words."""
    heads = (asked.head, *(gettext(name) for name in ("Visits", "Calls", "Target calls", "Leads")))
    rows = tuple(_row(one, asked, reader) for one in found.rows[:MOST_ROWS])
    return Told(
        language=reader.language,
        title=asked.name,
        period=period(asked.days, reader),
        figures=tuple(_figures(asked, found, before, reader)),
        heads=heads,
        rows=rows,
        notes=tuple(_notes(found, len(rows))),
        links=links,
    )


def period(days: Days, reader: Reader) -> str:
    """`1 Nov 2026 – 30 Nov 2026`, or the one day."""
    first, last = (human.day(one, date.min, reader) for one in (days.first, days.last))
    return first if first == last else f"{first} – {last}"


def message(said: Told, idem: str, sender: str, to: str, at: datetime, attached: Attached) -> EmailMessage:
    """The letter; its Message-ID depends on `idem` alone, so that a repeat is recognised as the same letter."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = " ".join(f"{said.title}: {said.period}".split())[:200]
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{hashlib.sha256(idem.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["List-Unsubscribe"] = f"<{said.links[-1][1]}>"
    letter.set_content(_text(said))
    letter.add_alternative(_TEMPLATES.get_template("letter.jinja").render(said=said), subtype="html")
    main, _, sub = attached.kind.partition("/")
    letter.add_attachment(attached.body, maintype=main, subtype=sub, filename=attached.name)
    return letter


def _figures(asked: Asked, found: Results, before: Results | None, reader: Reader) -> Iterator[tuple[str, str, str]]:
    total, then = found.total, before.total if before else None

    def grown(of: Callable[[Result], float | None]) -> str:
        now, was = of(total), of(then) if then else None
        share = now / was - 1 if now is not None and was else None
        return "" if share is None else f"{'+' if share > 0 else ''}{human.percent(share, reader)}"

    if asked.question.by in HAS_VISITS:
        yield gettext("Visits"), human.number(total.visits, reader), grown(lambda one: one.visits)
    parts = ("Calls", "calls"), ("Target calls", "target"), ("Missed", "missed"), ("Leads", "leads"), ("Deals", "deals")
    for name, field in parts:
        value = human.number(getattr(total, field) / WHOLE, reader, digits=_digits(asked))
        yield gettext(name), value, grown(attrgetter(field))
    if asked.money:
        yield gettext("Revenue"), human.money(total.revenue / 100, reader), grown(lambda one: one.revenue)
    if asked.costs:
        spent = None if total.cost is None else total.cost / 100
        yield gettext("Costs"), human.money(spent, reader), grown(lambda one: one.cost)
        yield "ROMI", human.percent(total.romi, reader), ""
    yield gettext("Source unknown"), human.number(found.unexplained, reader), ""


def _row(one: Result, asked: Asked, reader: Reader) -> tuple[str, tuple[str, ...], str]:
    visits = human.number(one.visits, reader) if asked.question.by in HAS_VISITS else human.NOTHING
    parts = (human.number(each / WHOLE, reader, digits=_digits(asked)) for each in (one.calls, one.target, one.leads))
    below = []
    if asked.money and one.revenue:
        below.append(f"{gettext('Revenue')} {human.money(one.revenue / 100, reader)}")
    if asked.costs and asked.question.by in HAS_COSTS and one.cost is not None:
        below.append(f"{gettext('Costs')} {human.money(one.cost / 100, reader)}")
    return asked.words(one.key) or gettext("not told"), (visits, *parts), ", ".join(below)


def _notes(found: Results, shown: int) -> Iterator[str]:
    if not found.rows:
        yield gettext("No visit and no tracked call in this time")
    if len(found.rows) > shown:
        yield gettext("The file has all %(rows)s rows.") % {"rows": len(found.rows)}
    yield gettext("The figures are those you may see yourself.")


def _digits(asked: Asked) -> int:
    return 1 if asked.question.shares else 0


def _text(said: Told) -> str:
    """The same without HTML."""
    figures = [f"{name}: {value}{f' ({by})' if by else ''}" for name, value, by in said.figures]
    rows = [
        f"{name}: {', '.join(f'{head} {cell}' for head, cell in zip(said.heads[1:], cells, strict=True))}"
        f"{f'; {below}' if below else ''}"
        for name, cells, below in said.rows
    ]
    links = [f"{name}: {href}" for name, href in said.links]
    parts = ([said.title, said.period], figures, rows, list(said.notes), links)
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"
