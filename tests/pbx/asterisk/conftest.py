"""What tests of the Asterisk link share."""

import asyncio
from typing import Any

import pytest


@pytest.fixture
async def event_loop_errors() -> list[dict[str, Any]]:
    """What the event loop was told went wrong outside of any awaited task."""
    errors: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: errors.append(context))
    return errors
