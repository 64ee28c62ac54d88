"""The PBX's own extensions: echo, tone, busy, no answer, call me back.

Each is one leg of a call and, where it speaks, one RTP stream; the dial plan at the end says which
number is which. An extension answers every event that awaits an answer and gives its ports back
when the leg is over, whoever ended it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from appliance.demo import sdp
from appliance.demo.g711 import Law
from appliance.demo.legs import (
    Answered,
    Changed,
    Ended,
    Informed,
    Invited,
    Leg,
    LegEvent,
    LegTo,
    Offered,
    OnLegEvent,
    Progressed,
    Refused,
)
from appliance.demo.rtp import Echo, Stream, Tone

TONE_HERTZ = 1004
"""The telephone network's test tone: not 1000 Hz, which divides the sampling rate (ITU-T O.6)."""
TONE_DBM0 = -10.0
"""Ten below the test level: it ends up in somebody's ear."""
GOODBYE_SECONDS = 1.0
"""How long 604 speaks before it hangs up."""
CALL_BACK_SECONDS = 3.0
"""How long after that it calls back."""
RING_SECONDS = 60.0
"""How long it then lets the phone ring."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an extension is: its address, its number, who calls it and the way to the phones."""

    address: str
    number: str
    caller: str
    leg_to: LegTo


class Voice:
    """A leg with a stream: negotiates, follows hold and resume, closes with the leg."""

    def __init__(self, leg: Leg, address: str, stream: Stream, choose: sdp.Chooser) -> None:
        self._leg, self._stream, self._choose = leg, stream, choose
        self._session = sdp.Session(address, stream.port, secrets.randbits(31))

    def on_event(self, event: LegEvent) -> None:
        """Follow the leg."""
        match event:
            case Invited(sdp=None):
                self._leg.offer(self.offer())
            case Invited(sdp=str(text)) | Changed(sdp=text):
                self._answer(text)
            case Answered(sdp=text) | Offered(sdp=text):
                self._agreed(text)
            case Refused() | Ended():
                self._stream.close()
            case Progressed() | Informed():
                pass

    def offer(self) -> str:
        """What this extension would like to speak."""
        return self._session.offer()

    def directed(self, agreement: sdp.Agreement) -> None:
        """Both ends agree; the stream follows."""
        self._stream.direct(
            (agreement.address, agreement.port), may_send=agreement.may_send and agreement.port > 0
        )

    def _answer(self, text: str) -> None:
        try:
            answer, agreement = self._session.answer(sdp.parse(text), self._choose)
        except sdp.SdpError:
            self._leg.refuse(488, "Not Acceptable Here")
            return
        self.directed(agreement)
        self._leg.answer(answer)

    def _agreed(self, text: str | None) -> None:
        try:
            agreement = self._session.agreed(sdp.parse(text or ""), self._choose)
        except sdp.SdpError:
            self._leg.hang_up()
            self._stream.close()
            return
        self.directed(agreement)


class EchoExtension(Voice):
    """Every packet comes back, whatever the codec."""

    def __init__(self, leg: Leg, address: str) -> None:
        super().__init__(leg, address, Echo(address), sdp.any_speech)


class ToneExtension(Voice):
    """1004 Hz for as long as one listens."""

    def __init__(self, leg: Leg, address: str) -> None:
        self._tone = Tone(address, TONE_HERTZ, TONE_DBM0)
        super().__init__(leg, address, self._tone, sdp.g711_only)

    def directed(self, agreement: sdp.Agreement) -> None:
        """In the law that was agreed."""
        codec = agreement.codec
        self._tone.play(cast(Law, codec.name.upper()), codec.payload_type)
        super().directed(agreement)


class CallBackExtension(ToneExtension):
    """A short tone, a hang-up from this end, and three seconds later a call the other way."""

    def __init__(self, leg: Leg, address: str, call_back: Callable[[], None]) -> None:
        super().__init__(leg, address)
        self._call_back = call_back
        self._loop = asyncio.get_running_loop()
        self._goodbye: asyncio.TimerHandle | None = None
        self._promised = False

    def directed(self, agreement: sdp.Agreement) -> None:
        """The caller hears us: from here on the promise holds."""
        super().directed(agreement)
        if self._goodbye is None:
            self._goodbye = self._loop.call_later(GOODBYE_SECONDS, self._say_goodbye)

    def on_event(self, event: LegEvent) -> None:
        """A caller who hangs up first is called back all the same."""
        super().on_event(event)
        if isinstance(event, Ended) and self._goodbye is not None:
            self._promise()

    def _say_goodbye(self) -> None:
        self._leg.hang_up()
        self._stream.close()
        self._promise()

    def _promise(self) -> None:
        if self._goodbye is not None:
            self._goodbye.cancel()
        if not self._promised:
            self._promised = True
            self._loop.call_later(CALL_BACK_SECONDS, self._call_back)


def echo(leg: Leg, place: Place) -> OnLegEvent:
    """600: what you say comes back."""
    return EchoExtension(leg, place.address).on_event


def tone(leg: Leg, place: Place) -> OnLegEvent:
    """601: a steady tone."""
    return ToneExtension(leg, place.address).on_event


def busy(leg: Leg, _place: Place) -> OnLegEvent:
    """602: 486, always."""

    def on_event(event: LegEvent) -> None:
        if isinstance(event, Invited):
            leg.refuse(486, "Busy Here")

    return on_event


def no_answer(leg: Leg, _place: Place) -> OnLegEvent:
    """603: rings until the caller gives up."""

    def on_event(event: LegEvent) -> None:
        if isinstance(event, Invited):
            leg.progress(180, "Ringing")

    return on_event


def call_me_back(leg: Leg, place: Place) -> OnLegEvent:
    """604: hangs up after a second and calls back three seconds later, with the tone."""

    def call_back() -> None:
        returning = place.leg_to(place.caller, place.number, "Call back")
        if returning is not None:
            voice = ToneExtension(returning, place.address)
            returning.invite(voice.offer(), voice.on_event, RING_SECONDS)

    return CallBackExtension(leg, place.address, call_back).on_event


DIAL_PLAN: Mapping[str, Callable[[Leg, Place], OnLegEvent]] = {
    "600": echo,
    "601": tone,
    "602": busy,
    "603": no_answer,
    "604": call_me_back,
}
"""Who answers which number."""
