"""The unit's own files: a stick's mount, and what the firewall lets in, by their own programs."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.provisioning import stick
from tests.peers import dnsmasq
from tests.peers.dnsmasq import Dnsmasq
from tests.peers.namespace import Namespace, why_not
from tests.peers.process import run

FILES = Path(__file__).resolve().parents[2] / "image" / "files"
RULES = FILES / "etc/udev/rules.d/60-deskphone.rules"
UNITS = FILES / "usr/lib/systemd/system"
READ = """
import asyncio, sys
from pathlib import Path
from appliance.provisioning.fetch import Access, Fetcher, FetchFailed
async def main():
    async with Fetcher(Access(clear_text=True), Path("nowhere")) as fetcher:
        print(len((await fetcher.get(sys.argv[1])).content))
try:
    asyncio.run(main())
except FetchFailed as error:
    print(error.kind)
"""


def test_a_stick_is_mounted_where_the_phone_looks_for_it() -> None:
    name = str(stick.MOUNTED).strip("/").replace("/", "-") + ".mount"
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNITS / name)
    mount = unit["Mount"]
    assert mount["Where"] == str(stick.MOUNTED)
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(mount["Options"].split(","))
    device = Path(mount["What"]).name
    assert unit["Unit"]["BindsTo"] == f"dev-{device.replace('-', chr(92) + 'x2d')}.device"
    rules = RULES.read_text().replace("\\\n", "")
    (started,) = [rule for rule in rules.splitlines() if "SYSTEMD_WANTS" in rule]
    assert f'SYMLINK+="{device}"' in started
    assert f'ENV{{SYSTEMD_WANTS}}+="{name}"' in started
    assert 'ENV{ID_FS_TYPE}=="vfat|exfat|ext4"' in started


def test_systemd_takes_the_mount() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is missing: it comes with systemd")
    unit = UNITS / "run-media-deskphone.mount"
    done = subprocess.run(
        ("systemd-analyze", "verify", unit), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def network() -> Iterator[Namespace]:
    lacking = why_not() or dnsmasq.why_not()
    if shutil.which("nft") is None:
        lacking = lacking or "nft is missing: run tests/peers/setup.sh"
    if lacking:
        pytest.skip(lacking)
    with Namespace() as made:
        yield made


def test_a_tftp_server_is_heard_through_the_firewall(network: Namespace, tmp_path: Path) -> None:
    """It answers from a port that nobody has asked; without the helper it is not heard."""
    (tmp_path / "file").write_bytes(bytes(9000))
    unit, rules = f"{network.name}c", tmp_path / "nftables.conf"
    inside = ("ip", "netns", "exec", unit)
    ask = (*inside, sys.executable, "-c", READ, f"tftp://{network.server_address}/file")
    given = (FILES / "etc/nftables.conf").read_text()
    rules.write_text(given)
    run("ip", "netns", "add", unit)
    try:
        run("ip", "link", "set", network.host_link, "netns", unit)
        for words in (
            f"addr add {network.host_address}/30 dev {network.host_link}",
            f"link set {network.host_link} up",
        ):
            run("ip", "-n", unit, *words.split())
        options = ("--port=0", "--enable-tftp", f"--tftp-root={tmp_path}")
        with Dnsmasq(network, *options, link_local=False):
            run(*inside, "nft", "-f", str(rules))
            assert run(*ask).strip() == "9000"
            rules.write_text(re.sub("(?m)^.*ct helper set.*$", "", given))
            run(*inside, "nft", "-f", str(rules))
            assert run(*ask).strip() == "silent"
    finally:
        run("ip", "netns", "del", unit)
