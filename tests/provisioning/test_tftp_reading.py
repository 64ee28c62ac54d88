"""What is made of datagrams, one by one: noise, files of every length, blocks beyond 65535."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from appliance.provisioning.fetch import (
    FetchFailed,
)
from appliance.provisioning.tftp import Reading
from tests.provisioning.tftp_server import (
    data,
    error,
    oack,
)

NOISE = st.one_of(
    st.binary(max_size=600),
    st.builds(data, st.integers(0, 5), st.binary(max_size=600)),
    st.builds(oack, st.sampled_from([b"tsize", b"blksize", b""]), st.binary(max_size=12)),
    st.builds(error, st.integers(0, 65535), st.binary(max_size=40)),
)


@given(st.lists(NOISE, max_size=12))
def test_nothing_but_a_refusal_or_an_answer_comes_of_noise(datagrams: list[bytes]) -> None:
    reading = Reading("tftp://h/file", b"file", 1000)
    try:
        for datagram in datagrams:
            if reading.complete:
                break
            answer = reading.take(datagram)
            assert answer == b"" or (len(answer), answer[:2]) == (4, b"\0\x04")
            assert len(reading.content) <= 1000
    except FetchFailed as failure:
        assert failure.it.isprintable()
    except FileNotFoundError:
        assert b"\0\x05\0\x01" in [datagram[:4] for datagram in datagrams]


@given(st.binary(max_size=200), st.integers(8, 16), st.booleans())
def test_a_file_comes_as_it_is(content: bytes, block: int, told: bool) -> None:
    """Whatever its length, also one that ends with a block; and beyond block 65535."""
    reading = Reading("tftp://h/file", b"file", 1 << 20)
    options = [b"blksize", b"%d" % block, *([b"tsize", b"%d" % len(content)] if told else [])]
    assert reading.take(oack(*options)) == b"\0\x04\0\0"
    number = 0
    while not reading.complete:
        piece = content[number * block : (number + 1) * block]
        number += 1
        assert reading.take(data(number, piece)) == struct.pack("!HH", 4, number)
    assert reading.content == content


def test_blocks_are_counted_anew_after_65535() -> None:
    reading = Reading("tftp://h/file", b"file", 1 << 20)
    reading.take(oack(b"blksize", b"8"))
    for number in range(1, 65540):
        reading.take(data(number % 0x10000, b"12345678"))
    assert reading.take(data(65540 % 0x10000, b"9")) and reading.complete
    assert len(reading.content) == 65539 * 8 + 1
