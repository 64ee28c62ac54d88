"""What each verdict is called on the display, and what IT does next.

`text` is for the agent and fits two lines of 21 characters; `next_step` is for IT, one imperative
sentence that names the thing to change. Codes of SIP are explained in RFC 3261 section 21.
"""

from __future__ import annotations

from appliance.phone.refusals import COMPARE, NOT_ACCEPTED
from appliance.phone.words import NONE, Words, in_text, in_trouble, printable
from appliance.sip.verdict import Verdict, VerdictName

MOST_EVIDENCE = 2000
"""Letters of evidence."""

_WORDS: dict[VerdictName, tuple[Words, Words]] = {
    "ok": (in_trouble("Registered"), NONE),
    "no-link": (
        in_trouble("No network connection"),
        in_text(
            "Plug in the network cable and look at the switch port,"
            " or check the Wi-Fi's name and key."
        ),
    ),
    "no-address": (
        in_trouble("No network address"),
        in_text("Check DHCP (IPv6: router advertisements) and the VLAN of the switch port."),
    ),
    "no-dns": (
        in_trouble("Server name not found"),
        in_text("Check 'server' in the configuration and the name server of this network."),
    ),
    "unreachable": (
        in_trouble("No way to the server"),
        in_text("Check routing, VLAN and firewall between phone and server."),
    ),
    "refused": (
        in_trouble("Server refuses contact"),
        in_text("Check port and transport of 'server', that the PBX is running, and fail2ban."),
    ),
    "silent": (
        in_trouble("Server does not answer"),
        in_text("Check the firewall and fail2ban on the PBX, and the port of 'server'."),
    ),
    "banned-likely": (
        in_trouble("Blocked by the server?"),
        in_text(
            "Release the phone's address on the PBX (fail2ban-client status),"
            " then correct 'password'."
        ),
    ),
    "clock-wrong": (
        in_trouble("The phone's clock is wrong"),
        in_text("Let the phone reach a time server (NTP, UDP port 123), or set its clock."),
    ),
    "tls-expired": (
        in_trouble("Server certificate has expired"),
        in_text("Renew the certificate of the PBX; check the phone's date too."),
    ),
    "tls-not-yet-valid": (
        in_trouble("Server certificate is not valid yet"),
        in_text("Check the phone's date and the PBX certificate's first day."),
    ),
    "tls-untrusted": (
        in_trouble("Server is not trusted"),
        in_text("Set 'ca_file' to the authority that signed the PBX certificate."),
    ),
    "tls-name-mismatch": (
        in_trouble("Server has another name"),
        in_text("Make 'server' one of the names in the PBX certificate."),
    ),
    "tls-wildcard": (
        in_trouble("Server certificate is a wildcard"),
        in_text(
            "Have a certificate made that names 'server' in full:"
            " SIP takes no wildcards (RFC 5922)."
        ),
    ),
    "wrong-password": (NOT_ACCEPTED, COMPARE),
    "unknown-extension": (
        in_trouble("Extension not known"),
        in_text("Check 'user'; create the extension on the PBX."),
    ),
    "forbidden": (
        in_trouble("Not allowed by server"),
        in_text("Check the extension's access list and permissions on the PBX."),
    ),
    "interval-too-brief": (
        in_trouble("Server wants a longer interval"),
        in_text("Raise 'expires' to the server's minimum or above."),
    ),
    "nat-rewritten": (
        in_trouble("A router changes our address"),
        in_text('Switch off the router\'s SIP ALG (SIP helper), or use transport = "tls".'),
    ),
    "moved-elsewhere": (
        in_trouble("Another phone has this extension"),
        in_text(
            "Find the unit at the address in the evidence; give each unit an extension of its own."
        ),
    ),
    "server-error": (
        in_trouble("Server has a problem"),
        in_text("Look at the PBX: it answered, but could not register the phone."),
    ),
    "bad-config": (
        in_trouble("Settings cannot work"),
        in_text("Correct the setting that the evidence names."),
    ),
}


NAMES: dict[str, VerdictName] = {name: name for name in _WORDS}
"""Every verdict by its name, for what comes from another program."""


def verdict(name: VerdictName, evidence: str, next_step: Words = NONE) -> Verdict:
    """The verdict `name` in words; a `next_step` that knows more replaces the usual one.

    What servers say stands in the `evidence`, and that in the journal: it is made printable.
    """
    text, usual = _WORDS[name]
    return Verdict(name, text, next_step or usual, printable(evidence, MOST_EVIDENCE))


def table() -> str:
    """The verdicts that this phone can reach, as rows of the README's table."""
    head = ["| verdict | on the display | next step |", "| --- | --- | --- |"]
    rows = [f"| `{name}` | {text} | {step} |" for name, (text, step) in _WORDS.items()]
    return "\n".join([*head, *rows])
