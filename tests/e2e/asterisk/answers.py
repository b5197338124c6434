"""A router that says what a scenario tells it to, for recording Asterisk without Trunkline's own decisions."""

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, quote, urlsplit

Question = dict[str, str]


def line(action: str, **fields: str | int) -> str:
    """One answer as the contract has it: form encoded, a space as %20 and never as a plus."""
    pairs = {"valid": "1", "action": action, **{name: str(value) for name, value in fields.items()}}
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())


class ScriptedRouter:
    """Answers the n-th question with the n-th line; keeps the questions and their authorisation headers."""

    def __init__(self, port: int) -> None:
        self.questions: list[Question] = []
        self.authorisation: list[list[str]] = []
        self._answers: Sequence[str] = ()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler_class())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> "ScriptedRouter":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def script(self, answers: Sequence[str]) -> None:
        """What to say from now on; after the last line comes an empty body, which the dialplan must not trust."""
        self.questions.clear()
        self.authorisation.clear()
        self._answers = answers

    def _answer(self, question: Question, authorisation: list[str]) -> str:
        self.questions.append(question)
        self.authorisation.append(authorisation)
        turn = len(self.questions)
        return self._answers[turn - 1] if turn <= len(self._answers) else ""

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        router = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fields = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
                question = {name: values[0] for name, values in fields.items()}
                body = router._answer(question, self.headers.get_all("Authorization") or []).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Say nothing on the console."""

        return Handler
