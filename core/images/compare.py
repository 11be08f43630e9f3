"""Two images side by side: the base they share, their histories lined up, and what their configs differ in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from layertui.core.images.align import align
from layertui.core.images.history import Step, steps
from layertui.core.images.image import Image
from layertui.core.oci.config import ImageConfig
from layertui.core.oci.digest import ChainID

Op = Literal["same", "only_a", "only_b", "changed"]


@dataclass(frozen=True, slots=True)
class Base:
    """The layers that both have at the bottom, found by ChainID."""

    layers: int
    chain_id: ChainID | None
    size: int | None
    steps: int
    """How many of the aligned steps, from the oldest on, belong to it."""


@dataclass(frozen=True, slots=True)
class StepPair:
    """A step here and the step there that it is held against; None where there is none."""

    op: Op
    a: Step | None
    b: Step | None


@dataclass(frozen=True, slots=True)
class ConfigDifference:
    """One field of the config that differs; None where one side does not have it."""

    field: str
    a: Any
    b: Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two images share and what parts them."""

    base: Base
    history: tuple[StepPair, ...]
    """Oldest first."""
    config: tuple[ConfigDifference, ...]

    @property
    def same_history(self) -> bool:
        """Whether every step has its equal."""
        return all(pair.op == "same" for pair in self.history)

    @property
    def same_config(self) -> bool:
        """Whether the configs ask for the same."""
        return not self.config


def compare(
    a: Image, b: Image, a_steps: Sequence[Step] | None = None, b_steps: Sequence[Step] | None = None
) -> Comparison:
    """Compare two images. Steps are given where not all count, or where their sizes are known."""
    ours = steps(a) if a_steps is None else tuple(a_steps)
    theirs = steps(b) if b_steps is None else tuple(b_steps)
    history = tuple(_pairs(ours, theirs))
    return Comparison(_base(ours, theirs, history), history, tuple(config_differences(a.config, b.config)))


def _pairs(a: Sequence[Step], b: Sequence[Step]) -> Iterator[StepPair]:
    for left, right, same in align(a, b):
        step, other = None if left is None else a[left], None if right is None else b[right]
        if other is None:
            yield StepPair("only_a", step, None)
        elif step is None:
            yield StepPair("only_b", None, other)
        else:
            yield StepPair("same" if same else "changed", step, other)


def _base(a: Sequence[Step], b: Sequence[Step], history: Sequence[StepPair]) -> Base:
    ours, theirs = ([step for step in each if step.layer is not None] for each in (a, b))
    shared = 0
    for step, other in zip(ours, theirs, strict=False):
        if step.chain_id != other.chain_id:
            break
        shared += 1
    sizes = [step.size for step in ours[:shared]]
    return Base(
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


def config_differences(a: ImageConfig, b: ImageConfig) -> Iterator[ConfigDifference]:
    """List the fields that differ: variables of the environment and labels one by one, all else as a whole.

    The time of creation and the history are no part of it: they say how an image was made, not what it is.
    """
    ours, theirs = _whole(a), _whole(b)
    for name in ours:
        if ours[name] != theirs[name]:
            yield ConfigDifference(name, ours[name], theirs[name])
    ours, theirs = _one_by_one(a), _one_by_one(b)
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield ConfigDifference(name, ours.get(name), theirs.get(name))


def _whole(config: ImageConfig) -> dict[str, Any]:
    run = config.config
    return {
        "os": config.os or None,
        "architecture": config.architecture or None,
        "variant": config.variant or None,
        "author": config.author or None,
        "entrypoint": _texts(run.entrypoint),
        "cmd": _texts(run.cmd),
        "user": run.user or None,
        "working_dir": run.working_dir or None,
        "exposed_ports": sorted(run.exposed_ports) or None,
        "volumes": sorted(run.volumes) or None,
        "stop_signal": run.stop_signal or None,
        "healthcheck": None if run.healthcheck is None else dict(run.healthcheck),
        "on_build": _texts(run.on_build or None),
        "shell": _texts(run.shell),
    }


def _one_by_one(config: ImageConfig) -> dict[str, Any]:
    # Of a variable that comes twice, the last counts, as it does for the process.
    pairs = (text.partition("=") for text in config.config.env)
    fields = {f"env.{name}": value for name, _, value in pairs}
    return fields | {f"labels.{name}": value for name, value in config.config.labels.items()}


def _texts(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)
