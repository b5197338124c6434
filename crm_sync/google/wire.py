"""Google's People API v1 in bytes: what is sent, what its answers and refusals mean. No I/O here.

Methods, fields and bounds are those of developers.google.com/people/api/rest/v1: at most 200 contacts in a request
that makes or changes them, 500 in one that deletes, 1,000 on a page of a list. A change has to name the source of the
contact with its etag. `clientData` is a program's own: by it we know ours again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from trunkline.errors import TrunklineError
from trunkline.notjson import NOT_JSON
from trunkline.phonebook.book import Place
from trunkline.phonebook.vcard import Known

MOST_WRITTEN: Final = 200
MOST_DELETED: Final = 500
PAGE: Final = 1000
OUR_KEY: Final = "trunkline"
LABEL: Final = "Trunkline"
"""The name of our group of contacts."""
MY_CONTACTS: Final = "contactGroups/myContacts"
"""Telephones copy what is in this group of Google's own."""
WRITTEN: Final = "names,phoneNumbers,emailAddresses,organizations"
_TYPES: Final[Mapping[Place, str]] = {Place.OFFICE: "work", Place.MOBILE: "mobile", Place.OTHER: "other"}

T = TypeVar("T")


class Trouble(StrEnum):
    """Why an account is not level."""

    SIGNED_OUT = "signed_out"
    """Its owner, or Google, took the permission back."""
    FORBIDDEN = "forbidden"
    """The client may not use the People API, or the account may not be written to."""
    BUSY = "busy"
    AWAY = "away"
    STALE = "stale"
    """What is there is not what we believe: it is listed anew."""
    REFUSED = "refused"
    KEY = "key"
    """Sealed with another key than this installation's."""


_BY_STATUS: Final[Mapping[int, Trouble]] = {
    401: Trouble.SIGNED_OUT,
    403: Trouble.FORBIDDEN,
    404: Trouble.STALE,
    429: Trouble.BUSY,
}


class Refused(TrunklineError):
    """Google did not do it; `sent` where it may have, and `after` are seconds it asks to wait."""

    def __init__(self, trouble: Trouble, words: str, *, sent: bool = False, after: float = 0.0) -> None:
        super().__init__(words)
        self.trouble, self.sent, self.after = trouble, sent, after


@dataclass(frozen=True, slots=True)
class There:
    """A contact of ours in an account: the resource, the id and etag of its source."""

    uid: str
    resource: str
    source: str
    etag: str


class _Source(msgspec.Struct):
    type: str
    id: str = ""
    etag: str = ""


class _Metadata(msgspec.Struct):
    sources: list[_Source] = []


class _Datum(msgspec.Struct):
    key: str = ""
    value: str = ""


class _Person(msgspec.Struct, rename="camel"):
    resource_name: str
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    client_data: list[_Datum] = []


class _Answered(msgspec.Struct):
    person: _Person


class _Created(msgspec.Struct, rename="camel"):
    created_people: list[_Answered] = []


class _Updated(msgspec.Struct, rename="camel"):
    update_result: dict[str, _Answered] = {}


class _Connections(msgspec.Struct, rename="camel"):
    connections: list[_Person] = []
    next_page_token: str = ""


class _Group(msgspec.Struct, rename="camel"):
    resource_name: str
    name: str = ""
    group_type: str = ""


class _Groups(msgspec.Struct, rename="camel"):
    contact_groups: list[_Group] = []
    next_page_token: str = ""


class _Error(msgspec.Struct):
    message: str = ""
    status: str = ""


class _Refusal(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


def person_of(known: Known) -> dict[str, Any]:
    """What is written of a contact or colleague."""
    told: dict[str, Any] = {
        "names": [{"givenName": known.name or known.company}],
        "phoneNumbers": [{"value": number, "type": _TYPES[place]} for place, number in known.numbers],
        "emailAddresses": [{"value": known.email}] if known.email else [],
        "organizations": [{"name": known.company}] if known.company else [],
    }
    return told


def content_of(known: Known) -> str:
    """What tells one content from another, in hex digits."""
    return hashlib.sha256(msgspec.json.encode(person_of(known))).hexdigest()[:32]


def creation(wanted: Sequence[Known], group: str) -> dict[str, Any]:
    """The body of people:batchCreateContacts."""
    labels = [{"contactGroupMembership": {"contactGroupResourceName": name}} for name in (MY_CONTACTS, group)]
    made = [
        person_of(one) | {"clientData": [{"key": OUR_KEY, "value": one.uid}], "memberships": labels} for one in wanted
    ]
    return {"contacts": [{"contactPerson": one} for one in made], "readMask": "metadata,clientData"}


def change(wanted: Sequence[tuple[Known, There]]) -> dict[str, Any]:
    """The body of people:batchUpdateContacts."""
    contacts = {
        there.resource: person_of(one)
        | {"metadata": {"sources": [{"type": "CONTACT", "id": there.source, "etag": there.etag}]}}
        for one, there in wanted
    }
    return {"contacts": contacts, "updateMask": WRITTEN, "readMask": "metadata,clientData"}


def read_created(body: bytes) -> list[There]:
    """Of an answer to a creation."""
    return [there for one in _read(body, _Created).created_people if (there := _there(one.person)) is not None]


def read_changed(body: bytes) -> list[There]:
    """Of an answer to a change."""
    answers = _read(body, _Updated).update_result.values()
    return [there for one in answers if (there := _there(one.person)) is not None]


def read_connections(body: bytes) -> tuple[list[There], str]:
    """Ours on a page of all contacts, and the token of the next page, if any."""
    page = _read(body, _Connections)
    return [there for one in page.connections if (there := _there(one)) is not None], page.next_page_token


def read_group(body: bytes) -> str:
    """The name of a label that was made."""
    return _read(body, _Group).resource_name


def read_groups(body: bytes) -> tuple[str, str]:
    """Our label's name on a page of labels, and the token of the next page, if any."""
    page = _read(body, _Groups)
    ours = (one for one in page.contact_groups if one.name == LABEL and one.group_type == "USER_CONTACT_GROUP")
    return next((one.resource_name for one in ours), ""), page.next_page_token


def refusal(status: int, body: bytes, after: float, *, writes: bool) -> Refused:
    """What an answer other than 200 means (google.rpc.Code; AIP-193)."""
    try:
        told = msgspec.json.decode(body, type=_Refusal).error
    except NOT_JSON:
        told = _Error()
    words = f"HTTP {status} {told.status} {told.message}".strip()[:300]
    if status >= 500:
        return Refused(Trouble.AWAY, words, sent=writes, after=after)
    trouble = _BY_STATUS.get(status, Trouble.REFUSED)
    if status == 400 and told.status.upper() == "FAILED_PRECONDITION":
        trouble = Trouble.STALE  # an etag of before
    return Refused(trouble, words, after=after)


def _there(person: _Person) -> There | None:
    uid = next((one.value for one in person.client_data if one.key == OUR_KEY), "")
    source = next((one for one in person.metadata.sources if one.type == "CONTACT"), None)
    return There(uid, person.resource_name, source.id, source.etag) if uid and source else None


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except NOT_JSON:
        raise Refused(Trouble.AWAY, "what it answers is not the People API's", sent=True) from None
