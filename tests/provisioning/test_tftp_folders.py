"""Folders by TFTP from dnsmasq's server: files of all lengths, and secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from appliance.provisioning.collect import Place, Trust, collect
from appliance.provisioning.fetch import (
    Absent,
    Access,
    Fetcher,
    FetchFailed,
    Got,
    Unchanged,
)
from appliance.provisioning.seal import Identity
from appliance.provisioning.shelf import Offer
from appliance.provisioning.tftp import BLOCK
from tests.peers import dnsmasq
from tests.peers.dnsmasq import Dnsmasq
from tests.peers.namespace import Namespace, why_not
from tests.provisioning.tftp_server import (
    ALLOWED,
    FLOOR,
    OWN,
    UNIT,
)


@pytest.fixture(scope="module")
def network() -> Iterator[Namespace]:
    if lacking := why_not() or dnsmasq.why_not():
        pytest.skip(lacking)
    with Namespace() as made:
        yield made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "served" / "units").mkdir(parents=True)
    return tmp_path / "served" / "units"


def dnsmasq_of(network: Namespace, root: Path, *options: str) -> Dnsmasq:
    words = ("--port=0", "--enable-tftp", f"--tftp-root={root.parent}", *options)
    return Dnsmasq(network, *words, link_local=False)


@pytest.mark.parametrize("option", ["--log-dhcp", "--tftp-no-blocksize", "--tftp-mtu=600"])
def test_dnsmasq_serves_files_of_all_lengths(network: Namespace, root: Path, option: str) -> None:
    lengths = (0, 1, 511, 512, 1024, BLOCK - 1, BLOCK, 2 * BLOCK, 400_000)
    files = {f"f{length}": (b"\r\n\0x" * length)[:length] for length in lengths}
    for name, content in files.items():
        (root / name).write_bytes(content)

    async def story() -> None:
        url = f"tftp://{network.server_address}/units/"
        async with Fetcher(ALLOWED, FLOOR) as fetcher:
            for name, content in files.items():
                answer = await fetcher.get(f"{url}{name}")
                assert isinstance(answer, Got) and answer.content == content
                assert await fetcher.get(f"{url}{name}", answer.stamp) == Unchanged()
            assert await fetcher.get(f"{url}none") == Absent()
            with pytest.raises(FetchFailed) as caught:
                await fetcher.get(f"{url}f400000", octets=399_999)
            assert caught.value.kind == "too-big"

    with dnsmasq_of(network, root, option):
        asyncio.run(story())


def test_a_folder_by_tftp_and_its_secrets(network: Namespace, root: Path, tmp_path: Path) -> None:
    trust = Trust(Identity(tmp_path))
    url = f"tftp://{network.server_address}/units"

    def collected(known: Offer | None = None, *, secrets: bool = False) -> Offer:
        async def story() -> Offer:
            access = Access(clear_text=True, clear_text_secrets=secrets)
            async with Fetcher(access, FLOOR) as fetcher:
                return await collect(url, Place(UNIT), fetcher, trust, known)

        return asyncio.run(story())

    def bars(words: str) -> None:
        with pytest.raises(FetchFailed) as caught:
            collected()
        assert (caught.value.kind, caught.value.agent) == ("clear-text", "Secret without TLS")
        assert words in caught.value.it
        assert "provisioning.clear_text_secrets" in caught.value.it
        assert collected(secrets=True).files

    common, own = root / "common.toml", root / OWN
    with dnsmasq_of(network, root):
        common.write_text('[directory]\nfiles = ["a.csv"]\n')
        (root / "a.csv").write_text("Anna,123\n" * 9000)
        offer = collected()
        assert [file.name for file in offer.files] == ["common.toml", "a.csv"]
        again = collected(offer)
        assert again == offer
        assert all(one is other for one, other in zip(again.files, offer.files, strict=True))
        (root / "a.csv").write_text("Anna,124\n" * 9000)
        assert collected(offer) != offer

        own.write_text('[[account]]\nuser = "1"\npassword = "geheim"\n')
        bars(f"{OWN}: it has `password`")
        own.write_text('[nat]\nturn_password_file = "turn"\n')
        (root / "turn").write_text("geheim")
        bars("a file with a secret, turn")
        own.write_text('[[account]]\ncertificate_file = "both.pem"\n')
        (root / "both.pem").write_text("-----BEGIN EC PRIVATE KEY-----\n")
        bars("a private key")
        own.unlink()
        recipient = pyrage.x25519.Recipient.from_str(trust.identity.recipient)
        sealed = bytes(pyrage.encrypt(b'[[account]]\npassword = "geheim"\n', [recipient]))
        (root / f"{OWN}.age").write_bytes(sealed)
        assert collected().layers == ("common.toml", OWN)
