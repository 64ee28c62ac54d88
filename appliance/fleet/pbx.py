"""What the PBX must know of the units: accounts for Asterisk, phone records for VICIdial.

VICIdial's records go in through its administration pages or its Non-Agent API (`add_phone`, whose
limits are those of docs/NON-AGENT_API.txt in its sources); both are written as files to be
reviewed, and the second with a script that sends them.
"""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from appliance.config.problems import Problem
from appliance.fleet.devices import Shared
from appliance.fleet.units import Entry
from appliance.sip.settings import transport_to

LONGEST_PASSWORD = 20
LONGEST_NAME = 50
SEND = """\
#!/bin/sh
# Sends what is in vicidial-add-phone.txt, a phone a line, to VICIdial's Non-Agent API.
# The API user needs user_level 8 and "ast admin access". Review the file first, then:
#   VICIDIAL_URL=https://vicidial.example.com VICIDIAL_USER=… VICIDIAL_PASS=… sh vicidial-send.sh
set -eu
: "${VICIDIAL_URL:?}" "${VICIDIAL_USER:?}" "${VICIDIAL_PASS:?}"
failed=0
while IFS= read -r phone; do
    answer=$(printf '%s' "source=deskphone&function=add_phone&$phone" |
        curl --silent --show-error --fail --data-binary @- \\
            --data-urlencode "user=$VICIDIAL_USER" --data-urlencode "pass=$VICIDIAL_PASS" \\
            "$VICIDIAL_URL/vicidial/non_agent_api.php") || exit 1
    printf '%s\\n' "$answer"
    case $answer in *ERROR:*) failed=1 ;; esac
done <"$(dirname "$0")/vicidial-add-phone.txt"
exit "$failed"
"""


@dataclass(frozen=True, slots=True)
class Pbx:
    """What all accounts of a PBX share."""

    context: str = "phones"
    codecs: tuple[str, ...] = ("opus", "g722", "ulaw", "alaw")
    server_ip: str = ""
    local_gmt: str = "0.00"
    protocol: str = "SIP"


def asterisk(entries: Iterable[Entry], pbx: Pbx, shared: Shared) -> str:
    """A file for ``#include`` in pjsip.conf: endpoint, auth and aor of every account."""
    lines = [
        "; Written by `deskphone fleet render`: put `#include pjsip_deskphones.conf` into",
        "; pjsip.conf, then `asterisk -rx 'pjsip reload'`.",
        "",
        "[deskphone](!)",
        "type = endpoint",
        f"context = {pbx.context}",
        "disallow = all",
        f"allow = {','.join(pbx.codecs)}",
        "rtp_symmetric = yes",
        "force_rport = yes",
        "rewrite_contact = yes",
        "",
        "[deskphone-auth](!)",
        "type = auth",
        "auth_type = userpass",
        "",
        "[deskphone-aor](!)",
        "type = aor",
        "max_contacts = 1",
        "remove_existing = yes",
        "qualify_frequency = 30",
    ]
    for entry in entries:
        for number, account in enumerate(shared.accounts(entry)):
            mailbox = entry.row.cells.get("voicemail") if number == 0 else None
            lines += ["", f"; {_comment(entry)}", *_endpoint(account, mailbox)]
    return "\n".join(lines) + "\n"


def _endpoint(account: dict[str, Any], mailbox: object) -> Iterator[str]:
    user, login = str(account["user"]), str(account.get("auth_user", account["user"]))
    yield f"[{user}](deskphone)"
    yield f"auth = {user}"
    yield f"aors = {user}"
    if account.get("display_name"):
        name = str(account["display_name"]).replace('"', "").replace(";", ",")
        yield f'callerid = "{name}" <{user}>'
    yield from _encryption(account)
    if mailbox:
        yield f"mailboxes = {mailbox}@default"
    yield f"[{user}](deskphone-auth)"
    yield f"username = {login}"
    yield f"password = {account['password']}"
    yield f"[{user}](deskphone-aor)"


def _encryption(account: dict[str, Any]) -> Iterator[str]:
    transport = transport_to(account.get("outbound_proxy", ""), account.get("transport", "udp"))
    srtp = account.get("srtp", "required" if transport == "tls" else "off")
    if srtp == "off":
        return
    if account.get("srtp_keying") == "dtls":
        yield "media_encryption = dtls"
        yield "dtls_auto_generate_cert = yes"
        yield "ice_support = yes"
    else:
        yield "media_encryption = sdes"
    if srtp == "optional":
        yield "media_encryption_optimistic = yes"


def _comment(entry: Entry) -> str:
    name = "".join(character if character.isprintable() else " " for character in entry.name)
    return f"{name.replace('{last4}', entry.unit.last4)}, {entry.unit.mac}".replace(";", ",")


def vicidial_records(
    entries: Iterable[Entry], pbx: Pbx, shared: Shared
) -> Iterator[dict[str, str]]:
    """`add_phone`'s fields for the first account of every unit."""
    for entry in entries:
        account = shared.accounts(entry)[0]
        user = str(account["user"])
        yield {
            "extension": user,
            "dialplan_number": user,
            "voicemail_id": entry.voicemail,
            "phone_login": user,
            "phone_pass": str(account["password"]),
            "server_ip": pbx.server_ip or str(account.get("server", "")),
            "protocol": pbx.protocol,
            "registration_password": str(account["password"]),
            "phone_full_name": entry.name.replace("{last4}", entry.unit.last4)[:LONGEST_NAME],
            "local_gmt": pbx.local_gmt,
            "outbound_cid": entry.outbound_cid,
        }


def vicidial_problems(entries: Iterable[Entry], pbx: Pbx, shared: Shared) -> Iterator[Problem]:
    """What VICIdial will not take."""
    for entry in entries:
        account = shared.accounts(entry)[0]
        user, password = str(account["user"]), str(account.get("password", ""))
        if not (user.isascii() and user.isdigit() and len(user) <= 10):
            expected = "an extension of at most 10 digits, for VICIdial"
            yield Problem(entry.row.at("user"), "user", "another kind of user", expected)
        if len(password) > LONGEST_PASSWORD:
            found = f"{len(password)} characters"
            expected = f"at most {LONGEST_PASSWORD} characters, for VICIdial"
            yield Problem(entry.row.at("password"), "password", found, expected)
        if not pbx.server_ip and not _is_ipv4(str(account.get("server", ""))):
            expected = "an IPv4 address that VICIdial has among its servers"
            hint = "name it with --server-ip"
            yield Problem(entry.row.at("server"), "server", "no IPv4 address", expected, hint)


def vicidial_csv(records: Iterable[dict[str, str]]) -> str:
    """The records as a table, to be reviewed or typed in."""
    listed = list(records)
    out = io.StringIO()
    if listed:
        writer = csv.DictWriter(out, listed[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)
    return out.getvalue()


def vicidial_requests(records: Iterable[dict[str, str]]) -> str:
    """The records as bodies of requests, one a line; the API's own user is not among them."""
    return "".join(urlencode(record) + "\n" for record in records)


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text.partition(":")[0])
    except ValueError:
        return False
    return True
