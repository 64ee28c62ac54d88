"""`[provisioning]`: where a unit's configuration is served, and who may write it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from appliance.config.kinds import Given, Reference, Section, meta

Name = Annotated[str, Meta(min_length=1, max_length=64), meta(form="file-part")]
Login = Annotated[str, Meta(min_length=1, max_length=64)]
Discovery = Literal["usb", "dhcp", "dns"]
Discoveries = Annotated[tuple[Discovery, ...], Meta(max_length=3)]
SigningKey = Annotated[str, Meta(min_length=1, max_length=8192), meta(form="ssh-key")]


class Provisioning(Section, frozen=True, kw_only=True):
    """Where the configuration of this unit is served, and who may write it."""

    url: Annotated[
        Reference | None,
        meta(
            "Folder that a server has this unit's files in: `common.toml`, `site-….toml`,"
            " `model-….toml`, `<serial>.toml`, `<mac>.toml`; default: what `discover` finds",
            form="file-server",
        ),
    ] = None
    discover: Annotated[
        Discoveries | None,
        meta(
            "Who may name that folder where there is no `url`: a USB stick, DHCP servers, the DNS;"
            " default: all three for a unit that has no accounts of its own, else nobody"
        ),
    ] = None
    site: Annotated[Name | None, meta("Whose `site-….toml` is for this unit")] = None
    model: Annotated[Name | None, meta("Whose `model-….toml` is for this unit")] = None
    interval: Annotated[
        int,
        Meta(ge=60, le=604800),
        meta("Time from one look for changes to the next, give or take a tenth", unit="s"),
    ] = 3600
    window: Annotated[
        Reference | None,
        meta(
            "Part of the day in which the unit looks for changes by itself, once, instead of at"
            " every `interval`; by its own time zone",
            form="day-part",
        ),
    ] = None
    trial: Annotated[
        int,
        Meta(ge=10, le=600),
        meta(
            "Time that a new configuration has to register its first account; then the one"
            " before comes back",
            unit="s",
        ),
    ] = 60
    stale_after: Annotated[
        int,
        Meta(ge=3600, le=2592000),
        meta("Age of the last successful look at which the unit says so", unit="s"),
    ] = 172800
    ca_file: Annotated[
        Reference | None,
        meta(
            "PEM file of the only authorities that may vouch for the server; default: the system's"
        ),
    ] = None
    certificate_file: Annotated[
        Reference | None, meta("PEM file of the unit's certificate, for servers that ask for one")
    ] = None
    private_key_file: Annotated[
        Reference | None, meta("PEM file of its private key; default: `certificate_file`")
    ] = None
    user: Annotated[Login | None, meta("User name at the server (Basic)")] = None
    password: Annotated[Given | None, meta("Password at the server", masked="always")] = None
    password_file: Annotated[
        Reference | None,
        meta(
            "File whose only line is that password; found as an account's is", masked="in messages"
        ),
    ] = None
    signing_keys: Annotated[
        tuple[SigningKey, ...],
        Meta(max_length=8),
        meta(
            "OpenSSH public keys; where there is one, only what one of them has signed is taken,"
            " and nothing older than what the unit has had"
        ),
    ] = ()
    clear_text: Annotated[
        bool,
        meta("Whether `url` may be without TLS (http://, tftp://), for files without secrets"),
    ] = False
    clear_text_secrets: Annotated[
        bool, meta("Whether passwords, PINs and private keys may come without TLS too")
    ] = False

    def __repr__(self) -> str:
        return f"Provisioning(url={self.url!r})"
