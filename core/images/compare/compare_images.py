"""Compares two images: their shared base, their aligned histories, the differences of their configs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Literal

from layertui.core.images.compare.align import align
from layertui.core.images.compare.compare_configs import ConfigDifference, config_differences
from layertui.core.images.compare.moved_steps import moved_apart, moves
from layertui.core.images.history_steps import Step, steps
from layertui.core.images.image import Image
from layertui.core.language.texts import counted, tr
from layertui.core.oci.digest import ChainID, DiffID

Op = Literal["same", "only_a", "only_b", "changed"]


@dataclass(frozen=True, slots=True)
class SharedBase:
    """The bottom layers that both images share, found by ChainID."""

    layers: int
    chain_id: ChainID | None
    size: int | None
    steps: int
    """How many of the aligned steps, from the oldest on, are part of it."""


@dataclass(frozen=True, slots=True)
class StepPair:
    """A step of each side that are paired; None on a side without one.

    A step at another position on the other side is `only_a` in one pair and `only_b` in another; each of the two has the
    index of the other in `moved`.
    """

    op: Op
    a: Step | None
    b: Step | None
    moved: int | None = None
    """The index, in the history, of the pair with the same step, or the same layer, of the other side."""

    @property
    def same_layer(self) -> bool:
        """Whether both made a layer, and the same one: if `changed`, different commands made the same content."""
        return (
            self.a is not None and self.b is not None and self.a.layer is not None and self.a.diff_id == self.b.diff_id
        )

    @property
    def made_again(self) -> bool:
        """Whether the same command made different layers."""
        a, b = self.a, self.b
        if a is None or b is None or a.layer is None or b.layer is None:
            return False
        return bool(a.command) and a.command == b.command and a.diff_id != b.diff_id

    @property
    def difference(self) -> int | None:
        """How many bytes the right step adds more than the left one; None if a size is unknown."""
        sizes = [0 if step is None else step.size for step in (self.a, self.b)]
        return None if sizes[0] is None or sizes[1] is None else sizes[1] - sizes[0]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One side is a rebuild of the other: mostly the same commands, but other layers from one step on."""

    step: int
    """The number of the first step that differs, from 1 at the oldest; it invalidated the build cache for the others."""
    again: int
    """How many later steps ran the same command and made another layer."""


@dataclass(frozen=True, slots=True)
class SharedBytes:
    """Bytes of two sides, each layer once: on both sides, whatever its position, or on one only."""

    both: int
    only_a: int
    only_b: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two images share and how they differ."""

    base: SharedBase
    history: tuple[StepPair, ...]
    """Oldest first."""
    config: tuple[ConfigDifference, ...]

    @property
    def same_history(self) -> bool:
        """Whether every step has the same step on the other side."""
        return all(pair.op == "same" for pair in self.history)

    @property
    def same_config(self) -> bool:
        """Whether the configs are equal."""
        return not self.config

    @property
    def fields(self) -> tuple[ConfigDifference, ...]:
        """The fields that differ in the configs, and `rootfs` at the end if the layers differ, for a list of all fields.

        `rootfs` is not part of `config`: another layer changes nothing about how a container starts.
        """
        a, b = (_layers(self.history, side) for side in ("a", "b"))
        if [step.diff_id for step in a] == [step.diff_id for step in b]:
            return self.config
        ours, theirs = (counted(len(steps), "layer") for steps in (a, b))
        return (
            *self.config,
            ConfigDifference(
                "rootfs", ours, theirs, tr("{shared_layers} on both sides", shared_layers=self.shared_layers)
            ),
        )

    @property
    def first_difference(self) -> int | None:
        """The index of the first pair that is not the same; None if all are."""
        return next((index for index, pair in enumerate(self.history) if pair.op != "same"), None)

    @property
    def rebuilt(self) -> Rebuilt | None:
        """Whether one side is a rebuild of the other: the same commands from one change on, some with another layer."""
        first = self.first_difference
        if first is None:
            return None
        rest = list(dropwhile(lambda pair: not _same_command(pair), self.history[first:]))
        again = [pair for pair in rest if pair.made_again]
        kept = sum(map(_same_command, self.history))
        longest = max(len(_steps(self.history, side)) for side in ("a", "b"))
        if not again or not all(map(_same_command, rest)) or kept * 2 <= longest:
            return None
        # Up to the first difference both sides are equal, so the number is the same on both.
        return Rebuilt(first + 1, len(again) - (again[0] is self.history[first]))

    @property
    def running(self) -> tuple[tuple[int, int], ...]:
        """For each pair, the bytes of either side up to and including it; an unknown size counts as 0."""
        a = b = 0
        totals = []
        for pair in self.history:
            a += (pair.a.size or 0) if pair.a is not None else 0
            b += (pair.b.size or 0) if pair.b is not None else 0
            totals.append((a, b))
        return tuple(totals)

    @property
    def layers(self) -> tuple[int, int]:
        """The number of layers of each side."""
        return len(_layers(self.history, "a")), len(_layers(self.history, "b"))

    @property
    def shared_layers(self) -> int:
        """How many distinct layers are on both sides, at any position."""
        a, b = ({step.diff_id for step in _layers(self.history, side)} for side in ("a", "b"))
        return len(a & b)

    @property
    def shares(self) -> SharedBytes:
        """The bytes of files in layers that both or one side have; an unknown size counts as 0."""
        return _shares({step.diff_id: step.size or 0 for step in _layers(self.history, side)} for side in ("a", "b"))

    @property
    def transfer(self) -> SharedBytes:
        """The stored bytes of layers: `only_b` is what the left side needs to become the right one, `only_a` the reverse."""
        return _shares(
            {layer.diff_id: layer.size for step in _layers(self.history, side) if (layer := step.layer)}
            for side in ("a", "b")
        )


def compare(
    a: Image, b: Image, a_steps: Sequence[Step] | None = None, b_steps: Sequence[Step] | None = None
) -> Comparison:
    """Compare two images. `steps` are given to compare only some, or if their sizes are known."""
    ours = steps(a) if a_steps is None else tuple(a_steps)
    theirs = steps(b) if b_steps is None else tuple(b_steps)
    history = pairs(ours, theirs)
    return Comparison(_base(ours, theirs, history), history, tuple(config_differences(a.config, b.config)))


def pairs(a: Sequence[Step], b: Sequence[Step]) -> tuple[StepPair, ...]:
    """Align two histories, and find moved steps."""
    lines = align(a, b)
    moved = moves(a, b, lines)
    lines = list(moved_apart(lines, moved))
    left = {line[0]: index for index, line in enumerate(lines)}
    right = {line[1]: index for index, line in enumerate(lines)}
    elsewhere = {left[one]: right[other] for one, other in moved.items()}
    elsewhere |= {there: here for here, there in elsewhere.items()}
    return tuple(
        StepPair(
            _operation(one, other, same=same),
            None if one is None else a[one],
            None if other is None else b[other],
            elsewhere.get(index),
        )
        for index, (one, other, same) in enumerate(lines)
    )


def _operation(left: int | None, right: int | None, *, same: bool) -> Op:
    if right is None:
        return "only_a"
    if left is None:
        return "only_b"
    return "same" if same else "changed"


def _base(a: Sequence[Step], b: Sequence[Step], history: Sequence[StepPair]) -> SharedBase:
    ours, theirs = ([step for step in each if step.layer is not None] for each in (a, b))
    shared = 0
    for step, other in zip(ours, theirs, strict=False):
        if step.chain_id != other.chain_id:
            break
        shared += 1
    sizes = [step.size for step in ours[:shared]]
    return SharedBase(
        shared,
        ours[shared - 1].chain_id if shared else None,
        None if None in sizes else sum(size for size in sizes if size is not None),
        _base_steps(history, ours[:shared]),
    )


def _base_steps(history: Sequence[StepPair], base: Sequence[Step]) -> int:
    """Count the pairs, from the oldest on, that are the same and made the base, or made no layer right after it."""
    left = len(base)
    if not base:
        return 0
    for number, pair in enumerate(history):
        if pair.op != "same" or pair.a is None or (pair.a.layer is not None and not left):
            return number
        left -= pair.a.layer is not None
    return len(history)


def _steps(history: Iterable[StepPair], side: str) -> list[Step]:
    return [step for pair in history if (step := getattr(pair, side)) is not None]


def _layers(history: Iterable[StepPair], side: str) -> list[Step]:
    return [step for step in _steps(history, side) if step.layer is not None]


def _same_command(pair: StepPair) -> bool:
    return pair.a is not None and pair.b is not None and pair.a.command == pair.b.command


def _shares(sides: Iterator[dict[DiffID | None, int]]) -> SharedBytes:
    a, b = sides
    both = sum(size for name, size in a.items() if name in b)
    return SharedBytes(both, sum(a.values()) - both, sum(b.values()) - both)
