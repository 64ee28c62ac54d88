"""The menu on whole phones: a keypad alone, other languages, and choices that outlive the phone.

Nobody listens at the server's port: a menu needs no PBX. The rest is in
`tests/scenarios/menus.phone`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.phone import play

ACCOUNT = """\
[[account]]
user = "1001"
password = "secret"
server = "127.0.0.1:9"
"""
KEYPAD = """\
[board]
rows = [5, 6, 13, 19]
columns = [12, 16, 20]
keys = [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], ["*", "0", "#"]]
"""
MENU = "press * for 1200ms"
STARTED = "expect registration failed within 20s"


def test_a_choice_is_found_again_by_the_next_life_of_the_phone(tmp_path: Path) -> None:
    play(
        tmp_path,
        ACCOUNT,
        f'{STARTED}; {MENU}; press 4 3; expect screen "Ringer 90 %"\n'
        'press 5; expect screen "1✓Standard"; press 2; expect screen "2✓Long"\n',
    )
    play(
        tmp_path,
        ACCOUNT,
        f'{STARTED}; {MENU}; press 4 5; expect screen "2✓Long"\n'
        'press *; press 4; expect screen "Ringer 80 %"\n',
    )


@pytest.mark.parametrize(
    ("language", "rest", "sound", "status"),
    [
        ("de", "Nicht stören", "Ton", "Zustand"),
        ("tl", "Huwag istorbohin", "Tunog", "Kalagayan"),
    ],
)
def test_a_keypad_alone_in_another_language(
    tmp_path: Path, language: str, rest: str, sound: str, status: str
) -> None:
    config = f'[phone]\nlanguage = "{language}"\n{KEYPAD}{ACCOUNT}'
    play(
        tmp_path,
        config,
        f'{STARTED}; never screen " | " for 100ms; {MENU}; expect screen "3 {rest}"\n'
        f'expect screen "4 {sound}"; expect screen "5 {status}"\n'
        "press 3; expect dnd\n"
        f'{MENU}; press 5 4; expect screen "Deskphone"; press * * *; expect dnd\n',
    )
