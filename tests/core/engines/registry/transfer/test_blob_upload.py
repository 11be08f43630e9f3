"""A blob on its way to a registry that takes nothing more."""

import io

import pytest

from builders import digest_of
from layertui.core.engines.registry.connection.registry_answer import Patience
from layertui.core.engines.registry.transfer.blob_upload import BlobUpload
from layertui.core.errors import Cancelled
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.progress import Progress
from registry_faults import status

BLOB = bytes(32 << 20)  # more than the buffers of two sockets hold


def test_a_registry_that_takes_no_more_of_a_chunk_is_left_when_the_user_cancels(registry, connect):
    progress = Progress()
    registry.fault("/uploads/", status(202, {"Location": "/v2/shop/blobs/uploads/1"}))
    registry.deaf = progress.cancel
    blob = Descriptor("application/octet-stream", Digest(digest_of(BLOB)), len(BLOB))
    source = io.BytesIO(BLOB)
    client = connect(registry.host, patience=Patience(read=600))
    with pytest.raises(Cancelled):
        BlobUpload(client, "shop", blob, lambda: source, progress).run()
    registry.left.set()
    assert not registry.was_kept
    assert source.closed
    assert [one.method for one in registry.asked if "/uploads/1" in one.path] == ["DELETE"]
