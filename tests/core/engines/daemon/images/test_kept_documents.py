"""What is kept of a daemon's image, and found again."""

from gettext import NullTranslations

import pytest

from builders import file, image, layer
from layertui.core.engines.daemon.images.kept_documents import KeptDocuments
from layertui.core.language import texts
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.digest import Digest

SHOP = image([layer([file("etc/motd", b"hello")])])


class Foreign(NullTranslations):
    """A language in which every text is another one."""

    def gettext(self, message):
        return f"«{message}»"


@pytest.mark.parametrize("platform", [None, Platform("linux", "arm64")])
def test_what_was_kept_in_one_language_is_found_in_another(platform, tmp_path, monkeypatch):
    engine_id = Digest(SHOP.id)
    KeptDocuments(tmp_path).keep(engine_id, SHOP.manifest, SHOP.config, platform)
    monkeypatch.setattr(texts, "_translations", Foreign())
    found = KeptDocuments(tmp_path).find(engine_id, platform)
    assert found is not None
    assert found.config == SHOP.config
