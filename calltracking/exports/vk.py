"""VK Реклама: offline events by a server's hit of the pixel (calltracking.md §4.8). No I/O here."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from calltracking.exports.conversion import ALL, Conversion, Plain, Request, Target

HOST: Final = "https://top-fwz1.mail.ru"
_PIXEL = re.compile(r"\d{1,12}").fullmatch
_GOAL = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}").fullmatch
_CLICK = re.compile(r"[0-9A-Za-z_.~-]{1,512}").fullmatch


def is_pixel(text: str) -> bool:
    """Whether it is a pixel's number."""
    return _PIXEL(text) is not None


def is_goal(text: str) -> bool:
    """Whether a goal may be called so."""
    return _GOAL(text) is not None


class VkAds(Plain):
    """The exporter: a hit a conversion, by the click id that VK put into the landing's address.

    The value of a payment is in whole roubles: nobody documents a fraction.
    """

    foreign = False
    most = 1

    def __init__(self, takes: frozenset[str] = ALL) -> None:
        self.takes = takes

    def unfit(self, told: Conversion, now: float) -> str:
        """It must have a click id, and be over."""
        if not _CLICK(told.rb_clickid):
            return "no_click_id"
        return "not_yet" if told.at > now else ""

    def family(self, told: Conversion) -> str:
        """One click a hit."""
        return told.rb_clickid

    def request(self, target: Target, batch: Sequence[Conversion], name: str) -> Request:  # noqa: ARG002 - hits have no name
        """`GET /tracker`."""
        (one,) = batch
        goal, click = quote(target.goal, safe=""), quote(one.rb_clickid, safe="")
        value = f"RG%3A{(one.value + 50) // 100}"
        url = f"{HOST}/tracker?id={target.account};e={value}/{goal};rb_clickid={click}"
        return Request("GET", url, hidden=value if one.value else "")

    def remote_id(self, answer: bytes) -> str:  # noqa: ARG002 - it is a picture
        """VK names nothing."""
        return ""
