"""``python -m tests.sip.far_phone USER SERVER PASSWORD MICROPHONE``: a second phone, all by itself.

A whole engine in a process of its own, that registers, answers whatever rings and speaks its
microphone file into it, until its stdin closes. Says ``registered``, then a line for each event.
"""

from __future__ import annotations

import asyncio
import sys

from appliance.phone.effects import AnswerCall, Register, SetAudio
from appliance.phone.events import CallIncoming, Event, RegistrationChanged
from appliance.sip.engine import Engine
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings


async def main(user: str, server: str, password: str, microphone: str) -> None:
    """Be a phone that answers."""

    def heard(event: Event) -> None:
        match event:
            case RegistrationChanged(state=state):
                say(state)
            case CallIncoming(call):
                engine.perform(AnswerCall(call))
                engine.perform(SetAudio(call, muted=False))
        say(type(event).__name__)

    account = AccountSettings(0, user, (server,), password=password)
    audio = AudioSettings(microphone_wav=microphone)
    engine = Engine(SipSettings((account,), audio), heard)
    await engine.start()
    engine.perform(Register(0))
    await asyncio.to_thread(sys.stdin.read)
    await engine.stop()
    if engine.failed.done():
        engine.failed.result()


def say(what: str) -> None:
    """One line."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
