"""What a name that means no image of an engine is told."""

import pytest

from layertui.core.engines.daemon.local_images.image_lookup import find_image
from layertui.core.errors import NotFound


@pytest.mark.parametrize(
    ("engine", "advice"),
    [
        ("docker", "; `layertui --engine docker images` lists the images"),
        ("two words", "; `layertui --engine 'two words' images` lists the images"),
        ("", ""),
    ],
)
def test_the_command_named_lists_the_images_of_that_engine(engine, advice):
    with pytest.raises(NotFound) as refused:
        find_image([], "shop:1", "Docker Engine", engine)
    assert str(refused.value) == f"no image shop:1 in Docker Engine{advice}"
