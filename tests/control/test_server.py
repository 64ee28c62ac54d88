from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.control import server
from appliance.control.client import Client
from appliance.control.protocol import (
    MAX_LINE,
    CallsAnswer,
    Dial,
    Done,
    GetCalls,
    GetHeard,
    GetScreen,
    GetStatus,
    HangUp,
    HeardAnswer,
    Lift,
    PictureAnswer,
    Press,
    Reload,
    ReloadAnswer,
    Replace,
    ScreenAnswer,
    StatusAnswer,
    Watch,
    encode,
)
from appliance.control.server import ControlServer
from appliance.errors import ConfigRefused, ControlError, PhoneError
from appliance.phone.events import ProblemFound
from appliance.phone.preferences import Preferences
from tests.control.desk import BUSY, ECHO, MISSING_KEY, SILENT, Desk, Served, served
from tests.control.test_heard import sine


def typed(phone: Served) -> str:
    entry = phone.desk.phone.entry
    return entry.digits if entry else ""


def state_of(client: Client) -> list[str]:
    return [call.state for call in client.ask(GetCalls(), CallsAnswer).calls]


def lines(line: socket.socket) -> Iterator[dict[str, Any]]:
    with line.makefile("rb") as answers:
        for answer in answers:
            yield json.loads(answer)


def still_answers(phone: Served) -> bool:
    with Client(phone.path) as client:
        return client.ask(GetStatus(), StatusAnswer).status.name == "Desk 12"


def test_a_call_from_the_first_key_to_the_last(phone: Served, client: Client) -> None:
    client.ask(Lift(), Done)
    assert client.ask(GetStatus(), StatusAnswer).status.hook == "off"
    client.ask(Press(("6", "0", "0")), Done)
    assert state_of(client) == ["dialling"]
    client.ask(Press(("#",)), Done)
    phone.until(lambda: phone.desk.phone.calls[0].codec == "opus")
    assert client.ask(GetStatus(), StatusAnswer).status.calls[0].rtp.rx == 512
    client.ask(Press(("hold",)), Done)
    assert state_of(client) == ["held"]
    client.ask(Press(("hold",)), Done)
    client.ask(Replace(), Done)
    assert state_of(client) == []
    assert client.ask(GetStatus(), StatusAnswer).status.hook == "on"


def test_a_program_dials_and_hangs_up(client: Client) -> None:
    client.ask(Dial("+6 0-0"), Done)
    client.ask(HangUp(), Done)
    assert state_of(client) == []
    client.ask(Dial(SILENT), Done)
    with pytest.raises(PhoneError, match="Line in use"):
        client.ask(Dial(ECHO), Done)
    with pytest.raises(PhoneError, match="did not call 'nobody'"):
        client.ask(Dial("nobody"), Done)


def test_the_display_in_words_and_as_a_picture(client: Client) -> None:
    words = client.ask(GetScreen(), ScreenAnswer)
    assert words.lines[0] == "Desk 12"
    assert "registered" in words.icons
    assert client.ask(GetScreen("png"), PictureAnswer).png.startswith(b"\x89PNG")


def test_a_key_is_held_down_as_long_as_asked(phone: Served, client: Client) -> None:
    with phone.connect() as line:
        line.sendall(encode(Press(("1",), 0.3)))
        phone.until(lambda: phone.desk.keys_down == ["1"])
        assert next(lines(line)) == {"answer": "done"}
    assert phone.desk.keys_down == []
    assert state_of(client) == ["dialling"]


def test_a_key_that_the_board_lacks_is_told_with_its_code(client: Client) -> None:
    with pytest.raises(PhoneError, match="this board has no key directory") as told:
        client.ask(Press((MISSING_KEY,)), Done)
    assert told.value.code == "KEY-01"


def test_a_configuration_that_is_refused_keeps_its_exit_code(phone: Served, client: Client) -> None:
    assert client.ask(Reload(), ReloadAnswer).text == "configuration v8 is in force"
    phone.desk.refusal = ConfigRefused("CFG-01", "Bad configuration", "line 3: two mistakes")
    with pytest.raises(PhoneError, match="line 3: two mistakes") as told:
        client.ask(Reload(), ReloadAnswer)
    assert told.value.exit_code == 78


def test_what_the_earpiece_plays_is_measured(phone: Served, client: Client) -> None:
    assert client.ask(GetHeard(), HeardAnswer).silent
    phone.desk.samples = sine(425, 16000, 0.5)
    heard = client.ask(GetHeard(425.0), HeardAnswer)
    assert not heard.silent
    assert heard.share is not None
    assert heard.share > 0.9
    assert heard.strongest_hz == pytest.approx(425, rel=0.03)


def test_a_watcher_is_told_every_event_in_order(phone: Served, client: Client) -> None:
    with Client(phone.path) as watcher:
        events = watcher.watch()
        client.ask(Press(("6",)), Done)
        client.ask(Lift(), Done)
        told: list[dict[str, Any]] = []
        while len(told) < 3:
            event = json.loads(next(events))
            told += [event] if event["event"] != "TimerFired" else []
    assert [event["event"] for event in told] == ["KeyPressed", "KeyReleased", "HookLifted"]
    assert told[0]["key"] == "6"
    assert told[0]["monotonic"] <= told[2]["monotonic"]
    phone.until(lambda: phone.desk.watched == 0)


def test_a_watcher_is_not_told_which_keys_make_a_pin(phone: Served, client: Client) -> None:
    desk = phone.desk
    settings = replace(desk.phone.settings, pin="2580")
    locked = replace(desk.phone, settings=settings, preferences=Preferences(locked=True))
    phone.do(lambda: setattr(desk, "_state", locked))
    with Client(phone.path) as watcher:
        events = watcher.watch()
        client.ask(Press(("ok", "2", "5", "back")), Done)
        told: list[dict[str, Any]] = []
        while len(told) < 8:
            event = json.loads(next(events))
            told += [event] if event["event"] != "TimerFired" else []
    assert not {"2", "5"} & {event["key"] for event in told}


def test_a_watcher_learns_that_the_phone_has_gone(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with served(tmp_path / "control.sock") as phone:
            client = stack.enter_context(Client(phone.path))
            events = client.watch()
            phone.do(lambda: phone.desk.post(ProblemFound("x", "X-1", "x")))
            assert any(b"ProblemFound" in event for event in events)
        with pytest.raises(ControlError, match="closed the connection"):
            list(events)


def test_requests_sent_at_once_are_answered_in_order(phone: Served) -> None:
    with phone.connect() as line:
        line.sendall(
            encode(GetStatus()) + b"\n  \n" + encode(GetScreen()) + encode(GetCalls())[:-1]
        )
        line.shutdown(socket.SHUT_WR)
        assert [answer["answer"] for answer in lines(line)] == ["status", "screen", "calls"]


def test_a_bad_request_is_answered_and_the_next_one_served(phone: Served) -> None:
    with phone.connect() as line:
        line.sendall(b"GET / HTTP/1.1\n{}\n[1,2]\n\x00\xff\n" + encode(GetCalls()))
        answers = lines(line)
        bad = [next(answers) for _ in range(4)]
        assert {answer["code"] for answer in bad} == {"CTL-04"}
        assert next(answers) == {"answer": "calls", "calls": []}


def test_an_endless_line_is_cut_off_with_words(phone: Served) -> None:
    with phone.connect() as line:
        line.sendall(b"x" * (MAX_LINE + 1))
        answer = next(lines(line))
    assert answer["code"] == "CTL-05"
    assert str(MAX_LINE) in answer["text"]
    assert still_answers(phone)


def test_the_longest_line_allowed_is_read(phone: Served) -> None:
    request = encode(GetCalls())
    with phone.connect() as line:
        line.sendall(request[:-1].rjust(MAX_LINE - 1) + b"\n")
        assert next(lines(line))["answer"] == "calls"


def test_a_client_that_dies_while_it_holds_a_key_lets_it_go(phone: Served) -> None:
    line = phone.connect()
    line.sendall(encode(Press(("5",), 0.2)))
    phone.until(lambda: phone.desk.keys_down == ["5"])
    line.close()
    phone.until(lambda: phone.desk.keys_down == [])
    assert still_answers(phone)


def test_a_client_that_dies_presses_no_further_keys(phone: Served) -> None:
    line = phone.connect()
    line.sendall(encode(Press(("5", "6", *"7" * 60), 0.1)))
    phone.until(lambda: phone.desk.keys_down == ["5"])
    line.close()
    phone.until(lambda: phone.desk.keys_down == [])
    assert still_answers(phone)
    assert phone.do(lambda: typed(phone)) == "5"


def test_a_client_that_has_said_its_last_word_is_still_served(phone: Served) -> None:
    with phone.connect() as line:
        line.sendall(encode(Press(("5", "6"))))
        line.shutdown(socket.SHUT_WR)
        assert next(lines(line)) == {"answer": "done"}
    assert phone.do(lambda: typed(phone)) == "56"


def test_a_key_comes_up_when_the_phone_stops_serving(tmp_path: Path) -> None:
    with served(tmp_path / "control.sock") as phone, phone.connect() as line:
        line.sendall(encode(Press(("5",), 60.0)))
        phone.until(lambda: phone.desk.keys_down == ["5"])
    assert phone.desk.keys_down == []


def test_a_watcher_that_never_reads_is_dropped_and_told_so(phone: Served) -> None:
    with phone.connect() as line:
        line.sendall(encode(Watch()))
        phone.until(lambda: phone.desk.watched == 1)
        for _ in range(1000):
            phone.do(lambda: phone.desk.busy(500))
            if phone.do(lambda: phone.desk.watched) == 0:
                break
        else:
            pytest.fail("a watcher that never reads is still served")
        told = list(lines(line))
    assert told[0] == {"answer": "watching"}
    assert told[-1]["code"] == "CTL-10"
    assert {event["event"] for event in told[1:-1]} >= {"ProblemFound"}
    assert still_answers(phone)


def test_a_watcher_that_vanishes_is_forgotten(phone: Served) -> None:
    line = phone.connect()
    line.sendall(encode(Watch()))
    phone.until(lambda: phone.desk.watched == 1)
    line.close()
    phone.until(lambda: phone.desk.watched == 0)


def test_a_client_that_asks_without_reading_is_dropped(
    phone: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server._Session._send, "__defaults__", (0.2,))
    with phone.connect() as line:
        line.setblocking(False)
        request = encode(GetStatus()) * 100
        phone.until(lambda: len(phone.tasks) == 1)
        while not phone.do(phone.tasks[0].done):
            try:
                line.send(request)
            except BlockingIOError:
                continue
            except ConnectionError:
                break
        phone.until(phone.tasks[0].done)
    assert still_answers(phone)


def test_more_clients_than_are_served_are_told_so(phone: Served) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(phone.connect()) for _ in range(server.MAX_CLIENTS)]
        phone.until(lambda: len(phone.tasks) == len(held))
        with phone.connect() as line:
            assert next(lines(line))["code"] == "CTL-08"
        held.pop().close()
        phone.until(lambda: sum(not task.done() for task in phone.tasks) < server.MAX_CLIENTS)
        assert still_answers(phone)


def test_a_fault_of_the_phone_is_not_hidden(tmp_path: Path) -> None:
    with served(tmp_path / "control.sock") as phone:
        phone.desk.fault = ZeroDivisionError("a fault of ours")
        with Client(phone.path) as client, pytest.raises(ControlError, match="closed"):
            client.ask(GetStatus(), StatusAnswer)
        phone.until(lambda: bool(phone.deaths))
        assert [type(error) for error in phone.deaths] == [ZeroDivisionError]


def test_a_second_phone_in_the_same_place_is_refused(phone: Served) -> None:
    async def start() -> None:
        await ControlServer(Desk(), phone.path, phone.spawn).start()

    with pytest.raises(ControlError, match="already running"):
        asyncio.run(start())
    assert still_answers(phone)


def test_stopping_leaves_no_socket_and_may_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"

    async def twice() -> None:
        loop = asyncio.get_running_loop()
        control = ControlServer(Desk(), path, lambda name, it: loop.create_task(it, name=name))
        for _ in range(2):
            await control.start()
            assert path.is_socket()
            await control.stop()
            await control.stop()
            assert not path.exists()

    asyncio.run(twice())


def test_a_busy_number_is_told_in_the_calls(phone: Served, client: Client) -> None:
    client.ask(Lift(), Done)
    client.ask(Dial(BUSY), Done)
    phone.until(lambda: phone.desk.phone.ended is not None)
    (call,) = client.ask(GetCalls(), CallsAnswer).calls
    assert (call.state, call.reason, call.code) == ("ended", "Busy", 486)
