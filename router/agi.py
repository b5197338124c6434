"""Asterisk's gateway interface as text: what it tells about a call, what it is asked, what it is told. No I/O here.

The form is that of res_agi.c: `agi_name: value` lines up to an empty one; then one command a line, one reply a line,
strictly in turn, for Asterisk polls its socket and not what it has buffered of it. A command has at most 2047 bytes.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

from router.wire import question_of_query
from trunkline.pbx.port import Decision, Question

LONGEST_COMMAND = 2000
_REPLY = re.compile(r"200 result=1 \((.*)\)", re.DOTALL).fullmatch

_ASKED = {
    "id": "CHANNEL(linkedid)",
    "from": "CALLERID(num)",
    "to": "EXTEN",
    "line": "TRUNKLINE_LINE",
    "state": "TRUNKLINE_STATE",
    "action": "TRUNKLINE_ACTION",
    "target": "TRUNKLINE_TARGET",
    "digits": "TRUNKLINE_DIGITS",
    "dialled": "DIALSTATUS",
    "queued": "QUEUESTATUS",
}
ASK = "GET FULL VARIABLE " + "&".join(f"{name}=${{URIENCODE(${{{asked}}})}}" for name, asked in _ASKED.items())
"""Everything in one command. URIENCODE keeps a bracket or a line break of a hostile caller ID out of the reply."""


def environment_of(lines: Iterable[str]) -> dict[str, str]:
    """The `agi_` values by name without the prefix; of a doubled name the first counts, lines of other forms do not."""
    values: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.startswith("agi_"):
            values.setdefault(name[4:], value.strip())
    return values


def script_of(environment: Mapping[str, str]) -> str:
    """What is asked for: `route` of `agi://host:4573/route?token=…`; empty where that is no address."""
    try:
        return urlsplit(environment.get("network_script", "")).path.strip("/")
    except ValueError:  # a bracket that is never closed
        return ""


def token_of(environment: Mapping[str, str]) -> str | None:
    """The token: first argument of `AGI()`, or `token` in the request's query; None where neither says anything.

    An empty one says nothing: a dialplan whose TRUNKLINE_TOKEN is empty still passes the argument, and is known by its
    address.
    """
    if argument := environment.get("arg_1"):
        return argument
    query = environment.get("request", "").partition("?")[2]
    return dict(parse_qsl(query)).get("token")


def value_of(reply: str) -> str | None:
    """What a variable holds, from the reply to GET FULL VARIABLE; None for any other reply."""
    match = _REPLY(reply)
    return match[1] if match else None


def question_of(pbx: str, environment: Mapping[str, str], asked: str) -> Question:
    """One turn from what ASK brought; where that has no number, from the environment (FreePBX ends up in `s`)."""
    told = dict(parse_qsl(asked, keep_blank_values=True))
    known = environment.get("callerid", "")
    fields = {
        "id": told.get("id") or environment.get("uniqueid", ""),
        "from": told.get("from", "" if known == "unknown" else known),
        "to": told.get("line") or told.get("to") or environment.get("extension", ""),
        "state": told.get("state", ""),
        "status": told.get("queued") or told.get("dialled", ""),
        "queue": told.get("target", "") if told.get("action") == "queue" else "",
        "digits": told.get("digits", ""),
    }
    return question_of_query(pbx, fields)


def commands_of(decision: Decision) -> list[str]:
    """The step as channel variables; TRUNKLINE_VALID comes last and says that all of them were set.

    What the turn leaves behind for the next one is emptied. Raises ValueError where Asterisk could not read a command.
    """
    given = decision.notice
    values = {
        "TRUNKLINE_ACTION": decision.action.value,
        "TRUNKLINE_TARGET": decision.target,
        "TRUNKLINE_TARGETS": "-".join(decision.targets),
        "TRUNKLINE_SECONDS": str(decision.ring_seconds or decision.wait_seconds or ""),
        "TRUNKLINE_PRIO": str(decision.priority),
        "TRUNKLINE_CONFIRM": f"{decision.confirm:d}",
        "TRUNKLINE_SOUND": decision.sound,
        "TRUNKLINE_NAME": decision.caller_name,
        "TRUNKLINE_NEXT": decision.next.value,
        "TRUNKLINE_STATE": decision.state,
        "TRUNKLINE_NOTICE": given.notice.sound if given else "",
        "TRUNKLINE_NOTICE_WHEN": given.notice.when.value if given else "",
        "TRUNKLINE_NOTICE_DIGIT": given.notice.digit if given else "",
        "TRUNKLINE_NOTICE_TOLD": given.token if given else "",
        **dict.fromkeys(("TRUNKLINE_DIGITS", "DIALSTATUS", "QUEUESTATUS"), ""),
        "TRUNKLINE_VALID": "1",
    }
    commands = [set_variable(name, value) for name, value in values.items()]
    if any(len(command.encode()) > LONGEST_COMMAND for command in commands):
        raise ValueError("a value is longer than a command may be")
    return commands


def set_variable(name: str, value: str) -> str:
    """The command; res_agi.c undoes a backslash before a quotation mark or another, and a line ends the command."""
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'SET VARIABLE {name} "{escaped}"'
