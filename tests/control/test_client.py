from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.control import client as client_module
from appliance.control.client import Client
from appliance.control.protocol import Done, GetStatus, Lift, StatusAnswer, Watching, encode
from appliance.errors import ControlError
from tests.control.desk import DEADLINE


@contextmanager
def impostor(path: Path, *answers: bytes, closes: bool = True) -> Iterator[None]:
    """Somebody who listens where a phone should, answers each line so, and then hangs up."""
    over = threading.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            line, _ = listening.accept()
            with line, line.makefile("rb") as requests:
                for answer in answers:
                    requests.readline()
                    line.sendall(answer)
                if not closes:
                    over.wait(DEADLINE)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(DEADLINE)


def test_a_phone_that_does_not_answer_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PATIENCE_SECONDS", 0.1)
    path = tmp_path / "control.sock"
    late = pytest.raises(ControlError, match="the phone did not answer in time")
    with impostor(path, closes=False), Client(path) as client, late as told:
        client.ask(Lift(), Done)
    assert told.value.code == "CTL-07"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "expected the same version on both sides"),
        (b'{"answer":"done"}\n', "answered Done to GetStatus"),
        (b'{"answer":"do', "closed the connection"),
        (b"", "closed the connection"),
    ],
)
def test_an_answer_that_is_none_is_told(tmp_path: Path, answer: bytes, words: str) -> None:
    path = tmp_path / "control.sock"
    refused = pytest.raises(ControlError, match=words)
    with impostor(path, answer), Client(path) as client, refused:
        client.ask(GetStatus(), StatusAnswer)


def test_a_phone_that_has_gone_between_two_requests_is_told(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with client_after_hang_up(path) as client, pytest.raises(ControlError, match="the phone"):
        client.ask(Lift(), Done)


@contextmanager
def client_after_hang_up(path: Path) -> Iterator[Client]:
    with impostor(path, encode(Done())):
        client = Client(path)
        client.ask(Lift(), Done)
    with client:
        yield client


def test_words_in_the_stream_of_events_end_it(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    stream = encode(Watching()) + b'{"event":"X"}\n'
    last = b'{"answer":"failed","code":"CTL-10","agent":"Too slow","text":"too slow"}\n'
    with impostor(path, stream + last), Client(path) as client:
        events = client.watch()
        assert next(events) == b'{"event":"X"}'
        with pytest.raises(ControlError, match="CTL-10: too slow"):
            next(events)
