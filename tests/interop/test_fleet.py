"""A unit out of a table: what `fleet render` writes for the PBX and for the unit, put together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from appliance.cli import main
from tests.interop.phone import Phone
from tests.peers import asterisk
from tests.peers.asterisk import Asterisk
from tests.peers.namespace import Namespace

pytestmark = pytest.mark.peers

MAC = "b827eb00cafe"


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_rendered_unit_registers_with_the_rendered_account(
    network: Namespace, tmp_path: Path, transport: str
) -> None:
    if asterisk.why_not():
        pytest.skip(str(asterisk.why_not()))
    table, served = tmp_path / "fleet.csv", tmp_path / "served"
    table.write_text(f"mac,name,user,display_name\n{MAC},Desk {{last4}},7001,Agent 7001\n")
    served.mkdir()
    shared = served / "common.toml"
    shared.write_text(f'[account_defaults]\ntransport = "{transport}"\n')
    assert main(["fleet", "render", str(table), "--out", str(served)]) == 0
    accounts = (served / "pjsip_deskphones.conf").read_text()
    assert ("media_encryption = sdes" in accounts) == (transport == "tls")
    with Asterisk(network, more=accounts) as server:
        port = server.tls_port if transport == "tls" else server.port
        with shared.open("a") as file:
            file.write(f'server = "{server.address}:{port}"\nca_file = "{server.ca_file}"\n')
        unit = tmp_path / "unit"
        unit.mkdir()
        shutil.copy(shared, unit)
        with Phone(unit, (served / f"{MAC}.toml").read_text()) as phone:
            phone.registered()
            assert server.contact("7001") is not None
            server.originate("7001", "Echo")
            phone.call("incoming")
            phone.press("ok")
            phone.call("talking")
            phone.hang_up()
            phone.no_call()
