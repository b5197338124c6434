"""Operations about what the company has and knows: contacts, spam, lines, the mirror. No I/O here."""

from collections.abc import Sequence
from typing import Any, Final

from trunkline.app.bodies import (
    ContactPage,
    LinePage,
    MirrorPage,
    SpamAnswer,
    SpamPage,
)
from trunkline.app.operation import PAGED, Json, Operation, query
from trunkline.contacts.api import ContactBody, SpamBody
from trunkline.contacts.store import StoredContact
from trunkline.directory.values import LineMode
from trunkline.lines.api import LineBody, LineChange
from trunkline.lines.holding_api import AliasBody
from trunkline.lines.holdings import LabelText, Term
from trunkline.lines.life import LifeState
from trunkline.lines.line import StoredLine
from trunkline.lines.notice import NoticeFields
from trunkline.lines.notice_pages import LineNotice, LineNotices
from trunkline.mirror.api import Batch
from trunkline.mirror.imports import MirrorReport
from trunkline.people.roles import Right


def _holdings(
    name: str, key: str, summaries: tuple[str, str, str], *, body: Any, answer: Any, query: Sequence[Json] = ()
) -> tuple[Operation, ...]:
    """What a line has several of: listing them, adding one, dropping the one of a `key` (and `query`)."""
    path, (listed, added, dropped) = f"/api/v1/lines/{{number}}/{name}", summaries
    return (
        Operation("get", path, listed, {200: answer}, Right.LINES_READ),
        Operation("post", path, added, {201: answer, 200: answer}, Right.LINES_EDIT, body=body),
        Operation("delete", f"{path}/{{{key}}}", dropped, {204: None}, Right.LINES_EDIT, query),
    )


COMPANY: Final = (
    Operation(
        "get",
        "/api/v1/contacts",
        "Contacts",
        {200: ContactPage},
        Right.CONTACTS_READ,
        (query("number", "A number in any spelling."), query("name", "Part of the name."), *PAGED),
    ),
    Operation(
        "post",
        "/api/v1/contacts",
        "Add a contact, or replace the one of this `external_id`",
        {200: StoredContact},
        Right.CONTACTS_EDIT,
        body=ContactBody,
    ),
    Operation("get", "/api/v1/contacts/{id}", "One contact", {200: StoredContact}, Right.CONTACTS_READ),
    Operation("delete", "/api/v1/contacts/{id}", "Take a contact out", {204: None}, Right.CONTACTS_EDIT),
    Operation(
        "get",
        "/api/v1/spam",
        "Spam numbers",
        {200: SpamPage},
        Right.SPAM_READ,
        (query("source", "One list."), query("prefix", "First digits, e.g. +7495."), *PAGED),
    ),
    Operation(
        "post",
        "/api/v1/spam",
        "Add a number (201), or change what is said of it (200)",
        {200: SpamAnswer, 201: SpamAnswer},
        Right.SPAM_EDIT,
        body=SpamBody,
    ),
    Operation("delete", "/api/v1/spam/{number}", "Take a number off the list", {204: None}, Right.SPAM_EDIT),
    Operation(
        "get",
        "/api/v1/lines",
        "Our lines by number",
        {200: LinePage},
        Right.LINES_READ,
        (
            query("number", "Digits of the number, anywhere in it."),
            *(query(name, f"Exactly this {name}.") for name in ("city", "operator", "brand")),
            query("mode", "What becomes of our decision.", enum=list(LineMode)),
            query("state", "Where it is in its life.", enum=list(LifeState)),
            query("active", "In use, or closed.", enum=["true", "false"]),
            *PAGED,
        ),
    ),
    Operation(
        "post",
        "/api/v1/lines",
        "Add a line (201), or replace the one of this number (200)",
        {200: StoredLine, 201: StoredLine},
        Right.LINES_EDIT,
        body=LineBody,
    ),
    Operation("get", "/api/v1/lines/{number}", "One line", {200: StoredLine}, Right.LINES_READ),
    Operation(
        "patch",
        "/api/v1/lines/{number}",
        "Change the fields that are sent",
        {200: StoredLine},
        Right.LINES_EDIT,
        body=LineChange,
    ),
    Operation(
        "get",
        "/api/v1/lines/{number}/notices",
        "What a line plays before a talk is recorded, each way",
        {200: LineNotices},
        Right.LINES_READ,
    ),
    Operation(
        "put",
        "/api/v1/lines/{number}/notices/{way}",
        "What it plays from now on: calls in or out; a change makes the next version",
        {200: LineNotice},
        Right.LINES_EDIT,
        body=NoticeFields,
    ),
    *_holdings(
        "aliases",
        "alias",
        ("What else PBXs call a line", "Give a line an alias", "Take an alias off a line"),
        body=AliasBody,
        answer=list[str],
    ),
    *_holdings(
        "operators",
        "since",
        (
            "Who carried a line when",
            "Who carries a line from a day on; what went on until then ends there",
            "Take an operator out of a line's history",
        ),
        body=Term,
        answer=list[Term],
    ),
    *_holdings(
        "labels",
        "since",
        (
            "A line's labelled texts",
            "What an operator shows of our calls from a line",
            "Take a labelled text off a line",
        ),
        body=LabelText,
        answer=list[LabelText],
        query=(query("operator", "Whose text.", minLength=1),),
    ),
    Operation(
        "get",
        "/api/v1/mirror/{entity}",
        "Records of our copy of the CRM; money entities need money.read",
        {200: MirrorPage},
        Right.CONTACTS_READ,
        (query("cursor", "`next` of the page before.", format="uuid"),),
    ),
    Operation(
        "post",
        "/api/v1/mirror/{entity}",
        "Add or change up to 1000 records; bad ones are told and the rest goes in",
        {200: MirrorReport},
        Right.IMPORTS_RUN,
        body=Batch,
    ),
    Operation("get", "/api/v1/openapi.json", "This document", {200: dict[str, Any]}),
)
