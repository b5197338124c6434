"""The decision as the one line Asterisk's `CURLOPT(hashcompat)=yes` reads. No I/O here.

hashcompat splits at `&` and `=` and undoes %XX, but leaves `+` alone (funcs/func_curl.c), so a space is %20, and
targets are joined by `-`. Every field is always there: a HASH keeps the fields of the turn before.
"""

from urllib.parse import quote

from trunkline.pbx.notice import GivenNotice
from trunkline.pbx.port import Decision

# HASH() drops a quotation mark, doubles a backslash and puts one before an apostrophe (tests/e2e/test_dialplan.py): a
# name goes without them.
_SPOILT = {**dict.fromkeys((*range(32), 127), " "), ord('"'): "”", ord("'"): "’", ord("\\"): "/"}
_SPOILT_LATIN = {**_SPOILT, ord('"'): "", ord("'"): "`"}
"""Of what is ASCII so far: a telephone that asks for Latin letters shows any other as signs."""


def encode_line(decision: Decision) -> str:
    """`valid=1&action=queue&target=sales&…&state=…`; the names are those the shipped dialplan reads."""
    return (
        f"valid=1&action={decision.action.value}&target={escaped(decision.target)}"
        f"&targets={'-'.join(decision.targets)}&ring={decision.ring_seconds}&wait={decision.wait_seconds}"
        f"&prio={decision.priority}&sound={escaped(decision.sound)}&name={escaped(decision.caller_name)}"
        f"&next={decision.next.value}&confirm={decision.confirm:d}&state={decision.state}"
        f"{notice_fields(decision.notice)}"
    )


def notice_fields(given: GivenNotice | None) -> str:
    """`&notice=trunkline/recorded&notice_when=before_ring&notice_digit=9&notice_told=in%3A%2B7…`; nothing of none."""
    if given is None:
        return ""
    notice = given.notice
    return (
        f"&notice={escaped(notice.sound)}&notice_when={notice.when.value}&notice_digit={escaped(notice.digit)}"
        f"&notice_told={escaped(given.token)}"
    )


def escaped(text: str) -> str:
    """`text` as hashcompat and HASH() leave it whole."""
    if text.isalnum() and text.isascii():
        return text
    return quote(text.translate(_SPOILT_LATIN if text.isascii() else _SPOILT), safe="", errors="replace")
