"""The short way of hooks: what it takes is answered and kept as aiohttp does, byte by byte; the rest is aiohttp's."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from router.hook_lane import LONGEST_HEAD
from router.wiring import build_question_app
from tests.fakes.hosted import BEGINNINGS, address, company
from tests.fakes.waiting import eventually
from tests.fakes.zadarma import FakeCall
from tests.router.company import CLIENT, OFFICE, PATIENT_MS, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_hooks import ANYTIME, DOOR, PATH, cloud, kept
from tests.router.test_hooks_whatever import BODIES, FORMS
from tests.router.ways import Caller, Served, call, ringing, served
from trunkline.crypto import token_hash
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head, PbxBrief
from trunkline.pbx.hooks.commanding import Fate
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import LONGEST_BODY
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

PROXY = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "Via": "1.1 Caddy"}


def post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = {"Host": "127.0.0.1", **headers, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode(errors="replace") + body


def begun(name: str, place: int = 9) -> bytes:
    """The beginning of a call at this provider."""
    rest, kind, body, headers = BEGINNINGS[name](f"91786006800{place:03d}9", "79160000004")
    return post(address(name) + rest, body, {"Content-Type": kind, **headers})


@dataclass
class Twins:
    """Two applications that have heard the same: one asked the short way, one through aiohttp."""

    first: Served
    second: Served
    spools: tuple[Path, Path]
    stack: AsyncExitStack
    callers: list[Caller] = field(default_factory=list)

    async def both(self, data: bytes) -> tuple[bytes, bytes]:
        """What both answer, without the date; over connections that stay open for as long as they are answered on."""
        if not self.callers:
            for port in (self.first.short, self.second.aiohttp):
                self.callers.append(await call(port))
                self.stack.push_async_callback(self.callers[-1].close)
        for caller in self.callers:
            caller.send(data)
        told = [await caller.told() for caller in self.callers]
        one, other = (re.sub(rb"Date: [^\r]*\r\n", b"Date\r\n", head) + body for head, body in told)
        if not (one and other):
            self.callers.clear()
        return one, other

    def kept(self) -> list[list[HookRecord]]:
        """What was heard by both, but for the moments; what became of a command comes when it comes."""
        return [
            [msgspec.structs.replace(one, received=0) for one in kept(spool)[0] if one.verdict not in set(Fate)]
            for spool in self.spools
        ]


async def twins_of(head: Head, write_directory: WriteDirectory, settings: Settings, stack: AsyncExitStack) -> Twins:
    directory = write_directory(head=head)
    both = []
    spools = tuple(directory.parent / "spool" / name for name in ("short", "aiohttp"))
    for folder in spools:
        spool = stack.enter_context(SpoolWriter(folder, cap_bytes=1 << 28))
        both.append(
            await stack.enter_async_context(served(build_question_app(settings, Directory.open(directory), spool)))
        )
    return Twins(both[0], both[1], (spools[0], spools[1]), stack)


@pytest.fixture
async def twins(write_directory: WriteDirectory, settings: Settings) -> AsyncIterator[Twins]:
    """Of a company with an account at every provider, and one that lets in a single network, behind a proxy."""
    settings = replace(settings, server=replace(settings.server, trusted_proxies=("127.0.0.1",)))
    head = company(settings.secret_box())
    fenced = PbxBrief("fenced", "sipuni", PATIENT_MS, (token_hash(DOOR),), ("203.0.113.0/24",))
    head = msgspec.structs.replace(head, pbxs={**head.pbxs, "fenced": fenced})
    async with AsyncExitStack() as stack:
        yield await twins_of(head, write_directory, settings, stack)


@pytest.mark.parametrize("name", BEGINNINGS)
async def test_a_plain_hook_is_answered_and_kept_as_aiohttp_does(twins: Twins, name: str) -> None:
    for place in range(3):
        one, other = await twins.both(begun(name, place))
        assert one == other
        assert one.startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(twins.first.lanes.open) == 1, "aiohttp was not asked"
    first, second = twins.kept()
    assert first == second
    assert [(hook.provider, hook.verdict) for hook in first] == [(name, "fits")] * 3


SIPUNI = f"/router/v1/hooks/sipuni/{DOOR}"
ASKED = b"fromnum=79160000004&tonum=74951234567&dtmf=&label=q-sales&time=1"
REFUSED = {
    "forged": (begun("zadarma").replace(b"Signature: ", b"Signature: x"), b"403", "forged"),
    "unsigned": (begun("zadarma").replace(b"Signature: ", b"Pragma: "), b"403", "unsigned"),
    "wrong token": (begun("megafon").replace(b"crm_token=z", b"crm_token=x"), b"401", "forged"),
    "not its own": (begun("megafon").replace(b"cmd=contact", b"cmd=nothing"), b"400", "unreadable"),
    "unreadable": (post(address("uis"), b"\xff", {}), b"200", "unreadable"),
    "wrong login": (begun("mts").replace(b"Basic ", b"Basic x"), b"401", "forged"),
    "another address": (post(SIPUNI, ASKED, {}), b"403", "address"),
    "a proxy's other address": (post(SIPUNI, ASKED, PROXY | {"X-Forwarded-For": "198.51.100.7"}), b"403", "address"),
    "a proxy's right address": (post(SIPUNI, ASKED, PROXY), b"200", "fits"),
}


@pytest.mark.parametrize(("data", "status", "verdict"), REFUSED.values(), ids=REFUSED)
async def test_what_is_judged_otherwise_is_so_both_ways(twins: Twins, data: bytes, status: bytes, verdict: str) -> None:
    one, other = await twins.both(data)
    assert one == other
    assert one.split(b" ")[1] == status
    assert len(twins.first.lanes.open) == 1, "aiohttp was not asked"
    (first,), (second,) = twins.kept()
    assert first == second
    assert first.verdict == verdict
    again, _ = await twins.both(begun("sipuni"))
    assert again.startswith(b"HTTP/1.1 200 "), "and the connection serves on"


async def test_a_fault_of_ours_before_its_sender_is_known_is_kept_as_nobodys(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The PBX is answered, but what was not verified is told to nobody."""

    def fails(*_: object) -> None:
        raise KeyError

    for name, verdict in (("verify", "unreadable"), ("question", "fits")):
        with monkeypatch.context() as patched:
            patched.setattr(type(PROVIDERS["sipuni"]), name, fails)
            one, other = await twins.both(begun("sipuni"))
        assert one == other
        assert one.startswith(b"HTTP/1.1 200 ")
        for hooks in twins.kept():
            assert hooks[-1].verdict == verdict


KNOWN = begun("sipuni")
UNPLAIN = {
    "no such address": KNOWN.replace(b"128-random", b"129-random"),
    "another provider's": KNOWN.replace(b"/hooks/sipuni", b"/hooks/uis"),
    "a query": KNOWN.replace(b" HTTP", b"?a=1 HTTP", 1),
    "an escaped address": KNOWN.replace(b"the-address", b"the%2daddress", 1),
    "a slash at the end": KNOWN.replace(b" HTTP", b"/ HTTP", 1),
    "dots": KNOWN.replace(b" HTTP", b"/a/../b HTTP", 1),
    "another method": KNOWN.replace(b"POST", b"PUT", 1),
    "HTTP/1.0": KNOWN.replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "no host": KNOWN.replace(b"Host: 127.0.0.1\r\n", b"", 1),
    "two hosts": KNOWN.replace(b"Host", b"Host: x\r\nHost", 1),
    "an unknown field": KNOWN.replace(b"Host", b"X-Other: x\r\nHost", 1),
    "a browser": KNOWN.replace(b"Host", b"Origin: http://other.example\r\nHost", 1),
    "packed": KNOWN.replace(b"Host", b"Content-Encoding: deflate\r\nHost", 1),
    "an expectation": KNOWN.replace(b"Host", b"Expect: 100-continue\r\nHost", 1),
    "a folded line": KNOWN.replace(b"Host", b"Accept: a,\r\n b\r\nHost", 1),
    "no value": KNOWN.replace(b"Host", b"Accept:\r\nHost", 1),
    "a byte of no letter": KNOWN.replace(b"Host", b"Accept: \xff\r\nHost", 1),
    "a last answer": KNOWN.replace(b"Host", b"Connection: close\r\nHost", 1),
    "chunks and a length": KNOWN.replace(b"Host", b"Transfer-Encoding: chunked\r\nHost", 1),
    "two lengths": KNOWN.replace(b"Host", b"Content-Length: 3\r\nHost", 1),
    "a long head": KNOWN.replace(b"Host", b"Accept: %b\r\nHost" % (b"a" * LONGEST_HEAD), 1),
    "a body that is too long": post(address("sipuni"), b"a" * (LONGEST_BODY + 1), {}),
    "a reached address is asked for": b"GET" + KNOWN.removeprefix(b"POST"),
}


@pytest.mark.parametrize("data", UNPLAIN.values(), ids=UNPLAIN)
async def test_what_is_not_plain_is_aiohttps(twins: Twins, data: bytes) -> None:
    head, _, body = data.partition(b"\r\n\r\n")
    assert twins.first.lanes.hooks.heard(head, body, "127.0.0.1") is None
    callers = [await call(port) for port in (twins.first.short, twins.second.aiohttp)]
    for caller in callers:
        caller.send(data)
    one, other = [re.sub(rb"Date: [^\r]*\r\n", b"", b"".join(await caller.told())) for caller in callers]
    assert one == other
    assert not twins.first.lanes.open
    for caller in callers:
        await caller.close()


async def test_a_long_list_of_proxies_lets_nobody_in(twins: Twins) -> None:
    """The proxy adds who asked it at the end: cut before that, the list would end with what a stranger wrote."""
    forged = "203.0.113.7".ljust(1086) + ", 198.51.100.7"
    one, other = await twins.both(post(SIPUNI, ASKED, PROXY | {"X-Forwarded-For": forged}))
    assert one == other
    assert one.startswith(b"HTTP/1.1 403 ")
    first, second = twins.kept()
    assert first == second
    assert [hook.verdict for hook in first] == ["address"]


async def test_the_longest_body_is_taken_whole(twins: Twins) -> None:
    body = (ASKED + b"&label=").ljust(LONGEST_BODY, b"a")
    one, other = await twins.both(post(address("sipuni"), body, {}))
    assert one == other
    (first,), (second,) = twins.kept()
    assert first == second
    assert first.body == body


async def test_a_hook_cut_anywhere_is_answered(twins: Twins) -> None:
    for at in range(1, len(KNOWN), 7):
        caller = await call(twins.first.short)
        caller.send(KNOWN[:at])
        await caller.writer.drain()
        await asyncio.sleep(0)
        caller.send(KNOWN[at:])
        assert (await caller.hear())[0] == 200, at
        await caller.close()


async def test_a_head_is_waited_for_until_its_end(twins: Twins) -> None:
    """One without a body looks whole once its length was read; what follows may say otherwise."""
    head = KNOWN.partition(b"\r\n\r\n")[0] + b"\r\nContent-Length: 0"
    head = re.sub(rb"Content-Length: [1-9][0-9]*\r\n", b"", head)
    caller = await call(twins.first.short)
    caller.send(KNOWN)
    assert (await caller.hear())[0] == 200
    caller.send(head)
    await eventually(lambda: not twins.first.lanes.open)  # aiohttp's
    caller.send(b"\r\nX-Other: x\r\n\r\n")
    assert (await caller.hear())[0] == 200
    await caller.close()
    assert len(kept(twins.spools[0])[0]) == 2


async def test_hooks_sent_in_one_go_are_answered_in_order(twins: Twins) -> None:
    asked = [post(address("mts"), b"{}", {}), *(begun("exolve", place) for place in range(3))]
    caller = await call(twins.first.short)
    caller.send(b"".join(asked))
    answers = [await caller.hear() for _ in asked]
    assert [status for status, _ in answers] == [401, 200, 200, 200]
    await caller.close()


async def test_who_ask_at_once_are_each_told_their_own_by_one_write(twins: Twins) -> None:
    """A decision and its hook stay together; a hook that asks nothing goes with them."""
    callers = {name: await call(twins.first.short) for name in BEGINNINGS}
    for name, caller in callers.items():
        caller.send(begun(name))
    for name, caller in callers.items():
        status, body = await caller.hear()
        assert (status, FORMS[name][1](body)) == (200, True)
        await caller.close()
    hooks, (_, decisions) = twins.kept()[0], kept(twins.spools[0])
    assert sorted(hook.provider for hook in hooks) == sorted(BEGINNINGS)
    assert {one.question.pbx for one in decisions} == set(BEGINNINGS) - {"beeline", "mts"}, "which only tell"


def unkept(name: str) -> float:
    """How many of this provider's the spool refused, as its metric says."""
    return REGISTRY.get_sample_value("trunkline_hooks_unkept_total", {"provider": name}) or 0.0


async def test_what_does_not_fit_together_is_kept_one_by_one(
    write_directory: WriteDirectory, settings: Settings
) -> None:
    """A spool with little room takes what fits of those who ask at once; all are answered, and the rest counted."""
    directory = write_directory(head=company(settings.secret_box()))
    folder = directory.parent / "spool" / "small"
    before = {name: unkept(name) for name in BEGINNINGS}
    with SpoolWriter(folder, cap_bytes=2500) as spool:
        async with served(build_question_app(settings, Directory.open(directory), spool)) as ways:
            callers = [await call(ways.short) for _ in BEGINNINGS]
            for caller, name in zip(callers, BEGINNINGS, strict=True):
                caller.send(begun(name))
            assert [(await caller.hear())[0] for caller in callers] == [200] * len(callers)
            for caller in callers:
                await caller.close()
    lost = [name for name in BEGINNINGS if unkept(name) > before[name]]
    assert sorted([*lost, *(hook.provider for hook in kept(folder)[0])]) == sorted(BEGINNINGS)
    assert 0 < len(lost) < len(BEGINNINGS)


async def test_telephones_are_asked_for_before_the_answer(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path, redis: Redis
) -> None:
    """A client's responsible rings: what comes meanwhile waits its turn, and closing waits for the answer."""
    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),))))
    rings = FakeCall(call="in_rings", caller=CLIENT[1:], line=OFFICE[1:]).start_()
    other = FakeCall(call="in_next", line=OFFICE[1:]).start_()
    async with served(build_question_app(settings, directory, spool, redis)) as ways:
        caller = await call(ways.short)
        caller.send(post(PATH, rings.body, rings.headers))
        await ringing(ways.lanes)
        caller.send(post(PATH, other.body, other.headers))
        answers = [await caller.hear() for _ in range(2)]
        assert len(ways.lanes.open) == 1
        caller.send(post(PATH, rings.body, rings.headers))
        assert await caller.hear() == answers[0], "a repeat is told the same"
        await caller.close()
    hooks, decisions = kept(spool_dir)
    assert [hook.request.text("pbx_call_id") for hook in hooks] == ["in_rings", "in_next", "in_rings"]
    assert [hook.answered.encode() for hook in hooks] == [answers[0][1], answers[1][1], answers[0][1]]
    assert [one.question.call_id for one in decisions] == ["in_rings", "in_next"]
    assert decisions[0].decision.target == "101"
    assert "reservation" not in decisions[0].decision.degraded


async def test_an_address_that_was_taken_back_is_forgotten(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter
) -> None:
    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),))))
    sent = FakeCall().start_()
    async with served(build_question_app(settings, directory, spool)) as ways:
        caller = await call(ways.short)
        caller.send(post(PATH, sent.body, sent.headers))
        assert (await caller.hear())[0] == 200
        write_directory(head=head_of(ANYTIME))
        async with asyncio.timeout(20):
            status = 200
            while status == 200:  # the application's timer takes the directory over
                caller.send(post(PATH, sent.body, sent.headers))
                status, _ = await caller.hear()
        assert status == 404
        await caller.close()


_FIELDS = ("Accept", "accept-encoding", "User-Agent", "X-Forwarded-For", "forwarded", "Via", "X-Real-IP", "Cookie")
_VALUES = ("*/*", "127.0.0.1", "203.0.113.7, 127.0.0.1", "::ffff:203.0.113.7", "unknown", 'a, b;c="d"', "a" * 1001)
_MORE = st.dictionaries(
    st.sampled_from(_FIELDS), st.sampled_from(_VALUES) | st.text(st.characters(codec="ascii")), max_size=3
)
_KINDS = st.sampled_from(("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"))
_CHANGES = st.lists(st.tuples(st.floats(0, 1), st.sampled_from("\r\n\t :;,?%/.\x00a0é-")), max_size=2)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", FORMS)
def test_both_ways_answer_and_keep_the_same(name: str, write_directory: WriteDirectory, settings: Settings) -> None:
    """Whatever is sent: what the short way takes, aiohttp reads as the very same request and answers so."""
    taken = 0
    rest, kind, body, known = BEGINNINGS[name]("917860068009", "79160000004")

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        twins = runner.run(twins_of(company(settings.secret_box()), write_directory, settings, stack))

        @tried(suppress_health_check=list(HealthCheck))
        @given(BODIES, _KINDS, st.sampled_from(("", "/in", "/route")), _MORE, st.just([]) | _CHANGES)
        @example(body, kind, rest, {}, [])
        def same(
            said: bytes, kind: str, path: str, fields: Mapping[str, str], changes: list[tuple[float, str]]
        ) -> None:
            nonlocal taken
            headers = {**known, "Content-Type": kind, **fields}
            head, gap, sent = post(address(name) + path, said, headers).partition(b"\r\n\r\n")
            for at, letter in changes:
                place = int(at * len(head))
                head = head[:place] + letter.encode() + head[place + 1 :]
            if twins.first.lanes.hooks.heard(head, sent, "127.0.0.1") is None:
                return  # aiohttp gets the very bytes: test_what_is_not_plain_is_aiohttps
            taken += 1
            one, other = runner.run(twins.both(head + gap + sent))
            assert one == other
            assert one

        try:
            same()
            first, second = twins.kept()
            assert first == second
        finally:
            runner.run(stack.aclose())
    assert taken > 5
