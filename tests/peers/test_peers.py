"""The peers themselves: what the phone's tests lean on must first hold without the phone."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from . import audio
from .asterisk import Asterisk
from .asterisk_files import Account
from .baresip import Baresip, Transport
from .certificates import Authority, Kind
from .namespace import Namespace
from .process import Child, PeerFailed, free_port, run, wait_until
from .rtp import RtpPort
from .sipp import STRANGER, Sipp, scenarios

pytestmark = pytest.mark.peers
ACCOUNT = Account("1001", "a-password-of-the-tests")


def test_a_child_is_ended_even_if_it_does_not_listen(tmp_path: Path) -> None:
    deaf = ("sh", "-c", "trap '' TERM; echo up; while :; do read -r _ || :; done")
    with Child(deaf, tmp_path / "log") as child:
        child.wait_for_text("^up$")
        child.stop(grace_s=0.1)
        assert child.exit_code == -9
    with (
        Child(("sh", "-c", "echo gone; exit 3"), tmp_path / "log") as child,
        pytest.raises(PeerFailed, match=r"ended \(3\):\ngone"),
    ):
        child.wait_for_text("never said")


def test_a_network_is_torn_down_and_several_live_side_by_side(network: Namespace) -> None:
    with Namespace() as other:
        assert other.name != network.name
        assert other.server_address != network.server_address
        assert other.name in run("ip", "netns", "list")
        both = (other.server_address, network.server_address)
        assert wait_until(lambda: {reaches(each) for each in both} == {"refused"}, 5, "the cables")
    assert other.name not in run("ip", "netns", "list")
    assert other.host_link not in run("ip", "link")
    assert other.subnet not in run("ip", "route", "show", "type", "unreachable")


def test_an_unplugged_server_is_silent_and_comes_back(network: Namespace) -> None:
    network.disconnect()
    assert reaches(network.server_address) == "silent"
    network.reconnect()
    assert wait_until(lambda: reaches(network.server_address) == "refused", 5, "the cable")


def reaches(address: str) -> str:
    """How a TCP port where nobody listens answers: "refused" at once, or "silent"."""
    with socket.socket() as probe:
        probe.settimeout(0.3)
        try:
            probe.connect((address, 9))
        except ConnectionRefusedError:
            return "refused"
        except OSError:
            return "silent"
    return "connected"


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("valid", "OK"),
        ("expired", "certificate has expired"),
        ("not-yet-valid", "certificate is not yet valid"),
        ("wrong-name", "IP address mismatch"),
    ],
)
def test_certificates_have_the_flaw_they_are_named_for(
    tmp_path: Path, kind: Kind, verdict: str
) -> None:
    authority = Authority(tmp_path)
    issued = authority.issue(kind, "198.51.100.2", "")
    asked = ("openssl", "verify", "-CAfile", authority.ca_file, "-verify_ip", "198.51.100.2")
    with Child((*asked, issued.chain), tmp_path / "log") as shown:
        shown.wait_for_text(verdict)


@pytest.mark.usefixtures("needs_baresip")
@pytest.mark.parametrize(
    ("user", "transport"),
    [
        ("1002", "udp"),
        ("1002", "tcp"),
        ("1005", "tls"),
        ("1010", "udp"),
        ("1011", "udp"),
        ("1012", "udp"),
    ],
)
def test_baresip_hears_itself_through_asterisk(
    pbx: Asterisk, user: str, transport: Transport
) -> None:
    account = pbx.accounts[user]
    server = f"{pbx.address}:{pbx.tls_port}" if transport == "tls" else pbx.address
    with Baresip(
        pbx.namespace,
        account,
        server,
        transport=transport,
        ca_file=pbx.ca_file,
        speaks=440,
    ) as phone:
        phone.wait_for("REGISTER_OK")
        assert f"sip:{user}" in pbx.wait_for_registration(user)
        phone.dial("600")
        phone.wait_for("CALL_ESTABLISHED")
        audio.wait_for_tone(phone.recording, 440)
        audio.wait_for_tone(pbx.heard(user), 440)
        since = phone.mark()
        phone.hang_up()
        phone.wait_for("CALL_CLOSED", since=since)
    wait_until(lambda: not pbx.channels(), 5, "Asterisk to end the call")


@pytest.mark.usefixtures("needs_baresip")
def test_the_tone_of_asterisk_is_1000_hz(pbx: Asterisk) -> None:
    with Baresip(pbx.namespace, pbx.accounts["1002"], pbx.address) as phone:
        phone.wait_for("REGISTER_OK")
        phone.dial("601")
        audio.wait_for_tone(phone.recording, 1000)
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")


@pytest.mark.usefixtures("needs_baresip")
@pytest.mark.parametrize(
    ("number", "reason"), [("602", "486"), ("604", "503"), ("607", "486"), ("999", "404")]
)
def test_asterisk_refuses(pbx: Asterisk, number: str, reason: str) -> None:
    with Baresip(pbx.namespace, pbx.accounts["1002"], pbx.address) as phone:
        phone.wait_for("REGISTER_OK")
        phone.dial(number)
        assert reason in str(phone.wait_for("CALL_CLOSED")["param"])
        early = number == "607"
        assert (phone.heard() is not None) == early
        if early:
            audio.wait_for_tone(phone.recording, 850)


@pytest.mark.usefixtures("needs_baresip")
def test_two_phones_talk_in_a_conference_that_the_server_called_them_into(pbx: Asterisk) -> None:
    with (
        Baresip(pbx.namespace, pbx.accounts["1002"], pbx.address, answer="auto", speaks=440) as one,
        Baresip(pbx.namespace, pbx.accounts["1003"], pbx.address, answer="auto", speaks=700) as two,
    ):
        for phone in (one, two):
            phone.wait_for("REGISTER_OK")
            pbx.originate(phone.account.user, "ConfBridge", "605,tests,agent")
            phone.wait_for("CALL_ESTABLISHED")
        assert "PJSIP/1002" in pbx.wait_for_conference(2)
        audio.wait_for_tone(one.recording, 700)
        audio.wait_for_tone(two.recording, 440)


@pytest.mark.usefixtures("needs_baresip")
def test_one_phone_calls_another_which_rejects_and_then_answers(pbx: Asterisk) -> None:
    with (
        Baresip(pbx.namespace, pbx.accounts["1002"], pbx.address) as caller,
        Baresip(pbx.namespace, pbx.accounts["1003"], pbx.address) as called,
    ):
        caller.wait_for("REGISTER_OK")
        called.wait_for("REGISTER_OK")
        caller.dial("1003")
        assert "1002" in str(called.wait_for("CALL_INCOMING")["peeruri"])
        called.hang_up()
        caller.wait_for("CALL_CLOSED")
        since, since_called = caller.mark(), called.mark()
        caller.dial("1003")
        called.wait_for("CALL_INCOMING", since=since_called)
        called.accept()
        caller.wait_for("CALL_ESTABLISHED", since=since)
        called.hang_up()
        caller.wait_for("CALL_CLOSED", since=since)


@pytest.mark.usefixtures("needs_baresip", "needs_sipp")
def test_a_late_offer_is_answered_by_baresip(network: Namespace) -> None:
    with (
        Baresip(network, ACCOUNT, None, answer="auto", speaks=700) as phone,
        Sipp("uac_late_offer", target=phone.uri, address=network.host_address, hz=440) as caller,
    ):
        caller.wait_for("answered")
        phone.wait_for("CALL_ESTABLISHED")
        audio.wait_for_tone(caller.rtp.heard, 700)
        audio.wait_for_tone(phone.recording, 440)
        caller.cue()
        caller.wait()
        phone.wait_for("CALL_CLOSED")


Cue = tuple[str, str]


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize(
    ("waiting", "calling", "cues", "steps"),
    [
        ("uas_answer", "uac_call", [("near", "answered")], "ringing answered ended"),
        (
            "uas_early_media",
            "uac_call",
            [("far", "early media"), ("near", "answered")],
            "early media answered ended",
        ),
        ("uas_hang_up", "uac_far_end_hangs_up", [("far", "answered")], "answered bye"),
        (
            "uas_held",
            "uac_hold",
            [("near", "answered"), ("near", "held"), ("near", "resumed")],
            "answered held resumed ended",
        ),
        ("uas_ring", "uac_cancel", [("near", "ringing")], "ringing cancelled"),
    ],
)
def test_scenarios_play_against_each_other(
    waiting: str, calling: str, cues: list[Cue], steps: str
) -> None:
    with Sipp(waiting, account=ACCOUNT) as far, Sipp(calling, target=f"sip:1@{far.server}") as near:
        for side, step in cues:
            playing = near if side == "near" else far
            playing.wait_for(step)
            playing.cue()
        near.wait()
        assert " ".join(near.steps()) == steps
        assert not far.errors


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize(
    ("code", "reason"), [("486", "Busy Here"), ("603", "Decline"), ("503", "Service Unavailable")]
)
def test_a_refusal_carries_its_code(code: str, reason: str) -> None:
    with (
        Sipp("uas_refuse", keys={"code": code, "reason": reason}) as far,
        Sipp("uac_refused", target=f"sip:1@{far.server}", keys={"code": code}) as near,
    ):
        near.wait()
        far.wait_for("refused")
        assert f"SIP/2.0 {code} {reason}" in near.messages


@pytest.mark.usefixtures("needs_sipp")
def test_a_scenario_that_does_not_hold_says_why() -> None:
    with (
        Sipp("uas_refuse", keys={"code": "486", "reason": "Busy Here"}) as far,
        Sipp("uac_call", target=f"sip:1@{far.server}") as near,
        pytest.raises(PeerFailed, match=r"SIP/2\.0 486 Busy Here"),
    ):
        near.wait()


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize(("password", "code"), [(ACCOUNT.password, "200"), ("wrong", "401")])
def test_the_registrar_knows_its_account_only(password: str, code: str) -> None:
    with Sipp("uas_nobody", account=ACCOUNT) as registrar:
        for port in (free_port(), free_port()):
            with Sipp(
                "uac_register",
                target=f"sip:1001@{registrar.server}",
                port=port,
                keys={"user": "1001", "password": password, "code": code},
            ) as phone:
                phone.wait()
        if code == "200":
            assert registrar.wait_for_contact() == f"sip:tests@127.0.0.1:{port};transport=UDP"
        else:
            assert "registered" not in " ".join(registrar.steps())
        with Sipp("uac_options", target=f"sip:{registrar.server}") as asking:
            asking.wait()
        with Sipp(
            "uac_refused", target=f"sip:1@{registrar.server}", keys={"code": "404"}
        ) as calling:
            calling.wait()


@pytest.mark.usefixtures("needs_sipp")
def test_a_stranger_hears_a_refusal_or_nothing() -> None:
    with (
        Sipp("uas_refuse", keys={"code": "403", "reason": "Forbidden"}) as far,
        Sipp("uac_stranger", target=f"sip:1@{far.server}", address=STRANGER) as near,
    ):
        near.wait()
        assert near.steps() == ["refused"]
        assert STRANGER in far.messages
    with (
        RtpPort() as deaf,
        Sipp("uac_stranger", target=f"sip:1@127.0.0.1:{deaf.port}", address=STRANGER) as near,
    ):
        near.wait()
        assert near.steps() == ["silent"]
    with (
        Sipp("uas_answer") as far,
        Sipp("uac_stranger", target=f"sip:1@{far.server}", address=STRANGER) as near,
        pytest.raises(PeerFailed, match="180 Ringing"),
    ):
        near.wait()


@pytest.mark.usefixtures("needs_sipp")
def test_garbage_for_sdp_is_refused() -> None:
    for code in ("400", "415", "488"):
        with (
            Sipp("uas_refuse", keys={"code": code, "reason": "Garbage"}) as far,
            Sipp("uac_garbage_sdp", target=f"sip:1@{far.server}") as near,
        ):
            near.wait()
            assert "banana" in far.messages


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize("scenario", scenarios())
def test_sipp_understands_every_scenario(scenario: str) -> None:
    keys = {"code": "486", "reason": "Busy Here", "user": "1001", "password": ACCOUNT.password}
    if scenario.startswith("uas_"):
        with Sipp(scenario, account=ACCOUNT, keys=keys) as waiting:
            assert waiting.child.exit_code is None
        return
    with (
        RtpPort() as deaf,
        Sipp(scenario, target=f"sip:1@127.0.0.1:{deaf.port}", keys=keys) as calling,
    ):
        wait_until(lambda: "message sent" in calling.messages, 5, "the first message")
        assert "[" not in calling.messages.partition("SIP/2.0")[2].partition("\n")[0]
