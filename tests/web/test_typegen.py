"""The browser's types and the protocol's document are what the protocol file says now."""

from __future__ import annotations

import pytest

from app.web import protocol, typegen


@pytest.mark.parametrize(("path", "make"), [(typegen.TYPES, typegen.types), (typegen.DOCUMENT, typegen.document)])
def test_the_committed_file_is_current(path, make):
    assert path.read_text(encoding="utf-8") == make(), "run: python -m app.web.typegen"


def test_every_command_is_typed_and_documented():
    types, document = typegen.types(), typegen.document()
    names = [member.__name__ for member in protocol.Command.__subclasses__()]
    assert len(names) > 20
    for name in names:
        assert f"export interface {name} {{" in types
        tag = getattr(protocol, name).model_fields["type"].annotation.__args__[0]
        assert f"### `{tag}`" in document


def test_unknown_is_null_and_defaults_may_be_left_out():
    text = typegen.types()
    assert "  measured_fps: number | null;" in text
    assert "  skip_countdown?: boolean;" in text
    assert "  linear_m_s?: [number, number, number];" in text
    reply = text.split("export interface ReplyMessage {")[1].split("}")[0]
    assert "?" not in reply, "the server always sends its defaults"


def test_the_live_header_is_documented_as_it_is_packed():
    assert f"a header of {protocol.LIVE_HEADER.size} bytes" in typegen.document()
    assert protocol.LIVE_HEADER.format == "<BBBBIQQ"
