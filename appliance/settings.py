"""From the configuration to what each room is told: nothing but translation.

The configuration speaks to people (percent, names, files); the core, the SIP room and the desk
each get values of their own kind, so that none of them knows TOML or each other.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
import zlib
from dataclasses import replace
from pathlib import Path

import msgspec

from appliance import __version__
from appliance.audio.tones import TONE_NAMES, tone
from appliance.config.account import Account
from appliance.config.model import Config
from appliance.contacts.read import MOST_WATCHED
from appliance.phone.autoanswer import AutoAnswer
from appliance.phone.digitmap import parse_digit_map
from appliance.phone.directory import Directory
from appliance.phone.emergency import numbers_of
from appliance.phone.forward import FeatureCodes
from appliance.phone.numbering import PLANS, Numbers
from appliance.phone.preferences import Preferences
from appliance.phone.session import Sessions
from appliance.phone.settings import AccountSettings as CoreAccount
from appliance.phone.settings import Settings
from appliance.sip.settings import AccountSettings, AudioSettings, NatSettings, SipSettings

MACHINE_ID = Path("/etc/machine-id")
UPTIME = Path("/proc/uptime")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Another one each time that the machine is switched on (proc_sys_kernel(5))."""
BOOT_SECONDS = 180.0
"""A machine that has been up for less has just been switched on."""
LINE_LEVEL = 80
"""Percent at which the bridge passes sound as it is."""


def unit_seed(machine_id: Path = MACHINE_ID) -> int:
    """A number of this unit's own that survives reboots: spreads the retries of a whole site."""
    try:
        identity = machine_id.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        identity = ""
    digest = hashlib.sha256((identity or str(uuid.getnode())).encode()).digest()
    return int.from_bytes(digest[:4], "big")


def just_booted(uptime: Path = UPTIME) -> bool:
    """Whether the machine has just been switched on, perhaps with a whole site."""
    try:
        seconds = float(uptime.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return False
    return seconds < BOOT_SECONDS


def credentials_mark(account: Account, boot_id: Path = BOOT_ID) -> str:
    """By what an account's credentials are known until the machine is switched on anew.

    Empty where the machine does not say when it was. Nobody learns the password by it.
    """
    try:
        key = boot_id.read_bytes()
    except OSError:
        return ""
    proof = (account.user, account.auth_user, account.password)
    where = (account.server, *account.backup_servers, account.outbound_proxy)
    said = msgspec.json.encode((proof, where))
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:16]


def core_settings(
    config: Config,
    seed: int,
    *,
    power_cut: bool = False,
    soft_keys: bool = True,
    directory: Directory | None = None,
    by_hand: bool = False,
) -> Settings:
    """What the core is told; after a `power_cut` the phone waits for its turn to register.

    `soft_keys` says whether the board has any; `by_hand`, that the account was typed on the phone.
    """
    plan = PLANS[config.phone.country]
    return Settings(
        name=config.phone.name,
        language=config.phone.language,
        accounts=tuple(
            CoreAccount(
                account.user,
                account.display_name,
                account.server,
                account.first_transport,
                1 + len(account.backup_servers),
                account.label,
                "ring" if account.ring == "standard" else account.ring,
                account.mailbox or "",
                credentials_mark(account),
            )
            for account in config.accounts
        ),
        digit_map=parse_digit_map(config.dial.digit_map),
        interdigit_timeout=config.dial.interdigit_timeout,
        speed_dial=tuple(sorted(config.dial.speed_dial.items())),
        emergency=numbers_of(config.phone.country, config.dial.emergency),
        forward_after=config.forward.no_answer_after,
        codes=FeatureCodes(
            **{
                name: code or ""
                for name, code in msgspec.structs.asdict(config.forward.codes).items()
            }
        ),
        sessions=Sessions(
            vicidial=config.agent.preset == "vicidial",
            numbers=Numbers(config.agent.session_numbers, plan),
            header=config.agent.session_header or "",
        ),
        auto_answer=AutoAnswer(
            asked=config.agent.auto_answer,
            numbers=Numbers(config.agent.auto_answer_numbers, plan),
            muted=config.agent.auto_answer_muted,
            in_call=config.agent.auto_answer_in_call,
        ),
        blind_transfer=config.dial.transfer == "blind",
        park=config.dial.park or "",
        park_slots=config.dial.park_slots,
        watch=_watched(config, directory),
        pickup=config.dial.pickup or "",
        group_pickup=config.dial.group_pickup or "",
        hotline=config.dial.hotline or "",
        hotline_delay=config.dial.hotline_delay,
        directory=directory or Directory(),
        pin=config.security.pin or "",
        lock_after=float(config.security.lock_after),
        soft_keys=soft_keys,
        brightness=config.display.brightness,
        sleep=float(config.display.sleep),
        seed=seed,
        start_spread=config.phone.start_spread if power_cut else 0.0,
        site_spread=config.phone.start_spread,
        by_hand=by_hand,
    )


def preferred(config: Config, preferences: Preferences) -> Config:
    """The configuration with the levels that the agent has chosen in place of its own."""
    audio = config.audio
    earpiece, ringer = preferences.earpiece, preferences.ringer
    audio = msgspec.structs.replace(
        audio,
        earpiece_volume=audio.earpiece_volume if earpiece is None else _percent(earpiece),
        ringer_volume=audio.ringer_volume if ringer is None else _percent(ringer),
    )
    return msgspec.structs.replace(config, audio=audio)


def _percent(level: int) -> int:
    return max(0, min(100, level))


def audio_settings(
    config: Config,
    pcm: str,
    *,
    mixer: bool = False,
    microphone: Path | None = None,
    earpiece: Path | None = None,
) -> AudioSettings:
    """What the SIP room is told about sound.

    `pcm` is the headset's ALSA PCM, empty for none; with a `mixer` of its own the headset has the
    configured levels already and the bridge leaves them as they are.
    """
    tones = tuple((name, tone(config.phone.country, name)) for name in TONE_NAMES)
    return AudioSettings(
        device="alsa" if pcm else "null",
        playback=pcm,
        capture=pcm,
        microphone_wav=str(microphone) if microphone else "",
        earpiece_wav=str(earpiece) if earpiece else "",
        codecs=config.audio.codecs,
        echo_cancellation=config.audio.echo_cancellation,
        earpiece_volume=LINE_LEVEL if mixer else config.audio.earpiece_volume,
        microphone_volume=LINE_LEVEL if mixer else config.audio.microphone_volume,
        ringer_volume=config.audio.ringer_volume,
        tones=tones,
    )


def unit_mark(state: Path, seed: int) -> str:
    """What stands in the contacts of the phone that keeps its state there, on this unit."""
    return f"{zlib.crc32(f'{seed}/{state}'.encode()):08x}"


def sip_settings(
    config: Config,
    audio: AudioSettings,
    *,
    bind_address: str = "",
    mark: str = "",
    clock_floor: Path | None = None,
    directory: Directory | None = None,
) -> SipSettings:
    """What the SIP room is told; without a `mark` it draws one."""
    floor = str(clock_floor or "")
    return SipSettings(
        accounts=tuple(
            replace(
                _sip_account(index, account),
                clock_floor=floor,
                watch=_watched(config, directory) if index == 0 else (),
            )
            for index, account in enumerate(config.accounts)
        ),
        audio=audio,
        nat=_nat(config),
        bind_address=bind_address,
        accept_calls_from=config.security.accept_calls_from,
        user_agent=(
            f"Deskphone/{__version__}"
            if config.security.user_agent is None
            else config.security.user_agent
        ),
        mark=mark or secrets.token_hex(4),
    )


def _watched(config: Config, directory: Directory | None) -> tuple[str, ...]:
    """The numbers that are watched, each once: those configured, then the directory's."""
    marked = directory.watched[:MOST_WATCHED] if directory is not None else ()
    return tuple(dict.fromkeys((*config.dial.watch, *marked)))


def _nat(config: Config) -> NatSettings:
    nat = config.nat
    dtls = any(account.srtp_keying == "dtls" for account in config.accounts)
    wanted = dtls or bool(nat.stun_server or nat.turn_server)
    return NatSettings(
        ice=wanted if nat.ice is None else nat.ice,
        stun_server=nat.stun_server or "",
        turn_server=nat.turn_server or "",
        turn_transport=nat.turn_transport,
        turn_user=nat.turn_user,
        turn_password=nat.turn_password or "",
    )


def _sip_account(index: int, account: Account) -> AccountSettings:
    return AccountSettings(
        index=index,
        user=account.user,
        servers=(account.server, *account.backup_servers),
        password=account.password,
        auth_user=account.auth_user,
        display_name=account.display_name,
        transport=account.first_transport,
        srtp=account.srtp,
        expires=account.expires,
        outbound_proxy=account.outbound_proxy or "",
        ca_file=account.ca_file or "",
        certificate_file=account.certificate_file or "",
        private_key_file=account.private_key_file or "",
        srtp_keying=account.srtp_keying,
        dtmf=account.dtmf,
        address_family=account.address_family,
        gruu=account.gruu,
    )
