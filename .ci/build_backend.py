"""setuptools' build backend; with SOURCE_DATE_EPOCH the wheel and the sdist are the same bytes, whoever makes them, and when.

setuptools gives a wheel's files their modes here, which the umask decides, and leaves times and owners of an sdist as they come.
"""

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403  (the other hooks)


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """The name of the sdist made in that folder."""
    name: str = build_meta.build_sdist(sdist_directory, config_settings)
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        path = Path(sdist_directory, name)
        path.write_bytes(gzip.compress(_same_tar(path, int(epoch)), mtime=int(epoch)))
    return name


def _same_tar(path: Path, epoch: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(path) as made, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as same:
        for member in sorted(made, key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode, member.pax_headers = 0o755 if member.isdir() else 0o644, {}
            same.addfile(member, made.extractfile(member) if member.isfile() else None)
    return out.getvalue()


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """The name of the wheel made in that folder."""
    name: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    if os.environ.get("SOURCE_DATE_EPOCH"):
        path = Path(wheel_directory, name)
        path.write_bytes(_same_zip(path))
    return name


def _same_zip(path: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as same:
        for (
            member
        ) in made.infolist():  # in setuptools' own order, with its times: those it takes from SOURCE_DATE_EPOCH
            content = made.read(member)
            member.external_attr = 0o100644 << 16
            same.writestr(member, content)
    return out.getvalue()
