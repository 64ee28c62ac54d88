"""``PYTHONPATH=. python image/boot_test/boot_test.py``: what `make boot-test` runs.

The unmodified image on QEMU's Raspberry Pi 3 registers with a registrar outside the
guest, with a password, calls and is called; then it is asked from within what listens, how much
memory the whole system takes and how systemd rates the phone's sandbox. Then Debian as it comes is
switched on on the same machine, and its way to the login prompt is timed. Every figure is printed;
the exit code is 1 if one does not hold.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from guest import HOST, ROOT, Debian, Guest

from tests.hw.waiting import until
from tests.sip import server as far_end
from tests.sip.message import sdp

OUT = ROOT / "build" / "boot-test"
PATIENCE = 300.0
"""Seconds for anything that a Pi does in one: an emulated Pi on a busy machine is slow."""

PICTURE = 128 * 64 // 8
"""Bytes of a whole screen."""

CONFIG = """[phone]
name = "Desk 12"
start_spread = 0

[[account]]
user = "1001"
password = "a secret"
server = "{server}"
transport = "udp"

[security]
accept_calls_from = "registrar"
"""

SCRIPT = """say() { echo "boot-test: $*"; }
journalctl --follow --lines=all --unit=deskphone >/dev/console &
until journalctl --unit=deskphone --output=short-monotonic |
    grep -m 1 'registered for' >/tmp/registered; do
    sleep 1
done
say registered "$(cat /tmp/registered)"
say begun "$(dmesg | grep -m 1 'Run /init')"
deskphone ctl dial 600
say dialled
until deskphone ctl status --json | grep -q '"direction": *"in"'; do sleep 1; done
deskphone ctl press ok
say answered
say listening "$(ss -Hlntup | tr -s ' \\n' ' |')"
say memory "$(sed -n 's/^Mem\\(Total\\|Available\\): *//p' /proc/meminfo | tr '\\n' ' ')"
say security "$(systemd-analyze security deskphone.service --no-pager | tail -n 1)"
say failed "$(systemctl --failed --plain --no-legend | tr '\\n' ' ')"
say data "$(df -k /var/lib/deskphone | tail -n 1)"
say user "$(stat -c %U "/proc/$(systemctl show -P MainPID deskphone)")"
say times "$(systemd-analyze time | head -n 1)"
say done
"""


IDLE_MIB = 180
"""What the whole system may use with a phone that is registered."""


async def raspi3b(folder: Path) -> float:
    """Boot, register, call, be called, and look around; AssertionError when something is amiss.

    How many seconds it took from the first program of all until the phone was registered.
    """
    far_end.PATIENCE_SECONDS = PATIENCE
    async with far_end.server(far_end.wants_password("a secret")) as registrar:
        registrar.address = (HOST, registrar.address[1])
        config = CONFIG.format(server=registrar.host)
        async with Guest(folder, config, SCRIPT) as guest:
            await registered(guest, registrar)
            await outgoing(guest, registrar)
            await incoming(guest, registrar)
            await guest.says("boot-test: done", PATIENCE)
            look_around(guest)
            sent = (folder / "i2c.txt").read_text(encoding="utf-8").count("addr:0x3c")
            say(guest, f"display: {sent} bytes went out to the panel on the emulated I²C")
            assert sent > PICTURE, "not even one picture was shown"
            return from_start_to_registered(guest)


async def debian(folder: Path, ours: float) -> None:
    """What Debian as it comes needs to its prompt on the same machine, beside ours."""
    async with Debian(folder) as machine:
        took = await machine.login(PATIENCE)
    sys.stdout.write(
        f"user space to the login prompt of Debian: {took:.1f} s; "
        f"ours to registered: {ours:.1f} s, {100 * ours / took:.0f} %\n"
    )


def from_start_to_registered(guest: Guest) -> float:
    """Seconds, by the unit's own clock: the kernel's and the journal's stamps."""
    began, registered_at = (
        float(found[1])
        for word in ("begun", "registered")
        for line in guest.console
        if (found := re.search(rf"boot-test: {word} \[ *([0-9.]+)\]", line))
    )
    return registered_at - began


async def registered(guest: Guest, registrar: far_end.Server) -> None:
    """The second REGISTER carries the answer to the challenge."""

    def accepted() -> bool:
        return any("Authorization" in message.text for message in registrar.registrations)

    try:
        await until(accepted, PATIENCE)
    except AssertionError:
        raise AssertionError(f"it did not register; the console's end:\n{guest.tail()}") from None
    say(guest, "registered, with its password, at a registrar outside the guest")


async def outgoing(guest: Guest, registrar: far_end.Server) -> None:
    """The phone calls 600; we answer and hang up."""
    invite = await registrar.next("INVITE")
    assert "sip:600@" in invite.start, invite.start
    registrar.answer(invite, 180, "Ringing")
    registrar.answer(invite, 200, "OK", body=sdp(40000).replace("127.0.0.1", HOST))
    await registrar.next("ACK")
    dialog = far_end.Dialog(registrar, of=invite)
    dialog.request("BYE")
    assert (await registrar.final("BYE")).code == 200
    say(guest, "an outgoing call: INVITE, 180, 200, ACK, BYE, 200")


async def incoming(guest: Guest, registrar: far_end.Server) -> None:
    """We call the phone; it rings, is answered by its key, and we hang up."""
    call = registrar.call(caller=f'"Ann Other" <sip:2001@{HOST}>')
    call.request("INVITE", body=sdp(40000).replace("127.0.0.1", HOST))
    ringing = await registrar.next(180, "INVITE")
    say(guest, "an incoming call: it rings")
    response = await registrar.next(200, "INVITE")
    call.adopt(response)
    call.request("ACK")
    call.request("BYE")
    assert (await registrar.final("BYE")).code == 200
    assert ringing["Call-ID"] == response["Call-ID"]
    say(guest, "an incoming call: 180, 200, ACK, BYE, 200")


def look_around(guest: Guest) -> None:
    """What the unit says of itself."""
    facts = {
        found[1]: found[2]
        for line in guest.console
        if (found := re.search(r"boot-test: (\w+) ?(.*)", line))
    }
    for name in ("listening", "memory", "security", "failed", "data", "user", "times"):
        say(guest, f"{name}: {facts[name] or 'nothing'}")
    assert float(re.findall(r"(\d+\.\d+)", facts["security"])[0]) <= 2.0, facts["security"]
    total, available = (int(number) for number in re.findall(r"(\d+) kB", facts["memory"]))
    used = (total - available) // 1024
    say(guest, f"in use: {used} MiB of the whole system")
    assert used <= IDLE_MIB, facts["memory"]
    assert "tcp" not in facts["listening"], facts["listening"]
    assert not facts["failed"].strip(), facts["failed"]


def say(guest: Guest, words: str) -> None:
    """One line with its time."""
    sys.stdout.write(f"{guest.seconds:7.1f} s  {words}\n")
    sys.stdout.flush()


def main() -> int:
    """Run it all; the exit code."""
    try:
        took = asyncio.run(raspi3b(OUT / "raspi3b"))
        asyncio.run(debian(OUT / "debian", took))
    except AssertionError as error:
        sys.stderr.write(f"boot-test: {error}\n")
        return 1
    sys.stdout.write("boot-test: the image is a phone\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
