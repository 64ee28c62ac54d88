"""Screens of any kind, for property tests: the words that come and those that should not."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from appliance.phone.screen import Icon, Layout, Screen

LETTERS = st.text(
    st.one_of(
        st.sampled_from("ÅÉÑÜgjpqyçñãü…_|()@ '"),
        st.characters(max_codepoint=0x24F, exclude_categories=("Cc", "Cs")),
    ),
    max_size=40,
)
NUMBERS = st.text("0123456789*#+ ", max_size=64)
ANYTHING = st.text(max_size=30)
TIMES = st.builds("{} {}:{:02}".format, LETTERS, st.integers(0, 99), st.integers(0, 59))
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
TEXTS = st.one_of(LETTERS, NUMBERS, ANYTHING)
SIZES = st.sampled_from([(128, 64), (128, 64), (132, 64), (160, 80), (256, 64)])


@st.composite
def screens(draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS) -> Screen:
    """Any screen at all."""
    return Screen(
        layout=draw(st.sampled_from(get_args(Layout))),
        title=draw(st.one_of(texts, TIMES)),
        big=draw(st.one_of(texts, CLOCKS)),
        lines=tuple(draw(st.lists(texts, max_size=4))),
        code=draw(st.one_of(st.just(""), texts)),
        icons=tuple(draw(st.lists(st.sampled_from(get_args(Icon)), max_size=17))),
        soft_keys=(draw(texts), draw(texts), draw(texts)),
        cursor=draw(st.booleans()),
        chosen=draw(st.integers(0, 5)),
        qr=draw(st.one_of(st.just(""), ANYTHING)),
    )
