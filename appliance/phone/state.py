"""Everything that a phone remembers, as one frozen value.

Whatever changes what the phone does next lives here; if it is not here the core does not know it.
Anything that can be worked out from it (tones, lamps, the screen, which timers run) is not here
but in `outputs` and `view`, so that it can never disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from appliance.phone import calllog
from appliance.phone.calllog import Record
from appliance.phone.effects import Tone
from appliance.phone.emergency import Attempt
from appliance.phone.events import (
    ColleagueChanged,
    FactsRead,
    HeadsetTested,
    MessagesChanged,
)
from appliance.phone.moment import Moment
from appliance.phone.pages import Menu
from appliance.phone.preferences import Preferences
from appliance.phone.settings import Settings
from appliance.phone.standing import Registration
from appliance.phone.texts import Text
from appliance.phone.unit import SETTINGS, Headset, KeyDown, Problem
from appliance.phone.words import Words

Phase = Literal["calling", "ringing", "incoming", "talking"]
Direction = Literal["in", "out"]
Purpose = Literal["transfer", "conference"]

MAX_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `held` is our wish (sendonly), `remote_held` the far end's."""

    id: int
    account: int
    direction: Direction
    number: str
    name: str = ""
    phase: Phase = "calling"
    line: int = 1
    answering: bool = False
    early_media: bool = False
    held: bool = False
    remote_held: bool = False
    codec: str = ""
    secure: bool = False
    since: str = ""
    answered_at: float = 0.0
    digits: str = ""
    """DTMF sent so far in this call, for the display."""
    session: bool = False
    """The one that a dialler keeps for the whole shift."""
    set_aside: bool = False
    """A session that is held for something else, and goes on when that is over."""
    muted: bool = False
    """The microphone of this session is closed, or was when the agent turned to another call."""
    answer_due: float = 0.0
    """When it announces that it will be answered by itself, or is; 0 for never."""
    announced: bool = False
    """It has announced that."""
    rings_until: float = 0.0
    """When it is forwarded because nobody answers; 0 for never."""
    later: str = ""
    """DTMF to send when it is answered."""
    diverted_from: str = ""
    """Who was called first, where the call was diverted to this phone."""
    joined: bool = False
    """One of the calls of a conference."""
    began: float = 0.0
    """When it began, in seconds since 1970, and how far local time was ahead of UTC (`offset`)."""
    offset: int = 0
    moved_from: int = 0
    """The call instead of which the server had this one placed; 0 for none."""
    refers: int = 0
    """How many REFERs were sent in it."""
    logged: int = 0
    """The id under which it began, where another call has taken its place; 0: `id`."""
    urgent: bool = False
    """An emergency call."""
    code: bool = False
    """The phone's own, to tell the PBX something: nobody has dialled it."""

    @property
    def ringing_here(self) -> bool:
        """An incoming call that nobody has answered yet."""
        return self.phase == "incoming" and not self.answering

    @property
    def live(self) -> bool:
        """Two people (or a person and a machine) can hear each other."""
        return self.phase == "talking" and not self.held

    @property
    def outward(self) -> bool:
        """Placed here and not answered yet."""
        return self.phase in ("calling", "ringing")

    @property
    def unsettled(self) -> bool:
        """On its way to being answered; nothing else can be begun meanwhile."""
        return self.outward or self.answering


@dataclass(frozen=True, slots=True)
class Entry:
    """A number being dialled; `due` is the inter-digit deadline, 0 while none runs.

    `line` is the line key that was pressed for it, 0 when any free line will do; `account` is the
    one that was chosen, None while nobody has: then the first will do. On-hook what was typed is
    forgotten at `due`, unless it is an emergency number, which goes out then (`urgent`).
    """

    digits: str = ""
    due: float = 0.0
    line: int = 0
    account: int | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Consultation:
    """A call set aside (`call`) while somebody else is asked; `target` is 0 until they are called.

    Then it is the call to them. `purpose` is what is to become of the two.
    """

    purpose: Purpose
    call: int
    target: int = 0


@dataclass(frozen=True, slots=True)
class Handover:
    """A call that was given to somebody else, until it is known what became of it.

    `target` is our own call to them, 0 for none; `who` they are, for the display. At `due` nobody
    waits any longer.
    """

    call: int
    target: int
    who: str
    due: float
    ringing: bool = False
    unheard: bool = False
    """The target still rang when the call was given: nobody here has spoken with them."""
    serial: int = 0
    """That of its REFER; 0 while the target still rings, and nobody has been asked for anything."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A handover that has failed, and the words for it.

    `doubted`: nobody knows whether the call still is, for some servers let it go too early.
    """

    handover: Handover
    words: Words
    doubted: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that is over but still on the display, with its tone, until `due`."""

    id: int
    account: int
    direction: Direction
    number: str
    name: str
    words: str
    code: int
    tone: Tone
    due: float
    since: str = ""
    session: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A few words that disappear by themselves at `due`.

    `about` is a call whose end they tell, should it come; 0 for none.
    """

    text: str
    due: float
    about: int = 0


@dataclass(frozen=True, slots=True)
class Phone:
    """The whole state. A new one is on-hook, with no calls, and has not been started."""

    settings: Settings = field(default_factory=Settings)
    now: Moment = field(default_factory=Moment)
    started: bool = False
    off_hook: bool = False
    hands_free: bool = False
    entry: Entry | None = None
    calls: tuple[Call, ...] = ()
    front: int = 0
    """The id of the call that the agent faces; 0 for none."""
    ended: Ended | None = None
    muted: bool = False
    registrations: tuple[Registration, ...] = ()
    headset: Headset = field(default_factory=Headset)
    alarm_due: float = 0.0
    """Until when the ringer tells of a headset that went in a call, or of a call that waits."""
    remind_due: float = 0.0
    """When the ringer tells next of a call that waits while nobody is there; 0 for never."""
    problems: tuple[Problem, ...] = ()
    notice: Notice | None = None
    key_down: KeyDown | None = None
    history: tuple[Record, ...] = ()
    """The newest calls that are over, the last first."""
    settings_read: bool = False
    """Somebody has seen that the newest settings are refused."""
    mailboxes: tuple[MessagesChanged, ...] = ()
    """What was last told of each account's mailbox, in the order of the accounts."""
    colleagues: tuple[ColleagueChanged, ...] = ()
    """What was last told of those who are watched."""
    last_numbers: tuple[str, ...] = ()
    """What was dialled, the last first, each number once."""
    last_account: int = 0
    """Over which account the first of `last_numbers` was called."""
    last_later: str = field(default="", repr=False)
    """What was to be sent behind the first of `last_numbers`; shown and kept nowhere."""
    consultation: Consultation | None = None
    handover: Handover | None = None
    failure: Failure | None = None
    """Of the last handover, if the call that was to be given is still here."""
    attempt: Attempt | None = None
    menu: Menu | None = None
    session_lost: Words | None = None
    """Why the last session is over, until somebody has seen it."""
    text: Text | None = None
    """What somebody had put on the display."""
    preferences: Preferences = field(default_factory=Preferences)
    sample_due: float = 0.0
    """Until when a ring is heard that was just chosen; 0 for never."""
    facts: FactsRead = field(default_factory=FactsRead)
    tested: HeadsetTested | None = None
    next_call: int = 1
    silence_due: float = 0.0
    """When the dial tone turns into the off-hook warning, or that into silence; 0 for never."""
    warned: bool = False
    clock_due: float = 0.0
    clock_fast: bool = False
    active_at: float = 0.0
    """The last time that somebody used the phone; counts down to the display's sleep."""
    asleep: bool = False
    codes_due: tuple[str, ...] = ()
    """Feature codes that the PBX is to be told when the phone rests."""
    pin_after: float = 0.0
    """The moment before which no PIN is taken."""

    @property
    def engaged(self) -> bool:
        """Somebody has the phone at the ear: handset lifted, or hands-free through the headset."""
        return self.off_hook or self.hands_free

    @property
    def missed(self) -> int:
        """How many missed calls nobody has looked at."""
        return calllog.unseen(self.history)

    @property
    def registered(self) -> bool:
        """Whether calls can come at all, over any account."""
        return any(registration.state == "registered" for registration in self.registrations)

    @property
    def unprovisioned(self) -> bool:
        """Nobody has given it an account: it can be set up, and nothing else."""
        return not self.settings.accounts

    @property
    def dnd(self) -> bool:
        """Whether calls are refused."""
        return self.preferences.dnd

    @property
    def locked(self) -> bool:
        """Whether it takes a PIN to do anything but answer and call for help."""
        return self.preferences.locked and bool(self.settings.pin)

    @property
    def refused_settings(self) -> Problem | None:
        """What is wrong with the newest settings, until somebody has seen it."""
        if self.settings_read:
            return None
        return next((problem for problem in self.problems if problem.part == SETTINGS), None)

    @property
    def unseen(self) -> bool:
        """The idle display tells something that is there until somebody has seen it."""
        told = self.registered and bool(self.missed or self.text or self.session_lost)
        return told or self.refused_settings is not None

    @property
    def front_call(self) -> Call | None:
        """The call that the agent faces."""
        return self.call(self.front)

    @property
    def last_number(self) -> str:
        """What redial calls; empty for nothing."""
        return self.last_numbers[0] if self.last_numbers else ""

    @property
    def prompting(self) -> Consultation | None:
        """The consultation whose number is being typed."""
        asking = self.consultation
        return asking if asking and not asking.target and self.entry is not None else None

    @property
    def consulting(self) -> Consultation | None:
        """The consultation whose second call exists, while nothing is typed over it."""
        asking = self.consultation
        return asking if asking and asking.target and self.entry is None else None

    @property
    def expected(self) -> Call | None:
        """The call to whom a first one will be given as soon as they answer."""
        handover = self.handover
        return self.call(handover.target) if handover and not handover.serial else None

    @property
    def waiting(self) -> Call | None:
        """The oldest call that rings here."""
        return next((call for call in self.calls if call.ringing_here), None)

    @property
    def messages(self) -> int:
        """New messages in all mailboxes."""
        return sum(mailbox.count for mailbox in self.mailboxes)

    @property
    def urgent_messages(self) -> int:
        """How many of them are urgent."""
        return sum(mailbox.urgent for mailbox in self.mailboxes)

    @property
    def free_lines(self) -> int:
        """How many further calls the unit can take."""
        return max(0, self.settings.lines - sum(call.line > 0 for call in self.calls))

    def call(self, identity: int) -> Call | None:
        """The call with this id, if it still exists."""
        return next((call for call in self.calls if call.id == identity), None)

    def line(self, number: int) -> Call | None:
        """The call on this line, if there is one."""
        return next((call for call in self.calls if call.line == number), None)

    def partners(self, call: Call) -> tuple[Call, ...]:
        """The other calls of the conference that this one is in."""
        return tuple(other for other in self.others(call.id) if other.joined and call.joined)

    def others(self, identity: int) -> Iterator[Call]:
        """Every call but this one."""
        return (call for call in self.calls if call.id != identity)


def new_phone(
    settings: Settings,
    preferences: Preferences | None = None,
    history: tuple[Record, ...] = (),
) -> Phone:
    """A phone that has just been switched on with these settings, and what it is to remember."""
    registrations = tuple(Registration() for _ in settings.accounts)
    placed = calllog.placed(history)
    return Phone(
        settings,
        registrations=registrations,
        preferences=preferences or Preferences(),
        history=history[: calllog.SHOWN],
        last_numbers=calllog.remembered(record.number for record in placed),
        last_account=calllog.account_of(settings, placed[0]) if placed else 0,
    )
