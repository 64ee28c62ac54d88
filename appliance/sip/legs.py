"""One call, as pjsua2 sees it: its callbacks become events of the phone. Lives on the sip thread.

Nothing may keep a `Leg` beyond the callback in which its dialog ends, no list and no alarm: the
library gives its number to the next call, and the destructor of a `pj.Call` that comes later hangs
that one up.
"""

from __future__ import annotations

import logging
from typing import Any

from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallLives,
    CallMedia,
    CallProgress,
    PartyChanged,
)
from appliance.sip.border import guarded, pj, plain_text, words
from appliance.sip.digits import DigitQueue
from appliance.sip.dtmf import Dtmf
from appliance.sip.hold import Hold
from appliance.sip.identity import connected_party
from appliance.sip.lifesign import NO_DIALOG, LifeSign
from appliance.sip.operations import redirection, relocation, resumption, voice_only
from appliance.sip.quality import CallQuality, of_stream
from appliance.sip.referral import Referral
from appliance.sip.targets import Target
from appliance.sip.translate import (
    end_code,
    is_secured,
    reason_causes,
    sip_cause,
    why_ended,
)

log = logging.getLogger(__name__)

_HEARD = frozenset(
    {
        pj.PJSUA_CALL_MEDIA_ACTIVE,
        pj.PJSUA_CALL_MEDIA_LOCAL_HOLD,
        pj.PJSUA_CALL_MEDIA_REMOTE_HOLD,
    }
)
TRYING, BUSY = 100, 486
UNDECIDED = (401, 407, 408, 422, 481, 491)
"""After these a re-INVITE is repeated, or the call is no more (RFC 3261 section 12.2.1.2)."""
MOVE_SECONDS = 0.25
MOVE_TRIES = 20
"""A re-INVITE of the far end's may be under way when ours is due."""
ANSWERED_ELSEWHERE = 200
"""Cause of the CANCEL to all phones but the one that took the call, RFC 3326 section 3.1."""


class Leg(pj.Call):  # type: ignore[misc]
    """A call with the phone's own id."""

    def __init__(
        self,
        station: Any,
        line: Any,
        identity: int,
        number: int | None = None,
        *,
        outgoing: bool = True,
    ) -> None:
        """`number` is the library's, where it has given the call one already."""
        if number is None:
            super().__init__(line)
        else:
            super().__init__(line, number)
        self.station = station
        self.line = line
        self.identity = identity
        self.outgoing = outgoing
        self.confirmed = False
        self.over = False
        self.known = True
        self.target = line.target
        self.seen_from = line.seen_from
        self.end_event: CallEnded | None = None
        self.hold = Hold(self, station.thread, self.outgoing)
        self.dtmf = Dtmf(self)
        self.digits = DigitQueue(station.thread, self.dtmf, identity)
        self.referral = Referral(self)
        self.life = LifeSign(self, station.thread)
        self.takes_events = False
        self._audio_index: int | None = None
        self._audio: Any = None
        self._told: CallMedia | None = None
        self._party = ("", "")
        self._cause = 0
        self._checked = False
        self._why = ""
        self._early = False
        self.sends = False
        self._held = False
        self._remote_held = False
        self._codec = ""
        self._secure = False

    def place(self, number: str) -> None:
        """Send the INVITE; raises `pj.Error`."""
        self.makeCall(self.line.address_of(number), voice_only())

    def respond(self, code: int) -> None:
        """Answer the INVITE, provisionally or for good."""
        try:
            self.answer(voice_only(code))
        except pj.Error as error:
            log.warning("call %d: %d cannot be sent: %s", self.identity, code, words(error))

    def end(self, code: int) -> None:
        """CANCEL, BYE or the final response `code`, as the state demands."""
        if self.over:
            return
        parameter = pj.CallOpParam()
        parameter.statusCode = 0 if self.outgoing or self.confirmed else code
        try:
            self.hangup(parameter)
        except pj.Error as error:
            log.warning("call %d cannot be ended: %s", self.identity, words(error))

    def redirect(self, number: str) -> None:
        """302 Moved Temporarily: the server shall call `number` (RFC 3261 section 21.3.3)."""
        try:
            self.answer(redirection(self.line.address_of(number)))
        except pj.Error as error:
            log.warning("call %d cannot be forwarded: %s", self.identity, words(error))
            self.end(BUSY)

    def check(self) -> None:
        """Ask whether the far end still has this call; the library ends one that it has not.

        By a re-INVITE: to OPTIONS an Asterisk says 200 for as long as the dialog is remembered.
        """
        self._checked = True
        self.hold.again()

    def audio(self) -> Any:
        """The call's port on the bridge; None while there is no media."""
        return self._audio

    def send_hold(self, held: bool) -> bool:
        """Send the re-INVITE that holds or resumes; False when another one is under way."""
        try:
            if held:
                self.setHold(voice_only())
            else:
                self.reinvite(resumption())
        except pj.Error as error:
            log.info("call %d: hold=%s has to wait: %s", self.identity, held, words(error))
            return False
        return True

    def move(self, target: Target, tries: int = MOVE_TRIES) -> None:
        """Carry the call over to our new address, RFC 3261 section 14: Contact, Via and media."""
        if self.over or not self.confirmed:
            return
        try:
            self.reinvite(relocation())
        except pj.Error as error:
            log.info("call %d cannot move yet: %s", self.identity, words(error))
            if tries > 1:
                station, identity = self.station, self.identity
                station.thread.later(
                    MOVE_SECONDS, lambda: station.switchboard.move(identity, target, tries - 1)
                )
            return
        self.target = target
        self.seen_from = self.line.seen_from

    def packets(self) -> int:
        """How many RTP packets have come."""
        quality = self.quality()
        return quality.rx if quality is not None else 0

    def ask(self) -> bool:
        """OPTIONS within the dialog; False when it cannot be sent."""
        parameter = pj.CallSendRequestParam()
        parameter.method = "OPTIONS"
        try:
            self.sendRequest(parameter)
        except pj.Error as error:
            log.info("call %d: its server cannot be asked: %s", self.identity, words(error))
            return False
        return True

    def gone(self, code: int) -> None:
        """The far end has let go of it without a word; our BYE may take its time."""
        log.warning("call %d: its server has it no more: %d", self.identity, code)
        if self.known:
            self.known = False
            self.station.post(CallEnded(self.identity, code))
        if code != NO_DIALOG:
            self.end(BUSY)

    def is_held(self) -> bool:
        """Whether we hold the far end, by what was last negotiated."""
        return self._held

    def hold_changed(self) -> None:
        """Tell the phone where the hold really stands, even if that is where it stood before."""
        self._told = None
        self._tell()

    def keyed(self) -> bool:
        """Whether there is nothing more to wait for from DTLS; tells when the keys are there."""
        if self.over or self._audio is None or self._secure:
            return True
        self._secure = is_secured(self.dump(True, ""))
        if self._secure:
            self._tell()
        return self._secure

    def quality(self) -> CallQuality | None:
        """The figures of the media; None while there is none."""
        if self._audio_index is None or self.over:
            return None
        try:
            return of_stream(self.getStreamStat(self._audio_index), self._codec)
        except pj.Error:
            return None

    @guarded
    def onCallState(self, prm: Any) -> None:  # noqa: N802
        """The dialog moved on."""
        if self.over:
            return
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and self.outgoing:
            self._progress(int(info.lastStatusCode))
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.confirmed = True
            self.station.post(CallAnswered(self.identity))
            self.hold.confirmed()
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._ended(int(info.lastStatusCode), plain_text(info.lastReason))

    @guarded
    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        """Media was negotiated, changed or lost."""
        if self.over:
            return
        info = self.getInfo()
        self._audio_index = self._audio = None
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status in _HEARD:
                self._adopt(index, media)
                break
        self.station.sound.media_changed(self)
        if self._audio is None:
            return
        if self.line.settings.srtp_keying == "dtls":
            self.station.switchboard.await_keys(self.identity)
        if self.outgoing and info.state == pj.PJSIP_INV_STATE_EARLY:
            self._early = True
            self._progress(int(info.lastStatusCode))
        self._tell()

    @guarded
    def onCallTsxState(self, prm: Any) -> None:  # noqa: N802
        """A transaction of this dialog moved on: our re-INVITEs matter, and why they hang up."""
        event = prm.e.body.tsxState
        transaction = event.tsx
        if event.type == pj.PJSIP_EVENT_RX_MSG:
            self._received(transaction, event.src.rdata)
        if transaction.method in ("CANCEL", "BYE") and event.type == pj.PJSIP_EVENT_RX_MSG:
            if transaction.role == pj.PJSIP_ROLE_UAS:
                self._hung_up(plain_text(event.src.rdata.wholeMsg))
        elif transaction.statusCode == TRYING and self.outgoing and not self.confirmed:
            self.station.post(CallProgress(self.identity, TRYING))
        elif (
            self.confirmed
            and transaction.role == pj.PJSIP_ROLE_UAC
            and event.prevState < pj.PJSIP_TSX_STATE_COMPLETED <= transaction.state
        ):
            received = event.type == pj.PJSIP_EVENT_RX_MSG
            self._completed(transaction.method, int(transaction.statusCode), received=received)

    @guarded
    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        """REFER: the far end wants us to call somebody else."""
        self.referral.requested(prm)

    @guarded
    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        """The answer to a REFER of ours, or NOTIFY."""
        self.referral.status(prm)

    @guarded
    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        """INVITE with Replaces: another call wants our place."""
        self.referral.replacement(prm)

    @guarded
    def onCallReplaced(self, prm: Any) -> None:  # noqa: N802
        """Another call has our place."""
        self.referral.replaced()

    @guarded
    def onInstantMessage(self, prm: Any) -> None:  # noqa: N802
        """A MESSAGE within this dialog."""
        self.station.text(self.line, prm)

    def _received(self, transaction: Any, message: Any) -> None:
        """A message of this dialog: who is at the other end now."""
        asks = transaction.role == pj.PJSIP_ROLE_UAS
        if transaction.method in ("REFER", "NOTIFY"):
            code = 0 if asks else int(transaction.statusCode)
            self.referral.heard(transaction.method, code, plain_text(message.wholeMsg))
        if transaction.method in ("INVITE", "UPDATE") and (self.confirmed or not asks):
            party = connected_party(plain_text(message.wholeMsg))
            if party is None or party == self._party:
                return
            if self.station.trusts(message.srcAddress):
                self._party = party
                self.station.post(PartyChanged(self.identity, *party))

    def _completed(self, method: str, code: int, *, received: bool) -> None:
        """A request of ours within the dialog has its final response, or the library gave it up."""
        later, hold, life = self.station.thread.later, self.hold, self.life
        if method == "OPTIONS":
            later(0.0, lambda: life.answered(code, received=received))
        if method != "INVITE":
            return
        later(0.0, lambda: hold.finished(code))
        if self._checked and code not in UNDECIDED:
            self._checked = False
            self.station.post(CallLives(self.identity))

    def _hung_up(self, message: str) -> None:
        """CANCEL or BYE of the far end, and what it says of the reason."""
        self._cause, self._why = sip_cause(message), why_ended(message)
        causes = ", ".join(reason_causes(message))
        if causes:
            log.info("call %d: ended because of %s", self.identity, causes)

    def _progress(self, code: int) -> None:
        if code > TRYING:
            self.station.post(CallProgress(self.identity, code, self._early))

    def _adopt(self, index: int, media: Any) -> None:
        self.sends = bool(media.dir & pj.PJMEDIA_DIR_ENCODING)
        self._held = media.status == pj.PJSUA_CALL_MEDIA_LOCAL_HOLD
        self._remote_held = media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD or (
            self._held and media.dir == pj.PJMEDIA_DIR_NONE
        )
        try:
            stream = self.getStreamInfo(index)
            self._codec = stream.codecName.lower()
            self.takes_events = stream.audTxEventPt > 0
            self._secure = self.line.settings.srtp != "off" and is_secured(self.dump(True, ""))
            self._audio = self.getAudioMedia(index)
            self._audio_index = index
        except pj.Error as error:
            log.warning("call %d has no audio: %s", self.identity, words(error))

    def _tell(self) -> None:
        media = CallMedia(
            self.identity,
            codec=self._codec,
            secure=self._secure,
            held=self.hold.wanted,
            remote_held=self._remote_held,
        )
        if media != self._told:
            self._told = media
            self.station.post(media)

    def _ended(self, code: int, reason: str) -> None:
        self.over = True
        self._audio = self._audio_index = None
        self.hold.over()
        self.digits.over()
        self.dtmf.over()
        self.referral.over()
        self.life.over()
        self.station.switchboard.ended(self)
        unanswered = not self.outgoing and not self.confirmed
        if unanswered and self._cause == ANSWERED_ELSEWHERE:
            self.end_event = CallEnded(self.identity, ANSWERED_ELSEWHERE, "Answered elsewhere")
        else:
            final = end_code(code, self.confirmed)
            self.end_event = CallEnded(self.identity, final, reason if final else self._why)
        if self.known:
            self.station.post(self.end_event)
