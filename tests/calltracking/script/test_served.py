"""The script as it is served: its size, its versions and the headers by which any page may load it."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

import calltracking.script
from calltracking.script.beside import read_beside
from calltracking.script.library import Library
from calltracking.script.pages import add_library, routes
from trunkline.web.security import set_headers

_FOLDER = Path(calltracking.script.__file__).parent
_PARTS = ("phones", "page", "source", "wire", "start", "explain", "tracked", "form", "callback")


def test_the_script_is_small() -> None:
    assert len(Library().current.packed) <= 5120


def test_what_stands_beside_it_is_small() -> None:
    beside = read_beside()

    assert len(beside["callback.js"].packed) <= 6 * 1024
    assert len(beside["form.js"].packed) <= 2 * 1024


def test_what_is_shipped_is_built_from_the_source() -> None:
    source = b"".join((_FOLDER / "source" / f"{part}.js").read_bytes() for part in _PARTS)
    built = (_FOLDER / "static/source.sha256").read_text().strip()

    assert hashlib.sha256(source).hexdigest() == built, "run: node calltracking/script/build.mjs"


def test_the_script_pins_its_overlay() -> None:
    overlay = (_FOLDER / "static/explain.js").read_bytes()
    digest = base64.b64encode(hashlib.sha256(overlay).digest()).decode()

    assert f'"sha256-{digest}"' in (_FOLDER / "static/t.js").read_text()


def test_the_corpus_is_whole() -> None:
    cases = json.loads((Path(__file__).parent / "corpus/fragments.json").read_text(encoding="utf-8"))
    numbers = {case["old"]: case["new"] for case in cases}

    assert len(cases) >= 200
    assert all(numbers[case["old"]] == case["new"] for case in cases), "one page holds them all"
    assert sum(case["fragment"] == case["expected"] for case in cases) >= 70


def test_a_released_version_stays(tmp_path: Path) -> None:
    for name in ("t.js", "explain.js"):
        (tmp_path / name).write_text("new")
    (tmp_path / "pinned").mkdir()
    (tmp_path / "pinned" / "1.js").write_text("old")
    version = hashlib.sha256(b"old").hexdigest()[:12]

    library = Library(tmp_path)

    assert (found := library.version(version)) is not None
    assert found.body == b"old"
    assert library.version(library.current.version) is library.current
    assert library.version("../../etc") is None


def _archived() -> list[tuple[str, str]]:
    """Every file that a page may have pinned, by its hash and name; lines are only ever added."""
    lines = (_FOLDER / "static/pinned/SHA256SUMS").read_text().splitlines()
    return [(line[:64], line[66:]) for line in lines]


def test_what_is_built_is_kept_for_who_pins_it() -> None:
    library = Library()

    kept = {name for _, name in _archived()}
    assert {f"{library.current.version}.js", f"explain-{library.overlay.version}.js"} <= kept, "run: node build.mjs"
    assert kept | {"SHA256SUMS"} == {path.name for path in (_FOLDER / "static/pinned").iterdir()}


@pytest.mark.parametrize(("digest", "name"), _archived())
async def test_every_version_that_was_shipped_is_served_with_its_bytes(digest: str, name: str) -> None:
    pin = f"sha256-{base64.b64encode(bytes.fromhex(digest)).decode()}"
    async with _client(_app()) as client:
        path = f"/t/explain.js?{pin}" if name.startswith("explain-") else f"/t/{name}"
        answer = await client.get(URL(path, encoded=True), headers={"Accept-Encoding": ""})
        body = await answer.read()

        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert hashlib.sha256(body).hexdigest() == digest
        if name.startswith("explain-"):
            return
        (asked,) = re.findall(rb'"(sha256-[^"]+)"', body)
        assert Library().overlay_of(asked.decode()), "its overlay is not kept"


@pytest.mark.parametrize(
    ("path", "cache"),
    [("/t.js", "max-age=3600"), ("/t/explain.js", "max-age=3600"), ("/t/{version}.js", "immutable")],
)
async def test_any_page_may_load_it(path: str, cache: str) -> None:
    async with _client(_app()) as client:
        path = path.format(version=Library().current.version)
        answer = await client.get(path, headers={"Accept-Encoding": ""})

        assert answer.status == 200
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert cache in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers

        again = await client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304


async def test_it_goes_packed_to_who_takes_it() -> None:
    async with _client(_app()) as client:
        answer = await client.get("/t.js", headers={"Accept-Encoding": "gzip"}, auto_decompress=False)

        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await answer.read()) == Library().current.body


async def test_a_version_that_never_was_is_refused() -> None:
    async with _client(_app()) as client:
        answer = await client.get("/t/000000000000.js")

        assert answer.status == 404
        assert answer.headers["Cache-Control"] == "no-cache"


def _app() -> web.Application:
    app = web.Application()
    add_library(app)
    app.add_routes(routes())
    app.on_response_prepare.append(set_headers)
    return app


def _client(app: web.Application) -> TestClient[web.Request, web.Application]:
    return TestClient(TestServer(app))
