"""The directory, from the files that a configuration names to what the core is told."""

from __future__ import annotations

from pathlib import Path

from appliance.config import load, load_or_last_good
from appliance.contacts.read import read_directory
from appliance.settings import audio_settings, core_settings, sip_settings
from tests.config.conftest import Write
from tests.config.test_commands import run
from tests.config.test_mistakes import GOOD

TEXT = '[phone]\ncountry = "de"\n[directory]\nfiles = ["people.csv", "team.vcf"]\n'
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Bob\nTEL:101\nEND:VCARD\n"


def files(write: Write) -> Path:
    write("name,number\nAnn Example,030 5550142\nEve,none\n", "people.csv")
    write(CARD, "team.vcf")
    return write(GOOD + TEXT)


def test_files_stand_beside_the_one_that_names_them_and_numbers_are_the_country_s(
    write: Write, tmp_path: Path
) -> None:
    config = load([files(write)], {}).config
    assert config is not None
    assert config.directory.files == (str(tmp_path / "people.csv"), str(tmp_path / "team.vcf"))
    directory, _ = read_directory(config.directory.files, config.phone.country)
    told = core_settings(config, 1, directory=directory).directory
    assert told.name_of("+49305550142") == "Ann Example" and told.name_of("101") == "Bob"
    assert not core_settings(config, 1).directory.contacts


def test_colleagues_are_watched_by_both_rooms_each_once(write: Write) -> None:
    rows = [f"Ann {number},{number},yes" for number in range(100, 140)]
    write("\n".join(["name,number,watch", *rows]), "people.csv")
    text = '[directory]\nfiles = ["people.csv"]\n[dial]\nwatch = ["101", "700"]\n'
    config = load([write(GOOD + text)], {}).config
    assert config is not None
    directory, _ = read_directory(config.directory.files, config.phone.country)
    watch = core_settings(config, 1, directory=directory).watch
    assert watch == ("101", "700", "100", *(str(number) for number in range(102, 132)))
    told = sip_settings(config, audio_settings(config, ""), directory=directory)
    assert told.accounts[0].watch == watch
    assert core_settings(config, 1).watch == ("101", "700")


def test_check_warns_of_every_line_that_holds_nobody_and_lets_the_phone_be_one(
    write: Write, tmp_path: Path
) -> None:
    path = files(write)
    code, out, err = run("check", str(path))
    assert (code, err) == (0, "0 errors, 1 warning\n")
    assert f"{tmp_path / 'people.csv'}:3:1: warning: directory.files: found the number" in out
    (tmp_path / "team.vcf").unlink()
    assert "team.vcf: warning: directory.files: found no such file" in run("check", str(path))[1]


def test_a_file_of_nonsense_is_told_in_a_hundred_lines(write: Write) -> None:
    path = files(write)
    write("name,number\n" + "Eve,none\n" * 300, "people.csv")
    code, out, err = run("check", str(path))
    assert (code, err) == (0, "0 errors, 101 warnings\n")
    assert "200 more such lines" in out


def test_the_last_good_configuration_still_knows_its_files(write: Write, tmp_path: Path) -> None:
    path = files(write)
    state = tmp_path / "state"
    held = load_or_last_good([path], state, {})
    path.write_text("[phone]\nnam = 1\n")
    again = load_or_last_good([path], state, {})
    assert again.source == "last-good" and again.config is not None and held.config is not None
    assert again.config.directory == held.config.directory
