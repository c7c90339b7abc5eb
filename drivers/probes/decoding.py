"""Which decoder reads a wire: lines in a stream, lines in datagrams, posts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from drivers.base import Malformed
from drivers.listening.wire import Chunk
from drivers.probes.heard import Heard
from drivers.probes.lines import Lines, decode_lines
from drivers.probes.posts import decode_post


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one sender said, addresses still raw; None is the only sender of its wire."""

    sender: str | None
    heard: tuple[Heard, ...] = ()
    others: int = 0
    malformed: int = 0
    heard_s: float | None = None


class Decoding(Protocol):
    """Turns chunks into what was said; forgets unfinished ones on `reset`. Never raises."""

    def decode(self, chunks: Iterable[Chunk]) -> list[Decoded]:
        """Return what the chunks say, in their order."""
        ...

    def reset(self) -> None:
        """Take note that the wire was opened anew."""
        ...


class LineStream:
    """TZ00x lines as they dribble out of a serial port."""

    def __init__(self) -> None:
        self._rest = b""

    def decode(self, chunks: Iterable[Chunk]) -> list[Decoded]:
        """Return what the complete lines say."""
        data = self._rest + b"".join(chunk.data for chunk in chunks)
        lines = decode_lines(data)
        self._rest = data[lines.used :]
        if not lines.used:
            return []
        return [Decoded(None, lines.heard, lines.others, lines.malformed)]

    def reset(self) -> None:
        """Forget the half of a line."""
        self._rest = b""


class LineDatagrams:
    """TZ00x lines in datagrams: the sender is its IP address."""

    def decode(self, chunks: Iterable[Chunk]) -> list[Decoded]:
        """Return what each sender said in all of its datagrams: counting a burst one by one would be slow."""
        by_sender: dict[str, list[Lines]] = {}
        for chunk in chunks:
            by_sender.setdefault(chunk.sender, []).append(decode_lines(chunk.data, ended=True))
        return [_joined(sender, said) for sender, said in by_sender.items()]

    def reset(self) -> None:
        """Do nothing: datagrams are whole."""


class Posts:
    """JSON over HTTP or MQTT: the sender is the id in the post, else the address or topic it came by."""

    def decode(self, chunks: Iterable[Chunk]) -> list[Decoded]:
        """Return what each post says."""
        return [_post(chunk) for chunk in chunks]

    def reset(self) -> None:
        """Do nothing: posts are whole."""


def _joined(sender: str, said: list[Lines]) -> Decoded:
    heard = tuple(one for lines in said for one in lines.heard)
    return Decoded(sender, heard, sum(lines.others for lines in said), sum(lines.malformed for lines in said))


def _post(chunk: Chunk) -> Decoded:
    unread = Decoded(chunk.sender)
    try:
        post = decode_post(chunk.data)
    except Malformed:
        return replace(unread, malformed=1)
    return replace(
        unread,
        sender=post.sender or chunk.sender,
        heard=post.heard,
        malformed=post.malformed,
        heard_s=post.heard_s,
    )
