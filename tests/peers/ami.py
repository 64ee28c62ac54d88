"""The Asterisk Manager Interface as seen by a test: run a CLI command, wait for an event.

One reader thread, named ``ami``, keeps every event in the order of arrival; tests ask by condition.
The protocol is lines of ``Key: value`` ended by an empty one (Asterisk documentation, "AMI v2").
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Callable

from .process import PeerFailed, wait_until

Message = dict[str, str]


class ManagerInterface:
    """A logged-in manager session; `close` ends it."""

    def __init__(self, address: str, port: int, user: str, secret: str) -> None:
        self._socket = socket.create_connection((address, port), timeout=5)
        self._socket.settimeout(None)
        self._numbers = itertools.count(1)
        self._arrived = threading.Condition()
        self._events: list[Message] = []
        self._responses: dict[str, Message] = {}
        self._reader = threading.Thread(target=self._read, name="ami", daemon=True)
        self._reader.start()
        self.action("Login", Username=user, Secret=secret)

    def close(self) -> None:
        """End the session and its thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(5)
        self._socket.close()

    def action(self, name: str, timeout_s: float = 5.0, **fields: str) -> Message:
        """Send an action and give its response; `PeerFailed` when Asterisk refuses it."""
        number = str(next(self._numbers))
        lines = [f"Action: {name}", f"ActionID: {number}"]
        lines += [f"{key}: {value}" for key, value in fields.items()]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        response = wait_until(
            lambda: self._responses.pop(number, None), timeout_s, f"the response to {name}"
        )
        if response.get("Response") == "Error":
            raise PeerFailed(f"Asterisk refused {name} {fields}: {response.get('Message')}")
        return response

    def command(self, cli: str) -> str:
        """What the command line interface prints, as ``asterisk -rx`` would."""
        return self.action("Command", Command=cli).get("Output", "")

    def mark(self) -> int:
        """A place in the stream of events; give it to `wait_for_event` to ignore older ones."""
        return len(self._events)

    def events(self, name: str, since: int = 0) -> list[Message]:
        """The events of one name that have arrived so far."""
        return [event for event in self._events[since:] if event.get("Event") == name]

    def wait_for_event(
        self,
        name: str,
        matching: Callable[[Message], bool] = lambda _: True,
        timeout_s: float = 5.0,
        since: int = 0,
    ) -> Message:
        """The first event of that name that matches, arrived already or yet to come."""
        with self._arrived:
            found: list[Message] = []

            def look() -> bool:
                found[:] = [event for event in self.events(name, since) if matching(event)]
                return bool(found)

            if not self._arrived.wait_for(look, timeout_s):
                seen = sorted({event.get("Event", "?") for event in self._events[since:]})
                raise PeerFailed(
                    f"waited {timeout_s:g} s for the Asterisk event {name}; seen: {seen}"
                )
        return found[0]

    def _read(self) -> None:
        message: Message = {}
        with contextlib.suppress(OSError, ValueError), self._socket.makefile("rb") as stream:
            for raw in stream:
                line = raw.decode(errors="replace").rstrip("\r\n")
                if line:
                    key, colon, value = line.partition(":")
                    if not colon:
                        continue
                    value = value.removeprefix(" ")
                    message[key] = f"{message[key]}\n{value}" if key in message else value
                elif message:
                    self._deliver(message)
                    message = {}

    def _deliver(self, message: Message) -> None:
        with self._arrived:
            if "Response" in message and "ActionID" in message:
                self._responses[message["ActionID"]] = message
            else:
                self._events.append(message)
            self._arrived.notify_all()
