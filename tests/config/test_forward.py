"""Forward, feature codes and the hot-line, from the file to what the core is told."""

from __future__ import annotations

from appliance.config import load
from appliance.phone.forward import FeatureCodes
from appliance.settings import core_settings
from tests.config.conftest import Write
from tests.config.test_mistakes import GOOD

TEXT = """
[dial]
hotline = "600"
hotline_delay = 3
[forward]
no_answer_after = 15
codes = { forward_always = "*72", dnd_off = "*79" }
"""


def test_the_core_is_told_what_the_file_says(write: Write) -> None:
    config = load([write(GOOD + TEXT, "phone.toml")], {}).config
    assert config is not None
    told = core_settings(config, 1)
    assert (told.hotline, told.hotline_delay, told.forward_after) == ("600", 3.0, 15.0)
    assert told.codes == FeatureCodes(forward_always="*72", dnd_off="*79")


def test_the_core_is_told_how_calls_are_given(write: Write) -> None:
    for text, blind in (("", False), ("semi-attended", False), ("blind", True)):
        given = f'[dial]\ntransfer = "{text}"\n' if text else ""
        config = load([write(GOOD + given, "phone.toml")], {}).config
        assert config is not None
        assert core_settings(config, 1).blind_transfer is blind


def test_a_code_is_something_that_can_be_dialled(write: Write) -> None:
    text = '[forward]\ncodes = { dnd = "off", dmd_off = "*79" }\n'
    problems = load([write(GOOD + text, "phone.toml")], {}).problems
    said = "\n".join(map(str, problems))
    assert "forward.codes.dnd: found" in said
    assert "dnd_off" in said
