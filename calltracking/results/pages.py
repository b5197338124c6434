"""`/reports/channels`: what each channel, source, campaign, page or hour brought, and what it cost."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from calltracking.costs.asking import sees_costs
from calltracking.models.model import MODELS, WHOLE
from calltracking.results.api import told
from calltracking.results.asking import BESIDE, SURE, VAT, Question, asked, compared
from calltracking.results.chart import chart_of
from calltracking.results.result import HAS_COSTS, HAS_VISITS, By, Results
from calltracking.results.store import target_talk
from calltracking.results.views import list_views
from trunkline.calls.attribution_words import channel_in_words, page_of
from trunkline.errors import InvalidInput
from trunkline.geo.words import place_in_words
from trunkline.people.pages.request import mistakes_of, transaction
from trunkline.people.roles import Right
from trunkline.reports.days import USUAL, Days, asked_days
from trunkline.reports.pages import days_in_words
from trunkline.web.auth import signed_in
from trunkline.web.human import phone
from trunkline.web.i18n import gettext, mark
from trunkline.web.render import page, reader_of

PATH: Final = "/reports/channels"
PERIODS: Final = (1, 7, 30, 90, 365)
NAMES: Final[Mapping[By, str]] = {
    By.CHANNEL: mark("Channel"),
    By.SOURCE: mark("Source"),
    By.CAMPAIGN: mark("Campaign"),
    By.KEYWORD: mark("Keyword"),
    By.LANDING: mark("Landing page"),
    By.SITE: mark("Site"),
    By.CITY: mark("City"),
    By.REGION: mark("Visitor's region"),
    By.DEVICE: mark("Device"),
    By.HOUR: mark("Hour"),
    By.LINE: mark("Line"),
}
SURE_NAMES: Final[Mapping[str, str]] = {
    "": mark("all calls"),
    "likely": mark("likely, from 50 %"),
    "sure": mark("sure, from 90 %"),
}
MODEL_NAMES: Final[Mapping[str, str]] = {
    "first": mark("First visit"),
    "last": mark("Last visit"),
    "last_non_direct": mark("Last visit with a source"),
    "linear": mark("All visits alike"),
    "time_decay": mark("The later, the more"),
    "40-20-40": "40-20-40",
    "20-60-20": "20-60-20",
    "10-50-40": "10-50-40",
}
BESIDE_NAMES: Final[Mapping[str, str]] = {
    "": mark("nothing"),
    "before": mark("the time before"),
    "year": mark("a year before"),
}
VAT_NAMES: Final[Mapping[str, str]] = {"with": mark("with VAT"), "without": mark("without VAT")}
DEVICE_NAMES: Final[Mapping[str, str]] = {
    "phone": mark("Smartphone"),
    "tablet": mark("Tablet"),
    "computer": mark("Computer"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(PATH, show_results)]


async def show_results(request: web.Request) -> web.Response:
    """`GET ?days= | &since=&until=`, and `&by=&model=&sure=&beside=&vat=`: the table.

    Days that are none are told at their field, without a figure; of the rest, what an address cannot mean is the usual.
    """
    question = asked_kindly(request.query)
    viewer = signed_in(request)
    async with transaction(request) as connection:
        views, seconds = await list_views(connection, viewer.person), await target_talk(connection)

    costs = sees_costs(viewer)
    shared: dict[str, Any] = {
        "question": question,
        "costs_in_all": costs,
        "views": [(one, f"{PATH}?{urlencode(one.fields)}") for one in views],
    }
    try:
        days, when = asked_time(request)
    except InvalidInput as error:
        wrong: dict[str, Any] = {
            **_choices(question, {}),
            "when": when_of(request.query),
            "mistakes": mistakes_of(error),
            "files": [],
        }
        return page(request, "results/channels.html", status=400, **shared, **wrong)
    found, before = await told(request, days, question)
    return page(
        request,
        "results/channels.html",
        money=viewer.holds(Right.MONEY_READ),
        costs=costs and question.by in HAS_COSTS,
        target_seconds=seconds,
        calls_of=partial(_calls_of, when, question) if viewer.holds(Right.CALLS_READ) else lambda _key: "",
        **shared,
        **_figures(days, question, found, before),
        **_rows(question, when),
        **_choices(question, when),
    )


def _figures(days: Days, question: Question, found: Results, before: Results | None) -> dict[str, Any]:
    """What the days brought, and what they stand beside."""
    return {
        "found": found,
        "before": before,
        "days": days,
        "beside": compared(days, question.beside),
        "chart": chart_of(days, found.days),
        "most": max((one.calls for one in found.rows), default=0),
        "mistakes": {},
    }


def _rows(question: Question, when: Mapping[str, str]) -> dict[str, Any]:
    """How rows of such a question are told, and where they are had as files or kept as a view."""
    return {
        "title": gettext(NAMES[question.by]),
        "named": named(question.by),
        "visits": question.by in HAS_VISITS,
        "digits": 1 if question.shares else 0,
        "whole": WHOLE,
        "change": change,
        "files": [(ending.upper(), address(f"{PATH}.{ending}", when, question)) for ending in ("csv", "xlsx")],
        "kept": {**when, **question.fields()},
    }


def _calls_of(when: Mapping[str, str], question: Question, key: str) -> str:
    """Where the calls of a row are told."""
    link = address(f"{PATH}/calls", when, question, key=key)
    return link if key else f"{link}&key="


def asked_time(request: web.Request) -> tuple[Days, dict[str, str]]:
    """The days of an address, the usual ones where it names none, and the fields that say so; raises InvalidInput."""
    when = when_of(request.query)
    return asked_days(when, datetime.now(UTC), reader_of(request).timezone), when or {"days": str(USUAL)}


def when_of(query: Mapping[str, str]) -> dict[str, str]:
    """The fields that say which days: where some are given by date, the number of days of before counts no more."""
    dated = any(query.get(name) for name in ("since", "until"))
    return {name: query[name] for name in (("since", "until") if dated else ("days",)) if query.get(name)}


def asked_kindly(query: Mapping[str, str]) -> Question:
    """The question of an address; the usual one where it cannot mean any."""
    try:
        return asked(query)
    except InvalidInput:
        return Question()


def address(path: str, when: Mapping[str, str], question: Question, **more: str) -> str:
    """A path with the same days and question, but for `more`."""
    fields = {**when, **question.fields(), **more}
    return f"{path}?{urlencode({name: value for name, value in fields.items() if value})}"


def named(by: By) -> Callable[[str], str]:
    """The reader's words for a key of such rows; empty where it says nothing."""
    words: Mapping[By, Callable[[str], str]] = {
        By.CHANNEL: channel_in_words,
        By.LANDING: page_of,
        By.REGION: place_in_words,
        By.DEVICE: lambda key: gettext(DEVICE_NAMES[key]) if key in DEVICE_NAMES else "",
        By.HOUR: lambda key: f"{key}:00",
        By.LINE: phone,
    }
    return words.get(by, str)


def change(now: float | None, before: float | None) -> float | None:
    """By what part it grew, in whole hundredths; None where nothing can be said."""
    return round(now / before - 1, 2) if now is not None and before else None


def _choices(question: Question, when: Mapping[str, str]) -> dict[str, Any]:
    """What else may be asked: tabs with their addresses, and the options of the form."""
    return {
        "here": address(PATH, when, question),
        "periods": [(days_in_words(each), address(PATH, {"days": str(each)}, question)) for each in PERIODS],
        "dimensions": [(gettext(name), address(PATH, when, question, by=one.value)) for one, name in NAMES.items()],
        "hidden": {**({"days": when["days"]} if "days" in when else {}), "by": question.by.value},
        "when": when,
        "models": [(one.name, gettext(MODEL_NAMES[one.name])) for one in MODELS],
        "certainties": [(one, gettext(SURE_NAMES[one])) for one in SURE],
        "others": [(one, gettext(BESIDE_NAMES[one])) for one in BESIDE],
        "vats": [(one, gettext(VAT_NAMES[one])) for one in VAT],
    }
