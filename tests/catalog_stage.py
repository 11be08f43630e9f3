"""A catalog for tests: filled in this process, so that hundreds of small ones take seconds; and images with packages to fill it with.

What needs the extra `catalog` is imported when it is used: without the extra its tests are skipped, or fail in CI.
"""

import io
import random
from importlib.util import find_spec

from absent import absent
from builders import docker_archive, file, image, layer, whiteout
from laws.stacks import as_tar, thrown
from layertui.core.catalog.storage.catalog_files import catalog_files
from layertui.core.catalog.storage.catalog_state import read_state
from layertui.core.inspector import Inspector
from layertui.core.progress import Progress
from layertui.core.settings import Settings
from package_databases import dpkg_status

PACKAGES = ("pyarrow", "duckdb", "fsspec", "distributed", "s3fs", "moto")


def need_extra():
    """Skip the test where the extra is not installed, with what the tests of it need besides."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        absent(f"the extra dev-catalog is not installed: no {', '.join(missing)}; `make test-all` installs it")


class InlineRunner:
    """Does each task where it is asked for; those whose key is in `broken` fail."""

    def __init__(self, most=1 << 30):
        self.done, self.most = [], most

    def run(self, next_task, progress):
        from layertui.core.catalog.tasks.do_task import do_task

        while (task := next_task()) is not None:
            progress.advance(0)
            if len(self.done) == self.most:
                progress.cancel()
                progress.advance(0)
            self.done.append(task)
            yield do_task(task)

    def close(self):
        pass


def thrown_archives(folder, dice, count):
    """Make archives of images that are thrown with these dice, all on the same two layers; the folder is new."""
    folder.mkdir()
    below = [as_tar(members) for members in thrown(dice, layers=2)]
    for number in range(count):
        own = [as_tar(members) for members in thrown(dice, layers=3)]
        docker_archive(image([*below, *own], tags=[f"one:{number}"]), folder / f"{number}.tar")


def fill(place, *sources, settings, runner=None, contents=True, progress=None):
    """Add sources to the catalog at a place; the answer of `add_images`."""
    from layertui.core.catalog.adding.add_images import add_images

    runner = runner or InlineRunner()
    with Inspector(settings) as inspector:
        return add_images(
            inspector,
            catalog_files(str(place)),
            [str(source) for source in sources],
            lambda: runner,
            progress or Progress(),
            store=str(settings.store),
            contents=contents,
        )


def asked(place):
    """The database of the catalog at a place."""
    from layertui.core.catalog.questions.catalog_database import CatalogDatabase

    files = catalog_files(str(place))
    return CatalogDatabase(files, read_state(files))


def own_settings(folder):
    """Settings with a store of a test's own."""
    return Settings(folder / "store")


def packaged(name, version, *, more=()):
    """A layer that installs a package of Debian, and the packages that were there before."""
    listed = [(name, version), *more]
    return layer(
        [
            file("var/lib/dpkg/status", dpkg_status(*listed)),
            file(f"var/lib/dpkg/info/{name}.list", f"/.\n/usr\n/usr/lib\n/usr/lib/{name}.so\n"),
            file(f"usr/lib/{name}.so", f"{name} {version}" * 20),
        ]
    )


def family(seed, count, *, tags="shop/app"):
    """Images from a seed: a few shared bases, packages in several versions, files that are hidden again."""
    dice = random.Random(seed)
    bases = [
        layer(
            [file("etc/os-release", f"ID=base{n}\n"), *(file(f"usr/share/{n}/{at}", f"{n}.{at}") for at in range(20))]
        )
        for n in range(3)
    ]
    made = []
    for number in range(count):
        name = dice.choice(["openssl", "zlib", "curl"])
        below = [dice.choice(bases), packaged(name, f"3.0.{dice.randrange(20)}-1")]
        own = [file(f"srv/{number}/app", f"app {number}" * dice.randrange(1, 50), mode=dice.choice([0o755, 0o4755]))]
        top = layer([*own, whiteout(f"usr/lib/{name}.so")] if dice.random() < 0.3 else own)
        made.append(image([*below, top], tags=[f"{tags}:{number}"], config={"Labels": {"team": dice.choice("ab")}}))
    return made


def as_bytes(reader):
    """An Arrow stream as rows."""
    import pyarrow as pa

    return pa.ipc.open_stream(io.BytesIO(reader)).read_all().to_pylist()
