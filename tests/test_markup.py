"""XML of strangers: what would do something is refused, and text is what it says."""

from __future__ import annotations

import pytest

from appliance.markup import DocumentTypeFound, safe_parser


def heard(document: str) -> list[str]:
    """The pieces of text in a document."""
    pieces: list[str] = []
    parser = safe_parser()
    parser.CharacterDataHandler = pieces.append
    parser.Parse(document.encode(), True)
    return pieces


@pytest.mark.parametrize(
    "kind",
    [
        "<!DOCTYPE a>",
        '<!DOCTYPE a [<!ENTITY e "text">]>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">',
        '<!DOCTYPE a [<!ENTITY % e "text"> %e;]>',
    ],
)
def test_a_document_type_is_refused(kind: str) -> None:
    with pytest.raises(DocumentTypeFound):
        heard(f"{kind}<a/>")


def test_what_xml_itself_knows_is_read() -> None:
    assert heard("<a>x &amp; &#65;<![CDATA[<]]></a>") == ["x & A<"]


@pytest.mark.parametrize("encoding", ["utf-8", "ISO-8859-1", "UTF-16", "windows-1252", "unheard"])
def test_a_text_that_is_decoded_is_not_decoded_again(encoding: str) -> None:
    assert heard(f'<?xml version="1.0" encoding="{encoding}"?><a>Grüße</a>') == ["Grüße"]
