"""``deskphone run`` on a machine with two sound devices: one to speak with, one that rings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.interop.test_session import AGENT, USER, logs_in, members
from tests.peers.asterisk import Asterisk
from tests.peers.process import wait_until
from tests.sip.headset import NAME, FakeHeadset, why_not

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(why_not() is not None, reason=why_not() or ""),
]

RING_HZ = (800.0, 1000.0)
RINGER = "loudspeaker"


class Unit(Phone):
    """The phone as it runs on a Pi, on a machine without pins."""

    def __init__(self, folder: Path, config: str) -> None:
        super().__init__(folder, config)
        self._words = ["run", "--config", str(self.config), "--state", str(self.state)]


def rings(device: FakeHeadset, least: float = 0.8) -> bool:
    """Whether at least so much of what it plays is the ring; the bridge's own has overtones."""
    heard = device.heard().last(0.4)
    return sum(map(heard.share, RING_HZ)) > least


def test_it_rings_on_the_ringer_and_speaks_through_the_headset(
    pbx: Asterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headset, ringer = FakeHeadset(tmp_path / "headset"), FakeHeadset(tmp_path / "ringer", RINGER)
    for device in (headset, ringer):
        device.folder.mkdir()
        device.build(440.0)
    both = tmp_path / "alsa.conf"
    both.write_text("".join(f"<{device.configuration}>\n" for device in (headset, ringer)))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(both))
    more = f'[audio]\nheadset = "{NAME}"\nringer = "{RINGER}"\n'
    config = configuration(pbx.accounts["1001"], pbx.address, more=more)
    with Unit(tmp_path / "unit", config) as phone:
        phone.registered()
        pbx.originate("1001", "Echo")
        phone.call("incoming")
        wait_until(lambda: rings(ringer), 10.0, "the ring")
        assert not rings(headset, 0.3)
        phone.press("ok")
        phone.call("talking")
        wait_until(lambda: headset.heard().seconds > 0.5, 10.0, "sound in the headset")
        rung = ringer.heard().seconds
        phone.hang_up()
        phone.no_call()
        assert ringer.heard().seconds == rung


def test_the_headset_is_tested_from_the_menu_until_the_phone_rings_in_it(
    pbx: Asterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headset = FakeHeadset(tmp_path)
    headset.build(440.0)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(headset.configuration))
    more = f'[audio]\nheadset = "{NAME}"\n'
    config = configuration(pbx.accounts["1001"], pbx.address, more=more)
    with Unit(tmp_path / "unit", config) as phone:
        phone.registered()
        for key in ("soft2", "4", "6"):
            phone.press(key)
        phone.says("Headset test", "Much noise")
        assert "headset test: noisy: " in phone.journal
        played = headset.heard().seconds
        for key in ("back", "6"):
            phone.press(key)
        wait_until(lambda: headset.heard().seconds > played + 0.5, 10.0, "the second test")
        pbx.originate("1001", "Echo")
        phone.call("incoming")
        wait_until(lambda: rings(headset, 0.3), 10.0, "the ring")
        assert "AUDIO-" not in phone.journal
        phone.press("ok")
        phone.call("talking")
        phone.hang_up()
        phone.no_call()


def test_a_session_outlives_its_headset(
    pbx: Asterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headset = FakeHeadset(tmp_path)
    headset.build(440.0)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(headset.configuration))
    more = f'[audio]\nheadset = "{NAME}"\n{AGENT}'
    config = configuration(pbx.accounts[USER], pbx.address, more=more)
    with Unit(tmp_path / "unit", config) as phone:
        phone.registered()
        logs_in(pbx)
        phone.call("talking")
        members(pbx, 1)
        for number in range(3):
            rest = headset.heard().seconds
            wait_until(lambda: headset.heard().seconds > rest + 0.5, 10.0, "sound in it")  # noqa: B023
            headset.plug(False)
            phone.says("Headset unplugged")
            headset.plug(True)
            phone.until(lambda s: s.headset.state == "ready", f"the headset's return {number}")
        phone.says("Session")
        members(pbx, 1)
        assert len(phone.status().calls) == 1
        assert phone.journal.count("no audio for") >= 3
