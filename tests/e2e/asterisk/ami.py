"""A plain AMI client for tests: it keeps every byte it received, in order, from the greeting to the end."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType

Message = dict[str, str]
_END = b"\r\n\r\n"
_ANSWER = 5.0  # seconds an answer may take


class AmiError(RuntimeError):
    """The AMI refused a login or closed the connection."""


class Ami:
    """One logged-in connection. A thread reads at once, so Asterisk never waits for us."""

    def __init__(self, port: int, user: str, secret: str) -> None:
        self.received = bytearray()
        self.messages: list[Message] = []
        self._parsed = 0
        self._next_id = 0
        self._changed = threading.Condition()
        self._closed = False
        self.last_byte = time.monotonic()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        answer = self.ask("Login", Username=user, Secret=secret)
        if answer.get("Response") != "Success":
            self.close()
            raise AmiError(f"login as {user}: {answer.get('Message', 'no answer')}")

    def __enter__(self) -> "Ami":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        try:
            while chunk := self._socket.recv(65536):
                self._take(chunk)
        except OSError:
            pass  # closed under us: that is how a test ends it
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self, chunk: bytes) -> None:
        with self._changed:
            self.received += chunk
            self.last_byte = time.monotonic()
            if self._parsed == 0 and (end := self.received.find(b"\r\n")) > 0:
                self._parsed = end + 2  # "Asterisk Call Manager/x.y.z"
            while self._parsed and (end := self.received.find(_END, self._parsed)) >= 0:
                self.messages.append(parse(bytes(self.received[self._parsed : end])))
                self._parsed = end + len(_END)
            self._changed.notify_all()

    def send(self, action: str, **fields: str | list[str]) -> str:
        """Send an action and return its ActionID. A list makes a field several times."""
        self._next_id += 1
        lines = [f"Action: {action}", f"ActionID: {self._next_id}"]
        for name, value in fields.items():
            lines += [f"{name}: {one}" for one in ([value] if isinstance(value, str) else value)]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return str(self._next_id)

    def ask(self, action: str, **fields: str | list[str]) -> Message:
        """Send an action and return its Response."""
        number = self.send(action, **fields)
        found = self._find(lambda m: m.get("ActionID") == number and "Response" in m, _ANSWER)
        return found or {}

    def ask_list(self, action: str, **fields: str | list[str]) -> list[Message]:
        """Send an action whose answer is a list of events, and return the events without the last one."""
        number = self.send(action, **fields)
        self._find(lambda m: m.get("ActionID") == number and m.get("EventList") == "Complete", _ANSWER)
        with self._changed:
            mine = [m for m in self.messages if m.get("ActionID") == number and "Event" in m]
        return mine[:-1]

    def wait_for(self, event: str, **fields: str) -> Message | None:
        """The first event of this name with these fields, waiting for it; None when it did not come."""
        return self._find(lambda m: m.get("Event") == event and all(m.get(k) == v for k, v in fields.items()), 10.0)

    def events(self, *names: str) -> list[Message]:
        """Events received so far, of the given names or all."""
        with self._changed:
            return [m for m in self.messages if "Event" in m and (not names or m["Event"] in names)]

    def _find(self, fits: Callable[[Message], bool], limit: float) -> Message | None:
        end = time.monotonic() + limit
        seen = 0
        with self._changed:
            while True:
                for message in self.messages[seen:]:
                    if fits(message):
                        return message
                seen = len(self.messages)
                left = end - time.monotonic()
                if left <= 0 or self._closed:
                    return None
                self._changed.wait(left)

    def quiet_for(self, seconds: float) -> bool:
        """Nothing has come for so long."""
        return time.monotonic() - self.last_byte > seconds

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Hang up; what was received stays readable."""
        with contextlib.suppress(OSError):  # the other side was faster
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(2)


def parse(frame: bytes) -> Message:
    """One AMI message as a dictionary; of a repeated name (ChanVariable, Output) the last one stays."""
    lines = frame.decode("utf-8", "replace").split("\r\n")
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
