"""Two phones calling each other through the embedded PBX: everything passes, both ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.demo.softphone import Call, Dialog, Message, Softphone

Phone = Callable[[str], Softphone]


class Answering:
    """The called side of a dialog: what it needs to send requests of its own."""

    def __init__(self, phone: Softphone, invitation: Message) -> None:
        self.phone, self.invitation = phone, invitation
        self.cseq = 0
        self.branch = ""

    def ask(self, method: str, body: str = "") -> None:
        """Send a request towards the caller."""
        self.cseq += 1
        self._send(method, body)

    def outcome(self, method: str) -> Message:
        """The final response to it, acknowledged if it was an INVITE's."""
        response = self.phone.response(method)
        if method == "INVITE":
            self._send("ACK", "")
        return response

    def _send(self, method: str, body: str) -> None:
        asked = self.invitation
        target = re.sub(r".*<(.*)>.*", r"\1", asked.header("Contact"))
        dialog = Dialog(asked.header("From"), "far", asked.header("Call-ID"))
        self.phone.request(method, target, dialog, self.cseq, body=body)


@pytest.fixture
def pair(phone: Phone) -> Iterator[tuple[Softphone, Softphone]]:
    """Two registered phones."""
    one, two = phone("1001"), phone("1002")
    assert one.register().code == two.register().code == 200
    yield one, two
    assert one.register(expires=0).code == two.register(expires=0).code == 200


def talking(one: Softphone, two: Softphone) -> tuple[Call, Answering]:
    """A call from `one` that `two` has answered."""
    call = Call(one, two.user)
    invitation = two.incoming("INVITE")
    two.respond(invitation, "200 OK", two.sdp())
    assert two.incoming("ACK").start.startswith(f"ACK {two.contact}")
    assert call.outcome().body == two.sdp()
    return call, Answering(two, invitation)


def test_ringing_early_media_and_the_answer_pass(pair: tuple[Softphone, Softphone]) -> None:
    one, two = pair
    call = Call(one, "1002")
    invitation = two.incoming("INVITE")
    assert invitation.start == f"INVITE {two.contact} SIP/2.0"
    assert invitation.body == one.sdp()
    assert "sip:1001@" in invitation.header("From")
    two.respond(invitation, "180 Ringing")
    assert call.progress().code == 180
    two.respond(invitation, "183 Session Progress", two.sdp(version=1))
    early = call.progress()
    assert (early.code, early.body) == (183, two.sdp(version=1))
    two.respond(invitation, "200 OK", two.sdp(version=2))
    assert two.incoming("ACK").method == "ACK"
    answer = call.outcome()
    assert (answer.code, answer.body) == (200, two.sdp(version=2))
    assert call.hang_up().code == 200
    two.respond(two.incoming("BYE"), "200 OK")


@pytest.mark.parametrize(
    "status", ["486 Busy Here", "603 Decline", "404 Not Found", "503 Service Unavailable"]
)
def test_a_refusal_passes(pair: tuple[Softphone, Softphone], status: str) -> None:
    one, two = pair
    call = Call(one, "1002")
    two.respond(two.incoming("INVITE"), status)
    assert two.incoming("ACK").method == "ACK"
    assert call.outcome().start == f"SIP/2.0 {status}"


def test_a_phone_that_wants_a_password_of_its_own_is_unavailable(
    pair: tuple[Softphone, Softphone],
) -> None:
    one, two = pair
    call = Call(one, "1002")
    two.respond(two.incoming("INVITE"), "401 Unauthorized")
    assert call.outcome().code == 480


def test_cancel_passes(pair: tuple[Softphone, Softphone]) -> None:
    one, two = pair
    call = Call(one, "1002")
    invitation = two.incoming("INVITE")
    two.respond(invitation, "180 Ringing")
    assert call.progress().code == 180
    assert call.cancel().code == 200
    assert call.outcome().code == 487
    two.respond(two.incoming("CANCEL"), "200 OK")
    two.respond(invitation, "487 Request Terminated")
    assert two.incoming("ACK").method == "ACK"


def test_an_answer_that_crosses_the_cancel_is_hung_up(pair: tuple[Softphone, Softphone]) -> None:
    one, two = pair
    call = Call(one, "1002")
    invitation = two.incoming("INVITE")
    two.respond(invitation, "180 Ringing")
    assert call.progress().code == 180
    assert call.cancel().code == 200
    assert call.outcome().code == 487
    two.respond(invitation, "200 OK", two.sdp())
    assert two.incoming("ACK").method == "ACK"
    two.respond(two.incoming("BYE"), "200 OK")


def test_the_called_side_hangs_up(pair: tuple[Softphone, Softphone]) -> None:
    one, two = pair
    _, far = talking(one, two)
    far.ask("BYE")
    assert far.outcome("BYE").code == 200
    one.respond(one.incoming("BYE"), "200 OK")


def test_hold_and_resume_pass_both_ways(pair: tuple[Softphone, Softphone]) -> None:
    one, two = pair
    call, far = talking(one, two)
    for version, offered, answered in ((2, "sendonly", "recvonly"), (3, "sendrecv", "sendrecv")):
        call.propose(one.sdp(offered, version=version))
        offer = two.incoming("INVITE")
        assert offer.body == one.sdp(offered, version=version)
        two.respond(offer, "200 OK", two.sdp(answered, version=version))
        assert two.incoming("ACK").method == "ACK"
        assert call.outcome().body == two.sdp(answered, version=version)
    for version, offered, answered in ((4, "sendonly", "recvonly"), (5, "sendrecv", "sendrecv")):
        far.ask("INVITE", two.sdp(offered, version=version))
        offer = one.incoming("INVITE")
        assert offer.body == two.sdp(offered, version=version)
        one.respond(offer, "200 OK", one.sdp(answered, version=version))
        assert one.incoming("ACK").method == "ACK"
        assert far.outcome("INVITE").body == one.sdp(answered, version=version)
    assert call.hang_up().code == 200
    two.respond(two.incoming("BYE"), "200 OK")


def test_a_refused_hold_leaves_the_call_up(pair: tuple[Softphone, Softphone]) -> None:
    one, two = pair
    call, _ = talking(one, two)
    for version in (2, 3):
        call.propose(one.sdp("sendonly", version=version))
        two.respond(two.incoming("INVITE"), "488 Not Acceptable Here")
        assert two.incoming("ACK").method == "ACK"
        assert call.outcome().code == 488
    call.propose(one.sdp(version=4))
    two.respond(two.incoming("INVITE"), "200 OK", two.sdp(version=4))
    assert two.incoming("ACK").method == "ACK"
    assert call.outcome().body == two.sdp(version=4)
    assert call.hang_up().code == 200
    two.respond(two.incoming("BYE"), "200 OK")


def test_of_two_changes_at_once_one_waits(pair: tuple[Softphone, Softphone]) -> None:
    one, two = pair
    call, far = talking(one, two)
    call.propose(one.sdp("sendonly", version=2))
    offer = two.incoming("INVITE")
    far.ask("INVITE", two.sdp("sendonly", version=2))
    assert far.outcome("INVITE").code == 491
    two.respond(offer, "200 OK", two.sdp("recvonly", version=3))
    assert call.outcome().code == 200
    assert call.hang_up().code == 200
    two.respond(two.incoming("BYE"), "200 OK")


def test_an_info_passes(pair: tuple[Softphone, Softphone]) -> None:
    one, two = pair
    call, _ = talking(one, two)
    assert call.ask("INFO", "Signal=5\r\n").code == 200
    info = two.incoming("INFO")
    assert info.body == "Signal=5\r\n"
    two.respond(info, "200 OK")
    assert call.hang_up().code == 200
    two.respond(two.incoming("BYE"), "200 OK")


def test_a_delayed_offer_passes(pair: tuple[Softphone, Softphone]) -> None:
    one, two = pair
    call = Call(one, "1002", body="")
    invitation = two.incoming("INVITE")
    assert invitation.body == ""
    two.respond(invitation, "200 OK", two.sdp())
    assert call.outcome(ack_body=one.sdp()).body == two.sdp()
    assert two.incoming("ACK").body == one.sdp()
    assert call.hang_up().code == 200
    two.respond(two.incoming("BYE"), "200 OK")


def test_a_phone_may_call_its_own_extension(pair: tuple[Softphone, Softphone]) -> None:
    one, _ = pair
    call = Call(one, "1001")
    one.respond(one.incoming("INVITE"), "486 Busy Here")
    assert call.outcome().code == 486


def test_a_caller_must_be_who_he_says(phone: Phone) -> None:
    thief, owner = phone("1001"), phone("1002")
    thief.user = "1002"
    uri = f"sip:600@127.0.0.1:{thief.pbx[1]}"
    dialog = Dialog("<sip:600@127.0.0.1>", "t", "thief")
    thief.request("INVITE", uri, dialog, 1, body=thief.sdp())
    challenge = thief.response("INVITE")
    thief.user = "1001"
    proof = thief.digest(challenge, "INVITE", uri)
    thief.user = "1002"
    thief.request("INVITE", uri, dialog, 2, body=thief.sdp(), extra=proof)
    assert thief.response("INVITE").code == 403
    assert owner.register(query=True).all("Contact") == []


def test_nobody_is_reached_where_nobody_is(phone: Phone) -> None:
    caller = phone("1001")
    assert Call(caller, "1002").outcome().code == 480
    assert Call(caller, "4711").outcome().code == 404
