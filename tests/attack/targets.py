"""Every parser of bytes that others send, with what it says of bytes it cannot read, and samples of those it can."""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from calltracking.channels.reading import read_source
from calltracking.costs.cost import FIELDS
from calltracking.costs.reading import read_head
from calltracking.crawling.page import read_page
from calltracking.crawling.robots import read_robots
from calltracking.exports.google_access import read_key, read_refusal, read_token
from calltracking.exports.metrica import read_uploading
from calltracking.exports.metrica_counts import read_counts
from calltracking.feeds import direct, vk
from calltracking.feeds.trouble import Trouble
from calltracking.leases.counters import read_cookies
from crm_sync.amocrm import hints
from crm_sync.amocrm import wire as amocrm
from crm_sync.bitrix24 import events as bitrix24_events
from crm_sync.bitrix24 import wire as bitrix24
from crm_sync.bitrix24.opened import read_opened
from crm_sync.bots.max.wire import read_update as read_max
from crm_sync.bots.telegram.wire import read_update as read_telegram
from crm_sync.bots.vkteams.wire import read_events as read_vkteams
from crm_sync.generic.mapping import read_mapping
from crm_sync.generic.payload import Unreadable, document_of
from crm_sync.onec.contract import read_row
from crm_sync.onec.mapping import parsed as read_layout
from recordings.asking import parse_sought
from recordings.phrases import parse_phrases
from router.agi import environment_of, question_of, script_of, token_of, value_of
from router.hooks_replay import read_recording
from router.outgoing_wire import outgoing_of_body
from router.plan import read_plan
from router.planning.files import read_file
from router.wire import question_of_body, question_of_debris, question_of_query
from softphone_card.desktop.told import read_message as read_card
from softphone_card.message import read_frame
from tests.attack import samples
from trunkline.app.bodies import RouteQuestion
from trunkline.calls.events import encode_what
from trunkline.calls.phone import parse, parse_dialled, short_digits
from trunkline.chats.chat2desk import read_message as read_chat
from trunkline.contacts.sheets import read_rows
from trunkline.directory.calendar_file import read_calendar
from trunkline.errors import InvalidInput
from trunkline.ids import call_uuid
from trunkline.mailboxes.letter import read_letter
from trunkline.mailboxes.markup import html_text
from trunkline.notjson import NOT_JSON
from trunkline.numbering.in_text import phone_of_link, phones_in
from trunkline.numbering.registry import decoded, read_entries
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.asterisk.messages import events_of
from trunkline.pbx.hooks.fields import fields_of
from trunkline.phonebook.dav import asked_by
from trunkline.visits.caldav import calendars_in
from trunkline.visits.ical import NoCalendar, Window, busy_in
from trunkline.visits.slots import Span
from trunkline.web.body import decode_json
from trunkline.web.paging import decode_cursor


@dataclass(frozen=True)
class Target:
    """One parser: `read` raises one of `refusals` where it cannot read what it is given, and nothing else."""

    name: str
    read: Callable[[bytes], object]
    samples: tuple[bytes, ...]
    refusals: tuple[type[Exception], ...] = ()
    in_child: bool = False
    """It runs in a process of its own, which is ended where it takes more time or memory than it should."""


_CONNECTOR: Final = UUID(int=1)
_ZONE: Final = ZoneInfo("Europe/Moscow")
_WINDOW: Final = Window(Span(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)), _ZONE, "a@b.ru")
_FOLDER: Final = tempfile.TemporaryDirectory(prefix="trunkline-attack-")


def _said(data: bytes) -> str:
    return data.decode(errors="replace")


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(_said(data))


def _all(found: Iterable[object]) -> list[object]:
    return list(found)


def _path(read: Callable[[Path], object]) -> Callable[[bytes], object]:
    def written(data: bytes) -> object:
        path = Path(_FOLDER.name) / "file"
        path.write_bytes(data)
        return read(path)

    return written


def _ami(data: bytes) -> object:
    frames, _rest = split_frames(data)
    told = [event for frame in frames for event in events_of("office", frame, 1_795_320_084_000_000)]
    return [(call_uuid(one.pbx, one.linkedid, one.at / 1e6), encode_what(one.what)) for one in told]


def _agi(data: bytes) -> object:
    lines = _said(data).split("\n")
    environment = environment_of(lines)
    return (
        script_of(environment),
        token_of(environment),
        question_of("office", environment, value_of(lines[-1]) or ""),
    )


def _json(read: Callable[[Any], object]) -> Callable[[bytes], object]:
    return lambda data: read(msgspec.json.decode(data))


def _form(read: Callable[[Mapping[str, str]], object]) -> Callable[[bytes], object]:
    return lambda data: read(dict(parse_qsl(_said(data), keep_blank_values=True)))


def _landing(data: bytes) -> object:
    landing, _, referrer = _said(data).partition(" ")
    return read_source(landing, referrer, ("shop.ru",))


_NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError)
_REFUSED: Final = (InvalidInput,)

TARGETS: Final = (
    Target("AMI frames", _ami, samples.AMI),
    Target("FastAGI", _agi, samples.AGI),
    Target("question", partial(question_of_body, "office"), samples.QUESTION, NOT_JSON),
    Target("debris of a question", partial(question_of_debris, "office"), samples.QUESTION),
    Target("dialplan", _form(partial(question_of_query, "office")), samples.QUESTION),
    Target("outgoing call", partial(outgoing_of_body, "office"), samples.QUESTION, NOT_JSON),
    Target("fields of hooks", partial(fields_of, "multipart/form-data; boundary=x", "a=b&c[d]=e"), samples.HOOK),
    Target("recorded hooks", _text(read_recording), samples.RECORDED, _REFUSED),
    Target("letter", read_letter, samples.LETTER),
    Target("HTML of a letter", _text(html_text), samples.PAGE),
    Target("calendar", lambda data: busy_in([data], _WINDOW), samples.CALENDAR, (NoCalendar,), in_child=True),
    Target("CalDAV", calendars_in, samples.CALDAV, (NoCalendar,)),
    Target("CardDAV", asked_by, samples.CARDDAV, _REFUSED),
    Target("year of days off", read_calendar, samples.YEAR, _REFUSED),
    Target("numbering plan", lambda data: _all(read_entries(decoded(data).splitlines())), samples.REGISTRY, _REFUSED),
    Target("CSV and XLSX", _path(lambda path: _all(read_rows(path, FIELDS))), samples.TABLE, _REFUSED),
    Target("costs", _path(read_head), samples.TABLE, _REFUSED),
    Target("page of a site", _text(lambda text: read_page(text, "https://shop.ru/")), samples.PAGE, in_child=True),
    Target("robots.txt", _text(lambda text: read_robots(text, "trunkline").allows("/a?a=1")), samples.ROBOTS),
    Target("plan", partial(read_file, ""), samples.PLAN, _REFUSED),
    Target("plan of rules", lambda data: read_plan(read_file("", data)), samples.PLAN, _REFUSED),
    Target("mapping of a CRM", _text(read_mapping), samples.MAPPING, _REFUSED),
    Target("layout of 1C", _text(read_layout), samples.LAYOUT, _REFUSED),
    Target("record of 1C", _json(lambda told: read_row(told, 1)), samples.ONEC, NOT_JSON),
    Target("records of a CRM", partial(document_of, "application/json"), samples.ONEC, (Unreadable,)),
    Target("records as CSV", partial(document_of, "text/csv"), samples.TABLE, (Unreadable,)),
    Target("Bitrix24 event", partial(bitrix24_events.read_event, _CONNECTOR), samples.BITRIX_EVENT, (ValueError,)),
    Target("Bitrix24 answer", partial(bitrix24.read, 200), samples.BITRIX_ANSWER),
    Target("Bitrix24 tokens", lambda data: bitrix24.read_tokens(200, data, "a.ru", 0.0), samples.BITRIX_ANSWER),
    Target("Bitrix24 card", partial(read_opened, {}), samples.OPENED, _REFUSED),
    Target("amoCRM hint", partial(hints.read_hints, _CONNECTOR), samples.AMO_HINT),
    Target("amoCRM answer", partial(amocrm.read, 200), samples.AMO_ANSWER),
    Target("amoCRM refusal", partial(amocrm.read, 400), samples.AMO_ANSWER),
    Target("amoCRM tokens", lambda data: amocrm.read_tokens(200, data, "a.ru", 0.0), samples.AMO_ANSWER),
    Target("amoCRM long-lived token", _text(lambda text: amocrm.read_long_lived(text, "a.ru")), samples.CURSOR),
    Target("Telegram", read_telegram, samples.TELEGRAM, NOT_JSON),
    Target("MAX", read_max, samples.MAX, NOT_JSON),
    Target("VK Teams", read_vkteams, samples.VKTEAMS, NOT_JSON),
    Target("Chat2Desk", partial(read_chat, _CONNECTOR), samples.CHAT, (ValueError,)),
    Target("cookies", _text(lambda text: read_cookies(text.split("; "))), samples.COOKIES),
    Target("landing page", _landing, samples.LANDING),
    Target("phone", _text(lambda text: (parse(text), parse_dialled(text), short_digits(text))), samples.PHONE),
    Target("phones in a text", _text(lambda text: (_all(phones_in(text[:4000])), phone_of_link(text))), samples.PHONE),
    Target("Metrica's counts", lambda data: read_counts(data, "call"), samples.COUNTS, (ValueError,)),
    Target("Metrica's uploading", read_uploading, samples.UPLOADING, (ValueError,)),
    Target("Google's key", _text(read_key), samples.GOOGLE_KEY, (ValueError,)),
    Target("Google's token", lambda data: read_token(data, 0.0), samples.GOOGLE_TOKEN, (ValueError,)),
    Target("Google's refusal", read_refusal, samples.GOOGLE_KEY),
    Target("VK's token", vk.read_token, samples.VK, (Trouble,)),
    Target("VK's plans", vk.read_plans, samples.VK, (Trouble,)),
    Target("VK's refusal", lambda data: vk.refusal(400, data, None), samples.VK),
    Target("Direct's refusal", lambda data: direct.refusal(400, data, None), samples.VK),
    Target("frame of a card", read_frame, samples.SOCKET, _REFUSED),
    Target("message to a helper", _text(read_card), samples.TOLD, NOT_JSON),
    Target("phrases", _text(lambda text: parse_phrases(text, "said", None)), samples.WORDS, _REFUSED),
    Target("search", _text(parse_sought), samples.WORDS, _REFUSED),
    Target("body of the API", lambda data: decode_json(data, RouteQuestion), samples.QUESTION, _REFUSED),
    Target("cursor", _text(lambda text: decode_cursor(text, tuple[str, int])), samples.CURSOR, _REFUSED),
)
