"""Wildcards and clocks: certificates that are bad in ways that TLS libraries do not tell apart."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

import appliance
from appliance.phone.events import RegistrationChanged
from appliance.sip import certificates
from appliance.sip.query import Exchange, ask
from appliance.sip.reach import Hop, Reached, reach
from appliance.sip.settings import AccountSettings, SipSettings
from tests.peers.certificates import Authority
from tests.sip.handset import handset
from tests.sip.server import says_yes, stream_server, wants_password

DAY = 86_400.0
PROBE = """
import asyncio, sys
from appliance.sip.reach import Hop, reach
from appliance.sip.settings import AccountSettings
port, ca_file = sys.argv[1:]
account = AccountSettings(0, "1001", ("pbx.test",), transport="tls", ca_file=ca_file)
found = asyncio.run(reach(Hop("pbx.test", "127.0.0.1", int(port), "tls"), account))
print(found.trouble, found.words)
"""


@asynccontextmanager
async def tls_server(
    tmp_path: Path, *names: str, begins: float = -1.0
) -> AsyncIterator[tuple[int, str]]:
    """A server whose certificate begins that many days from now; its port and the CA file."""
    authority = trustme.CA()
    start = datetime.now(UTC) + timedelta(days=begins)
    leaf = authority.issue_cert(*names, not_before=start, not_after=start + timedelta(days=90))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    async with stream_server(says_yes, context) as server:
        yield server.address[1], str(ca_file)


def looked_at(
    tmp_path: Path, host: str, *names: str, begins: float = -1.0, floor: str = ""
) -> Reached:
    async def story() -> Reached:
        async with tls_server(tmp_path, *names, begins=begins) as (port, ca_file):
            account = AccountSettings(
                0, "1001", (host,), transport="tls", ca_file=ca_file, clock_floor=floor
            )
            return await reach(Hop(host, "127.0.0.1", port, "tls"), account)

    return asyncio.run(story())


def test_a_wildcard_certificate_is_told_as_one(tmp_path: Path) -> None:
    found = looked_at(tmp_path, "pbx.example.test", "*.example.test")
    assert found.trouble == "tls-wildcard"
    assert "*.example.test" in found.words and "pbx.example.test" in found.words


def test_a_wildcard_beside_the_full_name_does_no_harm(tmp_path: Path) -> None:
    assert looked_at(tmp_path, "pbx.test", "*.test", "pbx.test").trouble is None


def test_the_evidence_reads_the_bad_certificate_aloud(tmp_path: Path) -> None:
    found = looked_at(tmp_path, "pbx.test", "elsewhere.test")
    assert found.trouble == "tls-name-mismatch"
    assert "expected pbx.test" in found.words and "names elsewhere.test" in found.words
    late = looked_at(tmp_path, "pbx.test", "pbx.test", begins=-100.0)
    assert late.trouble == "tls-expired"
    assert f"to {datetime.now(UTC) + timedelta(days=-10):%Y-%m-%d}" in late.words
    assert "the phone's clock says" in late.words


def test_the_looks_show_the_phones_own_certificate(tmp_path: Path) -> None:
    theirs = Authority(tmp_path / "clients")
    ours = theirs.issue("valid")
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(theirs.ca_file)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))

    async def story(**files: Any) -> tuple[Reached, Exchange]:
        async with stream_server(wants_password("secret"), context) as pbx:
            account = AccountSettings(
                0, "1001", (pbx.host,), "secret", transport="tls", ca_file=str(ca_file), **files
            )
            hop = Hop("127.0.0.1", *pbx.address, "tls")
            return await reach(hop, account), await ask(hop, account, pbx.host)

    shown = {"certificate_file": str(ours.chain), "private_key_file": str(ours.key)}
    look, exchange = asyncio.run(story(**shown))
    assert (look.trouble, exchange.code) == (None, 200)
    look, exchange = asyncio.run(story())
    assert (look.trouble, exchange.code) == ("refused", 0)
    look, exchange = asyncio.run(story(**shown | {"private_key_file": str(ca_file)}))
    assert (look.trouble, exchange.code) == ("bad-config", 0)
    assert f"private_key_file = '{ca_file}'" in look.words


def test_a_look_believes_the_authorities_that_the_sip_library_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.13 and later ask for extensions that home-made certificates do not have."""
    usual = ssl.create_default_context

    def strict(**files: Any) -> ssl.SSLContext:
        context = usual(**files)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    home_made = Authority(tmp_path)
    shown = home_made.issue("valid", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.chain, shown.key)

    async def story() -> None:
        async with stream_server(says_yes, context) as pbx:
            account = AccountSettings(
                *(0, "1001", (pbx.host,), "secret"),
                transport="tls",
                ca_file=str(home_made.ca_file),
            )
            async with handset(SipSettings((account,))) as phone:
                assert (await phone.registered()).state == "registered"
            assert (await reach(Hop("127.0.0.1", *pbx.address, "tls"), account)).trouble is None

    asyncio.run(story())


@contextmanager
def strict_server(context: ssl.SSLContext) -> Iterator[int]:
    """A port whose TLS says why it ends a handshake, which that of asyncio does not."""

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), context.wrap_socket(wire, server_side=True) as told:
                told.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_server_that_asks_for_a_certificate_says_so_after_the_handshake(tmp_path: Path) -> None:
    """TLS 1.3 sends its alert when the client believes that all is well."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(Authority(tmp_path / "clients").ca_file)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))

    async def story(port: int) -> RegistrationChanged:
        account = AccountSettings(
            0, "1001", (f"127.0.0.1:{port}",), "secret", transport="tls", ca_file=str(ca_file)
        )
        async with handset(SipSettings((account,))) as phone:
            return await phone.registered()

    with strict_server(context) as port:
        event = asyncio.run(story(port))
    assert (event.state, event.verdict) == ("failed", "forbidden")
    assert "certificate required" in event.evidence
    assert "certificate_file" in event.next_step


def test_a_clock_earlier_than_the_software_is_to_blame(tmp_path: Path) -> None:
    """The same program, put on the card in the future as far as this clock can tell."""
    copy = tmp_path / "later" / "appliance"
    ours = Path(appliance.__file__).parent
    shutil.copytree(ours, copy, ignore=shutil.ignore_patterns("__pycache__"))

    async def story(built_in_days: float) -> str:
        moment = time.time() + built_in_days * DAY
        os.utime(copy / "__init__.py", (moment, moment))
        async with tls_server(tmp_path, "pbx.test", begins=30.0) as (port, ca_file):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", PROBE, str(port), ca_file),
                cwd=copy.parent,
                env=os.environ | {"PYTHONPATH": str(copy.parent)},
                stdout=subprocess.PIPE,
            )
            out, _ = await process.communicate()
            return out.decode()

    assert asyncio.run(story(60.0)).startswith("clock-wrong ")
    assert asyncio.run(story(-60.0)).startswith("tls-not-yet-valid ")
    assert asyncio.run(story(10.0)).startswith("tls-not-yet-valid ")


def test_a_clock_earlier_than_what_was_kept_is_to_blame(tmp_path: Path) -> None:
    """As after a power cut, on a unit whose clock has fallen back."""
    floor = tmp_path / "clock-floor"

    def look(days: float) -> Reached:
        floor.write_text(f"{int(time.time() + days * DAY)}\n")
        return looked_at(tmp_path, "pbx.test", "pbx.test", begins=30.0, floor=str(floor))

    early = look(60.0)
    assert early.trouble == "clock-wrong"
    assert "the phone's clock says" in early.words and "or later" in early.words
    assert look(10.0).trouble == "tls-not-yet-valid"


@given(st.integers(0, 100), st.none() | st.floats(0, 4e9), st.floats(0, 4e9), st.floats(0, 4e9))
def test_a_clock_is_blamed_only_if_it_is_known_to_be_wrong(
    code: int, begins: float | None, now: float, floor: float
) -> None:
    name, _ = certificates.judge(code, begins, now, floor)
    assert (name == "clock-wrong") <= (now < floor and code == 9)


def test_files_are_read_again_when_they_change(tmp_path: Path) -> None:
    first, second = trustme.CA(), trustme.CA()
    ca_file = tmp_path / "ca.pem"
    account = AccountSettings(0, "1001", ("pbx",), transport="tls", ca_file=str(ca_file))
    first.cert_pem.write_to_path(str(ca_file))
    before = certificates.tls_context(account)
    assert certificates.tls_context(account) is before
    second.cert_pem.write_to_path(str(tmp_path / "new.pem"))
    (tmp_path / "new.pem").replace(ca_file)
    after = certificates.tls_context(account)
    assert after.get_ca_certs() != before.get_ca_certs()
    ca_file.unlink()
    with pytest.raises(OSError, match=r"ca\.pem"):
        certificates.tls_context(account)
