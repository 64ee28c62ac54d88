"""``deskphone audio test`` with real PCMs: headsets of files that play and record in real time."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.audio import selftest
from appliance.cli import main
from appliance.wiring.examine import examine
from appliance.wiring.soundtest import INSTRUCTION
from hw.duplex import DuplexError, converse, record
from hw.soundcard import SoundCard
from tests.audio.test_selftest import recording
from tests.peers.audio import Recording
from tests.sip.headset import NAME, RATE, FakeHeadset, why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")

CARDS = """\
pcm.!plughw {{
    @args [ CARD DEV ]
    @args.CARD {{ type string }}
    @args.DEV {{ type integer }}
    type fake_headset
    microphone {{ @func concat strings [ "{folder}/" $CARD ".raw" ] }}
    earpiece {{ @func concat strings [ "{folder}/" $CARD ".heard" ] }}
    unplugged "{folder}/unplugged"
}}
"""
"""Every card is a headset of files of its own."""
CONFIGURATION = """\
[[account]]
user = "1001"
password = "secret"
server = "127.0.0.1"
[audio]
headset = "{headset}"
"""


@pytest.fixture
def headset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHeadset:
    fake = FakeHeadset(tmp_path)
    fake.build(440.0)
    with fake.configuration.open("a") as configuration:
        configuration.write(CARDS.format(folder=tmp_path))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(fake.configuration))
    return fake


def configuration(folder: Path, headset: str = NAME) -> str:
    path = folder / "deskphone.toml"
    path.write_text(CONFIGURATION.format(headset=headset))
    return str(path)


@contextmanager
def in_a_call(pcm: str) -> Iterator[None]:
    """The device is open for capture, as in a call."""
    import alsaaudio

    capture = alsaaudio.PCM(type=alsaaudio.PCM_CAPTURE, device=pcm, rate=selftest.RATE, channels=1)
    try:
        yield
    finally:
        capture.close()


def test_a_headset_that_works_is_heard_and_hears(
    headset: FakeHeadset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (headset.folder / "microphone.raw").write_bytes(recording())
    assert main(["audio", "test", "--json", "--config", configuration(tmp_path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["verdict"], said["device"], said["next_step"]) == ("ok", NAME, "")
    assert said["measured"]["speech"] > -30
    played = headset.heard()
    heard = Recording(played.rate, played.samples[int(1.2 * RATE) : int(1.8 * RATE)])
    assert heard.share(selftest.TONE_HZ) > 0.9


def test_a_voice_that_another_card_hears(headset: FakeHeadset) -> None:
    (headset.folder / "Desk.raw").write_bytes(recording(speech=0))
    (headset.folder / "Webcam.raw").write_bytes(recording())
    cards = [
        SoundCard("usb:1:1:a", "Headset", "Desk", playback=True, capture=True, port="1-1"),
        SoundCard("usb:1:2:b", "Webcam", "Webcam", playback=False, capture=True, port="1-2"),
        SoundCard("usb:1:3:c", "Gone", "Gone", playback=False, capture=True, port="1-3"),
    ]
    tested = examine("auto", lambda: cards)
    assert tested.verdict == "wrong-device"
    assert tested.device == "usb:1:1:a"
    assert tested.evidence.endswith("the voice was heard by usb:1:2:b")


def test_in_words_with_a_device_that_is_in_use(
    headset: FakeHeadset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with in_a_call(NAME):
        assert main(["audio", "test", "--config", configuration(tmp_path)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [INSTRUCTION, "busy: Headset is in use"]
    assert said[-1].startswith("  next step  End the call")


def test_a_test_that_is_ended_closes_its_devices(headset: FakeHeadset) -> None:
    (headset.folder / "Desk.raw").write_bytes(recording())
    (headset.folder / "Webcam.raw").write_bytes(recording())
    cards = [
        SoundCard("usb:1:1:a", "Headset", "Desk", playback=True, capture=True, port="1-1"),
        SoundCard("usb:1:2:b", "Webcam", "Webcam", playback=False, capture=True, port="1-2"),
    ]
    assert examine("auto", lambda: cards, lambda: True).verdict == "ended"
    assert examine("auto", lambda: cards).verdict == "ok"


def test_a_headset_that_is_pulled_out(headset: FakeHeadset) -> None:
    headset.plug(False)
    tested = examine(NAME)
    assert tested.verdict == "does-not-open"
    assert "No such device" in tested.evidence
    with pytest.raises(DuplexError, match="No such device") as failed:
        record(NAME, 1.0, selftest.RATE)
    assert failed.value.errno == errno.EIO
    with pytest.raises(DuplexError, match="unknown"):
        converse("unknown", bytes(2), selftest.RATE)


def test_no_headset_is_a_verdict_that_names_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = configuration(tmp_path, "usb:1:2:gone")
    assert main(["audio", "test", "--json", "--config", path]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == "no-headset"
    assert said["evidence"] == "[audio] headset = 'usb:1:2:gone'; there is no sound card"


def test_a_refused_configuration_is_told_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("[audio]\nheadseat = 1\n")
    assert main(["audio", "test", "--config", str(path)]) == 78
    assert 'did you mean "headset"?' in capsys.readouterr().err
