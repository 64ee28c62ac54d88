"""The measuring instruments, measured."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from . import audio
from .process import PeerFailed


@given(st.integers(200, 3500), st.floats(-40, 0))
def test_level_and_share_of_a_pure_tone(hz: int, dbfs: float) -> None:
    sine = audio.tone(hz, 0.5, dbfs=dbfs)
    assert audio.level_dbfs(sine) == pytest.approx(dbfs, abs=0.3)
    assert audio.tone_share(sine, 8000, hz) > 0.99
    assert audio.tone_share(sine, 8000, hz + 20) < 0.05


def test_silence_has_no_tone_and_the_lowest_level() -> None:
    silence = [0] * 800
    assert audio.level_dbfs(silence) == audio.level_dbfs([]) == audio.SILENCE_DBFS
    assert audio.tone_share(silence, 8000, 440) == 0.0


def test_a_mixture_is_shared_by_power() -> None:
    loud, soft = audio.tone(600, 0.5, dbfs=-12), audio.tone(1000, 0.5, dbfs=-18)
    both = [one + two for one, two in zip(loud, soft, strict=True)]
    assert audio.tone_share(both, 8000, 600) == pytest.approx(0.8, abs=0.01)
    assert audio.tone_share(both, 8000, 1000) == pytest.approx(0.2, abs=0.01)
    assert audio.strongest_tone(both, 8000) == 600


@given(st.binary(min_size=1, max_size=400))
def test_mu_law_survives_a_round_trip(coded: bytes) -> None:
    samples = audio.ulaw_decode(coded)
    assert audio.ulaw_decode(audio.ulaw_encode(samples)) == samples


@given(st.integers(-32768, 32767))
def test_mu_law_is_within_half_a_step(sample: int) -> None:
    heard = audio.ulaw_decode(audio.ulaw_encode([sample]))[0]
    step = 2 ** max(3, math.floor(math.log2(min(abs(sample), 32635) + 132)) - 4)
    assert abs(max(-32635, min(32635, sample)) - heard) <= step / 2 + 1


def test_a_wav_file_reads_back(tmp_path: Path) -> None:
    sine = audio.tone(440, 0.1, 16000)
    for channels in (1, 2):
        read = audio.read_wav(audio.write_wav(tmp_path / "a.wav", sine, 16000, channels))
        assert (read.rate, list(read.samples)) == (16000, list(sine))
        assert read.seconds == pytest.approx(0.1)


@pytest.mark.parametrize("size", [b"\0\0\0\0", b"\xff\xff\xff\xff"])
def test_a_wav_file_still_being_written_reads_to_its_end(tmp_path: Path, size: bytes) -> None:
    path = audio.write_wav(tmp_path / "a.wav", audio.tone(440, 0.1))
    raw = path.read_bytes()
    path.write_bytes(raw[:40] + size + raw[44:] + b"\1")
    assert len(audio.read_wav(path).samples) == 800


@pytest.mark.parametrize("raw", [b"", b"RIFF", b"OggS" + bytes(60), b"RIFF\0\0\0\0WAVE"])
def test_what_is_no_recording_is_said_so(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(raw)
    with pytest.raises(PeerFailed, match=r"a\.wav"):
        audio.read_wav(path)


def test_the_wrong_tone_is_named(tmp_path: Path) -> None:
    path = audio.write_wav(tmp_path / "a.wav", audio.tone(700, 1.0))
    assert audio.wait_for_tone(path, 700, 0.1).share(700) > 0.99
    with pytest.raises(PeerFailed, match="strongest about 700 Hz"):
        audio.wait_for_tone(path, 440, timeout_s=0.1)
    with pytest.raises(PeerFailed, match="nothing was recorded"):
        audio.wait_for_tone(tmp_path / "none.wav", 440, timeout_s=0.1)
