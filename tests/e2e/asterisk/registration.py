"""A telephone that registers with Asterisk and takes itself off again, for accounts without a fixed contact."""

import re
import socket
import uuid
from hashlib import md5
from types import TracebackType

from tests.e2e.asterisk.site import Site

_REQUEST = """REGISTER sip:127.0.0.1:{sip} SIP/2.0
Via: SIP/2.0/UDP {own};branch=z9hG4bK{branch};rport
Max-Forwards: 70
From: <sip:{extension}@127.0.0.1>;tag={call}
To: <sip:{extension}@127.0.0.1>
Call-ID: {call}
CSeq: {turn} REGISTER
Contact: <sip:{extension}@127.0.0.1:{port}>
Expires: {seconds}
{login}Content-Length: 0

"""
_NONCE, _REALM = re.compile(r'nonce="([^"]*)"'), re.compile(r'realm="([^"]*)"')


class Registration:
    """The telephone of `extension`; it rings where SIPp plays that extension. `password` is said when it is asked for.

    `port` is where it registers from, for an Asterisk that calls a telephone back there whatever it names.
    """

    def __init__(self, site: Site, extension: int, password: str = "", port: int = 0) -> None:
        self._site, self._extension, self._password = site, extension, password
        self._call = uuid.uuid4().hex
        self._turn = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.connect(("127.0.0.1", site.ports.sip))
        self._socket.settimeout(5)

    def __enter__(self) -> "Registration":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def sign_on(self, seconds: int = 300) -> None:
        """Be reachable for so long. Raises AssertionError when Asterisk refuses."""
        self._send(seconds)

    def sign_off(self) -> None:
        """Be reachable no more, as a telephone that is switched off says."""
        self._send(0)

    def _send(self, seconds: int) -> None:
        answer = self._ask(seconds, "")
        if self._password and answer.startswith("SIP/2.0 401 "):
            answer = self._ask(seconds, self._login(answer))
        assert answer.startswith("SIP/2.0 200 "), answer

    def _ask(self, seconds: int, login: str) -> str:
        self._turn += 1
        host, port = self._socket.getsockname()
        request = _REQUEST.format(
            sip=self._site.ports.sip,
            own=f"{host}:{port}",
            branch=f"{self._call}{self._turn}",
            extension=self._extension,
            call=self._call,
            turn=self._turn,
            port=self._site.ports.phone(self._extension),
            seconds=seconds,
            login=login,
        )
        self._socket.send(request.replace("\n", "\r\n").encode())
        return self._socket.recv(4096).decode()

    def _login(self, challenge: str) -> str:
        """The Authorization header (RFC 2617, MD5, qop=auth) that answers a 401."""
        (realm,), (nonce,) = _REALM.findall(challenge), _NONCE.findall(challenge)
        uri = f"sip:127.0.0.1:{self._site.ports.sip}"
        secret = _md5(f"{self._extension}:{realm}:{self._password}")
        response = _md5(f"{secret}:{nonce}:00000001:{self._call}:auth:{_md5(f'REGISTER:{uri}')}")
        return (
            f'Authorization: Digest username="{self._extension}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
            f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{self._call}"\n'
        )


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
