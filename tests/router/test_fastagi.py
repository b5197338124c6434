"""FastAGI, as Asterisk's res_agi speaks it: a call's environment, then one command and one reply at a time."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.agi import ASK, LONGEST_COMMAND, commands_of, environment_of, question_of, set_variable, token_of
from router.fastagi import listening
from router.web import desk_key
from router.wiring import build_question_app
from tests.router.company import CLIENT, OFFICE, STRANGER, THURSDAY_NOON, TOKEN, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_web import kept
from tests.serving import free_port
from trunkline.crypto import token_hash
from trunkline.directory.reader import Directory
from trunkline.directory.values import PbxBrief
from trunkline.pbx.port import Action, Decision, Next
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

Start: TypeAlias = Callable[..., AbstractAsyncContextManager["Agi"]]
LINKEDID = "1786006800.1"
_ASKED = re.compile(r"\$\{URIENCODE\(\$\{([^}]+)\}\)\}")


@dataclass
class Channel:
    """A channel that runs AGI(): variables, and what Asterisk makes of each command (res_agi.c)."""

    variables: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    request: str = "agi://127.0.0.1:4573/route"
    silent_after: int = 100

    def environment(self) -> bytes:
        lines = {"agi_network": "yes", "agi_network_script": self.request.split("/", 3)[3], "agi_request": self.request}
        lines |= {"agi_callerid": self.variables["CALLERID(num)"], "agi_extension": self.variables["EXTEN"]}
        lines |= {f"agi_arg_{place}": value for place, value in enumerate(self.arguments, 1)}
        return "".join(f"{name}: {value}\n" for name, value in lines.items()).encode() + b"\n"

    def reply(self, command: str) -> str:
        if command.startswith("GET FULL VARIABLE "):
            expression = command.removeprefix("GET FULL VARIABLE ")
            told = _ASKED.sub(lambda match: quote(self.variables.get(match[1], ""), safe=""), expression)
            return f"200 result=1 ({told})"
        words = split_arguments(command)
        assert words[:2] == ["SET", "VARIABLE"]
        self.variables[words[2]] = words[3]
        return "200 result=1"


def split_arguments(line: str) -> list[str]:
    """parse_args of res_agi.c: spaces part, quotation marks hold together, a backslash takes the next as it is."""
    words: list[str] = []
    quoted = escaped = False
    parted = True
    for letter in line:
        if letter == '"' and not escaped:
            quoted = not quoted
            if quoted and parted:
                words.append("")
                parted = False
        elif letter in " \t" and not quoted and not escaped:
            parted = True
        elif letter == "\\" and not escaped:
            escaped = True
            continue
        else:
            if parted:
                words.append("")
                parted = False
            words[-1] += letter
        escaped = False
    return words


def incoming(number: str = STRANGER, **more: object) -> Channel:
    return Channel({"CALLERID(num)": number, "EXTEN": OFFICE, "CHANNEL(linkedid)": LINKEDID}, **more)  # type: ignore[arg-type]


@dataclass
class Agi:
    """The listener under test."""

    port: int

    async def run(self, channel: Channel) -> list[str]:
        """AGI() on `channel`, to its end; the commands it was given."""
        channel.variables["TRUNKLINE_VALID"] = ""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        commands: list[str] = []
        writer.write(channel.environment())
        while line := await reader.readline():
            commands.append(line.decode().rstrip("\n"))
            if len(commands) <= channel.silent_after:
                writer.write(channel.reply(commands[-1]).encode() + b"\n")
        writer.close()
        return commands

    async def send(self, sent: bytes) -> bytes:
        """What comes back for raw bytes, until the other side closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


@pytest.fixture
def start(write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter) -> Start:
    @asynccontextmanager
    async def started(pbx: PbxBrief | None = None) -> AsyncIterator[Agi]:
        directory = Directory.open(write_directory(head=head_of(pbxs=(pbx,) if pbx else None)))
        desk = build_question_app(settings, directory, spool)[desk_key]
        desk.clock = lambda: THURSDAY_NOON
        port = free_port()
        async with listening(desk, f"127.0.0.1:{port}", patience=1) as fault:
            assert fault == ""
            yield Agi(port)
        directory.close()

    return started


@pytest.fixture
async def agi(start: Start) -> AsyncIterator[Agi]:
    async with start() as started:
        yield started


async def test_a_step_becomes_channel_variables(agi: Agi, spool_dir: Path) -> None:
    channel = incoming(CLIENT)

    commands = await agi.run(channel)

    variables = channel.variables
    assert variables["TRUNKLINE_NAME"] == "Иванов & Ко, ООО+"
    assert (variables["TRUNKLINE_VALID"], variables["TRUNKLINE_ACTION"]) == ("1", "extension")
    assert (variables["TRUNKLINE_TARGET"], variables["TRUNKLINE_SECONDS"]) == ("101", "20")
    assert commands[0] == ASK
    assert commands[-1] == 'SET VARIABLE TRUNKLINE_VALID "1"'
    (record,) = kept(spool_dir)
    assert (record.question.call_id, record.caller, record.line) == (LINKEDID, CLIENT, OFFICE)


async def test_turns_go_on_from_what_the_channel_remembers(agi: Agi, spool_dir: Path) -> None:
    channel = incoming(CLIENT)
    actions = []
    for status in ("NOANSWER", "BUSY", ""):
        await agi.run(channel)
        actions.append((channel.variables["TRUNKLINE_ACTION"], channel.variables["TRUNKLINE_TARGET"]))
        channel.variables["DIALSTATUS"] = status
    channel.variables["QUEUESTATUS"] = "TIMEOUT"
    await agi.run(channel)

    assert actions == [("extension", "101"), ("extension", "102"), ("queue", "q-sales")]
    last = kept(spool_dir)[-1]
    assert (last.turn, last.question.status, last.question.queue) == (4, "TIMEOUT", "q-sales")
    assert channel.variables["QUEUESTATUS"] == channel.variables["DIALSTATUS"] == ""


@pytest.mark.parametrize("number", ["1&to=2", "a)\n200 result=1 (x", "Иван", '"quoted"', "${EXTEN}", "%26"])
async def test_what_the_caller_shows_arrives_whole(agi: Agi, spool_dir: Path, number: str) -> None:
    channel = incoming(number)
    channel.environment = lambda: incoming().environment()  # type: ignore[method-assign]

    await agi.run(channel)

    assert kept(spool_dir)[0].question.from_ == number
    assert channel.variables["TRUNKLINE_VALID"] == "1"


@pytest.mark.parametrize(
    ("arguments", "request_", "answered"),
    [
        ((), "route", False),
        (("wrong",), "route", False),
        ((TOKEN,), "route", True),
        ((), f"route?token={TOKEN}", True),
        ((), "route?token=wrong", False),
        ((TOKEN,), "other", False),
        (("",), "route", False),
        ((), "route?token=", False),
    ],
)
async def test_who_may_ask(start: Start, arguments: tuple[str, ...], request_: str, answered: bool) -> None:
    pbx = PbxBrief("office", "asterisk", 400, (token_hash(TOKEN), token_hash("")), ("192.0.2.1/32",))
    channel = incoming(arguments=arguments, request=f"agi://127.0.0.1:4573/{request_}")
    async with start(pbx) as agi:
        commands = await agi.run(channel)

    assert bool(commands) is answered
    assert (channel.variables["TRUNKLINE_VALID"] == "1") is answered


@pytest.mark.parametrize(("arguments", "request_"), [(("",), "route"), ((), "route?token="), (("", TOKEN), "route")])
async def test_an_empty_token_leaves_it_to_the_address(start: Start, arguments: tuple[str, ...], request_: str) -> None:
    """As a dialplan sends it whose TRUNKLINE_TOKEN is empty."""
    pbx = PbxBrief("office", "asterisk", 400, (token_hash(TOKEN),), ("127.0.0.0/8",))
    channel = incoming(arguments=arguments, request=f"agi://127.0.0.1:4573/{request_}")
    async with start(pbx) as agi:
        await agi.run(channel)

    assert channel.variables["TRUNKLINE_VALID"] == "1"


@pytest.mark.parametrize("silent_after", [0, 3])
async def test_it_is_closed_at_the_deadline(start: Start, silent_after: int) -> None:
    pbx = PbxBrief("office", "asterisk", 60, (), ("127.0.0.0/8",))
    channel = incoming(silent_after=silent_after)
    async with start(pbx) as agi:
        commands = await agi.run(channel)

    assert len(commands) == silent_after + 1
    assert channel.variables["TRUNKLINE_VALID"] == ""


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", id="HTTP"),
        pytest.param(b"agi_request: x\n" * 200, id="lines without end"),
        pytest.param(b"a" * 100_000, id="a line without end"),
        pytest.param(b"\xff\xfe\n\n", id="no text"),
        pytest.param(b"agi_network_script: route\n", id="no end"),
    ],
)
async def test_what_is_no_agi_is_closed_without_a_word(agi: Agi, sent: bytes, spool_dir: Path) -> None:
    assert await agi.send(sent) == b""
    assert kept(spool_dir) == []
    channel = incoming()
    await agi.run(channel)
    assert channel.variables["TRUNKLINE_VALID"] == "1"


@pytest.mark.parametrize("reply", [b"511 Command Not Permitted on a dead channel\n", b"510 Invalid\n", b"HANGUP\n"])
async def test_a_call_that_is_gone(start: Start, reply: bytes) -> None:
    """The question is answered from the environment; a refused SET ends it, or the deadline."""
    async with start(PbxBrief("office", "asterisk", 900, (), ("127.0.0.0/8",))) as agi:
        said = await agi.send(incoming().environment() + reply + reply)

    assert ASK.encode() in said
    assert b"TRUNKLINE_VALID" not in said


async def test_a_taken_port_leaves_the_rest_running(agi: Agi, settings: Settings) -> None:
    async with listening(None, f"127.0.0.1:{agi.port}", patience=1) as fault:  # type: ignore[arg-type]
        assert str(agi.port) in fault


@given(st.text(max_size=200))
def test_a_value_survives_quoting(value: str) -> None:
    told = split_arguments(set_variable("NAME", value))[3:]
    assert told == ["".join(letter if letter.isprintable() else " " for letter in value)]


def test_a_command_fits_what_asterisk_reads() -> None:
    assert len(ASK) <= LONGEST_COMMAND
    with pytest.raises(ValueError, match="longer"):
        commands_of(Decision(Action.TARGETS, "x", targets=tuple(map(str, range(1000, 1500)))))


def test_seconds_are_empty_for_no_limit() -> None:
    commands = commands_of(Decision(Action.QUEUE, "x", target="sales", next=Next.ASK))
    assert 'SET VARIABLE TRUNKLINE_SECONDS ""' in commands


def test_the_environment_stands_in_for_variables() -> None:
    environment = environment_of(["agi_extension: 84951234567", "agi_callerid: unknown", "agi_uniqueid: 1.2"])

    question = question_of("office", environment, "")

    assert (question.call_id, question.from_, question.to) == ("1.2", "", "84951234567")
    assert token_of({"arg_1": "a", "request": "agi://h/route?token=b"}) == "a"
