"""Whose calls an account watches (busy lamp field, RFC 4235). Lives on the sip thread.

The library subscribes, refreshes, and subscribes again some minutes after it was refused; what a
NOTIFY says is read here, for pjsua2 does not. A NOTIFY outside of these subscriptions never
arrives: the library refuses it with 481.
"""

from __future__ import annotations

import logging
from typing import Any

from appliance.phone.events import ColleagueChanged
from appliance.sip.border import guarded, pj, plain_text, words
from appliance.sip.dialoginfo import Known, parse_dialog_info

log = logging.getLogger(__name__)


class Colleague(pj.Buddy):  # type: ignore[misc]
    """One subscription."""

    def __init__(self, station: Any, number: str) -> None:
        super().__init__()
        self.station = station
        self._number = number
        self._known = Known()

    @guarded
    def onBuddyEvSubDlgEventState(self, prm: Any) -> None:  # noqa: N802
        """The subscription has changed, or a NOTIFY has come."""
        if self.getInfo().subState == pj.PJSIP_EVSUB_STATE_TERMINATED:
            self.forget()
            return
        message = _received(prm.e)
        if not message.startswith("NOTIFY "):
            return
        body = message.replace("\r\n", "\n").partition("\n\n")[2]
        info = parse_dialog_info(body)
        if info is not None:
            self._known = self._known.told(info)
            self.station.post(ColleagueChanged(self._number, self._known.calls))

    def forget(self) -> None:
        """What was known holds no more, and the next subscription counts its documents anew."""
        self._known = Known()
        self.station.post(ColleagueChanged(self._number, "unknown"))


class Watch:
    """Everybody whom one account watches, from `registered` to `end`."""

    def __init__(self, station: Any, line: Any, numbers: tuple[str, ...]) -> None:
        self._station = station
        self._line = line
        self._numbers = numbers
        self._colleagues: list[Colleague] = []
        self._way: tuple[str, ...] = ()

    def registered(self, *way: str) -> None:
        """The account is registered, by this way; a new way takes new subscriptions."""
        if self._numbers and way != self._way:
            self._way = way
            self._station.thread.later(0.0, self._begin)

    def end(self) -> None:
        """Watch nobody; the subscriptions are ended in good order."""
        self._way = ()
        for colleague in self._colleagues:
            colleague.forget()
        self._colleagues.clear()

    def _begin(self) -> None:
        way = self._way
        if not way or self._station.switchboard.closing:
            return
        self.end()
        self._way = way
        for number in self._numbers:
            colleague = Colleague(self._station, number)
            config = pj.BuddyConfig()
            config.uri = self._line.address_of(number)
            config.subscribe_dlg_event = True
            try:
                colleague.create(self._line, config)
            except pj.Error as error:
                log.warning("the calls of %s cannot be watched: %s", number, words(error))
            else:
                self._colleagues.append(colleague)


def _received(event: Any) -> str:
    """The message that an event is about; empty where there is none."""
    if event.type != pj.PJSIP_EVENT_TSX_STATE or event.body.tsxState.type != pj.PJSIP_EVENT_RX_MSG:
        return ""
    return plain_text(event.body.tsxState.src.rdata.wholeMsg)
