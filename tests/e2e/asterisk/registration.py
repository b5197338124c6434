"""A telephone that registers with Asterisk and takes itself off again, for the one account without a fixed contact."""

import socket
import uuid
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
Content-Length: 0

"""


class Registration:
    """The telephone of `extension`; it rings where SIPp plays that extension."""

    def __init__(self, site: Site, extension: int) -> None:
        self._site, self._extension = site, extension
        self._call = uuid.uuid4().hex
        self._turn = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
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
        )
        self._socket.send(request.replace("\n", "\r\n").encode())
        answer = self._socket.recv(4096).decode()
        assert answer.startswith("SIP/2.0 200 "), answer
