"""``python -m tests.sip.measure``: the SIP room alone, in figures. Prints JSON; asserts nothing.

One process, a registered engine, a server made of a UDP socket in the same process; so the figures
of latency hold the server's own share, and those of CPU are taken while it is quiet.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path

from appliance.phone.effects import EndCall, PlaceCall, SetAudio
from appliance.phone.events import CallAnswered, CallEnded, CallIncoming
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.peers.rtp import RtpPort
from tests.sip.handset import Handset, handset
from tests.sip.message import sdp
from tests.sip.server import Server, server

IDLE_SECONDS = 20.0
CALL_SECONDS = 5.0
ROUNDS = 50


def wakeups(pid: int) -> dict[str, int]:
    """Voluntary context switches of each thread, by name and number."""
    found: dict[str, int] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        values = dict(line.split(":", 1) for line in lines if ":" in line)
        name = f"{values['Name'].strip()}/{task.name}"
        found[name] = int(values["voluntary_ctxt_switches"])
    return found


async def over(seconds: float) -> tuple[float, dict[str, float]]:
    """CPU in percent of a core, and wake-ups a second of each thread, in peace."""
    before, cpu, begun = wakeups(os.getpid()), time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    after, spent, took = (
        wakeups(os.getpid()),
        time.process_time() - cpu,
        time.monotonic() - begun,
    )
    rates = {name: round((count - before.get(name, 0)) / took, 2) for name, count in after.items()}
    return round(100 * spent / took, 4), {name: rate for name, rate in rates.items() if rate}


def spread(milliseconds: list[float]) -> dict[str, float]:
    """Median, 95th percentile and worst, in ms."""
    ordered = sorted(milliseconds)
    return {
        "median": round(statistics.median(ordered), 3),
        "p95": round(ordered[int(len(ordered) * 0.95)], 3),
        "worst": round(ordered[-1], 3),
    }


async def ringing(phone: Handset, pbx: Server) -> list[float]:
    """INVITE to 180, as the server sees it."""
    times = []
    for _ in range(ROUNDS):
        dialog = pbx.call()
        sent = dialog.request("INVITE", body=sdp(4000))
        response = await pbx.next(180, "INVITE")
        times.append(1000 * (response.at - sent))
        dialog.adopt(response)
        dialog.request("CANCEL", fresh=False)
        await phone.next(CallIncoming)
        await phone.next(CallEnded)
        await pbx.next(487, "INVITE")
        dialog.request("ACK", fresh=False)
        await asyncio.sleep(0.02)
    return times


async def placing(phone: Handset, pbx: Server) -> list[float]:
    """`PlaceCall` to INVITE at the server."""
    times = []
    for number in range(ROUNDS):
        begun = asyncio.get_running_loop().time()
        phone.do(PlaceCall(2 * number + 1, 0, "600"))
        invite = await pbx.next("INVITE")
        times.append(1000 * (invite.at - begun))
        pbx.answer(invite, 486, "Busy Here")
        await phone.next(CallEnded)
        await asyncio.sleep(0.02)
    return times


async def talking(phone: Handset, pbx: Server) -> dict[str, object]:
    """CPU of one PCMU call, the far end's voice included, and what became of the packets."""
    with RtpPort() as far:
        phone.do(PlaceCall(999, 0, "600"), SetAudio(999, False))
        invite = await pbx.next("INVITE")
        pbx.answer(invite, 200, "OK", body=sdp(far.port))
        await phone.next(CallAnswered)
        far.speak_to(*invite.media)
        cpu, rates = await over(CALL_SECONDS)
        quality = await phone.engine.quality(999)
        phone.do(EndCall(999))
    return {"cpu_percent": cpu, "wakeups": rates, "quality": str(quality)}


async def main() -> None:
    """Measure everything."""
    report: dict[str, object] = {}
    begun = time.monotonic()
    async with server() as pbx:
        account = AccountSettings(0, "1001", (pbx.host,))
        audio = AudioSettings(codecs=("pcmu",))
        async with handset(SipSettings((account,), audio)) as phone:
            report["started_ms"] = round(1000 * (time.monotonic() - begun), 1)
            await phone.registered()
            report["registered_ms"] = round(1000 * (time.monotonic() - begun), 1)
            report["rss_mb"] = round(_rss_mb(), 1)
            report["invite_to_180_ms"] = spread(await ringing(phone, pbx))
            report["place_to_invite_ms"] = spread(await placing(phone, pbx))
            report["call"] = await talking(phone, pbx)
            await asyncio.sleep(2.0)
            cpu, rates = await over(IDLE_SECONDS)
            report["idle"] = {
                "cpu_percent": cpu,
                "wakeups": rates,
                "total": round(sum(rates.values()), 2),
            }
            report["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    json.dump(report, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    asyncio.run(main())
