"""The part of Asterisk's configuration that differs from one test run to the next.

What is the same every time lies in ``asterisk_etc/`` in Asterisk's own syntax; here are the
accounts, the addresses and the folders. No process is started in this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ALL_CODECS = ("opus", "g722", "ulaw", "alaw")
SIP_PORT = 5060
TLS_PORT = 5061
MANAGER_PORT = 5038
MANAGER_USER = "tests"
SHORT_TIMER_S = 90
"""The shortest session timer that there may be, RFC 4028 section 4; half of it is a refresh."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a phone must know to register, and what the server allows it."""

    user: str
    password: str = field(repr=False)
    codecs: tuple[str, ...] = ALL_CODECS
    srtp: bool = False
    options: tuple[str, ...] = ()
    """Lines of its AOR."""
    algorithms: str = ""
    """Digest algorithms that are offered to it, the preferred one first; empty: MD5."""
    dtls: bool = False
    """The keys of its audio come by DTLS-SRTP."""
    endpoint: tuple[str, ...] = ()
    """Further lines of its endpoint."""


def accounts(password: str) -> dict[str, Account]:
    """The server's accounts by user; 1005 and 1006 speak SRTP only, 1010 to 1013 one codec each.

    1001 to 1004 pick each other's calls up; 1008 authenticates with SHA-256 alone, 1009 with
    SHA-256 or MD5, 1030 the other way round; 1020 keys its audio by DTLS; 1021 (with ICE) and 1022
    may be behind NAT. 1031 and 1032 have a mailbox: the first has to subscribe to its state, the
    second is told without being asked. Calls for 1033 say in their From what the switch is called,
    those for 1036 nobody's number, and in Remote-Party-ID who calls; 1034 and 1035 send their
    digits by INFO and as tones (which Asterisk hears in G.711 alone). The calls of 1037 are
    refreshed (RFC 4028) as often as may be.
    """
    group = ("call_group = 1", "pickup_group = 1")
    plain = [Account(str(1001 + n), password, endpoint=group) for n in range(4)]
    secure = [Account(user, password, srtp=True) for user in ("1005", "1006")]
    qualified = [Account("1007", password, options=("qualify_frequency = 1",))]
    single = [Account(str(1010 + n), password, (codec,)) for n, codec in enumerate(ALL_CODECS)]
    digests = [
        Account("1008", password, algorithms="SHA-256"),
        Account("1009", password, algorithms="SHA-256,MD5"),
        Account("1030", password, algorithms="MD5,SHA-256"),
    ]
    dtls = [Account("1020", password, dtls=True, endpoint=("ice_support = yes",))]
    nat = ("force_rport = yes", "rewrite_contact = yes", "rtp_symmetric = yes")
    behind = [
        Account("1021", password, endpoint=(*nat, "ice_support = yes")),
        Account("1022", password, endpoint=nat),
    ]
    dialled = ("voicemail_extension = *97",)
    mail = [
        Account("1031", password, options=("mailboxes = 1031@default", *dialled)),
        Account("1032", password, endpoint=("mailboxes = 1032@default", *dialled)),
    ]
    by_party = ("from_user = anonymous", "send_pai = no", "send_rpid = yes")
    behind_a_switch = [
        Account("1033", password, endpoint=("from_user = switch",)),
        Account("1036", password, endpoint=by_party),
    ]
    by_digits = [
        Account(user, password, ("ulaw",), endpoint=(f"dtmf_mode = {how}",))
        for user, how in (("1034", "info"), ("1035", "inband"))
    ]
    every = plain + secure + qualified + digests + single + dtls + behind + mail
    timed = ("timers = always", f"timers_sess_expires = {SHORT_TIMER_S}")
    every += [*behind_a_switch, *by_digits, Account("1037", password, endpoint=timed)]
    return {account.user: account for account in every}


def pjsip_conf(addresses: list[str], chain: str, key: str, accounts: dict[str, Account]) -> str:
    """pjsip.conf: UDP, TCP and TLS on every address; endpoint, auth and AOR of each account."""
    parts = ["[global]\ntype = global\nuser_agent = Asterisk\n"]
    for number, address in enumerate(addresses):
        host = f"[{address}]" if ":" in address else address
        for protocol, port in (("udp", SIP_PORT), ("tcp", SIP_PORT), ("tls", TLS_PORT)):
            parts.append(
                f"[{protocol}-{number}]\ntype = transport\nprotocol = {protocol}\n"
                f"bind = {host}:{port}\n"
            )
            if protocol == "tls":
                parts.append(f"cert_file = {chain}\npriv_key_file = {key}\nmethod = tlsv1_2\n")
    for account in accounts.values():
        parts.append(_endpoint(account, chain, key))
    return "\n".join(parts)


def _endpoint(account: Account, chain: str, key: str) -> str:
    user = account.user
    encryption = "dtls" if account.dtls else "sdes" if account.srtp else "no"
    dtls = (
        f"dtls_cert_file = {chain}\ndtls_private_key = {key}\ndtls_verify = fingerprint\n"
        "dtls_setup = actpass\n"
        if account.dtls
        else ""
    )
    digests = f"supported_algorithms_uas = {account.algorithms}\n" if account.algorithms else ""
    return (
        f"[{user}]\ntype = endpoint\ncontext = phones\ndisallow = all\n"
        f"allow = {','.join(account.codecs)}\nauth = {user}\naors = {user}\n"
        f"callerid = Agent {user} <{user}>\nsend_pai = yes\nsend_connected_line = yes\n"
        f"direct_media = no\nrtp_symmetric = no\n"
        f"bind_rtp_to_media_address = no\ndtmf_mode = rfc4733\n"
        f"media_encryption = {encryption}\n{dtls}"
        + "".join(f"{line}\n" for line in account.endpoint)
        + f"\n["
        f"{user}]\ntype = auth\nauth_type = digest\nusername = {user}\n"
        f"password = {account.password}\n{digests}\n"
        f"[{user}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\n"
        + "".join(f"{line}\n" for line in account.options)
    )


def asterisk_conf(folder: Path, modules: Path) -> str:
    """asterisk.conf: every folder that Asterisk writes to is under `folder`."""
    return (
        "[directories]\n"
        f"astetcdir => {folder}/etc\nastmoddir => {modules}\nastvarlibdir => {folder}/lib\n"
        f"astdbdir => {folder}/lib\nastkeydir => {folder}/lib\nastdatadir => /usr/share/asterisk\n"
        f"astspooldir => {folder}/spool\nastrundir => {folder}/run\nastlogdir => {folder}/log\n"
        "\n[options]\nverbose = 4\nhideconnect = yes\nlive_dangerously = no\n"
    )


def manager_conf(address: str, secret: str) -> str:
    """manager.conf: one user who may run commands and sees every event."""
    return (
        f"[general]\nenabled = yes\nbindaddr = {address}\nport = {MANAGER_PORT}\n"
        f"displayconnects = no\n\n[{MANAGER_USER}]\nsecret = {secret}\n"
        "read = all\nwrite = all\nwritetimeout = 1000\n"
    )


def rtp_conf() -> str:
    """rtp.conf: the usual range; strict RTP off, for a test may feed media by hand."""
    return "[general]\nrtpstart = 10000\nrtpend = 10999\nstrictrtp = no\n"
