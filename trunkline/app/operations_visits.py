"""Operations about visits to clients. No I/O here."""

from typing import Final

from trunkline.app.operation import PAGED, Operation, query
from trunkline.people.roles import Right
from trunkline.visits.api import FreeAnswer, VisitPage
from trunkline.visits.visit import BookBody, MoveBody, Visit

VISITS: Final = (
    Operation(
        "get",
        "/api/v1/bookings",
        "Visits to come, the nearest first; or those that are over or cancelled, the latest first",
        {200: VisitPage},
        Right.CARD_USE,
        (
            query("when", "To come (the default), or past.", enum=["coming", "past"]),
            query("whose", "All within reach (the default), or those he goes to or booked.", enum=["mine", "all"]),
            *PAGED,
        ),
    ),
    Operation(
        "post",
        "/api/v1/bookings",
        "Book a visit: one of the free times of somebody",
        {201: Visit},
        Right.CARD_USE,
        body=BookBody,
    ),
    Operation(
        "get",
        "/api/v1/bookings/free",
        "When somebody may be sent: his working hours without what his calendar says and what is booked",
        {200: FreeAnswer},
        Right.CARD_USE,
        (query("person", "Who.", format="uuid") | {"required": True},),
    ),
    Operation("get", "/api/v1/bookings/{id}", "One visit", {200: Visit}, Right.CARD_USE),
    Operation("delete", "/api/v1/bookings/{id}", "It does not take place", {204: None}, Right.CARD_USE),
    Operation(
        "post",
        "/api/v1/bookings/{id}/move",
        "To another free time of the same person",
        {200: Visit},
        Right.CARD_USE,
        body=MoveBody,
    ),
)
