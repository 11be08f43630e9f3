"""Rules of `.dive-ci`: dive's verdict, or ours where dive counts copies that show as wasted (docs/analyze.md)."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from absent import absent
from builders import docker_archive, file, folder, image, layer, whiteout
from command_line import layertui

pytestmark = [pytest.mark.oracle, pytest.mark.slow]

DIVE = shutil.which("dive") or shutil.which("dive", path=str(Path(sys.executable).parent))
KILO = 1000
IMAGES = {
    "nothing wasted": [layer([file("a", bytes(5 * KILO))]), layer([file("b", bytes(3 * KILO))])],
    "overwritten": [layer([file("a", bytes(9 * KILO))]), layer([file("a", bytes(4 * KILO)), file("b", bytes(KILO))])],
    "removed": [
        layer([folder("d"), file("d/a", bytes(9 * KILO))]),
        layer([whiteout("d/a"), file("b", bytes(2 * KILO))]),
    ],
    "three copies": [
        layer([file("a", bytes(2 * KILO)), file("c", bytes(20 * KILO))]),
        *[layer([file("a", bytes(2 * KILO))])] * 2,
    ],
}
LIMITS = {
    "lowestEfficiency": ("0.01", "0.5", "0.8", "0.95", "1.0"),
    "highestWastedBytes": ("0B", "1KB", "5KB", "10KB", "1MB"),
    "highestUserWastedPercent": ("0.0001", "0.2", "0.5", "0.9", "1.0"),
}
DIFFERENT = {"lowestEfficiency": 0, "highestWastedBytes": 2, "highestUserWastedPercent": 1}
"""Verdicts, of twenty for each rule."""
OTHERS = dict.fromkeys(LIMITS, "disabled")


@pytest.fixture(scope="module")
def dive():
    if DIVE is None:
        absent("no dive on PATH")

    def verdict(archive, rules):
        words = [DIVE, "--ci", "--ci-config", rules, "--source", "docker-archive", archive]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.returncode == 0

    return verdict


@pytest.mark.parametrize("rule", LIMITS)
def test_the_verdicts_of_dive(dive, rule, tmp_path):
    agreed, differed = [], 0
    for number, layers in enumerate(IMAGES.values()):
        archive = docker_archive(image(layers, tags=["one:1"]), tmp_path / f"{number}.tar")
        found = layertui("analyze", "--json", archive).ok().json
        for limit in LIMITS[rule]:
            rules = tmp_path / "rules.yaml"
            written = OTHERS | {rule: limit}
            rules.write_text("rules:\n" + "".join(f"  {name}: {value}\n" for name, value in written.items()))
            theirs = dive(archive, rules)
            done = layertui("analyze", "--ci", "--json", "--ci-config", rules, archive)
            ours = done.code == 0
            assert done.code in (0, 1)
            if ours == theirs:
                agreed.append(ours)
                continue
            # Ours is the milder one, and only where dive counts more as wasted than is hidden.
            assert ours, (rule, limit, json.dumps(found["rules"]))
            assert found["dive"]["wasted_bytes"] > found["wasted_bytes"], (rule, limit)
            differed += 1
    assert differed == DIFFERENT[rule]
    assert {True, False} <= set(agreed)
