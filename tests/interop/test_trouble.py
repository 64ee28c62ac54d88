"""Servers that go, networks that are cut, power that fails: the phone ends in time, comes back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.control import protocol
from appliance.errors import PhoneError
from tests.interop.phone import PROGRAMMERS_WORDS, VOICE_HZ, Phone, configuration, deskphone
from tests.peers.asterisk import Asterisk
from tests.peers.namespace import Namespace
from tests.peers.process import run, wait_until

pytestmark = pytest.mark.peers

CLOSED_PORT = 4060


def test_a_reload_waits_for_the_end_of_the_call_and_then_calls_again(
    pbx: Asterisk, tmp_path: Path
) -> None:
    with Phone(tmp_path, configuration(pbx.accounts["1001"], pbx.address)) as phone:
        phone.registered()
        phone.dial("600")
        phone.call("talking", "600")
        with pytest.raises(PhoneError, match="a call is up") as refused:
            phone.client.ask(protocol.Reload(), protocol.ReloadAnswer)
        assert refused.value.code == "CONFIG-02"
        phone.hears(VOICE_HZ)
        phone.hang_up()
        phone.no_call()
        phone.client.ask(protocol.Reload(), protocol.ReloadAnswer)
        phone.born_again()
        phone.registered()
        phone.dial("600")
        phone.call("talking", "600")
        phone.hears(VOICE_HZ)


@pytest.mark.parametrize(("user", "transport"), [("1001", "udp"), ("1005", "tls")])
def test_a_phone_ends_in_time_though_its_server_is_silent_in_mid_call(
    tmp_path: Path, user: str, transport: str
) -> None:
    with Namespace() as network, Asterisk(network) as server:
        secure = transport == "tls"
        config = configuration(
            server.accounts[user],
            f"{server.address}:{server.tls_port if secure else server.port}",
            transport=transport,
            ca_file=server.ca_file if secure else None,
        )
        with Phone(tmp_path, config) as phone:
            phone.registered()
            phone.dial("601")
            phone.call("talking", "601")
            network.disconnect()
            if not secure:
                phone.hang_up()
                phone.no_call()
            phone.stop()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_backup_server_takes_over(pbx: Asterisk, tmp_path: Path, transport: str) -> None:
    config = configuration(
        pbx.accounts["1001"],
        f"{pbx.address}:{CLOSED_PORT}",
        transport=transport,
        more=f'backup_servers = ["{pbx.address}"]',
    )
    with Phone(tmp_path, config) as phone:
        (account,) = phone.registered(timeout_s=15).accounts
        assert account.registration.server_in_use.startswith(f"{pbx.address}:{pbx.port}")
        phone.dial("601")
        phone.call("talking", "601")
        phone.hears(1000)
        phone.hang_up()


def test_a_phone_that_was_killed_comes_back_in_the_same_place(
    pbx: Asterisk, tmp_path: Path
) -> None:
    config = configuration(pbx.accounts["1001"], pbx.address)
    killed = Phone(tmp_path, config)
    with pytest.raises(ProcessLookupError), killed:
        killed.registered()
        killed.process.kill()
        killed.process.wait()
        raise ProcessLookupError
    with Phone(tmp_path, config) as phone:
        phone.registered()
        phone.dial("601")
        phone.call("talking", "601")
        phone.hang_up()


@pytest.mark.parametrize(
    ("user", "srtp", "code", "secure"),
    [
        ("1001", "required", 488, False),
        ("1001", "optional", 0, False),
        ("1005", "optional", 0, True),
        ("1005", "off", 488, False),
    ],
)
def test_encryption_is_agreed_on_or_the_call_is_refused(
    pbx: Asterisk, tmp_path: Path, user: str, srtp: str, code: int, secure: bool
) -> None:
    config = configuration(pbx.accounts[user], pbx.address, more=f'srtp = "{srtp}"')
    with Phone(tmp_path, config) as phone:
        phone.registered()
        phone.dial("601")
        if code:
            assert phone.call("ended", "601").code == code
            phone.says("No common codec", str(code))
        else:
            phone.call("talking", "601", secure=secure)
            assert ("secure" in phone.icons()) == secure
            phone.hears(1000)
        phone.hang_up()


def test_two_accounts_have_a_line_each(pbx: Asterisk, tmp_path: Path) -> None:
    config = configuration(pbx.accounts["1001"], pbx.address) + configuration(
        pbx.accounts["1002"], pbx.address, transport="tcp"
    )
    with Phone(tmp_path, config) as phone:
        assert len(phone.registered().accounts) == 2
        pbx.originate("1002", "Echo")
        phone.call("incoming", account="1002")
        phone.press("ok")
        phone.call("talking", account="1002")
        phone.hears(VOICE_HZ)
        phone.hang_up()
        phone.no_call()
        phone.dial("601")
        phone.call("talking", "601", account="1001")
        phone.hang_up()
    wait_until(lambda: not pbx.channels(), 5, "the server to forget the calls")


def test_what_is_damaged_on_the_card_is_in_the_journal_with_its_level(tmp_path: Path) -> None:
    phone = Phone(tmp_path, None)
    phone.state.mkdir(parents=True)
    (phone.state / "preferences.json").write_text("{", encoding="utf-8")
    with phone:
        phone.registered()
        assert re.search(r"^\d\d:\d\d:\d\d WARNING STATE-02: ", phone.journal, re.MULTILINE)


def test_a_machine_on_which_sip_cannot_start_is_told_so_in_words(tmp_path: Path) -> None:
    """A system without its loopback interface, which the SIP library needs."""
    card = tmp_path / "deskphone.toml"
    card.write_text('[[account]]\nuser = "1001"\npassword = "x"\nserver = "192.0.2.1"\n')
    with Namespace() as network:
        run("ip", "-n", network.name, "addr", "flush", "dev", "lo")
        words = ("simulate", "--headless", "--config", card, "--state", tmp_path / "state")
        ended = deskphone(*words, inside=network.command())
    assert ended.returncode == 1, ended.stderr
    assert "SIP-01: " in ended.stderr and "Cannot assign requested address" in ended.stderr
    assert not PROGRAMMERS_WORDS.search(ended.stderr)
