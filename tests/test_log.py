"""Logs: numbers masked, secrets hidden, ids and times left alone."""

import json
import logging
import subprocess
import sys

import pytest
from aiohttp.http_exceptions import BadHttpMessage

from trunkline.app.listeners import quieten
from trunkline.log import mask_number, mask_text


@pytest.mark.parametrize(
    ("number", "masked"),
    [("+79161234567", "+7916***4567"), ("89161234567", "8916***4567"), ("101", "101"), ("2345678", "2345678")],
)
def test_mask_number(number: str, masked: str) -> None:
    assert mask_number(number) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("called +79161234567 twice", "called +7916***4567 twice"),
        ("call 1795320084.15 ended", "call 1795320084.15 ended"),
        ("ext 101", "ext 101"),
        ("01a21a19-e85c-78ff-a251-134927121451 ended", "01a21a19-e85c-78ff-a251-134927121451 ended"),
        ("call-79161234567", "call-7916***4567"),
    ],
)
def test_mask_text(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_lines_are_json_with_call_id_and_without_secrets() -> None:
    script = """
import structlog
from trunkline import log
log.configure("info", "json", mask_numbers=True)
logger = log.get_logger("a.part")
with structlog.contextvars.bound_contextvars(call_id="1795320084.15"):
    logger.info("routed", caller="+79161234567", ami_secret="s3cret", token="t", password="p")
    logger.debug("unseen")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    line = json.loads(done.stderr)

    assert line.pop("timestamp")
    assert line == {
        "event": "routed",
        "level": "info",
        "logger": "a.part",
        "call_id": "1795320084.15",
        "caller": "+7916***4567",
        "ami_secret": "***",
        "token": "***",
        "password": "***",
    }


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("+79161234567", "+7916***4567"),
        ("79161234567 Ivan Petrov", "7916***4567 Ivan Petrov"),
        ("+79161234567extra", "+7916***4567extra"),
        ("101", "101"),
    ],
)
def test_a_number_is_masked_whatever_stands_around_it(given: str, shown: str) -> None:
    assert mask_number(given) == shown


def test_what_is_no_http_is_not_repeated_in_the_log() -> None:
    """Its bytes may be a token or a one-time link."""
    error = BadHttpMessage("Invalid header value char: b'X-Trunkline-Token: SECRET'")
    known = (type(error), error, None)
    record = logging.LogRecord("aiohttp.server", logging.ERROR, "", 0, "Error handling request", (), known)

    assert quieten(record)
    assert (record.getMessage(), record.exc_info, record.levelname) == (
        "request_unreadable: BadHttpMessage",
        None,
        "INFO",
    )
