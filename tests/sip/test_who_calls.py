"""Who calls and for whom, on the wire: as the phone's own server says, and as nobody else does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.phone.events import CallIncoming
from tests.sip.message import sdp
from tests.sip.server import server
from tests.sip.talking import phone_and_server

NOBODY = '"Anonymous" <sip:anonymous@anonymous.invalid>'
ANN = '"Ann Other" <sip:2001@127.0.0.1>'
PAI = 'P-Asserted-Identity: "Real Ann" <sip:3001@127.0.0.1>'
RPID = 'Remote-Party-ID: "Old Ann" <sip:4001@127.0.0.1>;party=calling;privacy=off;screen=yes'
DIVERSION = 'Diversion: "Sales" <sip:2100@127.0.0.1>;reason=unconditional'
HISTORY = (
    "History-Info: <sip:2100@127.0.0.1>;index=1",
    "History-Info: <sip:1001@127.0.0.1?Reason=SIP%3Bcause%3D302>;index=1.1",
)


async def called(
    folder: Path, caller: str, headers: tuple[str, ...], *, by_stranger: bool = False
) -> CallIncoming:
    """What the phone makes of a call that the server, or somebody else, sends it."""
    async with (
        phone_and_server(folder, "anyone" if by_stranger else "registrar") as (phone, pbx),
        server(address=("127.0.0.9", 0)) as stranger,
    ):
        stranger.contact, stranger.phone = pbx.contact, pbx.phone
        far = stranger if by_stranger else pbx
        far.call(caller=caller).request("INVITE", *headers, body=sdp(4000))
        return await phone.next(CallIncoming)


@pytest.mark.parametrize(
    ("caller", "headers", "number", "name", "wanted"),
    [
        (NOBODY, (RPID,), "4001", "Old Ann", ""),
        (NOBODY, (RPID.replace("=off", "=full"),), "anonymous", "Anonymous", ""),
        (ANN, (RPID,), "2001", "Ann Other", ""),
        (NOBODY, (PAI, RPID), "3001", "Real Ann", ""),
        (ANN, HISTORY, "2001", "Ann Other", "2100"),
        (ANN, HISTORY[:1], "2001", "Ann Other", ""),
        (ANN, (DIVERSION, *HISTORY), "2001", "Ann Other", "Sales"),
    ],
)
def test_the_server_says_who_calls_and_for_whom(
    tmp_path: Path, caller: str, headers: tuple[str, ...], number: str, name: str, wanted: str
) -> None:
    found = asyncio.run(called(tmp_path, caller, headers))
    assert (found.number, found.name, found.diverted_from) == (number, name, wanted)
    assert found.trusted


@pytest.mark.parametrize("header", [PAI, RPID, DIVERSION, HISTORY])
@pytest.mark.parametrize(
    ("caller", "number", "name"), [(ANN, "2001", "Ann Other"), (NOBODY, "anonymous", "Anonymous")]
)
def test_a_stranger_who_may_ring_says_it_by_from_alone(
    tmp_path: Path, caller: str, number: str, name: str, header: str | tuple[str, ...]
) -> None:
    headers = (header,) if isinstance(header, str) else header
    found = asyncio.run(called(tmp_path, caller, headers, by_stranger=True))
    assert (found.number, found.name, found.diverted_from) == (number, name, "")
    assert not found.trusted
