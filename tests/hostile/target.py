"""``python -m tests.hostile.target SERVER MICROPHONE EARPIECE``: the phone that is attacked.

A whole engine in a process of its own, so that a crash is seen as what it is. It registers, and
does what stdin says, one word a line, answering each with a line: ``call`` (place a call),
``hold``, ``resume``, ``heard HZ`` (share of that tone in the last half second), ``strangers``,
``parsed`` (requests that the library could make sense of), ``heap`` (octets that are allocated).
``dial`` and ``drop`` place another call and end it, without an answer. It refuses every call that
comes in, as an agent in a call does; the events that concern its own call are told by ``ended``.
Transactions are forgotten after a second instead of 32 s, lest the library turn a million messages
away unread for want of room.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import re
import sys
from array import array

from appliance.phone.effects import EndCall, HoldCall, PlaceCall, Register, SetAudio
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    Event,
    RegistrationChanged,
)
from appliance.sip.engine import Engine
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from appliance.sip.station import Station
from tests.peers.audio import Recording

T1_MS, T2_MS, T4_MS, TD_MS = 100, 200, 200, 1000


def say(*words: object) -> None:
    """One line."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


class Target:
    """An engine with one call of its own, number 1."""

    def __init__(self, server: str, microphone: str, earpiece: str) -> None:
        account = AccountSettings(0, "1001", (server,))
        audio = AudioSettings(
            microphone_wav=microphone, earpiece_wav=earpiece, codecs=("pcmu", "pcma", "g722")
        )
        settings = SipSettings((account,), audio, server_packets_per_second=0)
        self.engine = Engine(settings, self.happened)
        self._dialled = 1

    def happened(self, event: Event) -> None:
        """Refuse what rings; tell what matters."""
        match event:
            case RegistrationChanged(state=state) if state != "trying":
                say(state)
            case CallIncoming(call):
                self.engine.perform(EndCall(call, 486))
            case CallAnswered(1):
                say("answered")
            case CallMedia(1, held=held):
                say("media", "held" if held else "flows")
            case CallEnded(1, code, reason):
                say("ended", code, reason)

    async def obey(self, order: str) -> None:
        """Do what a line says."""
        word, _, argument = order.partition(" ")
        match word:
            case "call":
                self.engine.perform(PlaceCall(1, 0, "600"))
                self.engine.perform(SetAudio(1, muted=False))
            case "hold" | "resume":
                self.engine.perform(HoldCall(1, word == "hold"))
                self.engine.perform(SetAudio(1, muted=False))
            case "heard":
                heard = await self.engine.heard(0.5)
                recording = Recording(heard.rate, array("h", heard.samples))
                say("heard", f"{recording.share(float(argument)):.2f}")
            case "dial":
                self._dialled += 2
                self.engine.perform(PlaceCall(self._dialled, 0, "601"))
            case "drop":
                self.engine.perform(EndCall(self._dialled))
            case "parsed":
                await self.engine.pulse()
                say("parsed", Heard.requests)
            case "heap":
                say("heap", allocated())
            case "strangers":
                say("strangers", (await self.engine.turned_away()).strangers)


def allocated() -> int:
    """Octets of the heap in use: what is resident besides lies free between them."""
    libc = ctypes.CDLL(None)
    libc.open_memstream.restype = ctypes.c_void_p
    text, length = ctypes.c_char_p(), ctypes.c_size_t()
    stream = ctypes.c_void_p(libc.open_memstream(ctypes.byref(text), ctypes.byref(length)))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    told = (text.value or b"").rpartition(b"</heap>")[2].decode("ascii")
    libc.free(text)
    sizes = dict(re.findall(r'<(?:total|system) type="(\w+)".* size="(\d+)"', told))
    return int(sizes["current"]) - sum(int(sizes[kind]) for kind in ("fast", "rest"))


class Heard:
    """Counts what has passed the parser."""

    requests = 0
    tell = Station.heard

    @staticmethod
    def note(station: Station, method: str, source: str) -> None:
        """Instead of the station's own, which is told too."""
        Heard.requests += 1
        Heard.tell(station, method, source)


async def main(server: str, microphone: str, earpiece: str) -> None:
    """Live until stdin closes."""
    setattr(Station, "heard", Heard.note)  # noqa: B010 - a method is not assigned to
    target = Target(server, microphone, earpiece)
    await target.engine.start()
    library = ctypes.CDLL(importlib.import_module("_pjsua2").__file__)
    library.pjsip_tsx_set_timers(T1_MS, T2_MS, T4_MS, TD_MS)
    target.engine.perform(Register(0))
    while line := await asyncio.to_thread(sys.stdin.readline):
        await target.obey(line.strip())
    await target.engine.stop()
    if target.engine.failed.done():
        target.engine.failed.result()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
