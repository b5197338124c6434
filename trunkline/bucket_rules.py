"""What the settings `recordings.s3_*` must be, each alone and together; no message repeats the secret. No I/O here."""

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from trunkline.errors import Mistake

_ENDPOINT: Final = re.compile(r"https?://[^/?#@\s]+/?")
_PARTS: Final = ("s3_endpoint", "s3_prefix", "s3_key_id", "s3_secret")
"""What says nothing without a bucket."""


def _is_endpoint(text: str) -> bool:
    return not text or (_ENDPOINT.fullmatch(text) is not None and urlsplit(text).port != 0)


def _is_prefix(text: str) -> bool:
    parts = text.split("/")
    return not text or all(re.fullmatch(r"[\w.-]+", part, re.ASCII) and part not in {".", ".."} for part in parts)


BUCKET_CHECKS: Final[tuple[tuple[str, Callable[[Any], object], str], ...]] = (
    (
        "recordings.s3_bucket",
        lambda v: not v or re.fullmatch(r"[A-Za-z0-9][\w.-]{1,61}[A-Za-z0-9]", v, re.ASCII),
        "must be a bucket's name alone: 3 to 63 letters, digits, dots and dashes, without s3:// and a path",
    ),
    (
        "recordings.s3_endpoint",
        _is_endpoint,
        "must be http:// or https:// and a host, without the bucket, e.g. https://storage.yandexcloud.net",
    ),
    ("recordings.s3_region", lambda v: re.fullmatch(r"[a-z0-9-]{1,40}", v), "must be a region, e.g. eu-central-1"),
    ("recordings.s3_prefix", _is_prefix, "must be names with a / between them, e.g. trunkline/calls"),
    ("recordings.s3_key_id", lambda v: re.fullmatch(r"[!-~]{0,256}", v), "must be the key's id alone, without spaces"),
    ("recordings.s3_secret", lambda v: re.fullmatch(r"[!-~]{0,256}", v), "must be the secret alone, without spaces"),
)
"""As those of trunkline/settings_checks.py."""


def mistakes_in_bucket(recordings: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is missing beside the rest."""
    if not recordings["s3_bucket"]:
        given = [name for name in _PARTS if recordings[name]]
        if given:
            yield Mistake("recordings.s3_bucket", f"must name the bucket, as recordings.{given[0]} is set")
        return
    for name in ("s3_key_id", "s3_secret"):
        if not recordings[name]:
            yield Mistake(
                f"recordings.{name}", "must be set, as recordings.s3_bucket is: the store lets nobody in without"
            )
    if recordings["directory"]:
        told = "must be empty, as recordings.s3_bucket is set: recordings are kept in one of the two"
        yield Mistake("recordings.directory", told)


def crosses_in_clear(endpoint: str) -> bool:
    """Whether recordings go to it unencrypted over a network."""
    host = urlsplit(endpoint).hostname or ""
    try:
        near = ip_address(host).is_loopback
    except ValueError:
        near = host == "localhost"
    return endpoint.startswith("http://") and not near
