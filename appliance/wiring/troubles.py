"""What the display says of a part of the desk unit that is in trouble.

`hw` tells IT what was found and expected, in the journal; the agent gets a few words that fit.
Here one becomes the other, and nothing else happens.
"""

from __future__ import annotations

from appliance.phone.words import Words, as_it_is, in_line
from hw.problem import Problem

WORDS: dict[str, Words] = {
    "keys, hook and lamps are not available": in_line("No keypad and hook"),
    "the keys are not available": in_line("No keypad"),
    "a key does not come up": in_line("A key is stuck"),
    "a contact that is no key": in_line("A contact is no key"),
    "a row is connected to ground": in_line("Keypad short circuit"),
    "the hook switch is not available": in_line("No hook switch"),
    "the hook switch chatters": in_line("Hook switch chatters"),
    "the lamp is not available": in_line("No lamp"),
    "the display does not answer": in_line("Display is silent"),
    "no news of what is plugged in": in_line("Plugs go unnoticed"),
    "ringer does not sound": in_line("Ringer does not sound"),
    "report descriptor cannot be read": in_line("No headset buttons"),
    "headset buttons cannot be read": in_line("No headset buttons"),
    "headset buttons never rest": in_line("No headset buttons"),
    "headset lamps cannot be set": in_line("Headset lamps fail"),
}
"""By the message of the problem."""


def words_of(problem: Problem) -> Words:
    """A problem for the display; one that is not known here keeps its message."""
    return WORDS.get(problem.message) or as_it_is(problem.message.capitalize())
