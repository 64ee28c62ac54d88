"""Mutations: a good message in, one that is a little or very wrong out. Seeded, so reproducible.

Some work on the text as a vandal would (bytes flipped, cut, doubled, moved), some know what they
break: lengths, numbers at the edges of their types, separators, nesting, encodings.
"""

from __future__ import annotations

import random
from collections.abc import Callable

NUMBERS = (
    *(b"0", b"-1", b"1", b"255", b"256", b"65535", b"65536", b"2147483647", b"2147483648"),
    *(b"4294967295", b"4294967296", b"18446744073709551616", b"9" * 60, b"00000000000000000001"),
    *(b"1e9", b"0x10", b"+5", b" ", b""),
)
TOKENS = (
    *(
        b"%00",
        b"%",
        b"%zz",
        b"\0",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n ",
        b"\r\n\r\n",
        b"\t",
        b'"',
        b"\\",
    ),
    *(
        b"<",
        b">",
        b"<<<<",
        b"@",
        b"@@",
        b":",
        b";",
        b";;",
        b",",
        b"=",
        b"/",
        b"//",
        b"[",
        b"]",
        b"(",
    ),
    *(
        b"((((((((",
        b")",
        b"?",
        b"&",
        b"#",
        b"\xff",
        b"\xc0\x80",
        b"\xe2\x82\xac",
        b"\xf0\x9f\x93\x9e",
    ),
    *(b"sip:", b"sips:", b"tel:", b"SIP/2.0", b"SIP/7.0", b"z9hG4bK", b"[::1]", b"[::ffff:1.2.3.4"),
    *(b"[:::1]", b"999.999.999.999", b"%s%s%s%n", b"a" * 300, b";lr" * 40, b"[" * 60, b"0" * 200),
    *(b"m=audio 0 RTP/AVP 0\r\n", b"a=rtpmap:0 ", b"c=IN IP6 ::1\r\n", b"a=crypto:1 ", b"m="),
)
MOST = 7900

Mutation = Callable[[random.Random, bytearray], None]


def flip(dice: random.Random, text: bytearray) -> None:
    """Other bytes in a few places."""
    for _ in range(dice.randint(1, 8)):
        text[dice.randrange(len(text))] = dice.randrange(256)


def cut(dice: random.Random, text: bytearray) -> None:
    """The end is missing."""
    del text[dice.randrange(1, len(text) + 1) :]


def lose(dice: random.Random, text: bytearray) -> None:
    """A piece is missing."""
    at = dice.randrange(len(text))
    del text[at : at + dice.randint(1, 40)]


def double(dice: random.Random, text: bytearray) -> None:
    """A piece is there several times."""
    at = dice.randrange(len(text))
    text[at:at] = text[at : at + dice.randint(1, 60)] * dice.choice((1, 1, 2, 30))


def insert(dice: random.Random, text: bytearray) -> None:
    """Something that means something is where it does not belong."""
    at = dice.randrange(len(text) + 1)
    text[at:at] = dice.choice(TOKENS)


def renumber(dice: random.Random, text: bytearray) -> None:
    """A number is another one."""
    digits = [at for at, byte in enumerate(text) if 48 <= byte <= 57]
    if digits:
        first = last = dice.choice(digits)
        while last < len(text) and 48 <= text[last] <= 57:
            last += 1
        text[first:last] = dice.choice(NUMBERS)


def _lines(text: bytearray) -> list[bytes]:
    return bytes(text).split(b"\r\n")


def drop_line(dice: random.Random, text: bytearray) -> None:
    """A header or a line of the body is missing."""
    lines = _lines(text)
    del lines[dice.randrange(len(lines))]
    text[:] = b"\r\n".join(lines)


def repeat_line(dice: random.Random, text: bytearray) -> None:
    """A line is there again, somewhere, perhaps very often."""
    lines = _lines(text)
    at = dice.randrange(len(lines))
    lines[at:at] = [dice.choice(lines)] * dice.choice((1, 1, 2, 50))
    text[:] = b"\r\n".join(lines)


def swap_lines(dice: random.Random, text: bytearray) -> None:
    """Two lines have changed places; the first may be one of them."""
    lines = _lines(text)
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    text[:] = b"\r\n".join(lines)


def empty_value(dice: random.Random, text: bytearray) -> None:
    """A header or attribute has a name and nothing else."""
    lines = _lines(text)
    at = dice.randrange(len(lines))
    for separator in (b":", b"="):
        name, found, _ = lines[at].partition(separator)
        if found:
            lines[at] = name + found
            break
    text[:] = b"\r\n".join(lines)


def grow(dice: random.Random, text: bytearray) -> None:
    """A value is as long as a packet has room for."""
    at = dice.randrange(len(text) + 1)
    text[at:at] = bytes([dice.choice(b'aA0;,%<[" ')]) * dice.choice((60, 300, 3000))


MUTATIONS: tuple[Mutation, ...] = (
    *(flip, cut, lose, double, insert, insert, renumber, renumber),
    *(drop_line, repeat_line, swap_lines, empty_value, grow),
)


def mutated(dice: random.Random, text: bytes) -> bytes:
    """The text after one to four mutations, not longer than what a phone takes."""
    wrong = bytearray(text)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 4))):
        if not wrong:
            break
        dice.choice(MUTATIONS)(dice, wrong)
    return bytes(wrong[:MOST])
