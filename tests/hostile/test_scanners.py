"""The scanners that walk the internet for phones (sipvicious): they find a server, but no phone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.phone.events import CallIncoming
from appliance.sip.settings import AccountSettings, SipSettings
from tests.sip.handset import handset
from tests.sip.server import server

SERVER = ("127.0.0.5", 0)
SCANNER = "127.0.0.1"
"""Where the tools send from, whatever they are told."""
PATIENCE_S = 60.0


def scan(tool: str, *words: str, folder: Path) -> str:
    """What a tool of the suite says, its complaints included."""
    done = subprocess.run(
        [sys.executable, "-m", f"sipvicious.{tool}", "-v", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        stdin=subprocess.DEVNULL,
        env={"HOME": str(folder), "LC_ALL": "C"},
        cwd=folder,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("method", ["OPTIONS"])
def test_svmap_finds_a_server_but_no_phone(tmp_path: Path, method: str) -> None:
    async def story() -> tuple[str, str]:
        async with server(address=SERVER) as pbx:
            account = AccountSettings(0, "1001", (pbx.host,))
            async with handset(SipSettings((account,))) as phone:
                await phone.registered()
                before = await phone.engine.turned_away()
                found = [
                    await asyncio.to_thread(
                        scan, "svmap", "-m", method, host, "-p", str(port), folder=tmp_path
                    )
                    for host, port in (pbx.address, pbx.phone)
                ]
                after = await phone.engine.turned_away()
                assert after.strangers > before.strangers
                assert after.last_from.startswith(f"{SCANNER}:")
                assert not phone.seen(CallIncoming)
        return found[0], found[1]

    the_server, the_phone = asyncio.run(story())
    assert "127.0.0.5:" in the_server
    assert "found nothing" in the_phone


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("svwar", ("-e", "1000-1003", "-m", "INVITE")),
        ("svcrack", ("-u", "1001", "-r", "1-50")),
    ],
)
def test_no_extension_and_no_password_is_found(
    tmp_path: Path, tool: str, words: tuple[str, ...]
) -> None:
    async def story() -> str:
        async with server(address=SERVER) as pbx:
            account = AccountSettings(0, "1001", (pbx.host,))
            async with handset(SipSettings((account,))) as phone:
                await phone.registered()
                before = await phone.engine.turned_away()
                port = str(pbx.phone[1])
                said = await asyncio.to_thread(
                    scan, tool, *words, "-p", port, "127.0.0.1", folder=tmp_path
                )
                assert (await phone.engine.turned_away()).strangers > before.strangers
                assert not phone.seen(CallIncoming)
        return said

    said = asyncio.run(story())
    assert "found nothing" in said
