"""Why a call did not come about, or ended: SIP status codes in an agent's words, with their tone.

The codes are those of RFC 3261 section 21. Busy tone means that the far end is engaged or will not
talk, congestion tone that the network could not do it (ITU-T E.180 section 5 and 6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.phone.words import Words, as_it_is, in_title

if TYPE_CHECKING:
    from appliance.phone.effects import Tone

_REASONS: dict[int, tuple[Words, Tone]] = {
    0: (in_title("Call ended"), "busy"),
    400: (in_title("Call refused"), "congestion"),
    401: (in_title("Not allowed"), "congestion"),
    403: (in_title("Not allowed"), "congestion"),
    404: (in_title("Number not found"), "congestion"),
    405: (in_title("Not supported"), "congestion"),
    406: (in_title("No common codec"), "congestion"),
    407: (in_title("Not allowed"), "congestion"),
    408: (in_title("Server silent"), "congestion"),
    410: (in_title("Number is gone"), "congestion"),
    415: (in_title("No common codec"), "congestion"),
    480: (in_title("Not available"), "congestion"),
    481: (in_title("Call ended"), "busy"),
    484: (in_title("Incomplete"), "congestion"),
    486: (in_title("Busy"), "busy"),
    487: (in_title("Cancelled"), "busy"),
    488: (in_title("No common codec"), "congestion"),
    501: (in_title("Not supported"), "congestion"),
    503: (in_title("Out of service"), "congestion"),
    504: (in_title("Server silent"), "congestion"),
    600: (in_title("Busy everywhere"), "busy"),
    603: (in_title("Declined"), "busy"),
    604: (in_title("Number not found"), "congestion"),
    606: (in_title("No common codec"), "congestion"),
}


UNANSWERED = 408
"""Of a phone that has rung (RFC 3261 section 16.8); of a server it is silence."""


def words_of(code: int, reason: str = "", *, rang: bool = False) -> Words:
    """A few words for the display; unknown codes keep the server's own reason phrase.

    A call that `rang` has reached somebody, who did not answer.
    """
    if rang and code == UNANSWERED:
        return in_title("No answer")
    if code in _REASONS:
        return _REASONS[code][0]
    return as_it_is(reason) if reason else in_title("Call failed")


def tone_of(code: int) -> Tone:
    """The call-progress tone that goes with a final status."""
    if code in _REASONS:
        return _REASONS[code][1]
    return "busy" if code >= 600 else "congestion"
