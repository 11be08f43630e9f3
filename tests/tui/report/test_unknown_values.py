"""What an engine does not know of an image or a container: `<none>` or a dash in text, null or nothing in JSON."""

from dataclasses import replace

from layertui.core.containers.model.container import Container, State
from layertui.core.engines.image_values import ImageSummary
from layertui.core.oci.digest import digest_of
from layertui.core.oci.reference import Reference
from layertui.tui.report.container_report import container_object
from layertui.tui.report.image_report import image_lines, image_object
from layertui.tui.widgets.container.life_line import stages_of

IMAGE = ImageSummary(id=digest_of(b"config"), names=(Reference.parse("shop:1"),))
ELSEWHERE = Container(
    id="1" * 64,
    name="box",
    image="shop:1",
    image_id=IMAGE.id,
    manifest=None,
    command=("sh",),
    created="2026-01-02T03:04:05Z",
    state=State.RUNNING,
    pid=None,
    started="2026-01-02T03:04:06Z",
)


def test_an_image_without_a_manifest():
    found = image_object(IMAGE)
    assert (found["digests"], found["size"], found["stored_size"], found["created"]) == ([], None, None, None)
    assert image_object(replace(IMAGE, digest=digest_of(b"manifest")))["digests"] == [digest_of(b"manifest")]
    _, row = image_lines([IMAGE], full=False, digests=True)
    assert row.split()[:3] == ["shop", "1", "<none>"]


def test_a_container_whose_process_is_on_another_machine():
    assert container_object(ELSEWHERE, None)["pid"] is None
    assert container_object(replace(ELSEWHERE, pid=0), None)["pid"] == 0
    assert stages_of(ELSEWHERE, None, None)[1].made[0] == "process -"
