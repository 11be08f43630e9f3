"""Applies Dockerfile instructions to an image config, for `-c` of `import` and `commit`.

Supports the instructions that docker accepts there, in the forms of the Dockerfile reference: exec form and shell
form, ``ENV k=v`` and ``ENV k v``, variables expanded from the config's environment.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from layertui.core.errors import Damaged, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.shell_words import expand, split_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layertui.core.oci.image_config import ExecConfig

_DEFAULT_SHELL = ("/bin/sh", "-c")
_DURATION = re.compile(r"(?:[0-9]{1,18}(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|ms|s|m|h)")
_NANOSECONDS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_RANGE = r"([0-9]{1,5})(?:-([0-9]{1,5}))?"
_PORT = re.compile(rf"(?:(?:(.*):)?(?:{_RANGE})?:)?{_RANGE}(?:/(tcp|udp|sctp)?)?", re.IGNORECASE)
_SIGNAL = re.compile(
    r"(?:SIG)?(?:ABRT|ALRM|BUS|CHLD|CLD|CONT|FPE|HUP|ILL|INT|IO|IOT|KILL|PIPE|POLL|PROF|PWR|QUIT|SEGV|STKFLT|STOP|SYS"
    r"|TERM|TRAP|TSTP|TTIN|TTOU|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ"
    r"|RTMIN(?:\+(?:[1-9]|1[0-5]))?|RTMAX(?:-(?:[1-9]|1[0-4]))?)|[+-]?0*[1-9][0-9]{0,17}"
)
# A backslash at the end of a line continues it, unless another backslash escapes it.
_CONTINUED = re.compile(r"(?:^|[^\\])(\\[ \t]*)$")
_RETRIES = re.compile(r"(?:\+?[0-9]{1,9})?")
_PERIODS = {
    "interval": "Interval",
    "timeout": "Timeout",
    "start-period": "StartPeriod",
    "start-interval": "StartInterval",
}


class InvalidChange(UsageError):
    """A change cannot be made."""


@dataclass(slots=True)
class _State:
    """The state of one run: the config so far, whether a CMD was among the changes, the times of the previous health check."""

    config: ExecConfig
    cmd_set: bool = False
    times: strict_json.Object = field(default_factory=dict)

    def set(self, **fields: Any) -> None:
        self.config = replace(self.config, **fields)

    def expanded(self, text: str) -> str:
        return expand(text, self.config.env)


def apply_changes(config: ExecConfig, changes: Sequence[str]) -> ExecConfig:
    """Apply the instructions to the config, in order. Raises UsageError, naming the one that is wrong."""
    state = _State(config, times={key: value for key, value in (config.healthcheck or {}).items() if key != "Test"})
    lines = list(_instructions(changes))
    if changes and not lines:
        raise InvalidChange(tr("a change without an instruction; write one such as 'CMD sh'"))
    for line in lines:
        word, *rest = line.split(maxsplit=1)
        apply = _APPLY.get(word.upper())
        if apply is None:
            raise InvalidChange(
                tr(
                    "{word!r} is not a change that can be made; use one of {apply}",
                    word=word.upper()[:40],
                    apply=", ".join(sorted(_APPLY)),
                )
            )
        try:
            apply(state, _without_flags("".join(rest)) if apply is not _healthcheck else "".join(rest))
        except UsageError as error:
            raise InvalidChange(tr("change {line!r}: {error}", line=line[:200], error=error)) from None
    return state.config


def _instructions(changes: Sequence[str]) -> Iterator[str]:
    pending = ""
    for line in "\n".join(changes).split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if continued := _CONTINUED.search(line):
            pending += line[: continued.start(1)]
            continue
        yield (pending + line).strip()
        pending = ""
    if pending.strip():
        yield pending.strip()


def _without_flags(text: str) -> str:
    """The arguments of an instruction without options; `--` ends the options."""
    if not text.startswith("--"):
        return text
    first, *rest = text.split(maxsplit=1)
    if first != "--":
        raise UsageError(tr("{first!r} is not an option of it", first=first[:40]))
    return "".join(rest)


def _array(text: str) -> tuple[str, ...] | None:
    """The exec form, a JSON array of strings; None for anything but an array. Raises UsageError for other elements.

    What follows the array is ignored, as by the builder's decoder.
    """
    if not text.startswith("["):
        return None
    from json import JSONDecoder

    try:
        end = JSONDecoder().raw_decode(text)[1]
    except (ValueError, RecursionError):
        end = len(text)
    try:
        value = strict_json.loads(text[:end].encode("utf-8", "surrogateescape"))
    except Damaged:
        return None
    if not all(isinstance(word, str) for word in value):
        raise UsageError(tr("an array may hold nothing but texts"))
    return tuple(value)


def _command(state: _State, text: str) -> tuple[str, ...]:
    array = _array(text)
    if array is not None:
        return array
    return (*(state.config.shell or _DEFAULT_SHELL), *([text] if text else []))


def _one(state: _State, text: str) -> str:
    value = state.expanded(text)
    if not value:
        raise UsageError(tr("exactly one value is needed"))
    return value


def _cmd(state: _State, text: str) -> None:
    state.cmd_set = True
    state.set(cmd=_command(state, text))


def _entrypoint(state: _State, text: str) -> None:
    # A new entrypoint drops the inherited command, unless these changes
    # set one; as docker's builder does.
    cmd = state.config.cmd if state.cmd_set else None
    state.set(entrypoint=(_command(state, text) if text else None) or None, cmd=cmd)


def _env(state: _State, text: str) -> None:
    # All pairs of one instruction see the environment before it.
    env = {entry.partition("=")[0]: entry for entry in state.config.env}
    for name, value in split_pairs(text):
        key = state.expanded(name)
        env[key] = f"{key}={state.expanded(value)}"
    state.set(env=tuple(env.values()))


def _label(state: _State, text: str) -> None:
    pairs = {state.expanded(name): state.expanded(value) for name, value in split_pairs(text)}
    state.set(labels={**state.config.labels, **pairs})


def _expose(state: _State, text: str) -> None:
    words = text.split()
    if not words:
        raise UsageError(tr("at least one port is needed"))
    ports = [port for word in words for one in state.expanded(word).split() for port in _ports(one)]
    state.set(exposed_ports=tuple(dict.fromkeys((*state.config.exposed_ports, *ports))))


def _ports(word: str) -> list[str]:
    """The container ports of a `-p` value; host ports before them are ignored, as a config has none."""
    match = _PORT.fullmatch(word)
    if match is None or (match[1] and not _is_address(match[1])):
        raise UsageError(tr("{word!r} is not a port; write 80, 80/udp or 8000-8010/tcp", word=word[:40]))
    first, last = int(match[4]), int(match[5] or match[4])
    host, host_last = int(match[2] or 0), int(match[3] or match[2] or 0)
    if not first <= last <= 65535 or not host <= host_last <= 65535:
        raise UsageError(tr("{word!r} is not a port or a range of ports", word=word))
    if match[2] and first != last and last - first != host_last - host:
        raise UsageError(tr("{word!r} has two ranges of ports that do not match", word=word))
    return [f"{port}/{(match[6] or 'tcp').lower()}" for port in range(first, last + 1)]


def _is_address(text: str) -> bool:
    from ipaddress import IPv4Address, IPv6Address

    try:
        IPv6Address(text[1:-1]) if text.startswith("[") and text.endswith("]") else IPv4Address(text)
    except ValueError:
        return False
    return True


def _volume(state: _State, text: str) -> None:
    array = _array(text)
    words = array if array is not None else text.split()
    volumes = [state.expanded(word) for word in words]
    if not volumes or not all(volume.strip() for volume in volumes):
        raise UsageError(tr("at least one path is needed, and none may be empty"))
    state.set(volumes=tuple(dict.fromkeys((*state.config.volumes, *volumes))))


def _workdir(state: _State, text: str) -> None:
    path = _one(state, text)
    if not path.startswith("/"):  # the builder, too, cleans a relative path only
        path = "/" + posixpath.normpath(posixpath.join("/", state.config.working_dir, path)).lstrip("/")
    state.set(working_dir=path)


def _user(state: _State, text: str) -> None:
    if not text:
        raise UsageError(tr("exactly one value is needed"))
    if user := state.expanded(text):  # otherwise the inherited user stays, as docker merges the two
        state.set(user=user)


def _stop_signal(state: _State, text: str) -> None:
    signal = _one(state, text)
    if not _SIGNAL.fullmatch(signal.upper()):
        raise UsageError(tr("{signal!r} is not a signal", signal=signal))
    state.set(stop_signal=signal)


def _on_build(state: _State, text: str) -> None:
    word = text.partition(" ")[0].upper()
    if not word or word in ("ONBUILD", "FROM", "MAINTAINER"):
        raise UsageError(tr("{word} cannot be a trigger", word=word or "nothing"))
    state.set(on_build=(*state.config.on_build, text))


def _healthcheck(state: _State, text: str) -> None:
    healthcheck: strict_json.Object = {}
    given: set[str] = set()
    while text.startswith("--"):
        option, _, text = text.partition(" ")
        text = text.lstrip()
        name, equals, value = option[2:].partition("=")
        key = _PERIODS.get(name, "Retries")
        if not equals or (key == "Retries" and (name != "retries" or not _RETRIES.fullmatch(value))):
            raise UsageError(tr("{option!r} is not an option of a health check", option=option[:40]))
        if name in given:
            raise UsageError(tr("{option!r} is there twice", option=option[:40]))
        given.add(name)
        if value:
            healthcheck[key] = int(value) if key == "Retries" else _duration(value)
    word, _, rest = text.partition(" ")
    if word.upper() == "NONE" and not rest.strip():
        state.set(healthcheck={"Test": ["NONE"], **state.times})
        return
    if word.upper() != "CMD" or not rest.strip():
        raise UsageError(tr("write NONE, or [OPTIONS] CMD and a command"))
    array = _array(rest.strip())
    if array == ():
        raise UsageError(tr("write NONE, or [OPTIONS] CMD and a command"))
    test = ["CMD-SHELL", rest.strip()] if array is None else ["CMD", *array]
    # `docker commit` keeps the container's value of each field that the new check does not set.
    state.set(healthcheck={"Test": test, **state.times, **healthcheck})


def _duration(text: str) -> int:
    parts = _DURATION.findall(text)
    if not parts or "".join(parts) != text.removeprefix("+"):
        raise UsageError(tr("{text!r} is not a duration; write 30s or 1m30s", text=text[:40]))
    total = 0.0
    for part in parts:
        number = part.rstrip("nuµmsh")
        total += float(number) * _NANOSECONDS[part[len(number) :]]
    if 0 < total < _NANOSECONDS["ms"]:
        raise UsageError(tr("{text!r} is shorter than a millisecond", text=text))
    if total >= 1 << 63:
        raise UsageError(tr("{text!r} is longer than 292 years", text=text))
    return round(total)


_APPLY: dict[str, Callable[[_State, str], None]] = {
    "CMD": _cmd,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _label,
    "ONBUILD": _on_build,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
