"""Five seconds with the headset that the phone would take, and what came of them.

Opens the device beside the phone, which leaves it alone while nobody speaks; every other microphone
of the unit listens meanwhile, for a voice that is heard there and not in the headset has found the
wrong device. The arithmetic is `appliance.audio.selftest`'s; nothing is told here.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct

from appliance.audio import selftest
from appliance.audio.selftest import AudioVerdict, Measured
from hw.duplex import DuplexError, converse, record
from hw.soundcard import SoundCard, choose, configured_pcms, sound_cards

log = logging.getLogger(__name__)

_ERRORS = {errno.EBUSY: selftest.BUSY, errno.ECANCELED: selftest.ENDED}


class Tested(Struct, frozen=True, kw_only=True):
    """The outcome: `verdict` and `text` as in `AudioVerdict`, `device` a stable id or a PCM."""

    verdict: str
    text: str
    next_step: str
    evidence: str
    device: str
    name: str
    measured: Measured | None = None


def examine(
    wanted: str,
    cards: Callable[[], list[SoundCard]] = sound_cards,
    ended: Callable[[], bool] = lambda: False,
) -> Tested:
    """Test the device for ``[audio] headset``; takes `selftest.SECONDS`, and blocks for so long.

    As soon as it is `ended` the devices are closed, for the verdict `selftest.ENDED`.
    """
    found = cards()
    try:
        pcm = choose(wanted, found, configured_pcms())
    except ImportError:
        return _tell(selftest.BROKEN, "pyalsaaudio is not installed", wanted, "")
    if pcm is None:
        present = ", ".join(card.id for card in found) or "no sound card"
        return _tell(selftest.MISSING, f"[audio] headset = {wanted!r}; there is {present}", "", "")
    card = next((card for card in found if card.alsa_name == pcm), None)
    device, name = (card.id, card.name) if card else (pcm, "ALSA PCM")
    try:
        microphones = [one for one in found if one.capture and one is not card]
        recorded, aside = _listen(pcm, microphones, ended)
    except DuplexError as error:
        verdict = _ERRORS.get(error.errno or 0, selftest.BROKEN)
        return _tell(verdict, error.strerror or str(error), device, name)
    measured = selftest.measure(recorded)
    others = {one: selftest.measure(data) for one, data in aside.items()}
    verdict = selftest.judge(measured, list(others.values()))
    evidence = selftest.in_words(measured)
    if verdict is selftest.WRONG:
        heard = [one for one, figures in others.items() if figures.hears_speech]
        evidence += f"; the voice was heard by {', '.join(heard)}"
    return _tell(verdict, evidence, device, name, measured)


def _listen(
    pcm: str, others: Sequence[SoundCard], ended: Callable[[], bool]
) -> tuple[bytes, dict[str, bytes]]:
    """What the headset's microphone has heard, and each other one that could be opened."""
    with ThreadPoolExecutor(max_workers=1 + len(others), thread_name_prefix="soundtest") as pool:
        asides = {
            other.id: pool.submit(record, other.alsa_name, selftest.SECONDS, selftest.RATE, ended)
            for other in others
        }
        recorded = converse(pcm, selftest.prompt(), selftest.RATE, ended)
    heard = {}
    for device, aside in asides.items():
        try:
            heard[device] = aside.result()
        except DuplexError as error:
            log.info("%s was not listened to: %s", device, error.strerror)
    return recorded, heard


def _tell(
    verdict: AudioVerdict, evidence: str, device: str, name: str, measured: Measured | None = None
) -> Tested:
    return Tested(
        verdict=verdict.name,
        text=verdict.text,
        next_step=verdict.next_step,
        evidence=evidence,
        device=device,
        name=name,
        measured=measured,
    )
