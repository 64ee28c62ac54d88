"""Message summaries, RFC 3842 section 5.2: read whole, and never more than they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.summary import CLASSES, MOST, Counts, Summary, parse_summary

COUNT = st.integers(0, MOST)
COUNTS = st.builds(Counts, COUNT, COUNT, COUNT, COUNT)
NUMBERS = st.text("0123456789*#", min_size=1, max_size=20)
SUMMARIES = st.builds(
    Summary,
    st.booleans(),
    st.one_of(st.just(""), NUMBERS.map("sip:{}@pbx.example.com".format)),
    st.dictionaries(st.sampled_from(CLASSES), COUNTS).map(
        lambda found: tuple((name, found[name]) for name in CLASSES if name in found)
    ),
)


def written(summary: Summary, end: str, cased: bool) -> str:
    """The summary as a server would write it."""
    lines = [f"Messages-Waiting: {'yes' if summary.waiting else 'no'}"]
    if summary.account:
        lines.append(f"Message-Account: {summary.account}")
    for name, counts in summary.classes:
        urgent = f" ({counts.new_urgent}/{counts.old_urgent})"
        shown = "" if not counts.new_urgent and not counts.old_urgent else urgent
        lines.append(f"{name.title() if cased else name}: {counts.new}/{counts.old}{shown}")
    return end.join((*lines, ""))


@given(SUMMARIES, st.sampled_from(["\r\n", "\n"]), st.booleans())
def test_what_is_written_is_read(summary: Summary, end: str, cased: bool) -> None:
    assert parse_summary(written(summary, end, cased)) == summary


@given(SUMMARIES)
def test_counts_agree_with_whether_messages_wait(summary: Summary) -> None:
    assert (summary.new > 0) == summary.waiting
    assert 0 <= summary.urgent <= summary.new


@given(SUMMARIES, st.lists(st.text(max_size=30), max_size=4))
def test_lines_of_another_kind_are_passed_over(summary: Summary, others: list[str]) -> None:
    strange = "".join(f"X-{''.join(text.split())}\r\n" for text in others)
    assert parse_summary(written(summary, "\r\n", True) + strange) == summary


@given(st.text(max_size=300))
def test_any_text_is_a_summary_or_none(text: str) -> None:
    found = parse_summary(text)
    assert found is None or found.new >= 0


@given(st.text("mesagwitnvoc-: yo/()0123\r\n\t", max_size=200))
def test_whatever_looks_like_one_is_a_summary_or_none(text: str) -> None:
    found = parse_summary("Messages-Waiting: yes\r\n" + text)
    assert found is None or found.urgent <= found.new


@pytest.mark.parametrize(
    ("body", "new", "urgent", "number"),
    [
        ("Messages-Waiting: yes\r\nVoice-Message: 2/8 (1/2)\r\n", 2, 1, ""),
        ("Messages-Waiting: yes\r\nVoice-Message: 2/8\r\nFax-Message: 1/0 (0/0)\r\n", 3, 0, ""),
        ("Messages-Waiting: no\r\nVoice-Message: 0/8\r\n", 0, 0, ""),
        ("Messages-Waiting: no\r\nVoice-Message: 2/8 (1/0)\r\n", 0, 0, ""),
        ("messages-waiting:yes\n", 1, 0, ""),
        ("Messages-Waiting:\r\n yes\r\nVoice-Message : 4 / 0 ( 1 / 0 )\r\n", 4, 1, ""),
        ("Messages-Waiting: yes\r\nVoice-Message: 9/0\r\nVoice-Message: 1/0\r\n", 9, 0, ""),
        ("Messages-Waiting: yes\r\nVoice-Message: 4294967296/0\r\n", 1, 0, ""),
        ("Messages-Waiting: yes\r\nMessage-Account: sip:*97@pbx\r\n", 1, 0, "*97"),
        ("Messages-Waiting: yes\r\nMessage-Account: <sip:+4930@pbx;user=phone>\r\n", 1, 0, "+4930"),
        ("Messages-Waiting: yes\r\nMessage-Account: tel:+4930;x=1\r\n", 1, 0, "+4930"),
        ("Messages-Waiting: yes\r\nMessage-Account: sip:pbx.example.com\r\n", 1, 0, ""),
        ("Messages-Waiting: yes\r\nMessage-Account: sip:1,2@pbx\r\n", 1, 0, ""),
        ("Messages-Waiting: yes\r\nMessage-Account: sip:a%20b@pbx\r\n", 1, 0, ""),
    ],
)
def test_what_the_phone_makes_of_it(body: str, new: int, urgent: int, number: str) -> None:
    found = parse_summary(body)
    assert found is not None
    assert (found.new, found.urgent, found.number) == (new, urgent, number)


@pytest.mark.parametrize("body", ["", "Fax-Message: 1/2\r\n", "Messages-Waiting: maybe\r\n"])
def test_what_says_nothing_of_waiting_is_no_summary(body: str) -> None:
    assert parse_summary(body) is None
