"""Records in a folder of their own, and containers in them that no engine has made."""

import pytest

from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.records.records import Records
from layertui.core.oci.digest import Digest

DIGEST = Digest("sha256:" + "1" * 64)


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "containers")


@pytest.fixture
def make(records):
    """Make a container of an image that there is only by name, with these options."""

    def one(**options):
        return records.create(
            options=CreateOptions(**options),
            image="box:1",
            image_id=DIGEST,
            manifest=DIGEST,
            command=["sh"],
            created="2026-01-01T00:00:00Z",
            stop_signal="SIGTERM",
        )

    return one
