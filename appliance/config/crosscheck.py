"""Keys that are right by themselves and wrong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address

import msgspec

from appliance.config.account import Account, Nat
from appliance.config.formats import HostPort, parse_host_port
from appliance.config.merge import Merged
from appliance.config.model import Board, Dial, Phone
from appliance.config.problems import (
    DEFAULT,
    KeyPath,
    Place,
    Problem,
    Severity,
    quote,
    spell,
)
from appliance.config.provision import Provisioning
from appliance.phone.emergency import numbers_of

CheckBoard = Callable[[Board], Iterable[tuple[str, str, str]]]
"""Judges the wiring; yields (key of [board], what was found, what was expected)."""


def crosscheck(merged: Merged, check_board: CheckBoard | None = None) -> list[Problem]:
    """All that is wrong with keys that hold one by one; works on what there is of them.

    `check_board` is only asked about wiring that is not already known to be wrong.
    """
    board = msgspec.convert(merged.section("board"), Board)
    wiring = list(_board(merged, board))
    if check_board is not None and not wiring:
        for key, found, expected in check_board(board):
            path: KeyPath = ("board", *key.split("."))
            wiring.append(_problem(merged, path, found, expected))
    return [
        *_accounts(merged),
        *_nat(merged),
        *_dtls(merged),
        *_ringer(merged),
        *_lock(merged),
        *_provisioning(merged),
        *_emergency(merged),
        *wiring,
    ]


def _lock(merged: Merged) -> Iterator[Problem]:
    pin, after = merged.at(("security", "pin")), merged.at(("security", "lock_after"))
    yield from _twice(merged, ("security", "pin"))
    if after is not None and after.value and pin is None:
        yield _problem(
            merged, ("security", "lock_after"), "no pin", "a pin, or no lock_after", "", "warning"
        )
    if pin is not None and not re.fullmatch("[0-9]{4,12}", pin.value):
        named = ("security", "pin_file")
        yield _problem(merged, named, "another text in it", "a PIN of 4 to 12 digits in it")
    elif pin is not None and pin.value.startswith(urgent := _urgent_numbers(merged)):
        named = ("security", "pin_file")
        yield _problem(
            merged,
            ("security", "pin") if merged.at(named) is None else named,
            "a PIN that begins with an emergency number",
            f"one that begins with none of {', '.join(urgent)}",
            "typed on the PIN's page too an emergency number is called with its last digit",
        )


def _urgent_numbers(merged: Merged) -> tuple[str, ...]:
    """The emergency numbers that this phone will have."""
    country, more = merged.at(("phone", "country")), merged.at(("dial", "emergency"))
    return numbers_of(
        country.value if country else Phone().country, more.value if more else Dial().emergency
    )


def _emergency(merged: Merged) -> Iterator[Problem]:
    """Numbers that cannot be dialled from a lifted handset, for an emergency number is before."""
    urgent = _urgent_numbers(merged)
    for path, number in _numbers(merged):
        first = next((u for u in urgent if number.startswith(u) and number != u), None)
        if first is not None:
            yield _problem(
                merged,
                path,
                f"{quote(number)}, which begins with the emergency number {first}",
                "a number that does not",
                f"who dials it with the handset lifted calls {first}: type it before lifting,"
                " or choose it from a menu",
                "warning",
            )


def _numbers(merged: Merged) -> Iterator[tuple[KeyPath, str]]:
    """The numbers of the site that the configuration names, but for what follows a pause."""
    for index, entry in enumerate(merged.accounts):
        for name in ("user", "mailbox"):
            if name in entry.values:
                yield ("account", index, name), entry.values[name].value
    for path, value in merged.values.items():
        match path:
            case ("dial", "speed_dial", _) | ("dial", "park"):
                yield path, value.value.partition(",")[0]
            case ("dial", "park_slots" | "watch"):
                yield from ((path, number) for number in value.value)


def _twice(merged: Merged, path: tuple[str, str]) -> Iterator[Problem]:
    """A secret and the name of its file, both in one file."""
    other = (path[0], f"{path[1]}_file")
    secret, named = merged.at(path), merged.at(other)
    if secret is not None and named is not None and secret.origin.file == named.origin.file:
        yield _problem(merged, other, f"both {path[1]} and {other[1]}", "one of them")


def _ringer(merged: Merged) -> Iterator[Problem]:
    path: KeyPath = ("audio", "ringer")
    value = merged.at(path)
    if value is not None and value.value == "auto":
        yield _problem(
            merged,
            path,
            quote("auto"),
            "'headset', a stable id from `deskphone audio list`, or the name of an ALSA PCM",
            "no device is a ringer by itself: leave the key out to ring in the headset",
        )


def _problem(
    merged: Merged,
    path: KeyPath,
    found: str,
    expected: str,
    hint: str = "",
    severity: Severity = "error",
) -> Problem:
    return Problem(_place(merged, path), spell(path), found, expected, hint, severity)


def _place(merged: Merged, path: KeyPath) -> Place:
    value = merged.at(path)
    if value is not None:
        return value.place
    if path[0] == "account" and isinstance(path[1], int):
        return merged.accounts[path[1]].place
    section = (value.place for near, value in merged.values.items() if near[0] == path[0])
    return next(section, Place(DEFAULT))


def _accounts(merged: Merged) -> Iterator[Problem]:
    seen: dict[tuple[str, HostPort], KeyPath] = {}
    for index, entry in enumerate(merged.accounts):
        if entry.values.keys() >= {"user", "server"}:
            account = msgspec.convert(entry.document(), Account)
            yield from _account(merged, ("account", index), account, seen)


def _account(
    merged: Merged, path: KeyPath, account: Account, seen: dict[tuple[str, HostPort], KeyPath]
) -> Iterator[Problem]:
    who = (account.user, _server(account.server))
    if who in seen:
        found = f"user {quote(account.user)} at the server of {spell(seen[who])}"
        yield _problem(merged, (*path, "user"), found, "each user once at a server")
    seen.setdefault(who, path)
    yield from _proxy(merged, path, account)
    secure = account.first_transport == "tls"
    if account.srtp == "required" and not secure:
        yield _problem(
            merged,
            (*path, "srtp"),
            f"{quote(account.srtp)} with transport {quote(account.first_transport)}",
            'transport = "tls"',
            "without TLS the keys of the audio travel in the clear",
            "warning",
        )
    for name in ("ca_file", "certificate_file"):
        if getattr(account, name) is not None and not secure:
            yield _problem(
                merged,
                (*path, name),
                f"transport {quote(account.first_transport)}",
                f'transport = "tls", or no {name}',
                "only TLS uses it",
                "warning",
            )
    if account.private_key_file is not None and account.certificate_file is None:
        yield _problem(
            merged, (*path, "private_key_file"), "no certificate_file", "both, or neither of them"
        )
    if account.srtp_keying != "sdes" and account.srtp == "off":
        yield _problem(
            merged,
            (*path, "srtp_keying"),
            'srtp = "off"',
            'srtp = "required" or "optional"',
            "without encryption there are no keys",
            "warning",
        )
    yield from _families(merged, path, account)
    if _server(account.server) in {_server(server) for server in account.backup_servers}:
        yield _problem(
            merged,
            (*path, "backup_servers"),
            "the server itself",
            "other servers",
            severity="warning",
        )


def _proxy(merged: Merged, path: KeyPath, account: Account) -> Iterator[Problem]:
    """What the proxy's URI says of the transport holds; TLS that was asked for is never lost."""
    secure = account.first_transport == "tls"
    if secure == (account.transport == "tls"):
        return
    found = f"{quote(account.outbound_proxy or '')} with transport {quote(account.transport)}"
    if secure:
        expected = 'transport = "tls"'
        hint = "SIP goes to the proxy over TLS, and audio is encrypted unless srtp says otherwise"
    else:
        expected = f'a URI with transport=tls, or transport = "{account.first_transport}"'
        hint = "SIP would go to the proxy in the clear"
    severity: Severity = "warning" if secure else "error"
    yield _problem(merged, (*path, "outbound_proxy"), found, expected, hint, severity)


def _families(merged: Merged, path: KeyPath, account: Account) -> Iterator[Problem]:
    """An address as a server is of one family, and the account may want the other."""
    versions = {"ipv4": 4, "ipv6": 6}
    for name, servers in (
        ("server", (account.server,)),
        ("backup_servers", account.backup_servers),
    ):
        for server in servers:
            try:
                version = ip_address(_server(server).host).version
            except ValueError:
                continue
            if version != versions.get(account.address_family, version):
                yield _problem(
                    merged,
                    (*path, name),
                    f"{quote(server)} with address_family {quote(account.address_family)}",
                    'address_family = "auto", or a server of that family',
                )


def _dtls(merged: Merged) -> Iterator[Problem]:
    """An Asterisk begins DTLS anew at every hold, but for calls with ICE; the audio ends there."""
    ice = merged.at(("nat", "ice"))
    keyed = [entry.values.get("srtp_keying") for entry in merged.accounts]
    if ice is not None and ice.value is False and any(k and k.value == "dtls" for k in keyed):
        found = 'ice = false with srtp_keying = "dtls"'
        yield _problem(merged, ("nat", "ice"), found, "ice = true", severity="warning")


def _nat(merged: Merged) -> Iterator[Problem]:
    nat = msgspec.convert(merged.section("nat"), Nat)
    if nat.turn_server is None:
        for name in ("turn_user", "turn_password", "turn_transport"):
            if merged.at(("nat", name)) is not None:
                expected = "a turn_server, or none of it"
                yield _problem(
                    merged, ("nat", name), "no turn_server", expected, severity="warning"
                )
    elif nat.ice is False:
        expected = "ice = true, or no turn_server"
        yield _problem(merged, ("nat", "turn_server"), "ice = false", expected, severity="warning")
    elif not nat.turn_user or not nat.turn_password:
        found = "no turn_user" if not nat.turn_user else "no turn_password"
        yield _problem(merged, ("nat", "turn_server"), found, "turn_user and turn_password")
    yield from _twice(merged, ("nat", "turn_password"))


def _provisioning(merged: Merged) -> Iterator[Problem]:
    section = "provisioning"
    served = msgspec.convert(merged.section(section), Provisioning)
    clear = served.url is not None and served.url.lower().startswith(("http:", "tftp:"))
    if clear and not served.clear_text:
        expected = "https://, or clear_text = true"
        yield _problem(merged, (section, "url"), "a server without TLS", expected)
    if served.clear_text_secrets and not served.clear_text:
        expected = "clear_text = true, or none of it"
        at = (section, "clear_text_secrets")
        yield _problem(merged, at, "no clear_text", expected, severity="warning")
    if served.password is not None and served.user is None:
        yield _problem(merged, (section, "password"), "no user", "user and password")
    if served.user is not None and served.password is None:
        yield _problem(merged, (section, "user"), "no password", "user and password")
    yield from _twice(merged, (section, "password"))


def _server(text: str) -> HostPort:
    parsed = parse_host_port(text)
    return HostPort(parsed.host.lower().removesuffix("."), parsed.port)


def _board(merged: Merged, board: Board) -> Iterator[Problem]:
    columns = len(board.columns) if board.columns is not None else 0
    if board.keys is not None and board.rows is not None and len(board.keys) != len(board.rows):
        found = f"{len(board.keys)} rows of keys"
        yield _problem(merged, ("board", "keys"), found, f"{len(board.rows)}, one for each row pin")
    for index, row in enumerate(board.keys or ()):
        if columns and len(row) != columns:
            found = f"{len(row)} keys in row {index + 1}"
            expected = f"{columns}, one for each column pin"
            yield _problem(merged, ("board", "keys"), found, expected)
    used: dict[int, KeyPath] = {}
    for path, pin in _pins(board):
        if pin in used:
            found = f"pin {pin}, which {spell(used[pin])} has"
            yield _problem(merged, path, found, "a pin of its own")
        used.setdefault(pin, path)


def _pins(board: Board) -> Iterator[tuple[KeyPath, int]]:
    for name, pins in (("rows", board.rows), ("columns", board.columns)):
        for pin in pins or ():
            yield ("board", name), pin
    if board.hook is not None:
        yield ("board", "hook"), board.hook
    for name in board.lamps.__struct_fields__:
        pin = getattr(board.lamps, name)
        if pin is not None:
            yield ("board", "lamps", name), pin
