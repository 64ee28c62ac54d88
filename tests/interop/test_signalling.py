"""Exact signalling: sipp says what a server may say, rightly or wrongly, and the phone copes.

The phone is registered with sipp itself, on loopback; what sipp calls comes from that address.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.control.status import StrangersStatus
from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.peers import audio
from tests.peers.asterisk_files import Account
from tests.peers.process import wait_until
from tests.peers.sipp import STRANGER, Sipp

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("needs_sipp")]

ACCOUNT = Account("1001", "a-password-of-the-tests")
THEIR_HZ = 440.0


@pytest.fixture(scope="module")
def registrar(needs_sipp: None) -> Iterator[Sipp]:
    """A registrar that puts no call through."""
    with Sipp("uas_nobody", account=ACCOUNT) as server:
        yield server


@pytest.fixture(scope="module")
def desk(registrar: Sipp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """A registered phone to be called; every test leaves it on-hook and without a call."""
    config = configuration(ACCOUNT, registrar.server)
    with Phone(tmp_path_factory.mktemp("desk"), config) as phone:
        phone.registered()
        yield phone


@contextlib.contextmanager
def phone_at(far: Sipp, folder: Path) -> Iterator[Phone]:
    """A phone registered with this sipp, handset lifted, calling 2001."""
    with Phone(folder, configuration(ACCOUNT, far.server)) as phone:
        phone.registered()
        phone.lift()
        phone.type("2001")
        yield phone


def test_a_caller_gives_up_and_is_missed(desk: Phone, registrar: Sipp) -> None:
    with Sipp("uac_cancel", target=registrar.wait_for_contact()) as caller:
        caller.wait_for("ringing")
        assert desk.call("incoming", "2001").name == "Alice Example"
        desk.says("Incoming call", "Alice Example", "2001")
        assert desk.status().lamps["call"] == "blinking"
        caller.cue()
        caller.wait()
    desk.no_call()
    desk.says("Missed Alice Example")
    desk.hears_nothing()
    status = desk.status()
    assert status.missed == 1
    assert status.lamps["call"] == "off"
    desk.press("ok")


def test_a_caller_is_answered_and_hears_the_agent(desk: Phone, registrar: Sipp) -> None:
    with Sipp("uac_call", target=registrar.wait_for_contact(), hz=THEIR_HZ) as caller:
        desk.call("incoming")
        desk.lift()
        caller.wait_for("answered")
        desk.call("talking", "2001", codec="pcmu")
        desk.hears(THEIR_HZ)
        audio.wait_for_tone(caller.rtp.heard, VOICE_HZ)
        caller.cue()
        caller.wait()
    desk.says("Call ended")
    desk.replace()


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Zoë 漢字", "Zoë 漢字"),
        ('A \\"quoted\\" name', 'A "quoted" name'),
        ("\u202egnp.live", "gnp.live"),
        ("x" * 300, "x" * 64),
        ("", ""),
    ],
)
def test_a_name_is_shown_as_far_as_it_is_one(
    desk: Phone, registrar: Sipp, sent: str, shown: str
) -> None:
    target = registrar.wait_for_contact()
    with Sipp("uac_cancel", target=target, keys={"caller_name": sent}) as caller:
        assert desk.call("incoming", "2001").name == shown
        caller.wait_for("ringing")
        caller.cue()
        caller.wait()
    desk.no_call()
    desk.press("ok")


def test_the_phones_own_name_is_quoted(tmp_path: Path) -> None:
    with Sipp("uas_nobody", account=ACCOUNT) as far:
        name = """display_name = 'Zoë "Z" <z>'"""
        with Phone(tmp_path, configuration(ACCOUNT, far.server, more=name)) as phone:
            phone.registered()
            phone.dial("2001")
            phone.call("ended", "2001", code=404)
        assert 'From: "Zoë \\"Z\\" <z>" <sip:1001@' in far.messages


def test_a_caller_is_refused(desk: Phone, registrar: Sipp) -> None:
    target = registrar.wait_for_contact()
    with Sipp("uac_refused", target=target, keys={"code": "486"}) as caller:
        desk.call("incoming")
        desk.press("back")
        caller.wait()
    desk.no_call()


def test_a_busy_agent_can_ask_for_peace(desk: Phone, registrar: Sipp) -> None:
    desk.press("dnd")
    target = registrar.wait_for_contact()
    with Sipp("uac_refused", target=target, keys={"code": "486"}) as caller:
        caller.wait()
    assert not desk.status().calls
    desk.press("dnd")


def test_the_agent_hangs_up_on_a_caller(desk: Phone, registrar: Sipp) -> None:
    with Sipp("uac_far_end_hangs_up", target=registrar.wait_for_contact()) as caller:
        desk.call("incoming")
        desk.lift()
        caller.wait_for("answered")
        desk.replace()
        caller.wait()
    desk.no_call()


def test_the_caller_holds_and_resumes(desk: Phone, registrar: Sipp) -> None:
    with Sipp("uac_hold", target=registrar.wait_for_contact(), hz=THEIR_HZ) as caller:
        desk.call("incoming")
        desk.lift()
        caller.wait_for("answered")
        desk.hears(THEIR_HZ)
        caller.cue()
        caller.wait_for("held")
        desk.call("talking", remote_held=True)
        desk.says("They hold")
        assert "remote-held" in desk.icons()
        caller.cue()
        caller.wait_for("resumed")
        desk.call("talking", remote_held=False)
        desk.says("Talking")
        desk.hears(THEIR_HZ)
        caller.cue()
        caller.wait()
    desk.says("Call ended")
    desk.replace()


def test_a_call_without_an_offer_is_answered_with_one(desk: Phone, registrar: Sipp) -> None:
    with Sipp("uac_late_offer", target=registrar.wait_for_contact(), hz=THEIR_HZ) as caller:
        desk.call("incoming")
        desk.lift()
        caller.wait_for("answered")
        desk.call("talking", codec="pcmu")
        desk.hears(THEIR_HZ)
        audio.wait_for_tone(caller.rtp.heard, VOICE_HZ)
        caller.cue()
        caller.wait()
    desk.says("Call ended")
    desk.replace()


def test_a_session_is_refreshed(desk: Phone, registrar: Sipp) -> None:
    with Sipp("uac_session_timer", target=registrar.wait_for_contact()) as caller:
        desk.call("incoming")
        desk.lift()
        caller.wait_for("answered")
        caller.cue()
        caller.wait_for("refreshed")
        desk.call("talking")
        caller.cue()
        caller.wait()
    desk.says("Call ended")
    desk.replace()


def test_options_are_answered(desk: Phone, registrar: Sipp) -> None:
    with Sipp("uac_options", target=registrar.wait_for_contact()) as asking:
        asking.wait()
    assert not desk.status().calls


def test_garbage_for_sdp_rings_nobody(desk: Phone, registrar: Sipp) -> None:
    with Sipp("uac_garbage_sdp", target=registrar.wait_for_contact()) as caller:
        caller.wait()
    assert not desk.status().calls


def test_a_stranger_hears_nothing_and_never_rings(desk: Phone, registrar: Sipp) -> None:
    target, missed = registrar.wait_for_contact(), desk.status().missed
    with Sipp("uac_stranger", target=target, address=STRANGER) as stranger:
        stranger.wait()
        assert stranger.steps() == ["silent"]
    status = desk.status()
    assert not status.calls
    assert status.missed == missed
    assert status.strangers.turned_away > 0
    assert status.strangers.last_from.startswith(f"{STRANGER}:")
    assert f"last from {STRANGER}" in desk.journal


ASKED_BY_STRANGERS = {
    "INVITE": ("Call-Info: <sip:127.0.0.1>;answer-after=0", ""),
    "NOTIFY": ("Event: message-summary", "Messages-Waiting: yes\r\nVoice-Message: 3/0\r\n"),
    "MESSAGE": ("Content-Type: text/plain", "Call 0900 5550142 now"),
}


@pytest.mark.parametrize("method", ASKED_BY_STRANGERS)
def test_what_a_stranger_asks_is_counted_in_the_journal_and_changes_nothing(
    registrar: Sipp, tmp_path: Path, method: str
) -> None:
    with (
        Phone(tmp_path, configuration(ACCOUNT, registrar.server)) as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        stranger.bind((STRANGER, 0))
        stranger.setblocking(False)
        place = f"{STRANGER}:{stranger.getsockname()[1]}"
        phone.registered()
        before = at_rest(phone)
        header, body = ASKED_BY_STRANGERS[method]
        target = registrar.wait_for_contact()
        host, port = target.partition("@")[2].partition(";")[0].split(":")
        stranger.sendto(_asked(method, target, place, header, body), (host, int(port)))
        told = f"strangers turned away: 1, last from {place}"
        wait_until(lambda: told in phone.journal, 10, "the journal to tell of the stranger")
        assert phone.status().strangers == StrangersStatus(turned_away=1, last_from=place)
        assert at_rest(phone) == before
        with pytest.raises(BlockingIOError):
            stranger.recv(4096)


def at_rest(phone: Phone) -> tuple[object, ...]:
    """What the phone shows but for the time, its lamps, and what it knows of calls and messages."""
    status = phone.status()
    shown = re.sub(r"\d\d:\d\d", "", phone.screen())
    return shown, phone.icons(), status.lamps, status.calls, status.missed, status.messages


def _asked(method: str, target: str, place: str, header: str, body: str) -> bytes:
    lines = (
        f"{method} {target} SIP/2.0",
        f"Via: SIP/2.0/UDP {place};rport;branch=z9hG4bK-stranger",
        "Max-Forwards: 70",
        f"From: <sip:2001@{place}>;tag=1",
        f"To: <{target}>",
        "Call-ID: stranger",
        f"CSeq: 1 {method}",
        f"Contact: <sip:2001@{place}>",
        "Subscription-State: active",
        header,
        f"Content-Length: {len(body)}",
    )
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()


@pytest.mark.parametrize(
    ("code", "reason", "words", "hz"),
    [
        ("486", "Busy Here", "Busy", 480),
        ("603", "Decline", "Declined", 480),
        ("404", "Not Found", "Number not found", 620),
        ("480", "Temporarily Unavailable", "Not available", 620),
        ("503", "Service Unavailable", "Out of service", 620),
        ("499", "Out of Coffee", "Out of Coffee", 620),
    ],
)
def test_a_refusal_is_said_in_words(
    tmp_path: Path, code: str, reason: str, words: str, hz: float
) -> None:
    keys = {"code": code, "reason": reason}
    with Sipp("uas_refuse", account=ACCOUNT, keys=keys) as far, phone_at(far, tmp_path) as phone:
        call = phone.call("ended", "2001")
        assert (call.code, call.reason) == (int(code), words)
        phone.says(words, code)
        phone.hears(hz)
        phone.replace()
        assert not phone.status().calls


def test_early_media_is_heard_before_the_answer(tmp_path: Path) -> None:
    with (
        Sipp("uas_early_media", account=ACCOUNT, hz=THEIR_HZ) as far,
        phone_at(far, tmp_path) as phone,
    ):
        far.wait_for("early media")
        phone.call("ringing", "2001")
        phone.hears(THEIR_HZ)
        far.cue()
        far.wait_for("answered")
        phone.call("talking", "2001")
        phone.hears(THEIR_HZ)
        phone.replace()
        far.wait_for("bye")


def test_the_agent_gives_up_while_it_rings(tmp_path: Path) -> None:
    with Sipp("uas_ring", account=ACCOUNT) as far, phone_at(far, tmp_path) as phone:
        far.wait_for("ringing")
        phone.call("ringing", "2001")
        phone.says("Ringing", "2001")
        phone.hears(480)
        phone.replace()
        phone.no_call()
        phone.hears_nothing()
        far.wait_for("cancelled")


def test_the_phone_holds_and_resumes(tmp_path: Path) -> None:
    with (
        Sipp("uas_held", account=ACCOUNT, hz=THEIR_HZ) as far,
        phone_at(far, tmp_path) as phone,
    ):
        phone.call("talking", "2001")
        phone.hears(THEIR_HZ)
        phone.press("hold")
        far.wait_for("held")
        phone.call("held", "2001")
        phone.hears_nothing()
        phone.press("hold")
        far.wait_for("resumed")
        phone.call("talking", "2001")
        phone.hears(THEIR_HZ)
        phone.replace()
        far.wait_for("bye")


def test_a_session_timer_that_the_server_finds_too_short_is_raised(tmp_path: Path) -> None:
    with (
        Sipp("uas_interval_too_small", account=ACCOUNT) as far,
        phone_at(far, tmp_path) as phone,
    ):
        phone.call("talking", "2001")
        phone.replace()
        far.wait_for("bye")


@pytest.mark.parametrize("scenario", ["uas_garbage_sdp", "uas_no_sdp"])
def test_an_answer_that_cannot_be_understood_ends_the_call(tmp_path: Path, scenario: str) -> None:
    with Sipp(scenario, account=ACCOUNT) as far, phone_at(far, tmp_path) as phone:
        phone.call("ended", "2001", reason="No common codec")
        phone.says("No common codec", "2001")
        wait_until(lambda: "\nBYE sip:" in far.messages, 5, "the goodbye to the far end")
        phone.replace()
        assert not phone.status().calls


def test_a_call_that_arrives_during_shutdown_rings_nobody(tmp_path: Path) -> None:
    with (
        Sipp("uas_nobody", account=ACCOUNT) as registrar,
        Phone(tmp_path, configuration(ACCOUNT, registrar.server)) as phone,
    ):
        target = registrar.wait_for_contact()
        os.kill(registrar.child.pid, signal.SIGSTOP)
        phone.process.terminate()
        with Sipp("uac_refused", target=target, keys={"code": "503"}) as caller:
            caller.wait()
            phone.stop()
            os.kill(registrar.child.pid, signal.SIGCONT)
        assert "call from" not in phone.journal


def test_a_phone_that_is_switched_off_in_mid_call_says_goodbye(tmp_path: Path) -> None:
    with Sipp("uas_answer", account=ACCOUNT) as far, phone_at(far, tmp_path) as phone:
        phone.call("talking", "2001")
        phone.stop()
        far.wait_for("bye")
