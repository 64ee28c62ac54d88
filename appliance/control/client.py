"""A program's end of the control socket: plain blocking calls, for a command that asks and ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from appliance.control.protocol import (
    Answer,
    AnyRequest,
    Failed,
    Watch,
    Watching,
    decode_answer,
    encode,
    failure,
)
from appliance.control.sockets import connect
from appliance.errors import ControlError

PATIENCE_SECONDS = 10.0

A = TypeVar("A", bound=Answer)


class Client:
    """A conversation with the phone whose socket is `path`; a context manager.

    Raises `ControlError` when no phone is there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._line = connect(path, PATIENCE_SECONDS)
        self._answers = self._line.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._answers.close()
        self._line.close()

    def ask(self, request: AnyRequest, kind: type[A], *, longer: float = 0.0) -> A:
        """Say a request and wait for its answer, `longer` seconds more than usual.

        Raises `PhoneError` with the phone's own words and exit code when it says no, and
        `ControlError` when it says nothing.
        """
        self._line.settimeout(PATIENCE_SECONDS + longer)
        try:
            self._line.sendall(encode(request))
        except OSError as error:
            raise self._lost(error) from error
        answer = decode_answer(self._next())
        if isinstance(answer, Failed):
            raise failure(answer)
        if not isinstance(answer, kind):
            raise self._lost(f"answered {type(answer).__name__} to {type(request).__name__}")
        return answer

    def watch(self) -> Iterator[bytes]:
        """Every event from now on as one line of JSON, until the phone ends.

        Raises `ControlError` when the phone stops, or drops this watcher for being too slow.
        """
        self.ask(Watch(), Watching)
        self._line.settimeout(None)
        return self._events()

    def _events(self) -> Iterator[bytes]:
        while True:
            line = self._next()
            if line.startswith(b'{"answer"'):
                answer = decode_answer(line)
                raise failure(answer) if isinstance(answer, Failed) else self._lost("stopped")
            yield line.rstrip(b"\n")

    def _next(self) -> bytes:
        try:
            line = self._answers.readline()
        except OSError as error:
            raise self._lost(error) from error
        if not line.endswith(b"\n"):
            raise self._lost("closed the connection")
        return line

    def _lost(self, why: object) -> ControlError:
        told = "did not answer in time" if isinstance(why, TimeoutError) else why
        return ControlError(
            "CTL-07",
            "No answer",
            f"{self._path}: the phone {told}; expected an answer. See its journal for why, and"
            " whether it still runs",
        )
