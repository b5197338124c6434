"""Ids of visitors and visits that only we can have made, checked without looking anything up. No I/O here.

A UUIDv7 whose last six bytes are a MAC over the rest, its site and, of a visit, its visitor. The MAC also tells
whether the id was given to somebody who was over the limit of newcomers: he is not leased a number by it.
"""

import hmac
import os
from enum import Enum
from uuid import UUID

from trunkline.ids import uuid7

_MAC_BYTES = 6


class Grade(Enum):
    """What an id is good for."""

    FULL = b"full"
    LIMITED = b"limited"
    """Beats and taps are taken, a lease is not given."""


class IdMaker:
    """Makes and knows ids under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"calltracking ids", "sha256")

    def visitor(self, site: UUID, at: float, grade: Grade) -> UUID:
        """A new visitor's id."""
        return self._made(at, grade, site.bytes)

    def visit(self, site: UUID, visitor: UUID, at: float, grade: Grade) -> UUID:
        """A new visit's id."""
        return self._made(at, grade, site.bytes + visitor.bytes)

    def visitor_grade(self, site: UUID, visitor: UUID) -> Grade | None:
        """What this visitor's id is good for on the site; None where we did not make it."""
        return self._grade(visitor, site.bytes)

    def visit_grade(self, site: UUID, visitor: UUID, visit: UUID) -> Grade | None:
        """What this visit's id is good for; None where we did not make it for him."""
        return self._grade(visit, site.bytes + visitor.bytes)

    def daily(self, site: UUID, address: str, agent: str, at: float, grade: Grade, seat: int = 0) -> UUID:
        """Who keeps no cookie is known for a day by address and browser; the next day nobody can tell it was he.

        `seat` tells those apart who look at pages at once.
        """
        salt = hmac.digest(self._key, str(int(at // 86_400)).encode(), "sha256")
        told_seat = (str(seat).encode(),) if seat else ()
        told = hmac.digest(salt, b"\0".join((site.bytes, address.encode(), agent.encode(), *told_seat)), "sha256")
        return self._signed(uuid7(at // 86_400 * 86_400, told[:10]), grade, site.bytes)

    def _made(self, at: float, grade: Grade, bound: bytes) -> UUID:
        return self._signed(uuid7(at, os.urandom(10)), grade, bound)

    def _signed(self, plain: UUID, grade: Grade, bound: bytes) -> UUID:
        head = plain.bytes[:-_MAC_BYTES]
        return UUID(bytes=head + self._mac(head, grade, bound))

    def _grade(self, told: UUID, bound: bytes) -> Grade | None:
        head, mac = told.bytes[:-_MAC_BYTES], told.bytes[-_MAC_BYTES:]
        return next((grade for grade in Grade if hmac.compare_digest(mac, self._mac(head, grade, bound))), None)

    def _mac(self, head: bytes, grade: Grade, bound: bytes) -> bytes:
        return hmac.digest(self._key, grade.value + bound + head, "sha256")[:_MAC_BYTES]
