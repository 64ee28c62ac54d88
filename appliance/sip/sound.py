"""What the ear hears and the microphone says: the conference bridge and its device.

An open device, even the null one, ticks fifty times a second; so it is open only while a call, a
tone or the ring needs it, and a moment longer, for the bridge does its work on the device's clock.
A headset that cannot be opened is reported and the null device takes its place: the call lives on,
and the headset is tried again every two seconds for as long as sound is needed. Lives on the sip
thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.phone.effects import Tone
from appliance.phone.events import ProblemFound
from appliance.phone.words import in_line
from appliance.sip.border import pj, words
from appliance.sip.library import Library
from appliance.sip.pcm import number_of
from appliance.sip.settings import AudioSettings
from appliance.sip.silence import Silence
from appliance.sip.thread import Alarm, SipThread
from appliance.sip.tones import ToneSource
from appliance.sip.translate import volume_gain

log = logging.getLogger(__name__)

LINGER_SECONDS = 1.0
"""How long the device stays open after its last use."""
RETRY_SECONDS = 2.0
"""Between two attempts at a headset that does not open while somebody needs it."""
WAV_HEADER_BYTES = 44
DIGITS_DBM0 = -9.0
"""Level of each of the two frequencies of a DTMF digit in a call."""
KEYS_DBM0 = -21.0
"""The same for whoever presses the key."""
_OPEN_LATER = 2
"""PJSUA_SND_DEV_NO_IMMEDIATE_OPEN, which the bindings do not name."""

Wire = tuple[str, str]


class Sound:
    """The bridge: who is joined to the headset, which tone plays, whether the device is open."""

    def __init__(
        self,
        library: Library,
        settings: AudioSettings,
        thread: SipThread,
        report: Callable[[ProblemFound], None],
    ) -> None:
        self._library = library
        self._settings = settings
        self._thread = thread
        self._report = report
        self._tones = dict(settings.tones)
        self._reasons: set[str] = set()
        self._device = settings.device
        self._playback, self._capture = settings.playback, settings.capture
        self._closing: Alarm | None = None
        self._retry: Alarm | None = None
        self._calls: tuple[Any, ...] = ()
        self._muted = self._aloud = False
        self._wires: set[Wire] = set()
        self._ports: dict[str, Any] = {}
        self._sources: dict[str, ToneSource] = {}
        self._levels = {
            "earpiece": settings.earpiece_volume,
            "microphone": settings.microphone_volume,
            "ringer": settings.ringer_volume,
        }
        self._troubled = False
        self._lent = False
        self._on_headset = False
        self.silence = Silence()
        self.is_open = False
        self.opened_at_byte = WAV_HEADER_BYTES

    @property
    def _devices(self) -> Any:
        return self._library.endpoint.audDevManager()

    @property
    def is_recording(self) -> bool:
        """Whether the earpiece file could be made."""
        return "recorder" in self._ports

    def open(self) -> None:
        """Lay the wires that last: tones and ring to the ear, and the files."""
        self._ports["ear"] = self._devices.getPlaybackDevMedia()
        self._ports["mic"] = self._devices.getCaptureDevMedia()
        self._open_files()
        for name in ("tone", "ring", "digits", "keys", "silence"):
            self._sources[name] = ToneSource()
            self._ports[name] = self._sources[name].port
        self._sources["silence"].play_silence()
        self._lay()
        for which in self._levels:
            self._apply_level(which)

    def close(self) -> None:
        """Take everything apart; the files are complete afterwards."""
        self._calls = ()
        for alarm in (self._closing, self._retry):
            if alarm is not None:
                alarm.cancel()
        self._devices.setNoDev()
        self._wires.clear()
        self._sources.clear()
        self._ports.clear()

    def need(self, reason: str, needed: bool) -> None:
        """Keep the device open as long as there is a reason."""
        if needed:
            self._reasons.add(reason)
        else:
            self._reasons.discard(reason)
        if self._reasons:
            if self._closing is not None:
                self._closing.cancel()
                self._closing = None
            if not self.is_open:
                self._open_device()
            elif not self._on_headset:
                self._try_later()
        elif self.is_open and self._closing is None:
            self._closing = self._thread.later(LINGER_SECONDS, self._close_device)

    def set_headset(self, pcm: str) -> None:
        """Speak through this ALSA PCM from now on, in the middle of a call too; empty: none."""
        known = (self._playback, self._capture) == (pcm, pcm)
        if self._device == "none" or (known and self._on_headset):
            return
        self._device = "alsa" if pcm else "null"
        self._playback = self._capture = pcm
        if not pcm:
            self._mended()
        self._leave_headset()
        if self.is_open:
            self._rest()
        if self._reasons:
            self._open_device()

    def lend(self, lent: bool) -> None:
        """Keep away from the headset for as long as somebody else has it, to test it.

        What is to be heard meanwhile is not; it is heard from the moment that it is given back.
        """
        self._lent = lent
        if lent and self.is_open and not self._reasons:
            self._rest()
        elif not lent and self._reasons and not self._on_headset:
            self._open_device()

    def set_tone(self, tone: Tone) -> None:
        """Play a call-progress tone in the ear until told otherwise."""
        spec = self._tones.get(tone)
        self.need("tone", spec is not None)
        self._sources["tone"].play(spec)

    def set_ringing(self, ring: str) -> None:
        """Ring in this manner (the name of a tone), or stop (a name that is none)."""
        spec = self._tones.get(ring)
        self.need("ring", spec is not None)
        self._sources["ring"].play(spec)

    def join(self, calls: Sequence[Any], muted: bool) -> None:
        """Join ear and microphone to these calls, and each of them to the others.

        Digits are for the first.
        """
        if tuple(calls[:1]) != self._calls[:1]:
            self._silence_digits()
        for call in self._calls:
            if call not in calls:
                self._part(call)
        self._calls, self._muted = tuple(calls), muted
        if not calls:
            self.silence.end("the call is over, or on hold")
        self._lay()

    def media_changed(self, call: Any) -> None:
        """The media of a call was made anew; wires to the old one are gone."""
        if call in self._calls:
            name = _name_of(call)
            self._wires = {wire for wire in self._wires if name not in wire}
            self._lay()

    def digit(self, call: Any, digit: str, *, aloud: bool) -> None:
        """Let DTMF be heard here, and `aloud` in `call` too, until told otherwise; empty: no more.

        Of a call that is not joined nothing is heard. The microphone is closed while a digit is
        `aloud`, for a voice in it is what makes a receiver miss one.
        """
        if call in self._calls[:1]:
            self._aloud = aloud and bool(digit)
            self._lay()
            self._sources["keys"].play_digit(digit, KEYS_DBM0)
            self._sources["digits"].play_digit(digit if aloud else "", DIGITS_DBM0)

    def set_level(self, which: str, percent: int) -> None:
        """Set a level in percent."""
        self._levels[which] = percent
        self._apply_level(which)

    def broken(self) -> None:
        """The headset failed while it was open: open it again."""
        if self._on_headset:
            log.warning("the headset failed")
            self._leave_headset()
            self._rest()
            if self._reasons:
                self._open_device()

    def _open_files(self) -> None:
        if self._settings.microphone_wav:
            player = pj.AudioMediaPlayer()
            try:
                player.createPlayer(self._settings.microphone_wav)
            except pj.Error as error:
                self._problem(
                    "microphone", "AUDIO-02", in_line("No microphone file"),
                    f"{self._settings.microphone_wav}: {words(error)};"
                    " expected a WAV file, 16-bit PCM, one channel",
                )  # fmt: skip
            else:
                self._ports["mic"] = player
        if self._settings.earpiece_wav:
            recorder = pj.AudioMediaRecorder()
            try:
                recorder.createRecorder(self._settings.earpiece_wav)
            except pj.Error as error:
                self._problem(
                    "earpiece", "AUDIO-03", in_line("No earpiece file"),
                    f"{self._settings.earpiece_wav} cannot be written: {words(error)}",
                )  # fmt: skip
            else:
                self._ports["recorder"] = recorder

    def _lay(self) -> None:
        """Make the wires be those that are wanted."""
        wanted = self._wanted()
        for source, sink in self._wires - wanted:
            self._wire(source, sink, False)
        for source, sink in sorted(wanted - self._wires):
            self._wire(source, sink, True)
        self._wires = wanted

    def _wanted(self) -> set[Wire]:
        ears = [name for name in ("ear", "recorder") if name in self._ports]
        wires: set[Wire] = {(source, ear) for source in ("tone", "ring", "keys") for ear in ears}
        if "recorder" in self._ports:
            wires.add(("silence", "recorder"))
        names = self._present()
        for name in names:
            wires |= {(name, ear) for ear in ears}
            wires |= {(name, other) for other in names if other != name}
            if not (self._muted or self._aloud):
                wires.add(("mic", name))
        wires |= {("digits", name) for name in names[:1]}
        return wires

    def _present(self) -> list[str]:
        """The names of the joined calls that have media just now, with their ports at hand."""
        names = []
        for call in self._calls:
            name, port = _name_of(call), call.audio()
            if port is None:
                self._ports.pop(name, None)
            else:
                self._ports[name] = port
                names.append(name)
        return names

    def _wire(self, source: str, sink: str, connect: bool) -> None:
        if source not in self._ports or sink not in self._ports:
            return
        try:
            if connect:
                self._ports[source].startTransmit(self._ports[sink])
            else:
                self._ports[source].stopTransmit(self._ports[sink])
        except pj.Error as error:
            log.info("wire %s to %s: %s", source, sink, words(error))

    def _part(self, call: Any) -> None:
        name = _name_of(call)
        ours = {wire for wire in self._wires if name in wire}
        if call.audio() is not None:
            for source, sink in ours:
                self._wire(source, sink, False)
        self._wires -= ours
        self._ports.pop(name, None)

    def _silence_digits(self) -> None:
        """What was meant for one call shall not be heard in the next."""
        self._aloud = False
        for name in ("keys", "digits"):
            if name in self._sources:
                self._sources[name].play(None)

    def _apply_level(self, which: str) -> None:
        """In pjsua2's words a port transmits what it gives to the bridge."""
        gain = volume_gain(self._levels[which])
        if which == "earpiece":
            for name in ("ear", "recorder"):
                if name in self._ports:
                    self._ports[name].adjustRxLevel(gain)
        else:
            self._ports["mic" if which == "microphone" else "ring"].adjustTxLevel(gain)

    def _open_device(self, *, again: bool = False) -> None:
        if self._device == "none":
            return
        self._on_headset = self._device == "alsa" and not self._lent and self._open_alsa(again)
        if self._on_headset:
            self._mended()
            self.silence.end("the headset speaks again")
        else:
            if not self.is_open:
                self._mark_recording()
                self._devices.setNullDev()
            self._try_later()
        self.is_open = True

    def _leave_headset(self) -> None:
        if self._on_headset and self._calls:
            self.silence.begin()

    def _open_alsa(self, again: bool) -> bool:
        """Open the headset in place of what is open; if it is not there, that stays open."""
        try:
            capture = number_of(self._devices, self._capture, "inputCount")
            playback = number_of(self._devices, self._playback, "outputCount")
            self._rest()
            self._mark_recording()
            self._devices.setCaptureDev(capture)
            self._devices.setPlaybackDev(playback)
            self._devices.setSndDevMode(0)
        except (pj.Error, LookupError) as error:
            found = words(error) if isinstance(error, pj.Error) else str(error.args[0])
            if not self.is_open:
                self._devices.setNoDev()
            self._troubled = True
            if not again:
                self._problem("headset", "AUDIO-01", in_line("Headset does not open"), found)
            return False
        return True

    def _try_later(self) -> None:
        if self._device == "alsa" and self._retry is None:
            self._retry = self._thread.later(RETRY_SECONDS, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        if self._reasons and not self._on_headset:
            self._open_device(again=True)

    def _mended(self) -> None:
        if self._troubled:
            self._troubled = False
            self._report(ProblemFound("headset", "", ""))

    def _close_device(self) -> None:
        self._closing = None
        self._rest()

    def _rest(self) -> None:
        self._devices.setNoDev()
        self.is_open = self._on_headset = False

    def _mark_recording(self) -> None:
        path = Path(self._settings.earpiece_wav)
        if self._settings.earpiece_wav and path.exists():
            self.opened_at_byte = max(WAV_HEADER_BYTES, path.stat().st_size)

    def _problem(self, part: str, code: str, agent: str, found: str) -> None:
        log.error("%s: %s", code, found)
        self._report(ProblemFound(part, code, agent))


def _name_of(call: Any) -> str:
    """A call's port among the others."""
    return f"call {call.identity}"
