"""The wire between Trunkline and the AMI, which a test can cut and mend."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType


class Wire:
    """Forwards a port of its own to the AMI until it is cut; while cut, it refuses."""

    def __init__(self, port: int, to: int) -> None:
        self.port, self._to = port, to
        self._server: socket.socket | None = None
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def __enter__(self) -> "Wire":
        self.mend()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    def mend(self) -> None:
        """Accept connections."""
        self._server = socket.create_server(("127.0.0.1", self.port))
        self._spawn(self._accept, self._server)

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        with self._lock:
            ends, self._ends = [*self._ends, *([self._server] if self._server else [])], []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._server = None
        for thread in self._threads:
            thread.join(5)
        self._threads.clear()

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed: the wire is cut
            while True:
                near, _ = server.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._to), 2)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                with self._lock:
                    self._ends += [near, far]
                self._spawn(self._pump, near, far)
                self._spawn(self._pump, far, near)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                sink.sendall(chunk)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _spawn(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
