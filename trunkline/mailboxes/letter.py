"""A letter as leads need it: who wrote, what is new in it, what marks it as no client's. No I/O here.

RFC 5322 for addresses and threads, RFC 3834 for answers of machines, RFC 2919 for lists, RFC 3464 for bounces. Nothing
of a letter makes it fail: what cannot be read is left out.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses
from hashlib import sha256
from typing import Final

import msgspec

from trunkline.mailboxes.decoding import body_text, header_text, tidied
from trunkline.mailboxes.markup import html_text
from trunkline.numbering.in_text import phones_in

LONGEST_TEXT: Final = 4_000
"""Letters of what was written that are kept."""
LONGEST_SUBJECT: Final = 300
MOST_BYTES: Final = 128 << 10
"""Of a letter that is read: the text stands before what is attached."""
_MOST_PARTS: Final = 40
_PHONES_WITHIN: Final = 20_000
"""Letters: a text of digits alone takes 10 µs of each."""
_MOST_PHONES: Final = 5
_MOST_REFERENCES: Final = 30
_ADDRESS: Final = re.compile(r"[^@\s<>()\",;:]{1,64}@[^@\s<>()\",;:]+\.[^@\s<>()\",;:]+").fullmatch
_LONGEST_ADDRESS: Final = 254
_ID: Final = re.compile(r"<[^<>\s]{1,490}>")
_BEGINS_OLD: Final = re.compile(
    r"\s*(?:-{2,}\s*(?:original message|исходное сообщение|пересылаемое сообщение|forwarded message).*"
    r"|_{10,}"
    r"|(?:on|am|le)\s.{6,200}(?:wrote|schrieb|a écrit)\s*:"
    r"|.{6,200}(?:пишет|писал|писала|писал\(а\)|написал|написала|написал\(а\))\s*:)\s*",
    re.IGNORECASE,
).fullmatch
_HEADER: Final = re.compile(r"\s*(?:from|от|отправитель)\s*:", re.IGNORECASE).match
_HEADER_AFTER: Final = re.compile(r"\s*(?:sent|date|to|отправлено|дата|кому)\s*:", re.IGNORECASE).match


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of one. `text` is what is new in it; `phones` are those of it, in their order, as E.164."""

    digest: bytes
    message_id: str
    references: tuple[str, ...]
    sender: str
    name: str
    answer_to: str
    subject: str
    text: str
    phones: tuple[str, ...]
    auto_submitted: str
    precedence: str
    is_list: bool
    is_bounce: bool
    is_auto: bool
    is_spam: bool


class _AsSent(Compat32):
    """Headers as they came: the library's own reading of bare bytes makes `?` of them."""

    def header_fetch_parse(self, _name: str, value: str) -> str:
        return value


_AS_SENT: Final = _AsSent()


def read_letter(raw: bytes) -> Letter:
    """The letter of these bytes, which may end anywhere."""
    message = _parsed(raw)
    froms = _addresses(message, "From")
    name, sender = froms[0] if froms else ("", "")
    answers = _addresses(message, "Reply-To")
    message_id = _ids(message, "Message-ID")[:1]
    words, whole = _texts(message)
    phones = list(dict.fromkeys(phones_in(words[:_PHONES_WITHIN])))[:_MOST_PHONES]
    named = "".join(message_id) + sender if message_id else raw[:4096].decode("latin-1")
    return Letter(
        digest=sha256(named.encode()).digest(),
        message_id="".join(message_id),
        references=tuple((*_ids(message, "In-Reply-To"), *_ids(message, "References"))[-_MOST_REFERENCES:]),
        sender=sender,
        name=name[:200],
        answer_to=answers[0][1] if answers else "",
        subject=_header(message, "Subject")[:LONGEST_SUBJECT],
        text=(words or whole)[:LONGEST_TEXT],
        phones=tuple(phones),
        auto_submitted=_word(message, "Auto-Submitted"),
        precedence=_word(message, "Precedence"),
        is_list=any(message.get(header) for header in ("List-Id", "List-Unsubscribe")),
        is_bounce=_is_bounce(message),
        is_auto=any(message.get(header) for header in ("X-Autoreply", "X-Autorespond")),
        is_spam=_word(message, "X-Spam-Flag") == "yes",
    )


def _parsed(raw: bytes) -> Message:
    """Parts within parts without end cost time without end: of such a letter only the headers are read."""
    if raw.lower().count(b"boundary") > _MOST_PARTS:
        raw = raw.partition(b"\r\n\r\n")[0]
    return message_from_bytes(raw[:MOST_BYTES], policy=_AS_SENT)


def _header(message: Message, name: str) -> str:
    return header_text(str(message.get(name, "")))


def _word(message: Message, name: str) -> str:
    return _header(message, name).partition(";")[0].strip().lower()[:60]


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Names with addresses in small letters; what is no address is left out."""
    found = []
    try:
        told = getaddresses([str(message.get(name, ""))[:2_000]])
    except RecursionError:  # the library's, of groups within groups
        return []
    for said, spelled in told:
        address = spelled.strip().lower()
        if len(address) <= _LONGEST_ADDRESS and address.isascii() and _ADDRESS(address):
            found.append((header_text(said), address))
    return found


def _ids(message: Message, name: str) -> list[str]:
    return _ID.findall(_header(message, name))


def _is_bounce(message: Message) -> bool:
    if message.get_content_type() == "multipart/report":
        return True
    return message.get("Return-Path") is not None and _header(message, "Return-Path") == "<>"


def _texts(message: Message) -> tuple[str, str]:
    """What is new of the letter, and all of its text."""
    plain, rich = "", ""
    for part, charset in _parts(message):
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes):
            continue
        text = body_text(body, charset)
        if part.get_content_type() == "text/html":
            rich = rich or html_text(text)
        else:
            plain = plain or text
    whole = tidied(plain) or tidied(rich)
    return _new_of(whole), whole


def _parts(message: Message) -> Iterator[tuple[Message, str | None]]:
    """Its texts with their charsets, without what is attached."""
    for part in message.walk():
        if part.get_content_type() not in {"text/plain", "text/html"} or part.is_multipart():
            continue
        if part.get_content_disposition() == "attachment":
            continue
        try:
            charset = part.get_content_charset()
        except (LookupError, ValueError):
            charset = None
        yield part, charset


def _new_of(text: str) -> str:
    """Without what is quoted, which begins where mailers say so, or with `>`."""
    kept: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _BEGINS_OLD(line[:400]) or (_HEADER(line) and any(map(_HEADER_AFTER, lines[number + 1 : number + 4]))):
            break
        if not line.startswith(">"):
            kept.append(line)
    return tidied("\n".join(kept))
