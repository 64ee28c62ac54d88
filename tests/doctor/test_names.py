"""Names: SRV and addresses from a name server of the test's own, as phone and doctor see them."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.doctor.site import Site, site
from tests.sip.server import Server, says_yes, server, stream_server, wants_password

pytestmark = pytest.mark.peers


def written(folder: Path, server: str, more: str = "") -> Path:
    config = folder / "deskphone.toml"
    config.write_text(
        f'[[account]]\nuser = "1001"\npassword = "secret"\nserver = "{server}"\n{more}\n'
    )
    return config


async def doctor(at: Site, folder: Path, server: str, more: str = "") -> tuple[int, Any]:
    config = written(folder, server, more)
    code, out = await at.run("doctor", "--config", config, "--state", folder / "state", "--json")
    return code, json.loads(out)


def dns_of(report: Any) -> str:
    walk = report["walks"][0]
    return str(next(f["evidence"] for f in walk["findings"] if f["layer"] == "dns"))


def test_srv_records_lead_to_the_server(tmp_path: Path) -> None:
    async def story() -> None:
        zone = {
            ("_sip._udp.example.test", "SRV"): ("10 1 5070 pbx.example.test.",),
            ("pbx.example.test", "A"): ("@",),
        }
        async with (
            site(tmp_path, zone) as at,
            server(wants_password("secret"), (at.address, 5070)) as pbx,
        ):
            code, report = await doctor(at, tmp_path, "example.test")
            assert (code, report["verdict"]) == (0, "ok"), report
            assert "pbx.example.test port 5070" in dns_of(report)
            assert at.address in dns_of(report)
            assert pbx.queries
            assert isinstance(pbx, Server)
            assert not pbx.registrations

    asyncio.run(story())


@pytest.mark.parametrize(
    ("zone", "word"),
    [
        ({}, "not known"),
        ({("_sip._udp.example.test", "SRV"): ("1 1 5060 gone.example.test.",)}, "gone.example"),
        (None, "no name server answered"),
    ],
    ids=["no such name", "a record that leads nowhere", "a silent name server"],
)
def test_a_name_that_leads_nowhere_is_no_dns(tmp_path: Path, zone: Any, word: str) -> None:
    async def story() -> None:
        async with site(tmp_path, zone) as at:
            code, report = await doctor(at, tmp_path, "example.test")
            assert (code, report["verdict"]) == (1, "no-dns")
            assert word in dns_of(report)
            assert at.address in dns_of(report), "the evidence names the name server"
            assert at.names.asked

    asyncio.run(story())


def test_a_port_that_is_a_guess_is_called_one(tmp_path: Path) -> None:
    async def story() -> None:
        zone = {("pbx.example.test", "A"): ("@",)}
        async with (
            site(tmp_path, zone) as at,
            server(wants_password("secret"), (at.address, 5060)),
        ):
            at.names.unanswered.add("SRV")
            code, report = await doctor(at, tmp_path, "pbx.example.test")
            assert (code, report["verdict"]) == (0, "ok"), report
            assert "did not answer for SRV, so that port 5060 is a guess" in dns_of(report)

    asyncio.run(story())


def test_a_lying_name_server_leads_to_the_wrong_host_and_that_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        zone = {("pbx.example.test", "A"): ("@",)}
        async with site(tmp_path, zone) as at:
            code, report = await doctor(at, tmp_path, "pbx.example.test:5099")
            assert (code, report["verdict"]) == (1, "refused")
            assert f"{at.address} port 5099 (pbx.example.test)" in report["walks"][0]["evidence"]

    asyncio.run(story())


def test_phone_and_doctor_refuse_a_wildcard_certificate_with_the_same_words(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("*.example.test").configure_cert(context)
        ca_file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        more = f'transport = "tls"\nca_file = "{ca_file}"'
        script = tmp_path / "wildcard.phone"
        script.write_text(
            'expect registration failed tls-wildcard within 20s\nexpect screen "wildcard"\n'
        )
        zone = {("pbx.example.test", "A"): ("@",)}
        async with (
            site(tmp_path, zone) as at,
            stream_server(says_yes, context, at.address) as pbx,
        ):
            name = f"pbx.example.test:{pbx.address[1]}"
            code, report = await doctor(at, tmp_path, name, more)
            assert (code, report["verdict"]) == (1, "tls-wildcard")
            assert "*.example.test" in report["walks"][0]["evidence"]
            code, out = await at.run(
                *("simulate", "--headless", "--config", tmp_path / "deskphone.toml"),
                *("--state", tmp_path / "state", "--script", script),
            )
            assert code == 0, out
            assert not pbx.registrations

    asyncio.run(story())
