"""The recording of the journey, as it is kept: it can be played, its pictures are there, and the last screen says what was lost."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

PICTURES = Path(__file__).resolve().parent.parent / "screenshots"


def test_the_cast_is_asciicast_v2():
    header, *events = map(json.loads, (PICTURES / "journey.cast").read_text().splitlines())
    assert header["version"] == 2
    assert (header["width"], header["height"]) == (100, 30)
    assert {kind for _, kind, _ in events} == {"o"}
    assert [when for when, _, _ in events] == sorted(when for when, _, _ in events)
    written = "".join(text for _, _, text in events)
    assert written.startswith("\x1b")
    assert written.rstrip().endswith("\x1b[?1049l") or "\x1b[?1049l" in written[-2000:]
    assert "history steps" in written


def test_the_svg_has_a_picture_of_each_step():
    root = ET.parse(PICTURES / "journey.svg").getroot()
    groups = [node for node in root if node.tag.endswith("}g")]
    assert len(groups) == 13
    assert "http" not in "".join(root.itertext())  # it fetches nothing from elsewhere
    last = "".join(groups[-1].itertext()).replace("\xa0", " ")
    assert "is an import of an export of kind_banzai" in last
