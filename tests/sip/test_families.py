"""Audio of the one family of addresses in a call by a server of the other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.phone.effects import AnswerCall, SetAudio
from appliance.phone.events import CallAnswered, CallIncoming
from tests.peers.rtp import RtpPort
from tests.sip.message import sdp
from tests.sip.talking import FAR_HZ, PHONE_HZ, phone_and_server


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this kernel has no IPv6")
@pytest.mark.parametrize(("server", "far_end"), [("::1", "127.0.0.1"), ("127.0.0.1", "::1")])
def test_a_call_whose_audio_is_of_the_other_family(
    tmp_path: Path, server: str, far_end: str
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, at=server) as (phone, pbx):
            with RtpPort(FAR_HZ, far_end) as far:
                dialog = pbx.call()
                dialog.request("INVITE", body=sdp(far.port, address=far_end))
                incoming = await phone.next(CallIncoming)
                phone.do(AnswerCall(incoming.call), SetAudio(incoming.call, False))
                ok = await pbx.next(200, "INVITE")
                assert (":" in ok.media[0]) == (":" in far_end)
                dialog.adopt(ok)
                dialog.request("ACK")
                await phone.next(CallAnswered)
                far.speak_to(*ok.media)
                await phone.hears(lambda r: r.share(FAR_HZ) > 0.95)
                far.wait_for_packets(40)
                assert far.heard().last(0.4).share(PHONE_HZ) > 0.95

    asyncio.run(story())
