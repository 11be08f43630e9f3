"""The size map by repository adds up to what the layers have, and to what a repository alone has."""

from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.by_folder.repository_sizes import NO_REPOSITORY, SHARED, RepositorySizes, SizedLayer

REPOSITORIES = st.sampled_from(["", "a", "a/b", "a/b/c", "host:1/team/app", "host:1/team", "shared layers"])


@st.composite
def layers(draw):
    made = []
    for number in range(draw(st.integers(0, 8))):
        count = draw(st.integers(0, 1000))
        owners = sorted(draw(st.sets(REPOSITORIES, min_size=1, max_size=3)))
        made.append(SizedLayer(f"sha256:{number:064x}"[:71], owners, "x", count, draw(st.integers(0, count))))
    return [one._replace(diff_id=f"sha256:{number:012x}{'0' * 52}") for number, one in enumerate(made)]


@given(layers())
def test_each_layer_is_there_once_and_everything_adds_up(given_layers):
    sizes = RepositorySizes(given_layers, 3)
    found = sizes.map
    top = found.describe_one()
    assert (top.size, top.hidden) == (sum(one.bytes for one in given_layers), sum(one.wasted for one in given_layers))
    by_name = dict(zip(found.colours, found.by_colour(), strict=True))
    for name in sizes.repositories:
        alone = sum(one.bytes for one in given_layers if list(one.repositories) == [name])
        if (name or NO_REPOSITORY) != SHARED:
            assert by_name[name or NO_REPOSITORY] == alone
    leaves = [layer for node in range(len(found.tree)) if (layer := sizes.layer_of(node)) is not None]
    assert sorted(one.diff_id for one in leaves) == sorted(one.diff_id for one in given_layers if one.bytes)
