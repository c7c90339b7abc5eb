"""What becomes of a stream's packets: decoded to the newest frame, or kept until somebody looks."""

import threading
from collections.abc import Callable

from drivers.cameras.decoding import Decoder, Frame
from drivers.cameras.faults import fault
from drivers.cameras.packets import Description, Packet
from drivers.cameras.ring import Bounds, PacketRing

# Longer than the longest usual distance of key frames, which a stream joined in the middle has to wait for.
_NO_FRAMES_S = 30.0


class NewestFrame:
    """A sink that decodes every packet and keeps the newest frame only."""

    def __init__(self, camera: str, mono: Callable[[], float]) -> None:
        self._camera = camera
        self._mono = mono
        self._decoder: Decoder | None = None
        self._waiting_since_s = mono()
        self._malformed_before = 0
        self.description = Description("", 0, 0, None)
        self.frame: Frame | None = None
        self.frames = 0

    @property
    def malformed(self) -> int:
        """Packets and pictures that could not be decoded."""
        return self._malformed_before + (0 if self._decoder is None else self._decoder.malformed)

    def begin(self, description: Description) -> None:
        """Start on a new session."""
        self.description = description
        self._decoder = Decoder(description, self._camera)
        self._waiting_since_s = self._mono()

    def take(self, packet: Packet) -> None:
        """Decode one packet. Raises Transient when packets come but pictures do not."""
        if self._decoder is None:
            return
        self._keep(self._decoder.decode(packet))
        if packet.arrival_s - self._waiting_since_s > _NO_FRAMES_S:
            raise fault("camera.no_frames", self._camera, self.description.codec)

    def finish(self) -> None:
        """Take what the decoder held back, and let go of it."""
        if self._decoder is not None:
            self._keep(self._decoder.flush())
            self._malformed_before = self.malformed
            self._decoder = None

    def _keep(self, frames: list[Frame]) -> None:
        if frames:
            self.frame = frames[-1]
            self.frames += len(frames)
            self._waiting_since_s = self._mono()


class KeptPackets:
    """A sink that keeps packets undecoded, and decodes from the last key frame on when it is asked.

    `take` is called by the stream's thread, `newest` by whoever wants a picture.
    """

    def __init__(self, camera: str, bounds: Bounds) -> None:
        self._camera = camera
        self._ring = PacketRing(bounds)
        self._packets = threading.Lock()
        self._decoding = threading.Lock()
        self._decoder: Decoder | None = None
        self._next = 0
        self._session = 0
        self._decoded_session = 0
        self._frame: Frame | None = None
        self.description = Description("", 0, 0, None)
        self.frames = 0
        self.malformed = 0

    def begin(self, description: Description) -> None:
        """Start on a new session: the packets of the one before do not belong to it."""
        with self._packets:
            self._ring.clear()
            self.description = description
            self._session += 1

    def take(self, packet: Packet) -> None:
        """Keep one packet."""
        with self._packets:
            self._ring.append(packet)

    def finish(self) -> None:
        """Keep what there is: evidence of the last seconds before a break is worth most."""

    def packets(self) -> tuple[Packet, ...]:
        """Return the packets kept, from a key frame on."""
        with self._packets:
            return self._ring.packets()

    def newest(self) -> Frame | None:
        """Return the newest picture, decoding only what came since the last call or the last key frame.

        None before the first key frame. Raises Misconfigured for a codec that cannot be decoded.
        """
        with self._decoding:
            session, description, first, group = self._newest_group()
            if not group:
                return self._frame
            decoder = self._decoder_for(session, description, first)
            for packet in group[self._next - first :]:
                self._keep(decoder, packet)
            self._next = first + len(group)
            return self._frame

    def _newest_group(self) -> tuple[int, Description, int, tuple[Packet, ...]]:
        with self._packets:
            first, group = self._ring.newest_group()
            return self._session, self.description, first, group

    def _decoder_for(self, session: int, description: Description, first: int) -> Decoder:
        """Return the decoder to go on with; a new one where packets were passed over."""
        if self._decoder is None or self._next < first or session != self._decoded_session:
            self._next = first
            self._decoded_session = session
            self._decoder = Decoder(description, self._camera)
        return self._decoder

    def _keep(self, decoder: Decoder, packet: Packet) -> None:
        before = decoder.malformed
        frames = decoder.decode(packet)
        self.malformed += decoder.malformed - before
        if frames:
            self._frame = frames[-1]
            self.frames += len(frames)
