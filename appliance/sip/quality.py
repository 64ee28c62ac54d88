"""How good a call sounds, by numbers: packets, jitter, delay, and what they mean for the ear.

The opinion score is the E-model of ITU-T G.107 reduced to what a terminal can know: delay
impairment in the two-slope form of Cole and Rosenbluth (2001), effective equipment impairment from
random loss with the codecs' factors of ITU-T G.113 Appendix I. Wideband codecs stand on the same
narrowband scale, so a perfect wideband call shows the same 4.4 as a perfect G.711 one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_BEST = 93.2
_IMPAIRMENTS: dict[str, tuple[float, float]] = {
    "pcmu": (0.0, 25.1),
    "pcma": (0.0, 25.1),
    "g722": (0.0, 25.1),
    "opus": (0.0, 25.1),
    "g729": (11.0, 19.0),
    "gsm": (20.0, 43.0),
    "speex": (11.0, 19.0),
}
"""Ie (equipment impairment) and Bpl (robustness against loss) with loss concealment."""
_UNKNOWN = (11.0, 19.0)
_CODEC_DELAY_MS = 25.0
"""One 20 ms packet and the look-ahead of the coder."""


@dataclass(frozen=True, slots=True)
class CallQuality:
    """The state of a call's media. Times in ms; `lost` counts packets that never arrived."""

    rx: int = 0
    tx: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    rtt_ms: float = 0.0
    mos: float = 0.0


def of_stream(stat: Any, codec: str) -> CallQuality:
    """The figures of a stream, from the library's ``StreamStat``."""
    rx, tx = stat.rtcp.rxStat, stat.rtcp.txStat
    rtt = stat.rtcp.rttUsec.mean / 1000
    delay = mouth_to_ear(rtt, stat.jbuf.avgDelayMsec)
    return CallQuality(
        rx=rx.pkt,
        tx=tx.pkt,
        lost=rx.loss,
        jitter_ms=round(rx.jitterUsec.mean / 1000, 1),
        rtt_ms=round(rtt, 1),
        mos=opinion_score(codec, rx.pkt, rx.loss, delay),
    )


def opinion_score(codec: str, rx: int, lost: int, delay_ms: float) -> float:
    """Mean opinion score, 1.0 to 4.5, by one-way delay and loss; 0.0 before any packet."""
    if rx + lost <= 0:
        return 0.0
    impairment, robustness = _IMPAIRMENTS.get(codec, _UNKNOWN)
    percent_lost = 100.0 * max(0, lost) / (rx + max(0, lost))
    equipment = impairment + (95.0 - impairment) * percent_lost / (percent_lost + robustness)
    delay = 0.024 * delay_ms + 0.11 * max(0.0, delay_ms - 177.3)
    rating = _BEST - delay - equipment
    if rating <= 0.0:
        return 1.0
    score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6
    return round(min(4.5, max(1.0, score)), 1)


def mouth_to_ear(rtt_ms: float, buffer_ms: float) -> float:
    """One-way delay in ms: half the round trip, the jitter buffer, coding and packing."""
    return rtt_ms / 2 + buffer_ms + _CODEC_DELAY_MS
