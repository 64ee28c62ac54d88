"""The configuration as the core needs it, and nothing else of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.phone.autoanswer import AutoAnswer
from appliance.phone.digitmap import DigitMap, parse_digit_map
from appliance.phone.directory import Directory
from appliance.phone.forward import FeatureCodes
from appliance.phone.session import Sessions
from appliance.phone.words import LANGUAGES

LINES = 2
"""How many calls a phone can have: one for each of the keys `line1` and `line2`, which need not be
on its board, for soft keys and menu lead to both."""


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What the core needs to know of an account: its words, its ring, its number of servers."""

    user: str
    display_name: str = ""
    server: str = ""
    transport: str = "udp"
    servers: int = 1
    label: str = ""
    """What the display calls it; empty: `user`."""
    ring: str = "ring"
    """How it rings: one of `audio.tones.RINGS`, or ``silent``."""
    mailbox: str = ""
    """What is dialled to hear its messages; empty: what the server says."""
    credentials: str = ""
    """Another one for other servers, another user or password, and after the machine was switched
    off and on; empty: what was refused is forgotten with the next start."""

    @property
    def name(self) -> str:
        """What the display calls this account."""
        return self.label or self.user


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration as the core needs it. Times in seconds."""

    name: str = "Deskphone"
    language: str = LANGUAGES[0]
    """One of `words.LANGUAGES`."""
    accounts: tuple[AccountSettings, ...] = ()
    digit_map: DigitMap = field(default_factory=lambda: parse_digit_map("*x.T|x.T"))
    interdigit_timeout: float = 4.0
    speed_dial: tuple[tuple[str, str], ...] = ()
    emergency: tuple[str, ...] = ("911", "112")
    forward_after: float = 20.0
    """Seconds that a call rings before it is forwarded because nobody answers."""
    codes: FeatureCodes = field(default_factory=FeatureCodes)
    sessions: Sessions = field(default_factory=Sessions)
    auto_answer: AutoAnswer = field(default_factory=AutoAnswer)
    hotline: str = ""
    """What a lifted handset calls by itself; empty: nothing."""
    hotline_delay: float = 0.0
    """Seconds that are left for dialling something else."""
    blind_transfer: bool = False
    """A number that a call is given to is not rung first, but left to the server."""
    park: str = ""
    """Where a call is transferred to be parked; empty: to its place, one of `park_slots`."""
    park_slots: tuple[str, ...] = ()
    """What is called to fetch a parked call."""
    pickup: str = ""
    """What is dialled before a colleague's number to take their call; empty: it cannot be."""
    group_pickup: str = ""
    """What is dialled to take a call of the agent's group; empty: it cannot be."""
    watch: tuple[str, ...] = ()
    """The numbers of the colleagues whose phones are watched."""
    directory: Directory = field(default_factory=Directory, repr=False)
    """Who has which number."""
    pin: str = field(default="", repr=False)
    """Unlocks the phone; empty: it cannot be locked."""
    lock_after: float = 0.0
    """Idle seconds after which the phone locks itself; 0 never."""
    lines: int = LINES
    soft_keys: bool = True
    """The board has keys below the display: what they do stands above them."""
    brightness: int = 100
    sleep: float = 0.0
    """Idle seconds after which the display goes dark; 0 never."""
    seed: int = 0
    """Spreads the registration retries of many units; one number per unit."""
    start_spread: float = 0.0
    """Within how many seconds the units of a site register for the first time; 0: at once."""
    by_hand: bool = False
    """The account was typed on the phone itself, and may be typed anew."""
    site_spread: float = 0.0
    """Over how many seconds a site's units share out the return of their server; 0: none do."""

    @property
    def several(self) -> bool:
        """Whether the agent has accounts to choose from, and to tell apart."""
        return len(self.accounts) > 1

    def accounts_of(self, line: int) -> range:
        """The accounts behind a line key: with two keys the first has 0, 2, 4, the other 1, 3, 5.

        A key beyond the last account has none.
        """
        return range(line - 1, len(self.accounts), self.lines)

    def line_of(self, account: int) -> int:
        """The line key that chooses an account."""
        return account % self.lines + 1
