"""A name server that is gone: where the server was last, and what nobody has said of it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.phone.effects import Register
from appliance.phone.events import RegistrationChanged
from appliance.sip import targets
from appliance.sip.diagnosis import diagnose
from appliance.sip.lastknown import LastKnown
from appliance.sip.pursuit import Pursuit
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from appliance.sip.srv import Service, UnansweredError
from appliance.sip.targets import Target
from appliance.sip.verdict import Attempt
from appliance.sip.words import verdict
from tests.sip.attended import attended
from tests.sip.server import server

AGAIN = (socket.EAI_AGAIN, "Temporary failure in name resolution")
UNKNOWN = (socket.EAI_NONAME, "Name or service not known")


class Names:
    """The system's resolver and the SRV records, which can go away."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.addresses = {"pbx.test": "127.0.0.1", "example.test": "127.0.0.9"}
        self.records = {"example.test": [Service(10, 0, "pbx.test", 5080)]}
        self.trouble: tuple[int, str] | None = None
        self.srv_gone = False
        self.asked: list[str] = []

    def getaddrinfo(self, host: str, *rest: Any, **options: Any) -> Any:
        """As `socket.getaddrinfo` has it."""
        if not host.endswith(".test"):
            return self._real(host, *rest, **options)
        self.asked.append(host)
        if self.trouble is not None:
            raise socket.gaierror(*self.trouble)
        return self._real(self.addresses[host], *rest, **options)

    async def services(self, name: str, *_: Any) -> list[Service]:
        """As `srv.services` has it."""
        if self.srv_gone:
            raise UnansweredError(f"{name}: the name server did not answer for SRV")
        return self.records.get(name, [])


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    made = Names(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(targets, "services", made.services)
    return made  # type: ignore[return-value]


def account(name: str) -> AccountSettings:
    return AccountSettings(0, "1001", (name,))


async def hosts(known: LastKnown, name: str) -> tuple[Target, ...]:
    found = await known.find(account(name), 0)
    assert not isinstance(found, Attempt), found.error
    return found


@pytest.mark.parametrize("trouble", [AGAIN, (socket.EAI_FAIL, "Non-recoverable failure")])
def test_a_host_is_asked_where_it_was_last(names: Names, trouble: tuple[int, str]) -> None:
    async def story() -> None:
        known = LastKnown()
        (before,) = await hosts(known, "pbx.test:5070")
        assert not before.caveat
        names.trouble = trouble
        (now,) = await hosts(known, "pbx.test:5070")
        assert now.place == before.place
        assert trouble[1] in now.caveat
        assert "where it was last" in now.caveat
        names.trouble = None
        names.addresses["pbx.test"] = "127.0.0.3"
        (moved,) = await hosts(known, "pbx.test:5070")
        assert (moved.address, moved.caveat) == ("127.0.0.3", "")

    asyncio.run(story())


def test_a_silent_name_server_is_not_waited_for_where_there_is_an_earlier_answer(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "HURRIED_SECONDS", 0.2)
    release = threading.Event()

    def silent(*_: Any, **__: Any) -> Any:
        release.wait(10.0)
        return []

    async def story() -> None:
        known = LastKnown()
        (before,) = await hosts(known, "pbx.test:5070")
        monkeypatch.setattr(socket, "getaddrinfo", silent)
        async with asyncio.timeout(2.0):
            (now,) = await hosts(known, "pbx.test:5070")
        assert now.place == before.place
        assert "no name server answered within 0.2 s" in now.caveat

    try:
        asyncio.run(story())
    finally:
        release.set()


def test_records_that_nobody_answers_for_are_those_of_last_time(names: Names) -> None:
    async def story() -> None:
        known = LastKnown()
        (before,) = await hosts(known, "example.test")
        assert before.place == ("127.0.0.1", 5080)
        names.srv_gone = True
        names.asked.clear()
        (now,) = await hosts(known, "example.test")
        assert now.place == before.place
        assert "did not answer for SRV" in now.caveat
        assert not names.asked, "the host of that name is another one"

    asyncio.run(story())


def test_without_an_earlier_answer_the_usual_port_is_a_guess_that_is_told(names: Names) -> None:
    async def story() -> None:
        names.srv_gone = True
        known = LastKnown()
        (guess,) = await hosts(known, "example.test")
        assert guess.place == ("127.0.0.9", 5060)
        assert "did not answer for SRV, so that port 5060 is a guess" in guess.caveat
        names.srv_gone = False
        (found,) = await hosts(known, "example.test")
        assert found.place == ("127.0.0.1", 5080)

    asyncio.run(story())


def test_a_name_that_does_not_exist_is_an_answer_and_ends_what_was_known(names: Names) -> None:
    async def story() -> None:
        known = LastKnown()
        await hosts(known, "pbx.test:5070")
        for trouble in (UNKNOWN, AGAIN):
            names.trouble = trouble
            found = await known.find(account("pbx.test:5070"), 0)
            assert isinstance(found, Attempt)
            assert (await diagnose(account("pbx.test:5070"), found)).name == "no-dns"

    asyncio.run(story())


def test_the_verdict_says_that_the_address_is_an_old_one(names: Names) -> None:
    async def story() -> None:
        pursuit = Pursuit(SipSettings((account("pbx.test:5070"),)))
        before = await pursuit.target(0, 0)
        assert isinstance(before, Target)
        silent = verdict("silent", "REGISTER got no answer")
        assert pursuit.failed(0, before.attempt, silent) == silent
        names.trouble = AGAIN
        now = await pursuit.target(0, 0)
        assert isinstance(now, Target)
        found = pursuit.failed(0, now.attempt, silent)
        assert found.name == "silent"
        assert found.evidence == f"REGISTER got no answer; {now.caveat}"
        elsewhere = Attempt("pbx.test:5070", hop="192.0.2.1:5060", address="192.0.2.1")
        assert pursuit.failed(0, elsewhere, silent) == silent

    asyncio.run(story())


def test_a_phone_registers_again_while_the_name_server_is_gone(names: Names) -> None:
    async def story() -> None:
        async with server() as pbx:
            name = f"pbx.test:{pbx.address[1]}"
            settings = SipSettings((account(name),), AudioSettings(codecs=("pcmu",)))
            async with attended(settings) as phone:
                assert (await phone.registered()).evidence == ""
                names.trouble = AGAIN
                phone.engine.perform(Register(0))
                again: RegistrationChanged = await phone.registered()
                assert (again.state, again.verdict) == ("registered", "ok")
                assert "where it was last" in again.evidence

    asyncio.run(story())


def test_two_accounts_that_begin_together_share_one_name_server_of_ours() -> None:
    async def story() -> None:
        pursuit = Pursuit(SipSettings((account("127.0.0.1:5070"),)))
        found = await pursuit.target(0, 0)
        assert isinstance(found, Target)
        first, second = await asyncio.gather(*(pursuit.resolver_for(found) for _ in range(2)))
        assert first == second
        pursuit.close()

    asyncio.run(story())
