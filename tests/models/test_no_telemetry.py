"""Nothing that the models load reports to anybody."""

import os
import subprocess
import sys
from pathlib import Path

SESSION = """
import sys
from pathlib import Path
from models.faces.loading import load_engine
load_engine("yunet-sface", Path(sys.argv[1]))
"""


def test_onnxruntime_leaves_no_identifier_and_no_cache(weights: Path, tmp_path: Path):
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    places = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "cache"}
    for folder in places.values():
        (tmp_path / folder).mkdir()
    places = {name: str(tmp_path / folder) for name, folder in places.items()}
    subprocess.run(
        [sys.executable, "-c", SESSION, str(weights)], env=environment | places, check=True, timeout=60
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
