"""Bytes by folder: the parts are the whole, for every stack of layers."""

import numpy as np
from hypothesis import given

from laws.naive import Layer
from laws.stacks import STACKS, as_table
from layertui.core.analysis.by_folder.size_map import SizeMap
from layertui.core.analysis.by_folder.size_tree import TOP, GroupedBytes, Groups, SizeTree
from layertui.core.analysis.stored_files import stored_files
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer


def stacked(layers: tuple[Layer, ...]) -> Stack:
    return Stack.from_layers([StackLayer(as_table(layer)) for layer in layers])


def by_layer(stack, files):
    return Groups(files.layer - 1, [f"layer {number}" for number in range(1, len(stack) + 1)])


def tree_of(stack, files, split):
    return SizeTree(stack, files, by_layer(stack, files) if split else None)


@given(STACKS)
def test_what_is_in_a_folder_and_the_files_at_its_path_are_the_folder(layers):
    stack = stacked(layers)
    files = stored_files(stack)
    for split in (False, True):
        tree = tree_of(stack, files, split)
        path_ids = files.path_ids
        for node in range(len(tree)):
            at = path_ids[tree.copies[tree.first[node] : tree.end[node]]]
            own = files.bytes[tree.copies[tree.first[node] : tree.end[node]]][at == tree.path_ids[node]].sum()
            assert tree.own_bytes(node) == own
            assert own == 0 or node != TOP


@given(STACKS)
def test_everything_is_what_is_stored_shown_and_hidden(layers):
    stack = stacked(layers)
    files = stored_files(stack)
    for split in (False, True):
        tree = tree_of(stack, files, split)
        assert tree.sizes[TOP] == files.stored_bytes
        assert tree.hidden[TOP] == files.hidden_bytes
        assert tree.sizes[TOP] - tree.hidden[TOP] == stack.view().total_size
        assert (tree.hidden <= tree.sizes).all()


@given(STACKS)
def test_children_are_all_nodes_once_and_the_largest_first(layers):
    stack = stacked(layers)
    for split in (False, True):
        tree = tree_of(stack, stored_files(stack), split)
        seen = [TOP]
        for node in range(len(tree)):
            children = tree.children(node)
            sizes = tree.sizes[children].tolist()
            assert sizes == sorted(sizes, reverse=True)
            assert (tree.parents[children] == node).all()
            assert tree.are_folders(np.array([node])).tolist() == [len(children) > 0]
            seen += children.tolist()
        assert sorted(seen) == list(range(len(tree)))


@given(STACKS)
def test_the_bytes_of_a_node_by_layer_are_its_bytes(layers):
    stack = stacked(layers)
    files = stored_files(stack)
    groups = by_layer(stack, files)
    whole, split = SizeTree(stack, files), SizeTree(stack, files, groups)
    nodes = np.arange(len(whole))
    table = GroupedBytes(whole, files, groups).of(nodes)
    assert (table.sum(axis=1) == whole.sizes).all()
    assert table[TOP].tolist() == files.by_layer(files.layer)[1:].tolist()
    # Split by layers, the same paths have the same bytes.
    for node in nodes.tolist()[1:]:
        for group in range(len(stack)):
            mine = np.flatnonzero((split.groups == group) & (split.path_ids == whole.path_ids[node]))
            assert split.sizes[mine].sum() == table[node, group]


@given(STACKS)
def test_a_node_is_found_by_its_path(layers):
    stack = stacked(layers)
    files = stored_files(stack)
    found = SizeMap(stack, files, by_layer(stack, files))
    for one in found.describe(np.arange(len(found.tree))):
        path = found.path(one.node)
        assert found.node_of(path) == one.node
        assert path.rpartition("/")[2] == one.name
        assert found.node_of(path + "/none such") == one.node
        assert one.layer_size == max(found.by_layer(one.node)) == found.by_colour(one.node)[one.colour]
        assert one.is_folder == bool(len(found.tree.children(one.node)))


@given(STACKS)
def test_a_split_map_has_the_colours_of_its_groups(layers):
    stack = stacked(layers)
    files = stored_files(stack)
    groups = by_layer(stack, files)
    found = SizeMap(stack, files, groups, groups)
    assert found.by_colour() == found.by_layer()
    for one in found.describe(np.arange(1, len(found.tree))):
        assert one.colour == one.layer == found.group_of(one.node)
        assert found.by_colour(one.node)[one.colour] == sum(found.by_colour(one.node)) == one.size


def test_an_image_without_files_has_a_top_alone():
    stack = Stack.from_layers([])
    files = stored_files(stack)
    for split in (None, Groups(files.layer, [])):
        tree = SizeTree(stack, files, split)
        assert len(tree) == 1
        assert tree.sizes.tolist() == [0]
        assert len(tree.children()) == 0
