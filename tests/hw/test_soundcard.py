"""Cards of made-up machines by their sysfs, and a real mixer of a made-up card."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hw.soundcard import Mixer, MixerError, Pcm, SoundCard, alsa_name, choose, sound_cards

ASOUND_CARDS = """\
 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xf7d10000 irq 31
 2 [Headset        ]: USB-Audio - Acme Headset
                      Acme Headset at usb-0000:01:00.0-1.2, full speed
"""


class Machine:
    """A machine's /sys and /proc, with the cards that a test plugs in."""

    def __init__(self, root: Path) -> None:
        self.sysfs, self.proc = root / "sys", root / "proc"
        (self.sysfs / "class/sound").mkdir(parents=True)
        (self.proc / "asound").mkdir(parents=True)

    def card(self, number: int, card: str, pcms: str, device: Path | None = None) -> None:
        device = device or self.sysfs / f"devices/pci0000:00/0000:00:1f.{number}"
        node = device / f"sound/card{number}"
        node.mkdir(parents=True)
        (node / "id").write_text(card + "\n")
        (node / "device").symlink_to("../..")
        (self.sysfs / f"class/sound/card{number}").symlink_to(node)
        for pcm in pcms.split():
            (node / f"pcmC{number}D{pcm}").mkdir()
            (self.sysfs / f"class/sound/pcmC{number}D{pcm}").symlink_to(
                node / f"pcmC{number}D{pcm}"
            )

    def usb(self, port: str, serial: str = "", product: str = "Headset 9") -> Path:
        device = self.sysfs / f"devices/platform/soc/usb1/{port}"
        device.mkdir(parents=True)
        attributes = {
            "idVendor": "0d8c",
            "idProduct": "0014",
            "manufacturer": "Acme",
            "product": product,
        }
        if serial:
            attributes["serial"] = serial
        for name, value in attributes.items():
            (device / name).write_text(value + "\n")
        interface = device / f"{port}:1.0"
        interface.mkdir()
        return interface

    def cards(self) -> list[SoundCard]:
        return sound_cards(self.sysfs, self.proc)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_machine_without_sound_has_no_cards(tmp_path: Path, machine: Machine) -> None:
    assert machine.cards() == []
    assert sound_cards(tmp_path / "nowhere", tmp_path / "nowhere") == []


def test_a_usb_card_is_known_by_vendor_product_and_serial(machine: Machine) -> None:
    machine.card(2, "Headset", "0p 0c", machine.usb("1-1.2", "A1B 2"))
    (card,) = machine.cards()
    assert card == SoundCard(
        "usb:0d8c:0014:A1B_2", "Acme Headset 9", "Headset", True, True, 0, "1-1.2"
    )
    assert card.alsa_name == "plughw:CARD=Headset,DEV=0"
    assert card.control == "hw:CARD=Headset"
    assert alsa_name("usb:0d8c:0014:A1B_2", [card]) == card.alsa_name
    assert alsa_name("usb:0d8c:0014:other", [card]) is None


def test_the_id_outlasts_the_number(machine: Machine, tmp_path: Path) -> None:
    machine.card(1, "Headset", "0p 0c", machine.usb("1-1.2", "A1"))
    later = Machine(tmp_path / "later")
    later.card(0, "Headset_1", "0p 0c", later.usb("1-1.2", "A1"))
    assert [card.id for card in machine.cards()] == [card.id for card in later.cards()]


def test_without_a_serial_it_is_known_by_its_port(machine: Machine) -> None:
    machine.card(0, "Headset", "0p 0c", machine.usb("1-1.3"))
    assert [card.id for card in machine.cards()] == ["usb:0d8c:0014@1-1.3"]


def test_cards_that_share_a_serial_are_told_apart_by_their_ports(machine: Machine) -> None:
    machine.card(0, "Headset", "0p 0c", machine.usb("1-1.3", "0000"))
    machine.card(1, "Headset_1", "0p 0c", machine.usb("1-1.4", "0000"))
    assert [card.id for card in machine.cards()] == ["usb:0d8c:0014@1-1.3", "usb:0d8c:0014@1-1.4"]


def test_a_built_in_card_is_known_by_its_drivers_id_and_named_in_words(machine: Machine) -> None:
    (machine.proc / "asound/cards").write_text(ASOUND_CARDS)
    machine.card(0, "PCH", "0p 0c 3p")
    machine.card(1, "HDMI", "7p 3p")
    hdmi, built_in = machine.cards()
    assert (built_in.id, built_in.name, built_in.usb) == ("card:PCH", "HDA Intel PCH", False)
    assert (hdmi.id, hdmi.name, hdmi.playback, hdmi.capture) == ("card:HDMI", "HDMI", True, False)
    assert hdmi.alsa_name == "plughw:CARD=HDMI,DEV=3"


def test_what_can_play_and_what_can_record(machine: Machine) -> None:
    machine.card(0, "Webcam", "0c")
    machine.card(10, "Other", "")
    machine.card(1, "Both", "0p 1p 1c")
    able = {card.card: (card.playback, card.capture, card.device) for card in machine.cards()}
    assert able == {"Webcam": (False, True, 0), "Other": (False, False, 0), "Both": (True, True, 1)}


def test_a_card_that_vanishes_while_we_look_is_left_out(machine: Machine) -> None:
    (machine.sysfs / "class/sound/card3").symlink_to(machine.sysfs / "gone")
    assert machine.cards() == []


HEADSET = SoundCard("usb:1:2:3", "Headset", "Headset", True, True, port="1-1")
BUILT_IN = SoundCard("card:PCH", "Built in", "PCH", True, True)
HDMI = SoundCard("card:HDMI", "Screen", "HDMI", True, False)
DEFAULT = Pcm("default", True, True)


@pytest.mark.parametrize(
    ("wanted", "cards", "pcms", "chosen"),
    [
        ("auto", [BUILT_IN, HEADSET], [DEFAULT], "plughw:CARD=Headset,DEV=0"),
        ("auto", [HDMI, BUILT_IN], [DEFAULT], "default"),
        ("auto", [HDMI, BUILT_IN], [], "plughw:CARD=PCH,DEV=0"),
        ("auto", [HDMI], [DEFAULT], None),
        ("auto", [], [DEFAULT], None),
        ("usb:1:2:3", [BUILT_IN, HEADSET], [], "plughw:CARD=Headset,DEV=0"),
        ("usb:1:2:3", [BUILT_IN], [DEFAULT], None),
        ("card:PCH", [BUILT_IN], [], "plughw:CARD=PCH,DEV=0"),
        ("plughw:CARD=X,DEV=2", [], [], "plughw:CARD=X,DEV=2"),
        ("my-headset", [BUILT_IN], [], "my-headset"),
    ],
)
def test_what_the_configuration_asks_for(
    wanted: str, cards: list[SoundCard], pcms: list[Pcm], chosen: str | None
) -> None:
    assert choose(wanted, cards, pcms) == chosen


@pytest.fixture(scope="module")
def asound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ALSA configuration with a mixer and a PCM, but no card."""
    place = tmp_path_factory.mktemp("alsa")
    library = place / "fake_mixer.so"
    source = Path(__file__).with_name("fake_mixer.c")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-DPIC", "-O1", "-o", library, source, "-lasound"], check=True
    )
    configuration = place / "asound.conf"
    configuration.write_text(
        "</usr/share/alsa/alsa.conf>\n"
        f'ctl_type.fakemixer {{ lib "{library}" }}\n'
        "ctl.fake { type fakemixer }\n"
        'pcm.headset { type null hint { show on description "Fake headset" } }\n'
    )
    return configuration


def with_alsa(asound: Path, code: str) -> list[str]:
    """What `code` prints in a process that has this configuration: alsa-lib reads it but once."""
    script = f"from hw.soundcard import *\nfake = Mixer('fake')\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"ALSA_CONFIG_PATH": str(asound), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_pcms_of_the_configuration_are_listed(asound: Path) -> None:
    assert with_alsa(asound, "print(configured_pcms())") == [
        "[Pcm(name='headset', playback=True, capture=True)]"
    ]


def test_controls_and_levels_in_percent_and_decibels(asound: Path) -> None:
    printed = with_alsa(
        asound,
        "print(fake.controls('playback'), fake.controls('capture'))\n"
        "print(fake.volume('playback'), fake.volume('capture'))\n"
        "print(fake.set_percent('playback', 50), fake.set_percent('playback', 150))\n"
        "print(fake.set_db('capture', -12), fake.set_db('capture', 99))\n",
    )
    assert printed == [
        "['PCM'] ['Mic']",
        "Volume(percent=67, db=-20.0) Volume(percent=33, db=-40.0)",
        "Volume(percent=50, db=-30.0) Volume(percent=100, db=0.0)",
        "Volume(percent=80, db=-12.0) Volume(percent=100, db=0.0)",
    ]


def test_volume_keys_step_by_3_db_and_stop_at_the_ends(asound: Path) -> None:
    printed = with_alsa(
        asound,
        "fake.set_db('playback', -5)\n"
        "print(*(fake.step('playback', 1).db for _ in range(3)))\n"
        "print(fake.step('playback', -2).db, fake.step('playback', -99).db)\n",
    )
    assert printed == ["-2.0 0.0 0.0", "-6.0 -60.0"]


def test_a_mixer_or_a_control_that_is_not_there_is_named(asound: Path) -> None:
    printed = with_alsa(
        asound,
        "for device, control in (('hw:CARD=Gone', None), ('fake', 'Speaker')):\n"
        "    try:\n"
        "        Mixer(device).volume('playback', control)\n"
        "    except MixerError as error:\n"
        "        print(error)\n",
    )
    assert len(printed) == 2
    assert "hw:CARD=Gone" in printed[0]
    assert "'Speaker'" in printed[1] and "PCM" in printed[1]


def test_a_headset_that_goes_while_it_is_set_is_a_mixer_error(asound: Path) -> None:
    printed = with_alsa(
        asound,
        "import os\n"
        "os.environ['UNPLUGGED'] = 'yes'\n"
        "try:\n"
        "    fake.step('playback', 1)\n"
        "except MixerError as error:\n"
        "    print(error)\n",
    )
    assert printed == ["mixer fake: No such device [fake]"]


@pytest.mark.parametrize("refused", ["getvolume", "setvolume", "getrange"])
def test_whatever_alsa_refuses_is_a_mixer_error(asound: Path, refused: str) -> None:
    printed = with_alsa(
        asound,
        "import alsaaudio\n"
        "class Refusing:\n"
        "    def __init__(self, real): self.real = real\n"
        "    def __getattr__(self, name): return getattr(self.real, name)\n"
        f"    def {refused}(self, *_, **__): raise alsaaudio.ALSAAudioError('refused')\n"
        "real = fake._open\n"
        "fake._open = lambda control: Refusing(real(control))\n"
        "try:\n"
        "    fake.step('playback', 1)\n"
        "except MixerError as error:\n"
        "    print(error)\n",
    )
    assert printed == ["mixer fake: refused"]


def test_where_decibels_change_nothing_a_step_is_5_percent(asound: Path) -> None:
    printed = with_alsa(
        asound,
        "import os\n"
        "os.environ['DUMB'] = 'yes'\n"
        "fake.set_percent('playback', 50)\n"
        "print(fake.step('playback', 2).percent)\n",
    )
    assert printed == ["60"]


def test_here_and_now() -> None:
    for card in sound_cards():
        assert card.id and card.card
    with pytest.raises(MixerError, match="NoSuchCard"):
        Mixer("hw:CARD=NoSuchCard").volume("playback")
