"""Asks the phone that runs beside the doctor how it is, over its control socket.

None is there, or none answers in a second: then the doctor goes on without.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from appliance.control.protocol import GetStatus, StatusAnswer, decode_answer, encode
from appliance.control.status import Status
from appliance.errors import ControlError

PATIENCE_SECONDS = 1.0
_LONGEST_ANSWER = 1 << 20


async def status_of(socket: Path) -> Status | None:
    """The status of the phone that listens on `socket`."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_unix_connection(socket, limit=_LONGEST_ANSWER)
            try:
                writer.write(encode(GetStatus()))
                answer = decode_answer(await reader.readline())
            finally:
                writer.transport.abort()
    except (OSError, ValueError, ControlError, TimeoutError):
        return None
    return answer.status if isinstance(answer, StatusAnswer) else None
