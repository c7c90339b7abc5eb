"""Whatever becomes of a site file, it is a Site, and so a policy for its doors, or the list of its errors."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.access.policy_of import access_policy_of
from edge.site import loading
from edge.site.errors import SiteErrors
from edge.site.schema import Site

CONFIG = Path(__file__).resolve().parents[2] / "config"
LINES = (CONFIG / "compound.yaml").read_text("utf-8").splitlines(keepends=True)
SCRAPS = st.sampled_from(
    ["\t", "  ", ":", "- ", "[", "]", "{", "}", "&a ", "*a", "!x ", "|\n", "'", '"', "#", "%", "@"]
)


@st.composite
def mutated(draw):
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        column = draw(st.integers(0, len(lines[at])))
        scrap = draw(SCRAPS | st.text(max_size=4))
        match draw(st.sampled_from(["insert", "cut", "drop", "repeat", "swap"])):
            case "insert":
                lines[at] = lines[at][:column] + scrap + lines[at][column:]
            case "cut":
                lines[at] = lines[at][:column]
            case "drop":
                lines[at] = ""
            case "repeat":
                lines.insert(at, lines[at])
            case "swap":
                lines[at], lines[at - 1] = lines[at - 1], lines[at]
    return "".join(lines)


@given(text=mutated())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mutated_site_file_is_a_site_or_its_errors(text, tmp_path):
    path = tmp_path / "site.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        judged = loading.load(path)
    except SiteErrors as errors:
        judged = errors
    assert isinstance(judged, Site) or judged.errors
    if isinstance(judged, Site):
        assert set(access_policy_of(judged).doors) >= set(judged.access.doors)
    if isinstance(judged, SiteErrors):
        assert all(error.key != "site.invalid" for error in judged.errors)
        assert judged.render("zh-CN") != judged.render("en")


@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_bytes_are_errors_and_nothing_else(raw, tmp_path):
    path = tmp_path / "site.yaml"
    path.write_bytes(raw)
    with pytest.raises(SiteErrors):
        loading.load(path)
