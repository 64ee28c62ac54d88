"""Registering with the embedded PBX: digest, expiry, order, and who is turned away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from tests.demo.softphone import PATIENCE, Call, Dialog, Softphone

Phone = Callable[[str], Softphone]


def test_the_right_password_registers_and_the_contact_is_returned(phone: Phone) -> None:
    desk = phone("1001")
    response = desk.register(expires=60)
    assert response.code == 200
    assert response.all("Contact") == [f"<{desk.contact}>;expires=60"]


def test_without_credentials_there_is_a_challenge_that_names_md5(phone: Phone) -> None:
    response = phone("1001").register(authenticate=False)
    assert response.code == 401
    challenge = response.header("WWW-Authenticate")
    assert re.search(r'nonce="[^"]+", algorithm=MD5, qop="auth"$', challenge), challenge
    assert "stale" not in challenge


def test_a_wrong_password_is_challenged_again_and_not_called_stale(phone: Phone) -> None:
    desk = phone("1001")
    desk.password = "wrong"
    response = desk.register()
    assert response.code == 401
    assert "stale" not in response.header("WWW-Authenticate")


def test_an_unknown_extension_does_not_exist(phone: Phone) -> None:
    assert phone("4711").register().code == 404


def test_one_account_cannot_register_another(phone: Phone) -> None:
    desk, other = phone("1001"), phone("1002")
    uri = f"sip:127.0.0.1:{desk.pbx[1]}"
    dialog = Dialog("<sip:1002@127.0.0.1>", "t", "thief")
    desk.request("REGISTER", uri, dialog, 1)
    answer = desk.digest(desk.response("REGISTER"), "REGISTER", uri)
    desk.request("REGISTER", uri, dialog, 2, extra=answer)
    assert desk.response("REGISTER").code == 403
    assert Call(other, "1002").outcome().code == 480


def test_a_registration_holds_until_it_expires(phone: Phone) -> None:
    desk = phone("1003")
    begun = time.monotonic()
    assert desk.register(expires=1).code == 200
    assert desk.register(query=True).all("Contact") != []
    while desk.register(query=True).all("Contact"):
        assert time.monotonic() - begun < PATIENCE
    assert 1.0 <= time.monotonic() - begun <= 2.0
    assert Call(phone("1001"), "1003").outcome().code == 480


def test_zero_seconds_unregister(phone: Phone) -> None:
    desk = phone("1003")
    assert desk.register().all("Contact") != []
    gone = desk.register(expires=0)
    assert (gone.code, gone.all("Contact")) == (200, [])


def test_a_star_unregisters_every_phone_of_the_extension(phone: Phone) -> None:
    one, two = phone("1003"), phone("1003")
    assert one.register().code == 200
    assert len(two.register().all("Contact")) == 2
    gone = two.register(query=True, extra="Contact: *\r\nExpires: 0\r\n")
    assert (gone.code, two.register(query=True).all("Contact")) == (200, [])
    odd = two.register(query=True, extra="Contact: *\r\nExpires: 60\r\n")
    assert odd.code == 400


def test_the_most_recent_phone_of_an_extension_rings(phone: Phone) -> None:
    one, two = phone("1003"), phone("1003")
    assert (one.register().code, two.register().code) == (200, 200)
    call = Call(phone("1001"), "1003")
    two.respond(two.incoming("INVITE"), "603 Decline")
    assert call.outcome().code == 603
    assert one.register(expires=0).code == two.register(expires=0).code == 200


def test_a_digest_without_qop_is_good_too(phone: Phone) -> None:
    desk = phone("1002")
    uri = f"sip:127.0.0.1:{desk.pbx[1]}"
    dialog = Dialog("<sip:1002@127.0.0.1>", "t", "old-phone")
    desk.request("REGISTER", uri, dialog, 1)
    answer = desk.digest(desk.response("REGISTER"), "REGISTER", uri, qop=False)
    desk.request("REGISTER", uri, dialog, 2, extra=answer + "Expires: 0\r\n")
    assert desk.response("REGISTER").code == 200


def test_options_are_answered_and_strange_methods_are_not_allowed(phone: Phone) -> None:
    desk = phone("1001")
    uri = f"sip:127.0.0.1:{desk.pbx[1]}"
    desk.request("OPTIONS", uri, Dialog(f"<{uri}>", "t", "ping"), 1)
    pong = desk.response("OPTIONS")
    assert (pong.code, "INVITE" in pong.header("Allow")) == (200, True)
    desk.request("SUBSCRIBE", uri, Dialog(f"<{uri}>", "t", "sub"), 1)
    refused = desk.response("SUBSCRIBE")
    assert (refused.code, "INVITE" in refused.header("Allow")) == (405, True)
