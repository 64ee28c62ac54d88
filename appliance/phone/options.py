"""What can be done just now, while a number is typed, while it rings or in a call: the first page.

Each entry stands for a key or a soft key's action, for boards that have none for it. What can be
done while the phone rests is the concerns' own to say (`menu.IDLE`).
"""

from __future__ import annotations

from functools import partial

from appliance.phone import callpages, conference, directorypages, parking
from appliance.phone.callpages import LAST_NUMBERS
from appliance.phone.pages import Item, close
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
        take = (Item(in_menu("Answer"), "ok"), Item(in_menu("Refuse"), "back"), *LEVELS)
        talks = front is not None and front.phase == "talking"
        return (*take, *_new(phone)) if talks else take
    if phone.entry is not None:
        return _of_entry(phone)
    if front is not None:
        return (*_of_call(phone, front), *LEVELS)
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
    return (*dial, *give, *redial, *rest, *line, Item(in_menu("Cancel"), END))


def _of_call(phone: Phone, front: Call) -> tuple[Item, ...]:
    mute = Item(in_menu("Unmute") if phone.muted else in_menu("Mute"), "mute")
    asking = phone.consulting
    if front.phase != "talking":
        give: tuple[Item, ...] = ()
        if asking is not None and asking.purpose == "transfer":
            give = (Item(in_menu("Transfer"), "transfer"),)
        end = Item(in_menu("End"), "back" if asking else END)
        return (*give, mute, end, *_hands_free(phone))
    hold = Item(in_menu("Resume") if front.held else in_menu("Hold"), "hold")
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
    if phone.handover is not None:
        return (hold, *_new(phone), end)
    swap: tuple[Item, ...] = ()
    if _somebody_waits(phone, front.id):
        swap = (Item(in_menu("Swap calls"), SWAP),)
    give = (Item(in_menu("Transfer"), "transfer"), Item(in_menu("Conference"), "conference"))
    if asking is not None:
        end = Item(in_menu("Drop, go back"), "back")
    else:
        give = (*give, *parking.of_call(phone))
    return (*give, hold, mute, *swap, *_new(phone), *_hands_free(phone), end)


def _dropped(call: Call) -> str:
    return in_menu("Drop {who}", who=call.name or call.number)


def _drop(turn: Turn, call: int) -> None:
    close(turn)
    turn.set(front=call)
    conference.drop(turn)


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
