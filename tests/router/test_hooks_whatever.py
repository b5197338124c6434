"""Whatever comes to any provider's address is answered in the provider's form, kept, and can be read again."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_from_bytes

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from yarl import URL

from router.hooks import received_now
from router.wiring import build_question_app
from tests.fakes.hosted import BEGINNINGS, address, company
from tests.router.conftest import WriteDirectory
from trunkline.directory.reader import Directory
from trunkline.pbx.hooks.providers import told_by
from trunkline.pbx.hooks.record import HookRecord, unpack_hook
from trunkline.pbx.telphin.xml import is_plain
from trunkline.settings import Settings
from trunkline.spool import Kind, Position, SpoolReader, SpoolWriter

Server = Callable[[str, str, bytes, Mapping[str, str]], tuple[int, bytes]]


def _object(body: bytes) -> bool:
    return isinstance(msgspec.json.decode(body), dict)


def _xml(body: bytes) -> bool:
    match = re.fullmatch(r'<\?xml version="1\.0" encoding="UTF-8"\?>\n<Response>(.*)</Response>', body.decode())
    return match is not None and is_plain(match[1])


FORMS: Final[Mapping[str, tuple[frozenset[int], Callable[[bytes], bool]]]] = {
    "zadarma": (frozenset({200, 403}), lambda _: True),  # zd_echo goes back as it came
    "uis": (frozenset({200}), _object),
    "sipuni": (frozenset({200}), _object),
    "telphin": (frozenset({200}), _xml),
    "megafon": (frozenset({200, 400, 401}), _object),
    "onlinepbx": (frozenset({200}), lambda body: body == b"" or _object(body)),
    "mts": (frozenset({200, 400, 401}), lambda body: body == b""),
    "exolve": (frozenset({200, 400}), _object),
    "mango": (frozenset({200, 403}), lambda body: body == b"" or _object(body)),
    "beeline": (frozenset({200}), lambda body: body == b""),
}
"""By provider: what its requests may be answered with."""

_NAMES: Final = re.findall(
    r"\S+",
    """event call_id cdr_id call_session_id numa numb input_result fromnum tonum dtmf label time EventType CallAPIID
    CallID CallerIDNum CalledDID CallFlow cmd callid phone diversion crm_token type user direction start duration
    status uuid caller callee EventTime From To method params id sip_id numberA call_sid date_time talk_time
    pbx_call_id call_start timestamp json sign zd_echo wait_dtmf[name] a[b][c][d][e]""",
)
_WORDS: Final = re.findall(
    r"\S+",
    """NOTIFY_START NOTIFY_IVR contact event history in out CallAccepted EndCall call_interactive hangup call_end s e
    d 1 2 3 nan inf -1 99999999999999999999 1e308 79160000004 9160000004 2026-08-06T12:00:00+03:00
    9999-12-31T23:59:59-23:59 getControlCallFollowMe""",
)
_VALUES: Final = (
    st.sampled_from(("\0", *_WORDS)) | st.text(max_size=20) | st.integers() | st.floats() | st.booleans() | st.none()
)
_NESTED: Final = st.recursive(
    _VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=3)
)
_FIELDS: Final = st.dictionaries(st.sampled_from(_NAMES), _NESTED, max_size=12)


def _form(fields: Mapping[str, Any]) -> bytes:
    pairs = (f"{name}={quote_from_bytes(str(value).encode(errors='replace'))}" for name, value in fields.items())
    return "&".join(pairs).encode()


_BODIES: Final = (
    st.binary(max_size=400) | _FIELDS.map(_form) | _FIELDS.map(lambda one: repr(one).encode(errors="replace"))
)
_JSON: Final = _FIELDS.map(lambda one: msgspec.json.encode(_plain(one)))
BODIES: Final = _BODIES | _JSON
KINDS: Final = st.sampled_from(
    ("", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/\udcff", "é")
)
_PATHS: Final = st.sampled_from(
    ("", "/in", "/end", "/talk", "/route", "/events/call", "/result/route", "/ping", "/%00", "/%ff", "/a/../b")
)
_QUERIES: Final = (
    st.just("") | _FIELDS.map(lambda one: _form(one).decode()) | st.binary(max_size=60).map(quote_from_bytes)
)


def _plain(value: Any) -> Any:
    """What JSON can hold: no lone surrogate, an integer of any size as its digits."""
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case str():
            return value.encode(errors="replace").decode()
        case int() if abs(value) >> 63:
            return msgspec.Raw(str(value).encode())
        case _:
            return value


@pytest.fixture
def server(write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter) -> Iterator[Server]:
    """Sends requests to a question application of a company with an account at every provider."""
    directory = Directory.open(write_directory(head=company(settings.secret_box())))
    with asyncio.Runner() as runner:
        client: TestClient[web.Request, web.Application] = TestClient(
            TestServer(build_question_app(settings, directory, spool), loop=runner.get_loop()), loop=runner.get_loop()
        )
        runner.run(client.start_server())

        async def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
            async with client.session.request(
                method, URL(str(client.make_url("/")).rstrip("/") + path, encoded=True), data=body, headers=headers
            ) as response:
                return response.status, await response.read()

        yield lambda *sent: runner.run(send(*sent))
        runner.run(client.close())


def _kept(folder: Path, position: Position) -> tuple[list[HookRecord], Position]:
    records, position = SpoolReader(folder).read(position, most=1000)
    return [unpack_hook(one.payload) for one in records if one.kind == Kind.HOOK], position


@pytest.mark.parametrize("name", FORMS)
def test_whatever_comes(name: str, server: Server, spool_dir: Path) -> None:
    statuses, fits = FORMS[name]
    known = BEGINNINGS[name]("917860068009", "79160000004")[3]
    position = Position(0, 0)

    @tried(suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(("GET", "POST")), _PATHS, _QUERIES, BODIES, KINDS, st.booleans())
    def answered(method: str, path: str, query: str, body: bytes, kind: str, signs: bool) -> None:
        nonlocal position
        headers = {"Content-Type": kind, **(known if signs else {})}
        status, said = server(method, f"{address(name)}{path}?{query}", body, headers)
        (hook,), position = _kept(spool_dir, position)

        assert status in statuses
        assert fits(said)
        assert hook.verdict != "sealed"
        told_by(hook)

    answered()


@pytest.mark.parametrize("name", FORMS)
def test_a_beginning_is_one_of_the_providers(name: str, server: Server, spool_dir: Path) -> None:
    """The address, the secrets and the form above are those of a company that works."""
    rest, kind, body, headers = BEGINNINGS[name]("917860068009", "79160000004")
    status, said = server("POST", address(name) + rest, body, {"Content-Type": kind, **headers})
    (hook,), _ = _kept(spool_dir, Position(0, 0))

    assert (status, hook.verdict) == (200, "fits")
    assert FORMS[name][1](said)
    assert hook.received <= received_now()
