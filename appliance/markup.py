"""XML of strangers, read safely: a document in which nothing does anything.

A document type may declare entities, and entities may be anything: files, addresses, billions of
letters. None of the documents that the phone reads has one, so one that has is refused.
"""

from __future__ import annotations

from xml.parsers import expat


class DocumentTypeFound(ValueError):
    """The document declares a type or an entity."""


def safe_parser(namespace_separator: str | None = None) -> expat.XMLParserType:
    """A parser of expat's whose ``Parse`` raises `DocumentTypeFound` besides its own errors.

    It is to be given UTF-8, whatever a document says that it was before it was decoded. Text comes
    in long pieces, not line by line; how much and how deep is for the reader to limit.
    """
    parser = expat.ParserCreate("utf-8", namespace_separator=namespace_separator)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    return parser


def _refuse(*_: object) -> None:
    raise DocumentTypeFound("a document type")
