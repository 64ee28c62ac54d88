"""Labels for the units, to be printed: name, extensions, MAC, and the MAC as a QR code."""

from __future__ import annotations

import html
import io
from collections.abc import Iterable

import segno

from appliance.fleet.units import Entry

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Deskphone labels</title>
<style>
@page {{ size: A4; margin: 10mm }}
body {{ font: 9pt sans-serif; margin: 0; display: grid; gap: 2mm;
  grid-template-columns: repeat(3, 61mm) }}
div {{ height: 34mm; padding: 2mm; box-sizing: border-box; border: 0.2mm dotted #999;
  display: grid; grid-template-columns: 24mm 1fr; gap: 2mm; align-items: center;
  break-inside: avoid; overflow: hidden }}
svg {{ width: 24mm; height: 24mm }}
b {{ font-size: 11pt; overflow-wrap: anywhere }}
</style>
{labels}
</html>
"""


def spelled(mac: str) -> str:
    """A MAC as it is printed: ``B8:27:EB:01:02:03``."""
    return ":".join(mac[place : place + 2] for place in range(0, 12, 2)).upper()


def labels(entries: Iterable[Entry]) -> str:
    """A page of labels in HTML, three a row on A4, that loads nothing from elsewhere."""
    return _PAGE.format(labels="\n".join(map(_label, entries)))


def _label(entry: Entry) -> str:
    mac = spelled(entry.unit.mac)
    drawn = io.BytesIO()
    segno.make_qr(mac, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, nl=False)
    name = entry.name.replace("{last4}", entry.unit.last4)
    users = ", ".join(str(account["user"]) for account in entry.accounts)
    more = [users, mac, *([entry.unit.serial] if entry.unit.serial else [])]
    words = "<br>".join(map(html.escape, more))
    return (
        f"<div>{drawn.getvalue().decode()}<span><b>{html.escape(name)}</b><br>{words}</span></div>"
    )
