"""Structured logs: an event name, the call id where there is one, numbers masked."""

import functools
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# The end of a UUID may be digits alone; it is no number.
_NUMBER = re.compile(r"(?<![\w.])(?<![0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)\+?\d{10,15}(?![\w.])")
_DIGITS = re.compile(r"\d{10,15}")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What JSON does not spell by itself."""
_OF_LINES = frozenset({"exception", "stack"})
_SECRETS = ("secret", "password", "token", "authorization", "cookie")


def mask_number(number: str) -> str:
    """`+79161234567` → `+7916***4567`; short and internal numbers stay readable."""
    if len(number) < 9:
        return number
    if not number[1:].isdecimal():  # no number alone: what a PBX sent instead
        return _DIGITS.sub(lambda match: f"{match.group()[:-7]}***{match.group()[-4:]}", number)
    return f"{number[:-7]}***{number[-4:]}"


def mask_text(text: str) -> str:
    """`text` with every run of 10–15 digits masked."""
    return _NUMBER.sub(lambda match: mask_number(match.group()), text)


def configure(level: str, style: str, *, mask_numbers: bool) -> None:
    """Send this process's logs to standard error as `text` or `json`; called once by the command line."""
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _hide_secrets,
    ]
    if mask_numbers:
        processors.append(_mask_values)
    processors.append(_Spelled(_BREAKS if style == "json" else _CONTROLS))
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *processors,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for a module: `log.info("call_ended", call_id=…)`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


class _Spelled:
    """Spells what would begin another line or command a terminal: callers' names and numbers come from anybody."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._spell = functools.partial(pattern.sub, lambda match: match[0].encode("unicode_escape").decode())

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for name, value in event.items():
            if isinstance(value, str) and name not in _OF_LINES:
                event[name] = self._spell(value)
        return event


def _hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event:
        if any(word in key.lower() for word in _SECRETS):
            event[key] = "***"
    return event


def _mask_values(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str) and key not in {"timestamp", "call_id", "linkedid"}:
            event[key] = mask_text(value)
    return event
