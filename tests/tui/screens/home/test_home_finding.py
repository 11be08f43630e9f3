"""The filter of home: what is typed narrows the pane that it was called from."""

import pytest

from layertui.tui.widgets.forms.find_bar import FindBar

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("motd", ["/etc", "/etc/motd"]),
        ("*.so.1", ["/usr", "/usr/lib", "/usr/lib/libcrypto.so.1", "/usr/lib/libssl.so.1", "/usr/lib/libz.so.1"]),
        ("etc/sh", ["/etc", "/etc/shadow"]),
        ("/^l[is]$/", ["/bin", "/bin/ls"]),
        ("/^sh$/", ["/bin", "/bin/sh"]),
    ],
)
async def test_a_filter_narrows_the_files_while_it_is_typed(drive, typed, found):
    await drive.press("4", "slash", *["slash" if letter == "/" else letter for letter in typed])
    assert drive.paths() == found
    await drive.press("enter")
    assert not drive.app.screen.query(FindBar)
    assert drive.home.panes.focused == "files"
    at = drive.home.panes.files.path
    await drive.press("escape")
    assert len(drive.paths()) >= 6
    assert drive.home.panes.files.path == at


async def test_a_filter_that_is_cleared_leaves_the_folds_as_they_were(drive):
    await drive.press("4", "slash", *"motd")
    assert drive.paths() == ["/etc", "/etc/motd"]
    await drive.press("escape")
    assert len(drive.paths()) == 6


async def test_n_goes_from_find_to_find(drive):
    await drive.press("4", "slash", *".so", "enter")
    seen = [drive.home.panes.files.path]
    for key in ("n", "n", "n", "N"):
        await drive.press(key)
        seen.append(drive.home.panes.files.path)
    names = [path.rpartition("/")[2] for path in seen]
    assert names == ["libcrypto.so.1", "libssl.so.1", "libz.so.1", "libcrypto.so.1", "libz.so.1"]


async def test_a_filter_holds_while_layers_change(drive):
    await drive.press("j", "j", "4", "slash", *"motd", "enter", "3", "j")
    assert drive.paths() == ["/etc", "/etc/motd"]


async def test_escape_in_the_bar_clears_and_a_wrong_expression_says_so(drive):
    await drive.press("4", "slash", "slash", "left_parenthesis", "a", "slash")
    bar = drive.app.screen.query_one(FindBar)
    assert "invalid regular expression" in str(bar.query_one(".count").render())
    await drive.press("escape")
    assert not drive.app.screen.query(FindBar)
    assert drive.home.finding.finder.pattern("files") is None


async def test_images_and_layers_are_filtered_too(drive):
    await drive.press("slash", *"demo", "enter")
    assert [row.key for row in drive.home.panes.images.rows] == ["demo:1.0", "demo:2.0"]
    await drive.press("escape", "3", "slash", *"cmd", "enter")
    assert [row.command for row in drive.home.panes.layers.rows] == ['CMD ["sh"]']


async def test_the_image_that_a_filter_has_found_is_looked_at(drive):
    await drive.press("slash", *"demo:2")
    assert drive.home.state.selection.name == "busybox:latest"
    await drive.press("enter")
    assert drive.home.state.selection.name == "demo:2.0"


async def test_a_filter_that_is_kept_stands_in_the_frame_of_its_pane(drive):
    await drive.press("4", "slash", *"motd", "enter", "1", "slash", *"shop", "enter")
    assert drive.home.panes.files.border_subtitle.startswith("/ motd · 1 of")
    images = drive.home.panes.images
    assert images.border_subtitle == f"/ shop · {len(images.rows)} of {len(images.items)}"
    await drive.press("escape", "3", "slash", *"RUN", "enter")
    assert images.border_subtitle == ""
    assert drive.home.panes.layers.border_subtitle == "/ RUN · 0 of 2"


async def test_a_click_on_another_pane_closes_the_bar_and_what_it_found_stays(drive):
    await drive.press("1", "slash", *"shop")
    await drive.pilot.click("#files", offset=(10, 3))
    await drive.rest()
    assert not drive.app.screen.query(FindBar)
    assert drive.home.panes.focused == "files"
    assert drive.home.finding.finder.pattern("images").typed == "shop"
    await drive.press("slash", *"motd")
    assert drive.paths() == ["/etc", "/etc/motd"]
    assert drive.home.finding.finder.pattern("images").typed == "shop"
