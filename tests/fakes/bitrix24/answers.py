"""What the portal answers: the envelope, and its errors with their statuses. No I/O here.

The envelope (`result`, `total`, `next`, `time`) is that of `resultExample` in every specification of the vendor's; the
errors are crm.md §2.7 and the vendor's table of system errors (`_includes/system-errors.md`, which they cite).
"""

from dataclasses import dataclass
from typing import Any, Final

from tests.fakes.bitrix24.wire import iso

_WORDS: Final = {
    # code: (status, words)
    "QUERY_LIMIT_EXCEEDED": (503, "Too many requests"),
    "OVERLOAD_LIMIT": (503, "REST API is blocked due to overload"),
    "OPERATION_TIME_LIMIT": (429, "Method is blocked due to operation time limit."),
    "NO_AUTH_FOUND": (401, "Wrong authorization data"),
    "expired_token": (401, "The access token provided has expired"),
    "INVALID_CREDENTIALS": (403, "Invalid request credentials"),
    "insufficient_scope": (403, "The request requires higher privileges than provided by the webhook token"),
    "user_access_error": (403, "The user does not have access to the application"),
    "ACCESS_DENIED": (403, "REST API is available only on commercial plans"),
    "WRONG_AUTH_TYPE": (403, "Current authorization type is denied for this method"),
    "ERROR_BATCH_METHOD_NOT_ALLOWED": (405, "Method is not allowed for batch usage"),
    "ERROR_BATCH_LENGTH_EXCEEDED": (400, "Max batch length exceeded"),
    "ERROR_METHOD_NOT_FOUND": (404, "Method not found!"),
    "INTERNAL_SERVER_ERROR": (500, "Internal server error"),
    "PORTAL_DELETED": (500, "Portal was deleted"),
    "ERROR_CORE": (400, "Internal error"),
}


class Refused(Exception):
    """An error of the vendor's; `words` stand for the table's."""

    def __init__(self, code: str, words: str = "", status: int = 0) -> None:
        known, told = _WORDS.get(code, (400, code))
        self.code, self.words, self.status = code, words or told, status or known
        super().__init__(f"{self.code}: {self.words}")

    @property
    def body(self) -> dict[str, Any]:
        """As it is answered."""
        return {"error": self.code, "error_description": self.words}


def core(words: str) -> Refused:
    """What telephony's methods say of a wrong argument: 400 `ERROR_CORE` with words."""
    return Refused("ERROR_CORE", words)


@dataclass(frozen=True)
class Page:
    """A part of a list. `total` None: it was not counted (`start=-1`, crm.md §2.6)."""

    result: object
    total: int | None = None
    next: int | None = None


def envelope(answer: object, *, started: float, finished: float, operating: float, resets_at: float) -> dict[str, Any]:
    """The whole of a good answer."""
    page = answer if isinstance(answer, Page) else Page(answer)
    body: dict[str, Any] = {"result": page.result}
    if page.next is not None:
        body["next"] = page.next
    if page.total is not None:
        body["total"] = page.total
    body["time"] = {
        "start": started,
        "finish": finished,
        "duration": finished - started,
        "processing": finished - started,
        "date_start": iso(started),
        "date_finish": iso(finished),
        "operating_reset_at": int(resets_at),
        "operating": round(operating, 6),
    }
    return body
