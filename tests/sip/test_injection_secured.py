"""Strangers who spray RTP at a call whose audio is encrypted, or whose way is checked by ICE.

There the library has other doors than the one that `test_injection` knocks at: SRTP drops what is
not authentic, and ICE hands on whatever is no check of its own.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from appliance.phone.effects import PlaceCall, SetAudio
from appliance.phone.events import CallAnswered, CallMedia
from appliance.sip.settings import AccountSettings, AudioSettings, NatSettings, SipSettings
from tests.peers.asterisk import Asterisk
from tests.peers.audio import tone, wait_for_tone, write_wav
from tests.peers.namespace import Namespace
from tests.sip.handset import Handset, handset
from tests.sip.sprayer import Sprayer

pytestmark = pytest.mark.peers

PHONE_HZ = 440.0


def media_ports(phone: Handset) -> list[int]:
    """The UDP ports of this machine that the phone's audio may have (proc(5), net/udp)."""
    first = phone.engine._tenant().rtp_port
    lines = Path("/proc/net/udp").read_text("ascii").splitlines()[1:]
    ports = {int(line.split()[1].partition(":")[2], 16) for line in lines}
    return sorted(ports & set(range(first, first + SipSettings().rtp_port_range)))


@pytest.mark.parametrize(
    ("user", "ice", "keys"),
    [
        ("1005", False, {"srtp": "required", "srtp_keying": "sdes"}),
        ("1020", True, {"srtp": "required", "srtp_keying": "dtls"}),
        ("1021", True, {}),
    ],
    ids=["sdes", "dtls and ice", "ice"],
)
def test_bursts_are_not_heard_and_steal_nothing(
    pbx: Asterisk, network: Namespace, tmp_path: Path, user: str, ice: bool, keys: dict[str, Any]
) -> None:
    mic = write_wav(tmp_path / "mic.wav", tone(PHONE_HZ, 1.0, 16000), 16000)
    audio = AudioSettings(microphone_wav=str(mic), earpiece_wav=str(tmp_path / "ear.wav"))
    password = pbx.accounts[user].password
    account = AccountSettings(0, user, (pbx.address,), password=password, **keys)

    async def story() -> None:
        with Sprayer() as stranger:
            async with handset(SipSettings((account,), audio, NatSettings(ice=ice))) as phone:
                assert (await phone.registered()).state == "registered"
                phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
                await phone.next(CallAnswered)
                await phone.hears(lambda heard: heard.share(PHONE_HZ) > 0.9)
                assert phone.seen(CallMedia)[-1].secure is bool(keys)
                ports = media_ports(phone)
                assert len(ports) >= 2, "RTP and RTCP"
                for _ in range(10):
                    for port in ports:
                        stranger.spray(network.host_address, port)
                    await phone.hears(lambda heard: heard.share(PHONE_HZ) > 0.9)
                await asyncio.to_thread(wait_for_tone, pbx.heard(user), PHONE_HZ, share=0.5)
                assert stranger.packets == 0

    asyncio.run(story())
