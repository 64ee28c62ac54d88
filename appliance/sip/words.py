"""What each verdict is called on the display, and what IT does next.

`text` is for the agent and fits two lines of 21 characters; `next_step` is for IT, one imperative
sentence that names the thing to change. Codes of SIP are explained in RFC 3261 section 21.
"""

from __future__ import annotations

from appliance.sip.verdict import Verdict, VerdictName

_WORDS: dict[VerdictName, tuple[str, str]] = {
    "ok": ("Registered", ""),
    "no-link": (
        "No network connection",
        "Plug in the network cable and look at the switch port, or check the Wi-Fi's name and key.",
    ),
    "no-address": (
        "No network address",
        "Check DHCP (IPv6: router advertisements) and the VLAN of the switch port.",
    ),
    "no-dns": (
        "Server name not found",
        "Check 'server' in the configuration and the name server of this network.",
    ),
    "unreachable": (
        "No way to the server",
        "Check routing, VLAN and firewall between phone and server.",
    ),
    "refused": (
        "Server refuses contact",
        "Check port and transport of 'server', that the PBX is running, and fail2ban.",
    ),
    "silent": (
        "Server does not answer",
        "Check the firewall and fail2ban on the PBX, and the port of 'server'.",
    ),
    "banned-likely": (
        "Blocked by the server?",
        "Release the phone's address on the PBX (fail2ban-client status), then correct 'password'.",
    ),
    "clock-wrong": (
        "The phone's clock is wrong",
        "Let the phone reach a time server (NTP, UDP port 123), or set its clock.",
    ),
    "tls-expired": (
        "Server certificate has expired",
        "Renew the certificate of the PBX; check the phone's date too.",
    ),
    "tls-not-yet-valid": (
        "Server certificate is not valid yet",
        "Check the phone's date and the PBX certificate's first day.",
    ),
    "tls-untrusted": (
        "Server is not trusted",
        "Set 'ca_file' to the authority that signed the PBX certificate.",
    ),
    "tls-name-mismatch": (
        "Server has another name",
        "Make 'server' one of the names in the PBX certificate.",
    ),
    "tls-wildcard": (
        "Server certificate is a wildcard",
        "Have a certificate made that names 'server' in full: SIP takes no wildcards (RFC 5922).",
    ),
    "wrong-password": (
        "Password not accepted",
        "Compare 'user', 'password' and 'auth_user' with the PBX (VICIdial: conf_secret).",
    ),
    "unknown-extension": (
        "Extension not known",
        "Check 'user'; create the extension on the PBX.",
    ),
    "forbidden": (
        "Not allowed by server",
        "Check the extension's access list and permissions on the PBX.",
    ),
    "interval-too-brief": (
        "Server wants a longer interval",
        "Raise 'expires' to the server's minimum or above.",
    ),
    "nat-rewritten": (
        "A router changes our address",
        'Switch off the router\'s SIP ALG (SIP helper), or use transport = "tls".',
    ),
    "moved-elsewhere": (
        "Another phone has this extension",
        "Find the unit at the address in the evidence; give each unit an extension of its own.",
    ),
    "server-error": (
        "Server has a problem",
        "Look at the PBX: it answered, but could not register the phone.",
    ),
    "bad-config": (
        "Settings cannot work",
        "Correct the setting that the evidence names.",
    ),
}


NAMES: dict[str, VerdictName] = {name: name for name in _WORDS}
"""Every verdict by its name, for what comes from another program."""


def verdict(name: VerdictName, evidence: str, next_step: str = "") -> Verdict:
    """The verdict `name` in words; a `next_step` that knows more replaces the usual one."""
    text, usual = _WORDS[name]
    return Verdict(name, text, next_step or usual, evidence)


def table() -> str:
    """The verdicts that this phone can reach, as rows of the README's table."""
    head = ["| verdict | on the display | next step |", "| --- | --- | --- |"]
    rows = [f"| `{name}` | {text} | {step} |" for name, (text, step) in _WORDS.items()]
    return "\n".join([*head, *rows])
