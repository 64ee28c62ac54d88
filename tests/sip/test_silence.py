"""How long there was no audio: a stop-watch with a clock that is turned by hand."""

from __future__ import annotations

import logging

import pytest

from appliance.sip.silence import Silence


def test_the_time_without_audio_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    now = [100.0]
    silence = Silence(lambda: now[0])
    with caplog.at_level(logging.WARNING):
        silence.end("nothing was wrong")
        assert not caplog.records
        silence.begin()
        now[0] = 101.0
        silence.begin()
        now[0] = 102.5
        silence.end("the headset speaks again")
        silence.end("the headset speaks again")
    assert [record.getMessage() for record in caplog.records] == [
        "no audio for 2.50 s: the headset speaks again"
    ]
    assert caplog.records[0].__dict__["SILENT_S"] == 2.5
    assert silence.last == 2.5
