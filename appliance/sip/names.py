"""Addresses of a name, from the system's own resolver, which may block for as long as it likes.

Each look-up has a daemon thread of its own that nobody ever joins: a silent name server delays
neither another account's look-up nor the end of the process, as the loop's own helper threads do.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Any

from appliance.sip.settings import AddressFamily

NOT_A_NAME = (OSError, UnicodeError, ValueError)
"""What `look_up` raises: no address, or a name that no resolver can be asked for."""

LOOK_UP_SECONDS = 5.0
"""As long as the system's resolver asks its first name server (resolv.conf(5))."""

FAMILIES: dict[AddressFamily, socket.AddressFamily] = {
    "auto": socket.AF_UNSPEC,
    "ipv4": socket.AF_INET,
    "ipv6": socket.AF_INET6,
}

Found = list[tuple[socket.AddressFamily, tuple[str, int]]]


async def look_up(
    host: str, port: int, seconds: float = LOOK_UP_SECONDS, family: AddressFamily = "auto"
) -> Found:
    """The addresses of `host`, in the system's order; raises one of `NOT_A_NAME`.

    With a `family` the name has no others, and an address of the other family is no name.

    A name that nobody knows in `seconds` has no address (`TimeoutError`).

    A caller that is cancelled leaves its thread behind.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Found] = loop.create_future()

    def settle(found: Found, error: Exception | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(found)
        else:
            answer.set_exception(error)

    def ask() -> None:
        found: Found = []
        trouble: Exception | None = None
        try:
            entries: list[Any] = socket.getaddrinfo(
                host, port, FAMILIES[family], socket.SOCK_STREAM
            )
            found = [(family, (str(to[0]), int(to[1]))) for family, *_, to in entries]
        except NOT_A_NAME as error:
            trouble = error
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, found, trouble)

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except TimeoutError:
        raise TimeoutError(f"no name server answered within {seconds:g} s") from None


def is_unanswered(error: Exception) -> bool:
    """Whether nobody could say if the name has addresses (getaddrinfo(3)); the name may be right.

    A name server that is silent, or cannot answer itself (SERVFAIL), is told by ``EAI_AGAIN``.
    """
    if isinstance(error, socket.gaierror):
        return error.errno in (socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_SYSTEM)
    return isinstance(error, OSError)


def why_not(error: Exception) -> str:
    """The trouble with a name in words."""
    if isinstance(error, OSError):
        return str(error.strerror or error)
    return f"not a name that can be looked up: {error}"
