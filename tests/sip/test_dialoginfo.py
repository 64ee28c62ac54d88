"""Dialog-info documents, RFC 4235: read whole, and harmless whatever they are."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.dialoginfo import (
    DEEPEST,
    LONGEST,
    NAMESPACE,
    Dialog,
    DialogInfo,
    Known,
    parse_dialog_info,
)

STATES = ("trying", "proceeding", "early", "confirmed", "terminated")
WORDS = st.text("abc<&\"'>é ", min_size=1, max_size=8).map(str.strip).filter(bool)
DIALOGS = st.builds(
    Dialog, WORDS, st.sampled_from(STATES), st.sampled_from(("", "initiator", "recipient"))
)
INFOS = st.builds(
    DialogInfo, st.integers(0, 10**9), st.booleans(), st.lists(DIALOGS, max_size=4).map(tuple)
)


def document(info: DialogInfo, prefix: str = "") -> str:
    """The document as a server would write it."""
    tag = f"{prefix}:" if prefix else ""
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    body = "".join(
        f"<{tag}dialog id={quoteattr(d.id)}"
        + (f' direction="{d.direction}"' if d.direction else "")
        + f"><{tag}remote><{tag}identity>sip:x@y</{tag}identity></{tag}remote>"
        + f"<{tag}state>\n {d.state}</{tag}state></{tag}dialog>"
        for d in info.dialogs
    )
    state = "full" if info.full else "partial"
    return (
        f'<?xml version="1.0"?>\n<{tag}dialog-info {name}="{NAMESPACE}" version="{info.version}"'
        f' state="{state}" entity="sip:1002@pbx">{body}</{tag}dialog-info>'
    )


@given(INFOS, st.sampled_from(("", "d")))
def test_what_is_written_is_read(info: DialogInfo, prefix: str) -> None:
    assert parse_dialog_info(document(info, prefix)) == info


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "unheard-of", "shift_jis"])
def test_what_a_document_says_of_its_encoding_is_nothing_to_us(encoding: str) -> None:
    info = DialogInfo(1, full=True, dialogs=(Dialog("é", "early"),))
    text = document(info).replace("?>", f' encoding="{encoding}"?>', 1)
    assert parse_dialog_info(text) == info


@given(st.one_of(st.text(max_size=300), st.text("<>/&;!?[]\"'= dialog-info", max_size=300)))
def test_any_text_is_a_document_or_none(text: str) -> None:
    assert parse_dialog_info(text) is None


@given(INFOS, st.integers(0, 600), st.text(max_size=5))
def test_a_damaged_document_is_one_or_none(info: DialogInfo, place: int, put: str) -> None:
    whole = document(info)
    found = parse_dialog_info(whole[:place] + put + whole[place:])
    assert found is None or found.version >= 0


BEGIN = f'<dialog-info xmlns="{NAMESPACE}" version="1" state="full">'


@pytest.mark.parametrize(
    "text",
    [
        "",
        f'<presence xmlns="{NAMESPACE}" version="1"/>',
        f'<dialog-info xmlns="{NAMESPACE}" state="full"/>',
        f'<dialog-info xmlns="{NAMESPACE}" version="-1" state="full"/>',
        f"{BEGIN}<dialog id='1'>",
        f"<!DOCTYPE dialog-info>{BEGIN}</dialog-info>",
        f'<!DOCTYPE d [<!ENTITY a "{"a" * 99}"><!ENTITY b "{"&a;" * 99}">]>'
        f"{BEGIN}<dialog id='1'><state>&b;</state></dialog></dialog-info>",
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        f"{BEGIN}<dialog id='1'><state>&a;</state></dialog></dialog-info>",
        BEGIN + "<a>" * DEEPEST + "</a>" * DEEPEST + "</dialog-info>",
        f"{BEGIN}<!--{'x' * LONGEST}--></dialog-info>",
    ],
)
def test_what_is_another_document_or_does_more_than_say_is_none(text: str) -> None:
    assert parse_dialog_info(text) is None


def test_a_dialog_without_an_id_is_passed_over() -> None:
    text = f"{BEGIN}<dialog><state>early</state></dialog></dialog-info>"
    assert parse_dialog_info(text) == DialogInfo(1, True)


@pytest.mark.parametrize(
    ("dialogs", "calls"),
    [
        ((), "idle"),
        ((Dialog("1", "terminated"),), "idle"),
        ((Dialog("1", "early", "recipient"),), "ringing"),
        ((Dialog("1", "early"),), "ringing"),
        ((Dialog("1", "early", "initiator"),), "busy"),
        ((Dialog("1", "trying", "initiator"),), "busy"),
        ((Dialog("1", "confirmed"),), "busy"),
        ((Dialog("1", "confirmed"), Dialog("2", "early", "recipient")), "ringing"),
    ],
)
def test_what_a_lamp_shows(dialogs: tuple[Dialog, ...], calls: str) -> None:
    assert Known().told(DialogInfo(0, True, dialogs)).calls == calls


def test_changes_add_up_and_old_ones_say_nothing() -> None:
    known = Known().told(DialogInfo(0, True, (Dialog("1", "confirmed"),)))
    known = known.told(DialogInfo(1, False, (Dialog("2", "early", "recipient"),)))
    assert known.calls == "ringing"
    assert known.told(DialogInfo(1, True)) == known
    known = known.told(DialogInfo(2, False, (Dialog("2", "terminated"),)))
    assert known.calls == "busy"
    assert known.told(DialogInfo(3, True)).calls == "idle"
