"""A well-meant server: nginx; what it calls a change, whom it lets in, which names it goes by."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from appliance.provisioning.address import address, onward
from appliance.provisioning.fetch import (
    Absent,
    Access,
    Answer,
    Fetcher,
    FetchFailed,
    Got,
    Unchanged,
)
from appliance.provisioning.stamp import NO_STAMP, Stamp
from tests.peers.certificates import Authority, Kind
from tests.peers.nginx import PASSWORD, USER, Nginx
from tests.provisioning.servers import answer, context, serves


def get(access: Access, floor: Path, url: str, stamp: Stamp = NO_STAMP) -> Answer:
    async def story() -> Answer:
        async with Fetcher(access, floor) as fetcher:
            return await fetcher.get(url, stamp)

    return asyncio.run(story())


def refused(access: Access, floor: Path, url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        get(access, floor, url)
    assert 0 < len(caught.value.agent) <= 21
    return caught.value


def test_a_file_its_change_and_its_absence(site: Nginx, floor: Path) -> None:
    access = Access(ca_file=str(site.authority.ca_file))
    (site.root / "büro 1.toml").write_bytes(b"a")
    first = get(access, floor, f"{site.url}büro 1.toml")
    assert isinstance(first, Got)
    assert first.content == b"a"
    assert first.stamp.etag
    assert first.stamp.modified
    url = f"{site.url}b%C3%BCro%201.toml"
    assert get(access, floor, url, first.stamp) == Unchanged()
    assert get(access, floor, url, Stamp(modified=first.stamp.modified)) == Unchanged()
    (site.root / "büro 1.toml").write_bytes(b"another")
    second = get(access, floor, url, first.stamp)
    assert isinstance(second, Got)
    assert second.content == b"another"
    assert get(access, floor, f"{site.url}none.toml") == Absent()


def test_a_damaged_stamp_is_not_sent(site: Nginx, floor: Path) -> None:
    (site.root / "plain").write_bytes(b"a")
    access = Access(ca_file=str(site.authority.ca_file))
    for stamp in (Stamp("a\r\nX: y"), Stamp("ü€"), Stamp(modified="\0")):
        assert isinstance(get(access, floor, f"{site.url}plain", stamp), Got)


def test_a_log_in(site: Nginx, floor: Path) -> None:
    (site.root / "plain").write_bytes(b"a")
    ca_file = str(site.authority.ca_file)
    url = f"{site.login_url}plain"
    assert isinstance(get(Access(ca_file, user=USER, password=PASSWORD), floor, url), Got)
    error = refused(Access(ca_file, user=USER, password="wrong"), floor, url)
    assert (error.kind, error.agent) == ("status-401", "Server: 401")
    assert "provisioning.password" in error.it


def test_a_certificate_of_the_unit(site: Nginx, floor: Path) -> None:
    (site.root / "plain").write_bytes(b"a")
    ca_file = str(site.authority.ca_file)
    own = site.certificate
    url = f"{site.mutual_url}plain"
    assert isinstance(get(Access(ca_file, str(own.chain), str(own.key)), floor, url), Got)
    error = refused(Access(ca_file), floor, url)
    assert error.kind == "status-400"
    assert "certificate of the unit" in error.it


@pytest.mark.parametrize("file", ["none.pem", "\0", ""])
def test_certificates_that_cannot_be_read(
    authority: Authority, floor: Path, tmp_path: Path, file: str
) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    name = file or str(empty)
    for access in (Access(ca_file=name), Access(str(authority.ca_file), certificate_file=name)):
        assert refused(access, floor, "https://127.0.0.1:1/").kind == "no-certificate"


def test_clear_text_is_for_who_allows_it(site: Nginx, floor: Path) -> None:
    (site.root / "plain").write_bytes(b"a")
    assert refused(Access(), floor, f"{site.clear_url}plain").kind == "clear-text"
    assert isinstance(get(Access(clear_text=True), floor, f"{site.clear_url}plain"), Got)
    assert refused(Access(), floor, site.clear_url.replace("http", "https")).kind == "tls-failed"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("wrong-name", "tls-name-mismatch"),
        ("expired", "tls-expired"),
        ("not-yet-valid", "tls-not-yet-valid"),
        ("valid", "tls-untrusted"),
    ],
)
def test_certificates_that_vouch_for_nobody(
    authority: Authority, floor: Path, tmp_path: Path, kind: Kind, expected: str
) -> None:
    trusted = Authority(tmp_path / "other") if kind == "valid" else authority

    async def story() -> None:
        tls = context(authority.issue(kind, "127.0.0.1"))
        access = Access(ca_file=str(trusted.ca_file))
        async with serves(answer(b"a"), tls) as server, Fetcher(access, floor) as fetcher:
            with pytest.raises(FetchFailed) as caught:
                await fetcher.get(server.url)
        assert (caught.value.kind, caught.value.agent) == (expected, "Server not trusted")
        assert not server.heads

    asyncio.run(story())


def test_an_old_tls_and_a_system_store_that_does_not_know_it(
    site: Nginx, authority: Authority, floor: Path
) -> None:
    assert refused(Access(), floor, site.url).kind == "tls-untrusted"

    async def story() -> None:
        tls = context(site.certificate)
        tls.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning):
            tls.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning):
            tls.maximum_version = ssl.TLSVersion.TLSv1_1
        access = Access(ca_file=str(authority.ca_file))
        async with serves(answer(b"a"), tls) as server, Fetcher(access, floor) as fetcher:
            with pytest.raises(FetchFailed) as caught:
                await fetcher.get(server.url)
        assert caught.value.kind == "tls-failed"
        assert not server.heads

    asyncio.run(story())


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "ftp://h/", "file:///etc/passwd", "https://", "https://h:0/", "https://h:x/"),
        *("https://h:99999/", "https://[::1/", "https://[x]/", "https://a b/", "https://a..b/"),
        *("https://.a/", "https://%00/", "https://a\0b/", "https://h/\r\nX: y", "https://h/\ud800"),
        *(f"https://{'a' * 64}/", f"https://h/{'a' * 3000}", "https://\u2100.test/"),
    ],
)
def test_addresses_that_are_none(floor: Path, url: str) -> None:
    assert refused(Access(), floor, url).kind == "bad-address"


def test_a_password_in_an_address_is_refused_and_not_repeated(floor: Path) -> None:
    error = refused(Access(), floor, "https://me:geheim@h/x")
    assert error.kind == "bad-address"
    assert "geheim" not in error.it


def test_addresses_as_they_are_sent() -> None:
    there = address("https://Müller.test:8443/a b/ü?x=ä&y=%20#part")
    assert there.origin.authority == "xn--mller-kva.test:8443"
    assert there.target == "/a%20b/%C3%BC?x=%C3%A4&y=%20"
    assert address("https://[fe80::1%eth0]").origin.authority == "[fe80::1]"
    assert address("http://h:80").target == "/"
    assert onward("https://h/a/b", "ü".encode()) == "https://h/a/%C3%BC"


def test_ports_where_nobody_is(floor: Path) -> None:
    assert refused(Access(), floor, "https://127.0.0.1:1/").kind == "refused"


def test_names_that_lead_nowhere(floor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's answer is given here: a real question would leave the machine."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refused(Access(), floor, "https://nobody.invalid/").kind == "no-dns"
