import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge.clock import SystemClock
from edge.events import CameraFound, FaceSeen, VisionWorkerFound, VisionWorkerLost
from edge.site.schema import Camera, MqttUplink, Site, SiteSection, Storage, Uplink
from edge.vision import messages
from edge.vision.supervisor import VisionSupervisor


def site_of(clip: Path, directory: Path, **camera) -> Site:
    settings = {
        "name": "gate",
        "place": "north gate",
        "source": str(clip),
        "loop": True,
        "roles": ["face"],
        "purpose": "watchlist",
        **camera,
    }
    return Site(
        site=SiteSection(id="test", name="test"),
        cameras={"gate": Camera(**settings)},
        uplink=Uplink(mqtt=MqttUplink(host="127.0.0.1", tls=False)),
        storage=Storage(directory=directory),
    )


def task_of(site: Site, weights: Path, gallery: messages.Gallery | None = None) -> messages.Task:
    return messages.Task(
        site=site.model_dump_json(),
        cameras=("gate",),
        passwords={},
        weights=str(weights),
        gallery=gallery or messages.Gallery("yunet-sface", 128),
    )


class Watched:
    """A running supervisor and what its worker reported."""

    def __init__(self, task: messages.Task) -> None:
        self.seen = []
        self.supervisor = VisionSupervisor(1, task, self._take, SystemClock())
        self._news = asyncio.Event()

    def _take(self, reports):
        self.seen += [r.observation for r in reports]
        self._news.set()

    async def until(self, wanted, seconds: float = 45.0):
        """Return the first observation that is wanted, and forget everything up to it."""
        async with asyncio.timeout(seconds):
            while True:
                for index, observation in enumerate(self.seen):
                    if wanted(observation):
                        del self.seen[: index + 1]
                        return observation
                self._news.clear()
                await self._news.wait()


def kind(wanted_type):
    return lambda observation: isinstance(observation, wanted_type)


def run_watched(task: messages.Task, scene):
    async def running():
        watched = Watched(task)
        life = asyncio.create_task(watched.supervisor.run())
        try:
            return await scene(watched)
        finally:
            await watched.supervisor.stop()
            await life

    return asyncio.run(running())


def test_a_worker_killed_in_mid_frame_is_told_with_its_cameras_and_comes_back(
    portrait_clip, weights, tmp_path
):
    async def scene(watched):
        await watched.until(kind(VisionWorkerFound))
        await watched.until(kind(FaceSeen))
        first_pid = watched.supervisor.pid
        os.kill(first_pid, signal.SIGKILL)
        lost = await watched.until(kind(VisionWorkerLost), 5.0)
        found = await watched.until(kind(VisionWorkerFound))
        again = await watched.until(kind(FaceSeen))
        return first_pid, lost, found, again, watched.supervisor.pid

    first, lost, found, again, second = run_watched(task_of(site_of(portrait_clip, tmp_path), weights), scene)
    assert lost.cameras == found.cameras == ("gate",)
    assert lost.reason == "vision.worker_died"
    assert 0.4 < found.away_s < 40
    assert again.subject is None
    assert first != second
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_a_gallery_taught_while_running_gives_the_next_face_its_name(
    portrait_clip, photographs, weights, tmp_path
):
    import cv2

    from models.faces.enrolment import enrol
    from models.faces.loading import load_engine

    engine = load_engine("yunet-sface", weights)
    template = enrol(engine, cv2.imread(str(photographs / "person_a_1.jpg"))).template
    gallery = messages.Gallery("yunet-sface", 128, ("person/1",), template.astype("<f4").tobytes())

    async def scene(watched):
        stranger = await watched.until(kind(FaceSeen))
        await watched.supervisor.teach(gallery)
        known = await watched.until(lambda o: isinstance(o, FaceSeen) and o.subject is not None)
        return stranger, known

    stranger, known = run_watched(task_of(site_of(portrait_clip, tmp_path), weights), scene)
    assert (stranger.subject, known.subject) == (None, "person/1")
    assert known.frames_agreed >= 3
    assert known.similarity > 0.45


def test_a_worker_whose_weights_are_missing_says_so_in_a_sentence(portrait_clip, tmp_path):
    async def scene(watched):
        return await watched.until(kind(VisionWorkerLost))

    lost = run_watched(task_of(site_of(portrait_clip, tmp_path), tmp_path / "nowhere"), scene)
    assert lost.reason == "vision.worker_refused"
    assert "menwei models install" in lost.detail


def test_a_worker_ends_when_its_controller_is_gone(portrait_clip, weights, tmp_path):
    worker = subprocess.Popen(
        [sys.executable, "-m", "edge.vision.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        worker.stdin.write(messages.encode(task_of(site_of(portrait_clip, tmp_path), weights)))
        worker.stdin.flush()
        buffer, ready = bytearray(), False
        while not ready:
            chunk = os.read(worker.stdout.fileno(), 1 << 16)
            assert chunk, "the worker ended before it was ready"
            buffer += chunk
            while (decoded := messages.decode(buffer))[0] is not None:
                del buffer[: decoded[1]]
                ready = ready or isinstance(decoded[0], messages.Ready)
        worker.stdin.close()
        assert worker.wait(10) == 0
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()


def test_a_worker_reports_its_camera_found_with_its_size(portrait_clip, weights, tmp_path):
    async def scene(watched):
        return await watched.until(kind(CameraFound))

    found = run_watched(task_of(site_of(portrait_clip, tmp_path), weights), scene)
    assert (found.width, found.height, found.codec) == (640, 480, "h264")


def test_templates_cross_the_pipe_unharmed():
    from edge.vision.engines import gallery_of

    templates = np.random.default_rng(1).normal(size=(3, 128)).astype(np.float32)
    message = messages.Gallery("yunet-sface", 128, ("a", "a", "b"), templates.astype("<f4").tobytes())
    gallery = gallery_of(messages.decode(messages.encode(message))[0])
    assert gallery.subjects == ("a", "a", "b")
    assert np.array_equal(gallery.templates, templates)


def test_a_stop_that_comes_along_with_the_task_is_obeyed(portrait_clip, weights, tmp_path):
    task = task_of(site_of(portrait_clip, tmp_path), weights)
    written = messages.encode(task) + messages.encode(messages.Stop())
    worker = subprocess.Popen(
        [sys.executable, "-m", "edge.vision.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with worker:
        worker.stdin.write(written)
        worker.stdin.flush()
        try:
            # Its input stays open: only the command ends it.
            assert worker.wait(60) == 0
        finally:
            worker.kill()
