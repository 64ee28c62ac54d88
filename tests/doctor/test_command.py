"""``deskphone doctor`` beside a running phone, at an Asterisk."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.doctor.findings import LAYERS
from tests.interop.phone import Phone, configuration, deskphone
from tests.peers.asterisk import Asterisk
from tests.peers.asterisk_files import Account
from tests.peers.namespace import Namespace
from tests.peers.process import wait_until

HABIT_S = 7.0
"""When four OPTIONS, a second apart, have come to a phone that was started just now."""


def doctor(phone: Phone, *more: str) -> subprocess.CompletedProcess[str]:
    return deskphone("doctor", "--config", phone.config, "--state", phone.state, *more)


def report(phone: Phone, code: int = 0) -> Any:
    done = doctor(phone, "--json")
    assert done.stderr == ""
    assert done.returncode == code, done.stdout
    return json.loads(done.stdout)


def layer(found: Any, name: str) -> Any:
    return next(f for f in found["walks"][0]["findings"] if f["layer"] == name)


@pytest.mark.peers
@pytest.mark.parametrize(("user", "transport"), [("1007", "udp"), ("1002", "tcp"), ("1005", "tls")])
def test_beside_a_phone_that_is_registered_everything_holds_and_stays(
    pbx: Asterisk, tmp_path: Path, user: str, transport: str
) -> None:
    port = pbx.tls_port if transport == "tls" else pbx.port
    config = configuration(
        pbx.accounts[user],
        f"{pbx.address}:{port}",
        transport=transport,
        ca_file=pbx.ca_file if transport == "tls" else None,
    )
    with Phone(tmp_path, config) as phone:
        phone.registered()
        if user == "1007":
            phone.until(
                lambda s: s.accounts[0].registration.last_request == "OPTIONS",
                "the server's OPTIONS to be seen",
            )
        contact = pbx.contact(user)
        found = report(phone)
        assert (found["verdict"], found["phone"]) == ("ok", "running")
        assert [f["layer"] for f in found["walks"][0]["findings"]] == list(LAYERS)
        assert layer(found, "contact")["state"] == "ok"
        assert layer(found, "clock")["evidence"].endswith("as the server's does")
        assert layer(found, "tls")["state"] == ("ok" if transport == "tls" else "skipped")
        assert (layer(found, "reached")["state"] == "ok") == (user == "1007")
        assert pbx.accounts[user].password not in json.dumps(found)
        assert pbx.contact(user) == contact
        phone.registered()


@pytest.mark.peers
def test_a_call_shows_the_media_path(pbx: Asterisk, tmp_path: Path) -> None:
    config = configuration(pbx.accounts["1003"], f"{pbx.address}:{pbx.port}")
    with Phone(tmp_path, config) as phone:
        phone.registered()
        phone.dial("600")
        phone.until(lambda s: any(c.rtp.rx > 50 for c in s.calls), "some sound to arrive")
        media = layer(report(phone), "media")
        assert media["state"] == "ok"
        assert "packets received" in media["evidence"]


@pytest.mark.peers
def test_two_units_on_one_extension(pbx: Asterisk, tmp_path: Path) -> None:
    config = configuration(pbx.accounts["1004"], f"{pbx.address}:{pbx.port}")
    with Phone(tmp_path / "first", config) as first:
        first.registered()
        before = pbx.contact("1004")
        with Phone(tmp_path / "second", config) as second:
            second.registered()
            wait_until(lambda: pbx.contact("1004") != before, 10, "the second unit to take over")
            found = report(first, code=1)
            assert found["verdict"] == "moved-elsewhere"
            assert "Another phone" in found["walks"][0]["text"]
            assert report(second)["verdict"] == "ok"
            said = doctor(first).stdout
            assert "moved-elsewhere" in said and "next step:" in said


@pytest.mark.peers
def test_the_unit_that_lost_its_extension_says_so_on_its_display(
    pbx: Asterisk, tmp_path: Path
) -> None:
    config = configuration(pbx.accounts["1007"], f"{pbx.address}:{pbx.port}")
    with Phone(tmp_path / "first", config) as first:
        first.until(
            lambda s: s.accounts[0].registration.last_request == "OPTIONS",
            "the server to ask after the phone",
        )
        asked = pbx.contact("1007")
        first.until(lambda s: s.uptime_s > HABIT_S, "the server's habit to be known")
        with Phone(tmp_path / "second", config) as second:
            second.registered()
            assert pbx.contact("1007") != asked
            first.says("Another phone has", timeout_s=30)
            registration = first.status().accounts[0].registration
            assert (registration.state, registration.verdict) == ("registered", "moved-elsewhere")
            assert "warning" in first.icons()
            second.registered()


@pytest.mark.peers
def test_a_wrong_password_is_shown_with_the_exchange(pbx: Asterisk, tmp_path: Path) -> None:
    wrong = replace(pbx.accounts["1001"], password="not-the-password")
    config = tmp_path / "wrong.toml"
    config.write_text(configuration(wrong, f"{pbx.address}:{pbx.port}"))
    done = deskphone("doctor", "--config", config, "--state", tmp_path)
    assert done.returncode == 1
    assert "wrong-password: Password not accepted" in done.stdout
    assert "< SIP/2.0 401 Unauthorized" in done.stdout
    assert 'response="(removed)"' in done.stdout
    assert "phone not running" in done.stdout
    assert "not-the-password" not in done.stdout


@pytest.mark.peers
def test_an_extension_that_lets_no_second_unit_in(tmp_path: Path) -> None:
    """max_contacts = 1 without remove_existing: the second unit gets 403, and is told why."""
    with Namespace() as network:
        server = Asterisk(network)
        full = replace(server.accounts["1004"], options=("remove_existing = no",))
        server.accounts["1004"] = full
        with server:
            _second_is_kept_out(server, tmp_path)


def _second_is_kept_out(server: Asterisk, tmp_path: Path) -> None:
    config = configuration(server.accounts["1004"], f"{server.address}:{server.port}")
    with Phone(tmp_path / "first", config) as first:
        first.registered()
        with Phone(tmp_path / "second", config) as second:
            status = second.verdict("moved-elsewhere")
            assert status.accounts[0].registration.code == 403
            second.says("Another phone has this extension")
            assert report(second, code=1)["verdict"] == "moved-elsewhere"
        first.registered()


@pytest.mark.peers
def test_into_a_black_hole(tmp_path: Path) -> None:
    with Namespace() as network:
        network.swallow()
        nobody = Account("1001", "nobody-reads-this")
        config = tmp_path / "hole.toml"
        config.write_text(
            "".join(
                configuration(
                    replace(nobody, user=user), network.server_address, transport=transport
                )
                for user, transport in (("1001", "udp"), ("1002", "tcp"), ("1003", "tls"))
            )
        )
        done = deskphone("doctor", "--config", config, "--state", tmp_path, "--json")
        found = json.loads(done.stdout)
        assert (done.returncode, found["verdict"]) == (1, "silent")
        assert [walk["verdict"] for walk in found["walks"]] == ["silent"] * 3


def test_settings_that_cannot_work(tmp_path: Path) -> None:
    config = tmp_path / "bad.toml"
    config.write_text('[[account]]\nuser = "1001"\nserver = "pbx"\nexpires = "soon"\n')
    done = deskphone("doctor", "--config", config, "--state", tmp_path, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"]) == (78, "bad-config")
    assert any("expires" in problem for problem in found["problems"])
    said = deskphone("doctor", "--config", config, "--state", tmp_path)
    assert said.returncode == 78
    assert "bad-config" in said.stdout and "password" in said.stdout


def test_without_a_configuration_it_says_what_to_give(tmp_path: Path) -> None:
    done = deskphone("doctor", "--state", tmp_path)
    assert done.returncode == 2
    assert "--config" in done.stderr
