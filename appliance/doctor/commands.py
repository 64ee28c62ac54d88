"""``deskphone doctor``: the walk from the command line, in words or as JSON.

Exit codes: 0 every registration can hold, 1 one cannot or is in doubt, 78 the configuration is
refused.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from appliance import __version__
from appliance.config.crosscheck import CheckBoard
from appliance.config.load import load
from appliance.config.model import Config
from appliance.config.problems import errors
from appliance.config.unit import this_unit
from appliance.control.paths import Places, places
from appliance.control.render import printable
from appliance.doctor.beside import status_of
from appliance.doctor.findings import Report, Walk
from appliance.doctor.walk import Circumstances, walk
from appliance.errors import UsageError
from appliance.settings import sip_settings, unit_mark, unit_seed
from appliance.sip.settings import AudioSettings
from appliance.system.age import process_seconds
from appliance.system.built import is_synchronised
from appliance.system.clockfloor import ClockFloor
from appliance.system.links import read_network

CARD = Path("/boot/firmware/deskphone.toml")
"""IT's file on the card of a unit."""
REFUSED_EXIT = 78
DONE_SECONDS = 8.5
"""Age of the process at which no walk goes on, so that the report stands after ten seconds: on a
Pi the program takes two to begin, and some to write and to end."""
LEAST_SECONDS = 4.0
"""What a walk has in any case."""
_SIGNS = {"ok": "ok", "note": "note", "failed": "FAILED", "skipped": "-"}


def doctor(
    configs: Sequence[Path],
    state: Path | None,
    out: TextIO,
    *,
    as_json: bool = False,
    check_board: CheckBoard | None = None,
) -> int:
    """Walk to every server of every account; the exit code. Without `configs`: the card's file."""
    files = tuple(configs) or tuple(path for path in (CARD,) if path.exists())
    if not files:
        raise UsageError(
            "DOCTOR-01",
            "No configuration",
            f"found no configuration file ({CARD} is not there); name one with --config",
        )
    loaded = load(files, check_board=check_board, unit=this_unit())
    if loaded.config is None:
        wrong = tuple(str(problem) for problem in errors(loaded.problems))
        report = Report(
            version=__version__,
            verdict="bad-config",
            phone="not running",
            seconds=0.0,
            problems=wrong,
        )
    else:
        where = places(state, os.environ)
        report = asyncio.run(examine(loaded.config, where))
    if as_json:
        print(msgspec.json.encode(report).decode(), file=out)
    else:
        print(in_words(report), file=out)
    if report.problems:
        return REFUSED_EXIT
    return 0 if report.verdict == "ok" else 1


async def examine(config: Config, where: Places) -> Report:
    """The report on a configuration, beside the phone of these places if it runs."""
    begun = time.monotonic()
    status = await status_of(where.socket)
    floor = ClockFloor(where.state)
    around = Circumstances(
        network=read_network(),
        now=time.time(),
        floor=floor.read(),
        synchronised=is_synchronised(),
        mark=unit_mark(where.state, unit_seed()),
        phone=status.accounts if status else None,
        calls=status.calls if status else (),
    )
    accounts = sip_settings(config, AudioSettings(), clock_floor=floor.file).accounts
    left = max(LEAST_SECONDS, DONE_SECONDS - process_seconds())
    walks = await asyncio.gather(
        *(walk(account, server, around, left) for account in accounts for server in account.servers)
    )
    numbers = [number for account in accounts for number in range(len(account.servers))]
    first = [one for one, number in zip(walks, numbers, strict=True) if number == 0]
    return Report(
        version=__version__,
        verdict=next((one.verdict for one in first if one.verdict != "ok"), "ok"),
        phone="running" if status else "not running",
        seconds=round(time.monotonic() - begun, 3),
        walks=tuple(walks),
    )


def in_words(report: Report) -> str:
    """A report for people; nothing that a far end has sent can steer the terminal."""
    lines = list(report.problems)
    for one in report.walks:
        lines += ["", *_walk(one)] if lines else _walk(one)
    lines += ["", f"{report.verdict}: {report.seconds:.1f} s, phone {report.phone}"]
    return "\n".join(printable(line) for line in lines)


def _walk(one: Walk) -> Sequence[str]:
    lines = [f"{one.user} at {one.server} ({one.transport})"]
    for finding in one.findings:
        said = f"{finding.verdict}: {finding.text}" if finding.verdict else finding.text
        told = [part for part in (said, finding.evidence) if part] or [""]
        lines.append(f"  {_SIGNS[finding.state]:<7}{finding.layer:<10} {told[0]}".rstrip())
        lines += [f"{'':20}{part}" for part in told[1:]]
        if finding.next_step:
            lines.append(f"{'':20}next step: {finding.next_step}")
    if one.verdict != "ok" and one.exchange:
        lines.append("  exchange")
        for message in one.exchange:
            sign = "<" if message.startswith("SIP/2.0") else ">"
            lines += [f"    {sign} {line}" for line in message.split("\r\n") if line]
    return lines
