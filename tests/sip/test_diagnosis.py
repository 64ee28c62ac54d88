"""Each verdict is provoked by a real name, port, certificate or answer."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from appliance.config.account import Account
from appliance.sip.diagnosis import LONGEST_EXPIRES_SECONDS, diagnose, split_server
from appliance.sip.settings import AccountSettings, Transport
from appliance.sip.verdict import Attempt, Verdict

ACCOUNT = AccountSettings(0, "1001", ("127.0.0.1",), password="hidden-secret")


def _verdict(account: AccountSettings, attempt: Attempt) -> Verdict:
    found = asyncio.run(diagnose(account, attempt))
    assert "hidden-secret" not in repr(found)
    assert found.text
    return found


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (200, "ok"),
        (401, "wrong-password"),
        (407, "wrong-password"),
        (403, "forbidden"),
        (404, "unknown-extension"),
        (302, "server-error"),
        (423, "interval-too-brief"),
        (500, "server-error"),
        (503, "server-error"),
        (420, "server-error"),
    ],
)
def test_an_answer_is_its_own_evidence(code: int, name: str) -> None:
    attempt = Attempt("pbx", code, "Words", answered=True, source="192.0.2.1:5060")
    found = _verdict(ACCOUNT, attempt)
    assert found.name == name
    if code != 200:
        assert f"{code} Words" in found.evidence and "192.0.2.1:5060" in found.evidence
        assert found.next_step


def test_too_brief_an_interval_names_the_number_to_set() -> None:
    found = _verdict(ACCOUNT, Attempt("pbx", 423, "Brief", answered=True, min_expires=900))
    assert "900" in found.next_step


def test_no_longer_interval_is_asked_of_it_than_it_takes() -> None:
    limits = get_args(get_type_hints(Account, include_extras=True)["expires"])[1]
    assert limits.le == LONGEST_EXPIRES_SECONDS


def test_a_name_that_does_not_resolve() -> None:
    found = _verdict(ACCOUNT, Attempt("no-such-host.invalid"))
    assert found.name == "no-dns"
    assert "no-such-host.invalid" in found.evidence


@pytest.mark.parametrize("server", ["", "pbx:99999", "[::1", "user@pbx", "pbx:port", "pbx/x"])
def test_a_server_that_is_none(server: str) -> None:
    assert _verdict(ACCOUNT, Attempt(server)).name == "bad-config"


@given(st.text(max_size=30))
def test_any_text_is_a_server_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        host, port = split_server(text, 5060)
        assert host and 0 <= port <= 65535


async def _closed_port() -> int:
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_closed_port_refuses(transport: Transport) -> None:
    async def story() -> Verdict:
        port = await _closed_port()
        account = replace(ACCOUNT, transport=transport)
        return await diagnose(account, Attempt(f"127.0.0.1:{port}", 408))

    assert asyncio.run(story()).name == "refused"


def test_a_port_that_swallows_datagrams_is_silent() -> None:
    async def story() -> Verdict:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        found = await diagnose(ACCOUNT, Attempt(f"127.0.0.1:{port}", 408))
        transport.close()
        return found

    assert asyncio.run(story()).name == "silent"


@contextlib.asynccontextmanager
async def _listening(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


def test_a_server_that_accepts_but_never_answers_is_silent() -> None:
    async def story() -> Verdict:
        async with _listening(None) as port:
            account = replace(ACCOUNT, transport="tcp")
            return await diagnose(account, Attempt(f"127.0.0.1:{port}", 408))

    assert asyncio.run(story()).name == "silent"


def test_no_route_is_unreachable() -> None:
    account = replace(ACCOUNT, transport="tcp")
    assert _verdict(account, Attempt("[100::1]:5060")).name in ("unreachable", "silent")
    assert _verdict(ACCOUNT, Attempt("255.255.255.255:5060")).name == "unreachable"


def _tls(
    tmp_path: Path, *, names: tuple[str, ...] = ("localhost",), trusted: bool = True, age: int = 0
) -> tuple[ssl.SSLContext, str]:
    """A server context and the CA file; `age` shifts the certificate's days into the past."""
    authority = trustme.CA()
    today = datetime.now(UTC)
    leaf = authority.issue_cert(
        *names,
        not_before=today - timedelta(days=age + 1),
        not_after=today + timedelta(days=1 - age),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    ca_file = tmp_path / "ca.pem"
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(str(ca_file))
    return context, str(ca_file)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("tls-expired", {"age": 10}),
        ("tls-not-yet-valid", {"age": -10}),
        ("tls-name-mismatch", {"names": ("elsewhere.example",)}),
        ("tls-untrusted", {"trusted": False}),
        ("silent", {}),
    ],
)
def test_each_kind_of_bad_certificate(
    tmp_path: Path, name: str, options: dict[str, object]
) -> None:
    context, ca_file = _tls(tmp_path, **options)  # type: ignore[arg-type]

    async def story() -> Verdict:
        async with _listening(context) as port:
            account = replace(ACCOUNT, transport="tls", ca_file=ca_file)
            return await diagnose(account, Attempt(f"localhost:{port}", 503))

    assert asyncio.run(story()).name == name


def test_a_certificate_that_only_the_stack_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    context, ca_file = _tls(tmp_path)

    async def story(words: str) -> Verdict:
        async with _listening(context) as port:
            account = replace(ACCOUNT, transport="tls", ca_file=ca_file)
            return await diagnose(account, Attempt(f"localhost:{port}", 503, tls=(words,)))

    assert asyncio.run(story("server identity does not match")).name == "tls-name-mismatch"
    assert asyncio.run(story("something else")).name == "tls-untrusted"


def test_plain_tcp_behind_a_tls_address_is_refused() -> None:
    async def story() -> Verdict:
        async with _listening(None) as port:
            account = replace(ACCOUNT, transport="tls")
            return await diagnose(account, Attempt(f"127.0.0.1:{port}", 503))

    assert asyncio.run(story()).name == "refused"


def test_a_missing_ca_file_is_a_matter_of_configuration() -> None:
    account = replace(ACCOUNT, transport="tls", ca_file="/nonexistent/ca.pem")
    assert _verdict(account, Attempt("127.0.0.1:5061", 503)).name == "bad-config"
