"""Why a call did not come about, or ended: SIP status codes in an agent's words, with their tone.

The codes are those of RFC 3261 section 21. Busy tone means that the far end is engaged or will not
talk, congestion tone that the network could not do it (ITU-T E.180 section 5 and 6).
"""

from __future__ import annotations

from appliance.phone.effects import Tone

_REASONS: dict[int, tuple[str, Tone]] = {
    0: ("Call ended", "busy"),
    400: ("Call refused", "congestion"),
    401: ("Not allowed", "congestion"),
    403: ("Not allowed", "congestion"),
    404: ("Number not found", "congestion"),
    405: ("Not supported", "congestion"),
    406: ("No common codec", "congestion"),
    407: ("Not allowed", "congestion"),
    408: ("No answer from server", "congestion"),
    410: ("Number no longer exists", "congestion"),
    415: ("No common codec", "congestion"),
    480: ("Not available", "congestion"),
    484: ("Number incomplete", "congestion"),
    486: ("Busy", "busy"),
    487: ("Cancelled", "busy"),
    488: ("No common codec", "congestion"),
    501: ("Not supported", "congestion"),
    503: ("Service not available", "congestion"),
    504: ("No answer from server", "congestion"),
    600: ("Busy everywhere", "busy"),
    603: ("Declined", "busy"),
    604: ("Number not found", "congestion"),
    606: ("No common codec", "congestion"),
}


def words_of(code: int, reason: str = "") -> str:
    """A few words for the display; unknown codes keep the server's own reason phrase."""
    if code in _REASONS:
        return _REASONS[code][0]
    return reason or "Call failed"


def tone_of(code: int) -> Tone:
    """The call-progress tone that goes with a final status."""
    if code in _REASONS:
        return _REASONS[code][1]
    return "busy" if code >= 600 else "congestion"
