"""The ten steps of the tour on screens in a language: tour_in.py LANGUAGE HANDS FOLDER COLUMNS ROWS. See `seed_in.py`."""

import asyncio
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from layertui.core.language import texts

if __name__ == "__main__":
    texts.use(sys.argv[1])

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.screens.tour.tour import Tour
from layertui.tui.screens.tour.tour_panel import TourPanel
from layertui.tui.screens.tour.tour_progress import TourProgress, read_progress
from layertui.tui.screens.tour.tour_steps import END
from mouse_person import KeysPerson, MousePerson, begins_at_home
from tour_walker import Walker, on


async def main(hands: type[KeysPerson], folder: Path, size: tuple[int, int]) -> None:
    os.chdir(folder)
    inspector = Inspector(Settings(folder / "store", runtime="bwrap"))
    inspector.images.demo()
    tour = Tour(folder / "tour.json", inspector.settings.store, TourProgress())
    app = on(inspector, tour)
    try:
        async with app.run_test(size=size) as pilot:
            await Walker(await begins_at_home(hands, app, pilot), tour).walks()
            assert END[:4] in str(app.screen.query_one(TourPanel).render())
    finally:
        for container in inspector.containers.list():
            inspector.containers.remove(container.id, force=True)
    assert read_progress(folder / "tour.json").ended


if __name__ == "__main__":
    hands = {"keys": KeysPerson, "mouse": MousePerson}[sys.argv[2]]
    asyncio.run(main(hands, Path(sys.argv[3]), (int(sys.argv[4]), int(sys.argv[5]))))
