"""Yandex Metrica: calls and offline conversions as CSV (calltracking.md §4.2, §4.3). No I/O here."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from calltracking.exports.conversion import CALLS, FORMS, PAYMENTS, Conversion, Judged, Plain, Request, Target
from trunkline.notjson import NOT_JSON

HOST: Final = "https://api-metrika.yandex.net"
JOIN_SECONDS: Final = 21 * 86_400
"""A visit older than that is not joined."""
LONGEST_COMMENT: Final = 255
MOST_ROWS: Final = 10_000
"""Ours: a gigabyte is allowed, and a batch that fails should be small enough to look at."""
FINAL_STATES: Final = frozenset({"PROCESSED", "LINKAGE_FAILURE"})
"""The last two of OfflineCallsUploading.status; at MATCHED ids were found, but nothing is joined to visits yet."""
_COUNTER = re.compile(r"\d{1,12}").fullmatch
_GOAL = re.compile(r"[^\s,\"';]{1,100}").fullmatch
_CLIENT = re.compile(r"\d{1,30}").fullmatch
_YCLID = re.compile(r"[0-9A-Za-z_-]{1,512}").fullmatch
_PHONE = re.compile(r"\+\d{5,15}").fullmatch
_CALL_COLUMNS: Final = (
    *("DateTime", "StaticCall", "PhoneNumber", "TalkDuration", "HoldDuration", "CallMissed", "Tag", "FirstTimeCaller"),
    *("URL", "CallTrackerURL"),
)


class Uploading(msgspec.Struct):
    """What Metrica says of an upload: rows of the file, those that passed, those joined to a visit, and how far it is.

    `linked_quantity` as of 2025 (management API, findUploading); None where it is not told.
    """

    id: int
    source_quantity: int = 0
    line_quantity: int = 0
    linked_quantity: int | None = None
    status: str = ""

    @property
    def joined(self) -> int | None:
        """Rows it joined to visits; None while it has not come to an end, or does not say."""
        if self.status not in FINAL_STATES:
            return None
        return 0 if self.status == "LINKAGE_FAILURE" else self.linked_quantity


class _Answer(msgspec.Struct):
    uploading: Uploading


def is_counter(text: str) -> bool:
    """Whether it is a counter's number."""
    return _COUNTER(text) is not None


def is_line(text: str) -> bool:
    """Whether it is a whole number, as tags end in."""
    return _PHONE(text) is not None


def is_goal(text: str) -> bool:
    """Whether it may be the id of a JavaScript event."""
    return _GOAL(text) is not None


def read_uploading(answer: bytes) -> Uploading:
    """Out of an answer; raises ValueError."""
    try:
        return msgspec.json.decode(answer, type=_Answer).uploading
    except NOT_JSON as error:
        raise ValueError("Metrica's answer names no uploading") from error


class _Uploads(Plain):
    """What calls and conversions have alike: one family of ids a file, a file a request."""

    foreign = False
    tells = True
    most = MOST_ROWS
    path = ""
    asked = ""

    def unfit(self, told: Conversion, now: float) -> str:
        """It must be known by an id, be over, and be young enough to be joined."""
        if not self.family(told):
            return "no_client_id"
        if told.at > now:
            return "not_yet"
        return "too_old" if now - told.at > JOIN_SECONDS else ""

    def family(self, told: Conversion) -> str:
        """The column of the id."""
        if _CLIENT(told.ym):
            return "ClientId"
        return "Yclid" if _YCLID(told.yclid) else ""

    def request(self, target: Target, batch: Sequence[Conversion], name: str) -> Request:
        """`POST` of a file; the token stands in a header, never in the address."""
        family = self.family(batch[0])
        if any(self.family(one) != family for one in batch) or not 1 <= len(batch) <= self.most:
            raise ValueError(f"a file has 1 to {self.most} rows, all with {family}")
        boundary = f"trunkline-{name}"
        comment = f"Trunkline {name}"[:LONGEST_COMMENT].replace(" ", "%20")
        url = f"{HOST}/management/v1/counter/{target.account}/offline_conversions/{self.path}?comment={comment}"
        headers = {
            "Authorization": f"OAuth {target.secret}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        return Request("POST", url, headers, _multipart(self.file(target, batch, family), boundary))

    def file(self, target: Target, batch: Sequence[Conversion], family: str) -> str:
        """The CSV."""
        raise NotImplementedError

    def remote_id(self, answer: bytes) -> str:
        """The number of the upload; raises ValueError."""
        return str(read_uploading(answer).id)

    def status_request(self, target: Target, remote_id: str) -> Request:
        """`GET` of the upload."""
        url = f"{HOST}/management/v1/counter/{target.account}/offline_conversions/{self.asked}/{remote_id}"
        return Request("GET", url, {"Authorization": f"OAuth {target.secret}"})

    def read_status(self, answer: bytes) -> Judged:
        """How far it is; raises ValueError."""
        found = read_uploading(answer)
        return Judged(found.status, found.joined)


class MetricaCalls(_Uploads):
    """`upload_calls`. Only calls of leased numbers: static ones are never joined to a visit."""

    takes = CALLS
    path = "upload_calls"
    asked = "calls_uploading"

    def unfit(self, told: Conversion, now: float) -> str:
        """A number Metrica would not read is none."""
        return super().unfit(told, now) or ("" if not told.client or _PHONE(told.client) else "no_number")

    def file(self, target: Target, batch: Sequence[Conversion], family: str) -> str:
        """One row a call."""
        return _csv((family, *_CALL_COLUMNS), batch, lambda one: (_id(one, family), *_call(one, target)))


class MetricaConversions(_Uploads):
    """`upload`: forms as a goal (a JavaScript event)."""

    takes = FORMS
    path = "upload"
    asked = "uploading"

    def file(self, target: Target, batch: Sequence[Conversion], family: str) -> str:
        """One row a form."""
        columns = (family, "Target", "DateTime")
        return _csv(columns, batch, lambda one: (_id(one, family), target.goal, int(one.at)))


class MetricaPayments(MetricaConversions):
    """`upload` as well: payments as a goal of their own, with what was paid."""

    takes = PAYMENTS

    def file(self, target: Target, batch: Sequence[Conversion], family: str) -> str:
        """One row a payment."""
        columns = (family, "Target", "DateTime", "Price", "Currency")
        return _csv(columns, batch, lambda one: (_id(one, family), target.goal, int(one.at), one.price, one.currency))


def _id(told: Conversion, family: str) -> str:
    return told.ym if family == "ClientId" else told.yclid


def _call(told: Conversion, target: Target) -> tuple[Any, ...]:
    call = told.subject.partition(":")[2]
    link = f"{target.link}/calls/{call}" if target.link else ""
    return (
        *(int(told.at), 0, told.client, told.talk_seconds, told.hold_seconds, int(told.missed), _tag(told, target)),
        *(int(told.first), told.page, link),
    )


def _tag(told: Conversion, target: Target) -> str:
    """With the line called behind it: by its tags Metrica tells how many calls of each it counts."""
    return f"{target.goal} {told.line}".rstrip()


def _csv(columns: Sequence[str], batch: Sequence[Conversion], row: Callable[[Conversion], Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(row(one) for one in batch)
    return text.getvalue()


def _multipart(file: str, boundary: str) -> bytes:
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="data.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    return f"{head}{file}\r\n--{boundary}--\r\n".encode()
