"""The shipped examples for nginx and Caddy publish what is public; card and login only when somebody says so."""

import re
from collections.abc import Iterator
from fnmatch import translate
from pathlib import Path

import pytest
from aiohttp import web

from router.hooks_web import routes as hook_routes
from trunkline.app.outside import PATHS
from trunkline.app.public import build_public
from trunkline.settings import load
from trunkline.web.rights import ROUTES, routes_of

FOLDER = Path(__file__).parents[2] / "config" / "proxy"
FORMS = ("nginx.conf.example", "Caddyfile.example")

_NGINX = re.compile(r"location (=|\^~|~) (\S+)\s+\{[^}]*proxy_pass http://127\.0\.0\.1:(\d+);")
_CADDY = re.compile(r"path ([^\n]+)\n\s*handle @\w+ \{\s*reverse_proxy 127\.0\.0\.1:(\d+)")


def text_of(name: str, *, said: bool) -> str:
    """The file without its comments; `said`: with what they offer."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    if said:
        lines = [re.sub(r"^(\s*)#(?! )", r"\1", line) for line in lines]
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def places(text: str) -> Iterator[tuple[str, str]]:
    """Which paths, as a pattern, go to which port."""
    for how, path, port in _NGINX.findall(text):
        match how:
            case "=":
                yield f"^{re.escape(path)}$", port
            case "^~":
                yield f"^{re.escape(path)}", port
            case _:
                yield path, port
    for paths, port in _CADDY.findall(text):
        for path in paths.split():
            yield f"^{translate(path)}", port


def ports(text: str, path: str) -> set[str]:
    """Where a request for this route goes."""
    asked = re.sub(r"\{[^}]+\}", "x", path)
    return {port for pattern, port in places(text) if re.search(pattern, asked)}


@pytest.mark.parametrize("name", FORMS)
def test_the_public_routes_and_nothing_else(name: str, tmp_path: Path) -> None:
    text = text_of(name, said=False)
    public = {
        path
        for _, path in routes_of(build_public(load(None, {"TRUNKLINE_DATA_DIR": str(tmp_path)}), web.Application()))
    }
    public -= {"/healthz"}

    assert {path: ports(text, path) for path in public} == {path: {"8081"} for path in public}
    hooks = {route.path for route in hook_routes()}
    assert {path: ports(text, path) for path in hooks} == {path: {"8070"} for path in hooks}
    private = {row.path for row in ROUTES} - public - {path.replace(":.*", "") for path in hooks}
    assert {path for path in private if ports(text, path)} == set()
    assert ":8080" not in text


@pytest.mark.parametrize("name", FORMS)
def test_card_and_login_when_they_are_let_out(name: str) -> None:
    """The same paths that `web.card_outside` serves on the public listener."""
    text = text_of(name, said=True)
    calendar = "/bookings/calendar/{token}.ics"
    wanted = {row.path for row in ROUTES if PATHS.match(row.path)} - {calendar} | {"/"}

    assert {path: ports(text, path) for path in wanted} == {path: {"8081"} for path in wanted}
    assert "8080" in ports(text, calendar)  # whether the card is let out or not
    assert {
        row.path for row in ROUTES if re.match("/(settings|contacts|api)", row.path) and ports(text, row.path)
    } == set()
