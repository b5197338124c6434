"""Styles, scripts and icons: read once, served from memory under addresses that change with their content."""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from aiohttp import hdrs, web

STYLE_PARTS: Final = (
    "tokens",
    "base",
    "layout",
    "navigation",
    "components",
    "content",
    "places",
    "way",
    "tables",
    "forms",
    "filters",
    "plan",
    "calendar",
    "timeline",
    "reports",
    "caller",
    "overlays",
    "print",
)
"""The files of static/css that make `trunkline.css`, in the order of the cascade."""

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_TEXT: Final = ("text/", "image/svg", "application/javascript", "application/json")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served; `packed` is its gzip form where that is smaller."""

    digest: str
    content_type: str
    body: bytes
    packed: bytes | None


class Assets:
    """Everything under the packages' `static` folders, by name.

    Files of `trunkline.web` have plain names (`icons.svg`), those of another package its last name in front
    (`router/plan.js`).
    """

    def __init__(self, packages: Iterable[str]) -> None:
        self._by_name: dict[str, Asset] = dict(_collect(packages))

    def url(self, name: str) -> str:
        """Where the browser finds `name`; a name that does not exist is a mistake in a template."""
        return f"/static/{self._by_name[name].digest}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """GET /static/{digest}/{name}: an outdated digest gets today's file, not cached."""
        asset = self._by_name.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        current = request.match_info["digest"] == asset.digest
        headers = {
            hdrs.CACHE_CONTROL: _FOR_EVER if current else "no-cache",
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
            hdrs.CONTENT_TYPE: asset.content_type,
            "X-Content-Type-Options": "nosniff",
        }
        if asset.packed is not None and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            return web.Response(body=asset.packed, headers=headers | {hdrs.CONTENT_ENCODING: "gzip"})
        return web.Response(body=asset.body, headers=headers)

    def routes(self) -> list[web.RouteDef]:
        """The one address all assets live under."""
        return [web.get("/static/{digest}/{name:.+}", self.serve)]


def _collect(packages: Iterable[str]) -> Mapping[str, Asset]:
    found: dict[str, bytes] = {}
    for package in packages:
        prefix = "" if package == "trunkline.web" else package.rpartition(".")[2] + "/"
        folder = files(package) / "static"
        if folder.is_dir():
            found |= _walk(folder, prefix)
    styles = [found.pop(f"css/{part}.css") for part in STYLE_PARTS if f"css/{part}.css" in found]
    if styles:
        found["trunkline.css"] = b"\n".join(styles)
    return {name: _asset(name, body) for name, body in found.items()}


def _walk(folder: Traversable, prefix: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= _walk(entry, f"{prefix}{entry.name}/")
        else:
            found[prefix + entry.name] = entry.read_bytes()
    return found


def _asset(name: str, body: bytes) -> Asset:
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    is_text = guessed.startswith(_TEXT)
    packed = gzip.compress(body, 9, mtime=0) if is_text else body
    return Asset(
        digest=hashlib.sha256(body).hexdigest()[:12],
        content_type=f"{guessed}; charset=utf-8" if is_text else guessed,
        body=body,
        packed=packed if len(packed) < len(body) else None,
    )
