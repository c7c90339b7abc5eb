"""One vision process: cameras and models in, observations out. Started by the supervisor, never by hand.

Commands arrive as frames on standard input, observations leave on the pipe that was standard output.
When standard input ends, the controller is gone and the worker ends too.
"""

import logging
import os
import resource
import selectors
import sys
from collections.abc import Sequence
from pathlib import Path

from drivers.base import DeviceError
from edge.clock import Clock, SystemClock
from edge.refusal import Refusal
from edge.site.schema import Site
from edge.vision import messages
from edge.vision.engines import Engines, gallery_of, load_engines, warm_up
from edge.vision.eye import Eye, open_eye
from edge.vision.observer import CameraObserver

HEARTBEAT_EVERY_S = 1.0
LONGEST_TURN_S = 0.05

log = logging.getLogger("menwei.vision")


class Pipe:
    """The worker's end of the supervisor's pipe."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._buffer = bytearray()
        self._ready = selectors.DefaultSelector()
        self._ready.register(incoming, selectors.EVENT_READ)
        self.closed = False

    def send(self, message: messages.Message) -> None:
        """Write one message whole. BrokenPipeError: the controller is gone."""
        data = memoryview(messages.encode(message))
        while data:
            data = data[os.write(self._outgoing, data) :]

    def receive(self, wait_s: float) -> list[messages.Message]:
        """Return the commands that came within `wait_s`; sets `closed` when no more can come."""
        if self._ready.select(wait_s):
            chunk = os.read(self._incoming, 1 << 20)
            self.closed = not chunk
            self._buffer += chunk
        found: list[messages.Message] = []
        while True:
            message, used = messages.decode(self._buffer)
            if message is None:
                return found
            del self._buffer[:used]
            found.append(message)


class Worker:
    """The loop of one vision process. `waiting` are the commands that came along with its task."""

    def __init__(
        self, task: messages.Task, pipe: Pipe, clock: Clock, waiting: Sequence[messages.Message] = ()
    ) -> None:
        site = Site.model_validate_json(task.site)
        self._pipe = pipe
        self._clock = clock
        cameras = {name: site.cameras[name] for name in task.cameras}
        engines: Engines = load_engines(site.recognition, cameras.values(), Path(task.weights))
        warm_up(engines)
        gallery = gallery_of(task.gallery)
        self._eyes: list[Eye] = [
            open_eye(
                name,
                camera,
                task.passwords.get(name),
                CameraObserver(name, camera, site.recognition, engines, gallery),
                clock,
            )
            for name, camera in cameras.items()
        ]
        self._waiting = waiting
        self._beat_s = float("-inf")

    def run(self) -> None:
        """Turn until told to stop or the controller is gone."""
        for eye in self._eyes:
            eye.start()
        try:
            self._pipe.send(messages.Ready(os.getpid()))
            going = self._obey(self._waiting)
            while going:
                going = self._turn()
        finally:
            for eye in self._eyes:
                eye.stop()

    def _turn(self) -> bool:
        for eye in self._eyes:
            reports = eye.look()
            if reports:  # at once: an alarm does not wait for the other cameras
                self._pipe.send(messages.Reported(tuple(reports)))
        self._beat()
        return self._obey(self._pipe.receive(self._time_to_next()))

    def _beat(self) -> None:
        now = self._clock.mono()
        if now - self._beat_s < HEARTBEAT_EVERY_S:
            return
        self._beat_s = now
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self._pipe.send(messages.Heartbeat(now, rss, {eye.name: eye.state() for eye in self._eyes}))

    def _time_to_next(self) -> float:
        due = min(eye.due_s for eye in self._eyes) - self._clock.mono()
        return min(max(due, 0.0), LONGEST_TURN_S)

    def _obey(self, commands: Sequence[messages.Message]) -> bool:
        for command in commands:
            if isinstance(command, messages.Gallery):
                gallery = gallery_of(command)
                for eye in self._eyes:
                    eye.learn(gallery)
            elif isinstance(command, messages.Challenge):
                for eye in self._eyes:
                    if eye.name == command.camera:
                        eye.challenge(command)
            elif isinstance(command, messages.Stop):
                return False
        return not self._pipe.closed


def main() -> None:
    """Serve one task. Exit code 2: the task cannot be done, and the controller was told why."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s %(levelname)s %(message)s")
    outgoing = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not break the framing
    pipe = Pipe(sys.stdin.fileno(), outgoing)
    received: list[messages.Message] = []
    while not received and not pipe.closed:
        received = pipe.receive(1.0)
    if not received or not isinstance(received[0], messages.Task):
        sys.exit(2)
    try:
        Worker(received[0], pipe, SystemClock(), received[1:]).run()
    except BrokenPipeError:
        log.warning("the controller is gone")
    except Exception as error:
        if not isinstance(error, Refusal | DeviceError):
            raise
        values = {name: str(value) for name, value in error.values.items()}
        pipe.send(messages.Failed(error.key, str(error), values))
        sys.exit(2)


if __name__ == "__main__":
    main()
