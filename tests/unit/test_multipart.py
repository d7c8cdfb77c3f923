"""The body of a call with files, read by the standard library's parser."""

from collections.abc import AsyncIterator
from email.message import MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from io import BufferedReader
from pathlib import Path

import pytest
from aiohttp.payload import Payload

from bot.telegram.multipart import form
from core.errors import StorageError

SHORT, LONG = b"\x89PNG\r\n--" * 100, bytes(range(256)) * 3000
FIELDS = {"chat_id": "5", "caption": "Füchse\r\n--x\r\n", "media": '{"media": "attach://a"}'}


class _Wire:
    """A writer that keeps what is written."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    async def write(self, piece: bytes) -> None:
        self.pieces.append(piece)


@pytest.fixture(params=[SHORT, LONG, b""], ids=["short", "long", "empty"])
async def file(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[BufferedReader, bytes]]:
    """Yield an open file and its bytes."""
    path = tmp_path / "picture"
    path.write_bytes(request.param)
    with path.open("rb") as opened:
        yield opened, request.param


async def test_everything_arrives_as_it_was_given(file: tuple[BufferedReader, bytes]) -> None:
    """Fields and files keep their bytes, whatever they contain, and the size is told before."""
    opened, content = file

    parts, sent = await _sent(form(FIELDS, {"a": ("fox.png", opened, "image/png"), "b": ("b.bin", LONG, "x/y")}))

    assert {name: part.get_payload(decode=True) for name, part in parts.items()} == {
        "chat_id": b"5",
        "caption": FIELDS["caption"].encode(),
        "media": FIELDS["media"].encode(),
        "a": content,
        "b": LONG,
    }
    assert (parts["a"].get_filename(), parts["a"].get_content_type()) == ("fox.png", "image/png")
    assert sent > 0


async def test_it_can_be_sent_again(file: tuple[BufferedReader, bytes]) -> None:
    """Another try sends the same file, although the first one has read it."""
    opened, content = file
    for _ in range(2):
        parts, _ = await _sent(form({}, {"a": ("fox.png", opened, "image/png")}))
        assert parts["a"].get_payload(decode=True) == content
    assert not opened.closed


async def test_a_short_file_goes_out_in_one_piece(tmp_path: Path) -> None:
    """There is one write for fields and files together."""
    (tmp_path / "short").write_bytes(SHORT)
    with (tmp_path / "short").open("rb") as opened:
        _, pieces = await _sent(form(FIELDS, {"a": ("fox.png", opened, "image/png")}))

    assert pieces == 1


@pytest.mark.parametrize("name", ['a"; filename="b', "a\r\nContent-Type: text/html\r\n\r\n<b>", "лиса.png"])
async def test_a_name_stays_a_name(name: str) -> None:
    """A file's name can't add a header or a part."""
    payload = form({name: "1"}, {"a": (name, b"2", "image/png")})
    wire = _Wire()
    await payload.write_with_length(wire, payload.size)  # type: ignore[arg-type]
    heads = [line for line in b"".join(wire.pieces).decode().split("\r\n") if line.lower().startswith("content-")]

    assert [head.partition(":")[0] for head in heads] == ["Content-Disposition"] * 2 + ["Content-Type"]
    assert name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A") in heads[0]


async def test_a_file_that_cannot_be_read_is_an_error_of_the_storage(tmp_path: Path) -> None:
    """It is noticed before anything is sent."""
    with (tmp_path / "closed").open("wb+") as opened:
        opened.write(SHORT)
    write_only = (tmp_path / "closed").open("ab")

    with write_only, pytest.raises(StorageError):
        form({}, {"a": ("fox.png", write_only, "image/png")})


async def _sent(payload: Payload) -> tuple[dict[str, MIMEPart], int]:
    """Send a payload; return its parts by name, and the number of pieces."""
    wire = _Wire()
    await payload.write_with_length(wire, payload.size)  # type: ignore[arg-type]
    body = b"".join(wire.pieces)
    assert payload.size == len(body)
    head = f"Content-Type: {payload.content_type}\r\n\r\n".encode()
    read = BytesParser(policy=HTTP).parsebytes(head + body)
    return {str(part.get_param("name", header="content-disposition")): part for part in read.iter_parts()}, len(
        wire.pieces
    )
