"""What can be done just now, while a number is typed, while it rings or in a call: the first page.

Each entry stands for a key or a soft key's action, for boards that have none for it. What can be
done while the phone rests is the concerns' own to say (`menu.IDLE`).
"""

from __future__ import annotations

from functools import partial

from appliance.phone import callpages, colleagues, conference, directorypages, parking, pickup
from appliance.phone.callpages import LAST_NUMBERS
from appliance.phone.pages import Item, close
from appliance.phone.session import name_of
from appliance.phone.softkeys import CLEAR, DROP, END, NEW, SWAP
from appliance.phone.sound import LEVELS
from appliance.phone.state import Call, Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_menu

REDIAL = Item(in_menu("Redial"), "redial")


def of_calls(phone: Phone) -> tuple[Item, ...]:
    """The entries while anything is going on; none while the phone rests."""
    front = phone.front_call
    if phone.waiting is not None:
        ring = (Item(in_menu("Answer"), "ok"), Item(in_menu("Refuse"), "back"))
        return (*ring, *LEVELS, *_beside(phone))
    if phone.entry is not None:
        return _of_entry(phone)
    if front is not None:
        return (*_of_call(phone, front), *LEVELS, *_others(phone, front))
    if phone.ended is not None:
        return (*_redial(phone), Item(in_menu("Close"), "back"))
    return ()


def entries(phone: Phone) -> tuple[Item, ...]:
    """What a phone at rest offers: to call again, and to be left alone."""
    quiet = Item(in_menu("Let calls ring") if phone.dnd else in_menu("Do not disturb"), "dnd")
    return (REDIAL, callpages.ENTRY, *directorypages.entries(phone), quiet)


def passing(phone: Phone) -> tuple[Item, ...]:
    """What is there for a while: to have seen who called, or what is said."""
    if phone.missed:
        return (Item(in_menu("Clear {count} missed", count=phone.missed), CLEAR),)
    return (Item(in_menu("Clear message"), CLEAR),) if phone.unseen else ()


def _redial(phone: Phone) -> tuple[Item, ...]:
    return (REDIAL, LAST_NUMBERS) if phone.last_number and not phone.locked else ()


def _of_entry(phone: Phone) -> tuple[Item, ...]:
    typed = phone.entry is not None and bool(phone.entry.digits)
    asking = phone.prompting
    give: tuple[Item, ...] = ()
    if asking is not None and asking.purpose == "transfer":
        give = (
            Item(in_menu("Transfer now") if typed else in_menu("Transfer to held"), "transfer"),
        )
        give = give if typed or _somebody_waits(phone, asking.call) else ()
    dial: tuple[Item, ...] = (Item(in_menu("Dial"), "ok"),) if typed else ()
    rest: tuple[Item, ...] = (
        Item(in_menu("Delete a digit") if typed else in_menu("Go back"), "back"),
    )
    redial: tuple[Item, ...] = ()
    if not typed:
        redial = (*_redial(phone), *directorypages.entries(phone))
    line: tuple[Item, ...] = ()
    if phone.settings.several:
        line = (Item(in_menu("Another line"), "down"),)
    more = () if typed or phone.locked else _to_dial(phone, asked=asking is not None)
    return (*dial, *give, *redial, *rest, *line, Item(in_menu("Cancel"), END), *more)


def _to_dial(phone: Phone, *, asked: bool) -> tuple[Item, ...]:
    """Whom else one may call; where somebody is `asked` for, a colleague and no feature code."""
    if asked:
        return colleagues.entries(phone)
    return (*colleagues.entries(phone), *pickup.entries(phone), *parking.entries(phone))


def _others(phone: Phone, front: Call) -> tuple[Item, ...]:
    """Beside a call that waits: whom to call meanwhile."""
    alone = front.held and phone.consulting is None and phone.handover is None
    return _to_dial(phone, asked=False) if alone and phone.free_lines and not phone.locked else ()


def _beside(phone: Phone) -> tuple[Item, ...]:
    """What can be done with the call that goes on while another one knocks."""
    front = phone.front_call
    if front is None or front.phase != "talking":
        return ()
    return (_mute(phone), _hold(front), *_new(phone))


def _mute(phone: Phone) -> Item:
    return Item(in_menu("Unmute") if phone.muted else in_menu("Mute"), "mute")


def _hold(call: Call) -> Item:
    return Item(in_menu("Resume") if call.held else in_menu("Hold"), "hold")


def _of_call(phone: Phone, front: Call) -> tuple[Item, ...]:
    mute = _mute(phone)
    asking = phone.consulting
    if front.phase != "talking":
        give: tuple[Item, ...] = ()
        if asking is not None and asking.purpose == "transfer":
            give = (Item(in_menu("Transfer"), "transfer"),)
        end = Item(in_menu("End"), "back" if asking else END)
        return (*give, mute, end, *_hands_free(phone))
    hold = _hold(front)
    end = Item(in_menu("End"), END)
    if front.joined:
        connect = Item(in_menu("Leave, they go on"), "transfer")
        part = (
            Item(in_menu("Split"), "conference"),
            Item(_dropped(front), DROP),
            connect,
            *(Item(_dropped(call), partial(_drop, call=call.id)) for call in phone.partners(front)),
        )
        rest = (*_new(phone), *_hands_free(phone), Item(in_menu("End all"), END))
        return (hold, *part, mute, *rest)
    if phone.handover is not None and phone.handover.call == front.id:
        cancel = (Item(in_menu("Cancel"), "back"),) if phone.expected is not None else ()
        return (hold, *cancel, *_new(phone), end)
    swap: tuple[Item, ...] = ()
    if _somebody_waits(phone, front.id):
        swap = (Item(in_menu("Swap calls"), SWAP),)
    give = ()
    if phone.handover is None:
        give = (Item(in_menu("Transfer"), "transfer"), Item(in_menu("Conference"), "conference"))
    if asking is not None:
        end = Item(in_menu("Drop, go back"), "back")
    elif phone.handover is None:
        give = (*give, *parking.of_call(phone))
    return (*give, hold, mute, *swap, *_new(phone), *_hands_free(phone), end)


def _dropped(call: Call) -> str:
    return in_menu("Drop {who}", who=name_of(call))


def _drop(turn: Turn, call: int) -> None:
    close(turn)
    conference.drop(turn, call)


def _hands_free(phone: Phone) -> tuple[Item, ...]:
    """To go on when the handset is replaced, or not to."""
    if not phone.off_hook:
        return ()
    return (Item(in_menu("Hands-free"), "headset", ticked=phone.hands_free),)


def _new(phone: Phone) -> tuple[Item, ...]:
    """To dial beside the calls there are; an emergency call takes the line of one of them."""
    return (Item(in_menu("New call") if phone.free_lines else in_menu("Emergency call"), NEW),)


def _somebody_waits(phone: Phone, call: int) -> bool:
    return any(other.held for other in phone.others(call))
