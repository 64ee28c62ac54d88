"""What README.md says of the server and of the phone, taken at its word with a real Asterisk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.phone import Phone
from tests.peers import asterisk
from tests.peers.asterisk import Asterisk
from tests.peers.namespace import Namespace

pytestmark = pytest.mark.peers

README = Path(__file__).parents[2] / "README.md"
SERVER = "pbx.example.com"
EXTENSION, OURS = "1001", "1099"
"""README's extension, and the one that it becomes beside those of the tests' own server."""
PLAIN, SECURE = "udp", "tls"


def block(language: str, *, holding: str) -> str:
    """The fenced block of README.md in a language that has this text in it."""
    found = re.findall(
        rf"^```{language}\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (only,) = [text for text in found if holding in text]
    return str(only).replace(EXTENSION, OURS)


@pytest.fixture(scope="module", params=[PLAIN, "tcp", SECURE])
def given(request: pytest.FixtureRequest, network: Namespace) -> Iterator[tuple[Asterisk, str]]:
    """A server with README's extension, and README's configuration of the phone for it."""
    if asterisk.why_not():
        pytest.skip(str(asterisk.why_not()))
    extension = block("ini", holding="type = aor")
    phone = block("toml", holding=f'server = "{SERVER}"')
    if request.param != SECURE:
        extension = re.sub(r"^media_encryption.*\n", "", extension, flags=re.MULTILINE)
    with Asterisk(network, more=extension) as server:
        port = server.tls_port if request.param == SECURE else server.port
        phone = phone.replace(SERVER, f"{server.address}:{port}")
        phone = re.sub(
            r'^transport = "\w+".*$', f'transport = "{request.param}"', phone, flags=re.MULTILINE
        )
        yield server, phone + (f'ca_file = "{server.ca_file}"\n' if request.param == SECURE else "")


def test_a_phone_that_lost_its_power_is_back_at_once_and_is_called(
    given: tuple[Asterisk, str], tmp_path: Path
) -> None:
    server, config = given
    killed = Phone(tmp_path, config)
    with pytest.raises(ProcessLookupError), killed:
        killed.registered()
        killed.process.kill()
        killed.process.wait()
        raise ProcessLookupError
    with Phone(tmp_path, config) as phone:
        phone.registered()
        server.originate(OURS, "Echo")
        phone.call("incoming")
        phone.press("ok")
        phone.call("talking")
        phone.hang_up()
        phone.no_call()
