"""An IMAP4rev1 server on loopback, over the real protocol; each behaviour names where RFC 3501 says it.

It has one account with folders, and notes whatever would change something there: nobody may.
"""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

_PARTIAL = re.compile(r"BODY\.PEEK\[\]<0\.(\d+)>")


@dataclass
class Folder:
    """Its letters by UID with the time each came (§2.3.1.1: UIDs rise, UIDVALIDITY tells whether they still hold)."""

    uidvalidity: int = 1
    letters: dict[int, tuple[datetime, bytes]] = field(default_factory=dict)
    next_uid: int = 1

    def put(self, raw: bytes, at: datetime | None = None) -> int:
        """A letter comes."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.letters[uid] = (at or datetime.now(UTC), raw)
        return uid

    def number_anew(self) -> None:
        """§2.3.1.1: the server lost its numbers; the letters are the same."""
        kept, self.letters = list(self.letters.values()), {}
        self.uidvalidity += 1
        self.next_uid = 1
        for at, raw in kept:
            self.put(raw, at)


@dataclass
class FakeImap:
    """`faults` are what happens at the next FETCHes: `cut`, `stall`, `huge`, `noise`, `no`.

    `lies` are words of its answers, and what stands there instead; `drips` is before what it never ends to say
    something: `greeting`, or a command.
    """

    port: int = 0
    login: str = "sales@ours.example"
    password: str = "secret word"
    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder()})
    faults: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    fetched: list[int] = field(default_factory=list)
    lies: dict[str, str] = field(default_factory=dict)
    drips: str = ""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def inbox(self) -> Folder:
        return self.folders["INBOX"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            await _Connection(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class _Connection:
    def __init__(self, server: FakeImap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._folder: Folder | None = None

    async def _drip(self) -> None:
        while not self._server.go_on.is_set():
            self._writer.write(b"*")
            await self._writer.drain()
            await asyncio.sleep(0.02)

    async def run(self) -> None:
        if self._server.drips == "greeting":
            await self._drip()
        await self._say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready")  # §7.1.1
        while line := (await self._reader.readline()).decode():
            tag, _, rest = line.strip().partition(" ")
            word = rest.split(" ")[0].upper()
            word = " ".join(rest.split(" ")[:2]).upper() if word == "UID" else word
            self._server.commands.append(word)
            if self._server.drips == word:
                await self._drip()
            if not await self._do(tag, word, rest):
                return

    async def _do(self, tag: str, word: str, rest: str) -> bool:
        match word:
            case "CAPABILITY":
                await self._say("* CAPABILITY IMAP4rev1 AUTH=PLAIN", f"{tag} OK done")
            case "LOGIN":
                wanted = f'LOGIN {self._server.login} "{self._server.password}"'
                await self._signed(tag, rest == wanted)
            case "AUTHENTICATE":
                await self._say("+ ")  # §6.2.2
                said = base64.b64decode(await self._reader.readline()).decode()
                await self._signed(tag, said == f"\0{self._server.login}\0{self._server.password}")
            case "EXAMINE":  # §6.3.2: as SELECT, and nothing may be changed
                await self._examine(tag, rest.partition(" ")[2].strip('"'))
            case "UID SEARCH":
                await self._search(tag, rest)
            case "UID FETCH":
                return await self._fetch(tag, rest)
            case "LOGOUT":
                await self._say("* BYE bye", f"{tag} OK done")
                return False
            case _:
                await self._say(f"{tag} BAD {word} is not for readers")
        return True

    async def _signed(self, tag: str, right: bool) -> None:
        await self._say(f"{tag} OK in" if right else f"{tag} NO [AUTHENTICATIONFAILED] wrong password")

    async def _examine(self, tag: str, name: str) -> None:
        self._folder = self._server.folders.get(name)
        if self._folder is None:
            await self._say(f"{tag} NO no such folder")
            return
        count = len(self._folder.letters)
        told = f"[UIDVALIDITY {self._folder.uidvalidity}]", f"[UIDNEXT {self._folder.next_uid}]"
        await self._say(f"* {count} EXISTS", *(f"* OK {one} so" for one in told), f"{tag} OK [READ-ONLY] done")

    async def _search(self, tag: str, rest: str) -> None:
        assert self._folder is not None
        least = int(rest.rpartition(" ")[2].partition(":")[0])
        known = sorted(self._folder.letters)
        # §6.4.8: `n:*` names the last letter also where n is behind it.
        found = [uid for uid in known if uid >= least] or known[-1:]
        await self._say(" ".join(["* SEARCH", *map(str, found)]), f"{tag} OK done")

    async def _fetch(self, tag: str, rest: str) -> bool:
        assert self._folder is not None
        uid, partial = int(rest.split(" ")[2]), _PARTIAL.search(rest)
        assert partial is not None, "only a part, and only looked at (§6.4.5)"
        self._server.fetched.append(uid)
        if uid not in self._folder.letters:
            await self._say(f"{tag} OK done")  # §6.4.8: a UID that is there no more is no error
            return True
        at, raw = self._folder.letters[uid]
        raw = raw[: int(partial[1])]
        when = at.strftime("%d-%b-%Y %H:%M:%S +0000")
        head = f'* 1 FETCH (UID {uid} INTERNALDATE "{when}" BODY[]<0> {{{len(raw)}}}'
        match self._server.faults.pop(0) if self._server.faults else "":
            case "cut":
                self._writer.write(f"{head}\r\n".encode() + raw[: len(raw) // 2])
                await self._writer.drain()
                return False
            case "stall":
                await self._server.go_on.wait()
            case "huge":
                await self._say('* 1 FETCH (UID 1 INTERNALDATE "" BODY[]<0> {9999999999}')
                return False
            case "noise":
                await self._say("<html>504 Gateway Time-out</html>")
                return False
            case "no":
                await self._say(f"{tag} NO try later")
                return True
        for word, lie in self._server.lies.items():
            head = head.replace(word, lie)
        self._writer.write(f"{head}\r\n".encode() + raw + b")\r\n")
        await self._say(f"{tag} OK done")
        return True

    async def _say(self, *lines: str) -> None:
        said = "".join(f"{line}\r\n" for line in lines)
        for word, lie in self._server.lies.items():
            said = said.replace(word, lie)
        self._writer.write(said.encode())
        await self._writer.drain()


@asynccontextmanager
async def imap_server(context: ssl.SSLContext | None = None) -> AsyncIterator[FakeImap]:
    """One that serves."""
    fake = FakeImap()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, ssl=context)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        fake.go_on.set()
        server.close()
        await server.wait_closed()
