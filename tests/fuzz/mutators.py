"""How the fuzzer changes an input so that it gets past the first check: sums that are right, JSON that parses, digests that hold.

Without these nearly everything that it makes up is refused for one reason, and what lies behind that is never reached.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from random import Random
from typing import Any

import atheris

from layertui.core.errors import LayertuiError
from layertui.core.streams.tar.tar_contents import walk

Mutator = Callable[[bytes, int, int], bytes]

BLOCK = 512
# Where the fields of a header begin (POSIX ustar, GNU's sparse map at 386).
FIELDS = (0, 100, 108, 116, 124, 136, 156, 157, 257, 263, 265, 297, 329, 337, 345, 386, 398, 482, 483, 500, 512)
NUMBERS = (0, -1, 1, 1 << 31, (1 << 63) - 1, 1 << 63, 1 << 64, -(1 << 63), 0.5, 1e308)
WORDS = ("", "/", "..", "../../x", "sha256:", "a" * 300, "\x1b]52;c;eA==\x07", "\udc80", "\0", "linux", "amd64", "[/b]")


def tar(content: bytes, most: int, seed: int) -> bytes:
    """One field, one block, or anything; and mostly right sums again."""
    random = Random(seed)
    blocks = [content[at : at + BLOCK].ljust(BLOCK, b"\0") for at in range(0, len(content), BLOCK)] or [bytes(BLOCK)]
    at, way = random.randrange(len(blocks)), random.randrange(10)
    if way < 6:
        field = random.randrange(len(FIELDS) - 1)
        begin, end = FIELDS[field], FIELDS[field + 1]
        changed = atheris.Mutate(blocks[at][begin:end], end - begin)[: end - begin].ljust(end - begin, b"\0")
        blocks[at] = blocks[at][:begin] + changed + blocks[at][end:]
    elif way == 6:
        blocks.insert(random.randrange(len(blocks) + 1), blocks[at])
    elif way == 7 and len(blocks) > 1:
        del blocks[at]
    elif way == 8:
        blocks[at] = (
            blocks[at][:156] + random.choice([b"%c" % byte for byte in b"01234567SxgLKDMVNX\0"]) + blocks[at][157:]
        )
    else:
        blocks[at] = atheris.Mutate(blocks[at], BLOCK)[:BLOCK].ljust(BLOCK, b"\0")
    made = b"".join(blocks if random.randrange(16) == 0 else map(_summed, blocks))
    return made[: most if random.randrange(8) else random.randrange(len(made) + 1)][:most]


def document(content: bytes, most: int, seed: int) -> bytes:
    """One value of a JSON document, if it is one; else anything."""
    random = Random(seed)
    try:
        if random.randrange(8) == 0:
            return atheris.Mutate(content, most)
        made = json.dumps(_changed(json.loads(content), random), ensure_ascii=bool(random.randrange(2)))
        return made.encode("utf-8", "surrogatepass")[:most]
    except (ValueError, RecursionError):
        return atheris.Mutate(content, most)


def archive(content: bytes, most: int, seed: int) -> bytes:
    """One member of an archive, its digest then set right wherever it is named; or the tar itself."""
    random = Random(seed)
    try:
        read = [
            (member.name.decode(), member.offset, member.size) for member in walk(io.BytesIO(content)) if member.size
        ]
        members = {name: content[offset : offset + size] for name, offset, size in read}
        if not members or random.randrange(6) == 0:
            return tar(content, most, seed)
        name = random.choice(list(members))
        change = document if members[name][:1] in (b"{", b"[") else tar
        made = _written(_digested(members, name, change(members[name], most, seed)))
        return made if len(made) <= most else tar(content, most, seed)
    except (LayertuiError, ValueError):
        return tar(content, most, seed)


def _summed(block: bytes) -> bytes:
    """A block with the sum of a header, where it is one by its looks."""
    if block[257:262] != b"ustar" and not block[148:154].isdigit():
        return block
    total = sum(block[:148]) + sum(block[156:]) + 8 * 0x20
    return block[:148] + b"%06o\0 " % total + block[156:]


def _changed(value: Any, random: Random) -> Any:
    """The value with something in it changed: gone, of another type, twice, deeper, or a little different."""
    if isinstance(value, dict) and value and random.randrange(5):
        key = random.choice(list(value))
        way = random.randrange(12)
        if way == 0:
            return {other: held for other, held in value.items() if other != key}
        if way == 1:
            return value | {random.choice([*WORDS, key.upper(), key.lower()]): value[key]}
        return value | {key: _changed(value[key], random)}
    if isinstance(value, list) and value and random.randrange(5):
        at, way = random.randrange(len(value)), random.randrange(12)
        if way == 0:
            return value[:at] + value[at + 1 :]
        if way == 1:
            return value + value[at:]
        return [*value[:at], _changed(value[at], random), *value[at + 1 :]]
    if isinstance(value, str) and random.randrange(3):
        return atheris.Mutate(value.encode("utf-8", "surrogatepass"), len(value) + 32).decode(
            "utf-8", "surrogateescape"
        )
    others: list[Any] = [None, True, False, [], {}, [value], {"x": value}, *NUMBERS, *WORDS]
    return random.choice(others)


def _digested(members: dict[str, bytes], name: str, content: bytes) -> dict[str, bytes]:
    """The members with one changed, and everything that names it by its digest, and what names that."""
    changes = [(name, content)]
    for _ in range(8):  # a layer, its config, its manifest, an index of an index
        if not changes:
            break
        name, content = changes.pop()
        old, new = hashlib.sha256(members[name]).hexdigest(), hashlib.sha256(content).hexdigest()
        members[name] = content
        for other, held in list(members.items()):
            if old.encode() in held and other != name:
                changes.append((other, held.replace(old.encode(), new.encode())))
            if old in other:
                members[other.replace(old, new)] = members.pop(other)
                changes = [(key.replace(old, new), held) for key, held in changes]
    return members


def _written(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as made:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return out.getvalue()[: -8 * BLOCK]


MUTATORS: dict[str, Mutator] = {"tar": tar, "large-tar": tar, "json": document, "archive": archive}
