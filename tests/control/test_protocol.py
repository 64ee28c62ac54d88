from __future__ import annotations

import dataclasses
import json
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.control.protocol import (
    KEYS,
    REQUESTS,
    AnyAnswer,
    AnyRequest,
    Dial,
    Failed,
    GetHeard,
    GetScreen,
    PictureAnswer,
    Press,
    decode_answer,
    decode_request,
    encode,
    encode_event,
    failed,
    failure,
)
from appliance.errors import ConfigRefused, ControlError
from appliance.phone.events import Event, KeyPressed, RegistrationChanged
from appliance.phone.moment import Moment

SAMPLES: dict[str, object] = {"str": "x", "int": 1, "float": 1.5, "bool": True}


def test_a_request_reads_as_it_is_documented() -> None:
    assert decode_request(b'{"request":"press","keys":["6","0","#"]}\n') == Press(("6", "0", "#"))
    assert decode_request(b'{"request":"screen","form":"png"}') == GetScreen("png")
    assert decode_request(b' {"number":"600","request":"dial"} ') == Dial("600")


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_is_known_by_its_name(name: str) -> None:
    needed: dict[str, dict[str, object]] = {"press": {"keys": ["ok"]}, "dial": {"number": "1"}}
    request = decode_request(json.dumps({"request": name, **needed.get(name, {})}).encode())
    assert json.loads(encode(request))["request"] == name
    assert decode_request(encode(request)) == request


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_noise_is_answered_with_words(noise: bytes) -> None:
    with pytest.raises(ControlError, match="expected a JSON object a line whose `request` is one"):
        decode_request(noise)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@settings(deadline=None)
@given(st.sampled_from(REQUESTS), st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_a_request_with_odd_fields_is_refused_or_understood(
    name: str, fields: dict[str, object]
) -> None:
    line = json.dumps({**fields, "request": name}).encode()
    try:
        request = decode_request(line)
    except ControlError as error:
        assert error.code == "CTL-04"
    else:
        assert set(fields) <= set(json.loads(encode(request)))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"request":"press","keys":["hodl"]}', "did you mean hold?"),
        (b'{"request":"press","keys":[]}', "length >= 1"),
        (b'{"request":"press","keys":["ok"],"hold":61}', "<= 60"),
        (b'{"request":"press","keys":["ok"],"hodl":1}', "hodl"),
        (b'{"request":"pess"}', "Invalid value 'pess'"),
        (b'{"request":"dial"}', "missing required field `number`"),
        (b'{"keys":["ok"]}', "missing required field `request`"),
        (b"[" * 5000 + b"]" * 5000, "request not understood"),
        (b'{"request":"dial","number":"\xff"}', "request not understood"),
    ],
)
def test_a_mistake_in_a_request_is_named(line: bytes, words: str) -> None:
    with pytest.raises(ControlError) as told:
        decode_request(line)
    assert words in told.value.it


def test_the_keys_are_the_contracts() -> None:
    assert set("0123456789*#") < set(KEYS)
    assert {"line1", "line2", "volume_down", "soft3", "ok", "back", "messages"} < set(KEYS)
    assert "" not in KEYS


def test_a_picture_survives_the_wire() -> None:
    png = bytes(range(256))
    assert decode_answer(encode(PictureAnswer(png))) == PictureAnswer(png)


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_an_answer_that_is_none_is_told(noise: bytes) -> None:
    with pytest.raises(ControlError, match="expected the same version on both sides"):
        decode_answer(noise)


def test_an_answer_of_a_newer_phone_is_understood() -> None:
    assert type(decode_answer(b'{"answer":"done","since":"tomorrow"}')).__name__ == "Done"


def test_an_error_keeps_its_words_and_its_exit_code() -> None:
    there = failed(ConfigRefused("CFG-01", "Bad configuration", "two mistakes\nin two lines"))
    back = failure(there)
    assert decode_answer(encode(there)) == there
    assert (back.code, back.agent, back.exit_code) == ("CFG-01", "Bad configuration", 78)
    assert str(back) == "CFG-01: two mistakes\nin two lines"


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_event_is_told_whole_but_for_what_may_not_be_shown(kind: type) -> None:
    fields = dataclasses.fields(kind)
    values = {f.name: SAMPLES.get(str(f.type), "ready") for f in fields if f.name != "now"}
    event = kind(**values, **({"now": Moment()} if len(values) < len(fields) else {}))
    told = json.loads(encode_event(event, Moment(monotonic=7.5, utc="2026-11-23T10:15:00Z")))
    assert list(told)[:3] == ["event", "monotonic", "utc"]
    assert (told["event"], told["monotonic"]) == (kind.__name__, 7.5)
    assert told["utc"] == "2026-11-23T10:15:00Z"
    shown = {f.name for f in fields if f.repr}
    assert {name: told[name] for name in values.keys() & shown} == {
        name: value for name, value in values.items() if name in shown
    }
    assert told.keys() - {"event", "monotonic", "utc"} <= shown


def test_an_event_is_one_line() -> None:
    event = RegistrationChanged(0, "failed", text="two\nlines")
    assert encode_event(event, Moment()).count(b"\n") == 1
    assert b'"key":"5"' in encode_event(KeyPressed("5"), Moment())


def test_requests_and_answers_have_names_of_their_own() -> None:
    for union in (AnyRequest, AnyAnswer):
        tags = [kind.__struct_config__.tag for kind in get_args(union)]
        assert len(set(tags)) == len(tags)
    assert msgspec.json.decode(encode(Failed("A", "b", "c")))["answer"] == "failed"
    assert decode_request(encode(GetHeard(425.0))) == GetHeard(425.0)
