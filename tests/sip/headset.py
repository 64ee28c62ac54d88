"""A headset made of files: builds its ALSA plugin, and configures ALSA for it."""

from __future__ import annotations

import shutil
import subprocess
from array import array
from dataclasses import dataclass
from pathlib import Path

from tests.peers.audio import Recording, tone

RATE = 16000
NAME = "fake"
SOURCE = Path(__file__).with_name("fake_headset.c")
CONFIGURATION = """\
</usr/share/alsa/alsa.conf>
pcm_type.fake_headset {{ lib "{folder}/fake_headset.so" }}
pcm.{name} {{
    type fake_headset
    microphone "{folder}/microphone.raw"
    earpiece "{folder}/earpiece.raw"
    unplugged "{folder}/unplugged"
    hint {{ show on; description "A headset of files" }}
}}
"""


def why_not() -> str | None:
    """What is missing for such a headset; None if nothing."""
    if shutil.which("gcc") is None:
        return "gcc is missing: the fake headset cannot be built"
    if not Path("/usr/include/alsa/pcm_ioplug.h").exists():
        return "libasound2-dev is missing: the fake headset cannot be built"
    return None


@dataclass(frozen=True, slots=True)
class FakeHeadset:
    """One headset; `configuration` is for ``ALSA_CONFIG_PATH``."""

    folder: Path
    name: str = NAME

    @property
    def configuration(self) -> Path:
        """The file that tells ALSA of it."""
        return self.folder / "alsa.conf"

    def build(self, hz: float) -> None:
        """Compile the plugin; the microphone will say a tone."""
        library = self.folder / "fake_headset.so"
        command = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-DPIC"]
        subprocess.run([*command, "-o", library, SOURCE, "-lasound"], check=True)
        self.configuration.write_text(CONFIGURATION.format(folder=self.folder, name=self.name))
        (self.folder / "microphone.raw").write_bytes(tone(hz, 1.0, RATE).tobytes())

    def plug(self, plugged: bool) -> None:
        """Unplug it, or plug it in again."""
        if plugged:
            (self.folder / "unplugged").unlink()
        else:
            (self.folder / "unplugged").touch()

    def heard(self) -> Recording:
        """What its earpiece has played."""
        samples = array("h")
        path = self.folder / "earpiece.raw"
        if path.exists():
            data = path.read_bytes()
            samples.frombytes(data[: len(data) // 2 * 2])
        return Recording(RATE, samples)
