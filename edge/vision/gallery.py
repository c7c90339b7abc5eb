"""From the registers' sealed templates to the gallery that the vision workers are given."""

import logging
import sqlite3
from pathlib import Path

from edge.registers import faces
from edge.site.schema import Site
from edge.store import layout
from edge.vision.messages import Gallery

FLOAT32_BYTES = 4
# Both engines' templates have 128 components; an empty gallery needs a width too.
USUAL_DIMENSION = 128

log = logging.getLogger("menwei.vision")


def gather(connection: sqlite3.Connection, site: Site, now_wall_s: float) -> Gallery:
    """Return whom the site's cameras may recognise now: consented people and watch-listed faces.

    `now_wall_s` is -inf where the wall clock is not trusted: then no watch-list entry has ended. A
    template that does not open is left out and told in the log. Refused: the key file is lost.
    """
    engine = site.recognition.face_engine
    if not faces.count(connection):
        return Gallery(engine, USUAL_DIMENSION)
    key = faces.key_for(connection, _key_file(site))
    opened = faces.gallery(connection, key, engine=engine, now=now_wall_s)
    for subject in opened.damaged:
        log.error("the face template of %s does not open: register that face again", subject)
    if not opened.entries:
        return Gallery(engine, USUAL_DIMENSION)
    return Gallery(
        engine,
        len(opened.entries[0].template) // FLOAT32_BYTES,
        tuple(entry.subject for entry in opened.entries),
        b"".join(entry.template for entry in opened.entries),
    )


def _key_file(site: Site) -> Path:
    return layout.template_key(site.storage.directory)
