"""Phones in a text that people read: a page, a letter. No I/O here.

The rules are those of t.js (calltracking/script/source/phones.js), for any number instead of a few known ones: what is
no phone to a visitor's browser is none here. phonenumbers says which digits can be a number at all.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

import phonenumbers

REGION: Final = "RU"
SEAM: Final = "\uffff"
"""Where one piece of a block's text ends and the next begins without a space."""
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SPACES: Final = re.compile("[\u00a0\u2000-\u200a\u202f\\s]+")
_GAP: Final = "[\\s\uffff().\u2010-\u2015\u2212/·-]"
_CANDIDATE: Final = re.compile(rf"[+＋]?\(?\d(?:{_GAP}{{0,6}}\d){{8,20}}")
_PIECE: Final = re.compile("[\\s\uffff]+")
_ALIEN_BEFORE: Final = re.compile(r"(?:\d|[+＋]|\d[.,:/+–—-]|\w/)$")
_ALIEN_AFTER: Final = re.compile(r"(?:\d|[.,/–—-]\d|\s\d{2,4}$)")
_WORD_BEFORE: Final = re.compile(r"(?:[\w@=]|\+\d{1,3}[\s(]*)$")
_WORD_AFTER: Final = re.compile(r"[\w@]|-[^\W\d]")
_OTHER: Final = re.compile(
    r"(?:инн|кпп|огрн(?:ип)?|окпо|оквэд|октмо|бик|снилс|р/?с|к/?с|сч[её]т|сч[её]та|заказ\w*|договор\w*|накладн\w*"
    r"|артикул\w*|арт|код|лиценз\w*|серия|номер\s+карты|inn|kpp|ogrn|bik|sku|id|imei|vin|order|iban)"
    r"\s*[.:#№/]*\s*(?:№|n)?\s*$",
    re.IGNORECASE,
)
_MONEY: Final = re.compile(r"\s*(?:₽|руб|р\.|\$|€|usd|eur)", re.IGNORECASE)
_BEFORE: Final = (_ALIEN_BEFORE, _WORD_BEFORE)
_AFTER: Final = (_ALIEN_AFTER, _WORD_AFTER, _MONEY)
_PHONE: Final = re.compile(r"(?:тел|факс|звон|номер|лини|tel|phone|call|(?:^|\s)[тф]\.)[^\s\d]*\s*$", re.IGNORECASE)
_MOST_PIECES: Final = 6
_MOST_STRETCHES: Final = 16
_SHORTEST: Final = 9
_DIALS: Final = re.compile(r"(?:tel|sms|callto):(?://)?([^?;,]+)", re.IGNORECASE)
_CHATS: Final = re.compile(
    r"(?:https?:)?//(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?(?:.*&)?phone=)(\+?\d+)"
    r"|(?:viber|whatsapp)://[^?]*\?(?:.*&)?(?:number|phone)=(\+?\d+)",
    re.IGNORECASE,
)


def phones_in(text: str) -> Iterator[str]:
    """Each phone of a text that is one to its reader, as E.164."""
    text = _SPACES.sub(" ", _UNSEEN.sub("", text)).replace("＋", "+")
    at = 0
    while match := _CANDIDATE.search(text, at):
        start, at = match.start(), match.end()
        for first, last in _stretches(match[0]):
            if found := _judged(text, start + first, start + last):
                yield found
                at = start + last
                break


def phone_of_link(href: str) -> str | None:
    """The phone that a link dials, or writes to, as E.164."""
    href = href.strip()
    if match := _DIALS.match(href):
        said = unquote(match[1])
    elif match := _CHATS.match(unquote(href)):
        said = "+" + (match[1] or match[2]).lstrip("+")
    else:
        return None
    number = _number(_UNSEEN.sub("", said))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if number else None


def _stretches(said: str) -> Iterator[tuple[int, int]]:
    """The whole, and it without what stands beside the phone: hours before or after it, a second phone."""
    gaps = [*_PIECE.finditer(said)]
    firsts, lasts = [0, *(gap.end() for gap in gaps)], [*(gap.start() for gap in gaps), len(said)]
    pairs = ((first, last) for first in firsts[:_MOST_PIECES] for last in lasts if last - first >= _SHORTEST)
    return iter(sorted(pairs, key=lambda pair: pair[0] - pair[1])[:_MOST_STRETCHES])


def _judged(text: str, first: int, last: int) -> str | None:
    """The phone in this stretch of a text, if it is one there."""
    said = text[first:last]
    number = _number(said)
    if number is None:
        return None
    before, after = text[max(0, first - 60) : first], text[last : last + 60]
    if re.search(r"[^\d\uffff]", said):
        # A formatted phone is not spoilt by what stands in another piece.
        before, after = before.rpartition(SEAM)[2], after.partition(SEAM)[0]
    before, said, after = (part.replace(SEAM, "") for part in (before, said, after))
    if _is_alien(before, said, after, number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _number(said: str) -> phonenumbers.PhoneNumber | None:
    digits = re.sub(r"^00", "+", re.sub(r"[^\d+]", "", said))
    if len(digits) == 11 and digits[0] == "7":
        digits = f"+{digits}"
    try:
        number = phonenumbers.parse(digits, REGION)
    except phonenumbers.NumberParseException:
        return None
    # 8-10 before a number abroad, as Russia dials it, is met in accounts rather than on pages.
    home = digits.startswith("+") or number.country_code == phonenumbers.country_code_for_region(REGION)
    return number if home and phonenumbers.is_valid_number(number) else None


def _is_alien(before: str, said: str, after: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether the digits stand for something else: a part of a longer number, an INN, a sum, an order."""
    lead, body = _parted(said, phonenumbers.national_significant_number(number))
    if any(rule.search(before) for rule in _BEFORE) or any(rule.match(after) for rule in _AFTER):
        return True
    if "+" in lead:
        return False
    if "(" not in said and _OTHER.search(before):
        return True
    if not re.search(r"\D", lead + body):
        return not _PHONE.search(before) and not (bool(lead) and not (before + after).strip())
    beside = bool(re.search(r"\d\s$", before) and said[0] != "(") + bool(re.match(r"\s\d", after))
    # The code has three digits at least: 8 495 123-45-67, and not 84 951 234 567.
    return beside > bool(lead) or bool(re.fullmatch(r"[78]?\D*", lead) and re.match(r"\(?\d{0,2}[^\d]", body))


def _parted(said: str, national: str) -> tuple[str, str]:
    """What stands before the number itself (the code of the country or of long distance), and the number."""
    left = len(national)
    for at in range(len(said) - 1, -1, -1):
        left -= said[at].isdigit()
        if not left:
            return said[:at], said[at:]
    return "", said
