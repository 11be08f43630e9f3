"""Volumes that have a name, and who waits for whom."""

import threading
import time

import pytest

from containing import NAME, engine_at
from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.model.mounts import Mount
from layertui.core.fs.atomic import Lock, make_folder
from layertui.core.progress import quiet
from layertui.core.store.store_layout import Store

pytestmark = pytest.mark.slow


def test_who_waits_for_a_gc_keeps_no_volumes_from_it(tmp_path):
    """`gc` holds the store and then sweeps volumes: a create that held these first, and then wanted that, waited for ever."""
    engine = engine_at(tmp_path / "store")
    image = engine.images.open(NAME, None, quiet())
    options = CreateOptions(mounts=(Mount(kind="volume", target="/v", source="kept"),))
    creating = threading.Thread(target=engine.containers.create, args=(image, NAME, options))
    make_folder(tmp_path / "store/volumes")
    with Store(tmp_path / "store").alone():
        creating.start()
        time.sleep(0.3)
        with Lock(tmp_path / "store/volumes/.lock", timeout=0):
            pass
    creating.join()
    assert len(engine.containers.list()) == 1
