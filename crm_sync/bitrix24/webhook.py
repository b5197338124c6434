"""A portal that is reached by an incoming webhook: its address, and what it is told of a call there. No I/O here.

`https://company.bitrix24.ru/rest/1/CODE/`: CODE is the secret. By it nobody may register calls (crm.md §2.1), so a call
is an activity of whoever has the number, known again by ORIGIN_ID; a lead that is made for it by its number.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from crm_sync.bitrix24.call import Ended, Facts
from crm_sync.bitrix24.owner import TYPES, Entity
from crm_sync.bitrix24.wire import Bad, Tokens
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

ORIGINATOR: Final = "trunkline"
FOR_EVER: Final = 4_102_444_800.0
"""2100: it does not say when it ends."""
REFUSALS: Final[Mapping[str, str]] = {
    "no_webhook": mark("this is no address of an incoming webhook of this portal"),
    "webhook_lacks": mark("the webhook lacks a permission: it needs crm and user"),
}
_PATH: Final = re.compile(r"/rest/([1-9][0-9]{0,15})/([A-Za-z0-9]{6,100})/?(?:[A-Za-z.]+(?:\.json)?)?/?").fullmatch
_ENDPOINT: Final = re.compile(r"/rest/[0-9]+/$").search
_CALL: Final = "2"


def tokens_of(address: str, portal: str) -> Tokens | None:
    """Of a webhook's address as the portal shows it, with or without a method; None for what is none of `portal`."""
    try:
        parts = urlsplit(address.strip())
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
    except ValueError:
        return None
    found = _PATH(parts.path)
    if found is None or origin != portal:
        return None
    user, code = found.groups()
    return Tokens(code, "", FOR_EVER, f"{portal}/rest/{user}/", int(user))


def is_webhook(endpoint: str) -> bool:
    """Whether `crm_tokens.endpoint` is a webhook's, whose code is then the access token."""
    return _ENDPOINT(endpoint) is not None


def without(code: str, bad: Bad) -> Bad:
    """A server before the portal may quote the address that was asked for."""

    def clean(text: str) -> str:
        return text.replace(code, "…")

    return replace(
        bad, fault=replace(bad.fault, reason=clean(bad.fault.reason)), said=clean(bad.said), answer=clean(bad.answer)
    )


def lead_params(facts: Facts, user: int) -> dict[str, Any]:
    """A lead for a number nobody has; it is known again by the number."""
    return {
        "entityTypeId": TYPES["LEAD"],
        "fields": {
            "title": _subject(facts, is_good=True),
            "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": facts.phone}],
            "assignedById": user,
            "sourceId": "CALL",
            "originatorId": ORIGINATOR,
            "originId": facts.phone,
        },
    }


def lead_search(facts: Facts) -> dict[str, Any]:
    """Those that were made for it, the newest first."""
    said = {"originatorId": ORIGINATOR, "originId": facts.phone}
    return {"entityTypeId": TYPES["LEAD"], "filter": said, "select": ["id"], "order": {"id": "DESC"}, "start": 0}


def activity_params(call: UUID, facts: Facts, told: Ended, entity: Entity, user: int) -> dict[str, Any]:
    """A call among the activities of `entity`: a missed one stays to be done."""
    is_good = told.seconds > 0
    owner = TYPES[entity.kind]
    return {
        "fields": {
            "OWNER_TYPE_ID": owner,
            "OWNER_ID": entity.id,
            "TYPE_ID": _CALL,
            "SUBJECT": _subject(facts, is_good=is_good),
            "START_TIME": facts.started_at.isoformat(timespec="seconds"),
            "END_TIME": (facts.started_at + timedelta(seconds=told.seconds)).isoformat(timespec="seconds"),
            "COMPLETED": "Y" if is_good or facts.outgoing else "N",
            "RESPONSIBLE_ID": user,
            "DIRECTION": "2" if facts.outgoing else "1",
            "DESCRIPTION": _description(facts, told),
            "DESCRIPTION_TYPE": "1",
            "COMMUNICATIONS": [
                {"TYPE": "PHONE", "VALUE": facts.phone, "ENTITY_TYPE_ID": owner, "ENTITY_ID": entity.id}
            ],
            "ORIGINATOR_ID": ORIGINATOR,
            "ORIGIN_ID": str(call),
        }
    }


def activity_search(call: UUID) -> dict[str, Any]:
    """The activity of a call, whoever has it by now."""
    said = {"ORIGINATOR_ID": ORIGINATOR, "ORIGIN_ID": str(call)}
    return {"filter": said, "select": ["ID", "OWNER_ID", "OWNER_TYPE_ID"]}


def found_activity(result: Any) -> tuple[str, str]:
    """Its id, and what it belongs to; empty where there is none."""
    rows = [row for row in result if isinstance(row, dict)] if isinstance(result, list) else []
    if not rows:
        return "", ""
    names = {str(number): kind for kind, number in TYPES.items()}
    kind = names.get(str(rows[0].get("OWNER_TYPE_ID")), "")
    return str(rows[0].get("ID", "")), f"{kind} {rows[0].get('OWNER_ID')}" if kind else ""


def _subject(facts: Facts, *, is_good: bool) -> str:
    if facts.outgoing:
        return _("Outgoing call to %(phone)s") % {"phone": facts.phone}
    if is_good:
        return _("Incoming call from %(phone)s") % {"phone": facts.phone}
    return _("Missed call from %(phone)s") % {"phone": facts.phone}


def _description(facts: Facts, told: Ended) -> str:
    lines = [_("Line: %(line)s") % {"line": facts.line}] if facts.line else []
    if told.seconds:
        minutes, seconds = divmod(told.seconds, 60)
        lines.append(_("Talk: %(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds})
    return "\n".join([*lines, *filter(None, [told.reason])])
