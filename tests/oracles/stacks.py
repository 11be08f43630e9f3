"""Stacks of layers at random that every engine can unpack: sound tars, each folder named, few names so that much is replaced."""

from builders import file, folder, layer, opaque, symlink, whiteout

NAMES = ["a", "b", "c", "d"]


def random_stack(rng):
    """Make some layers over few names, so that much is replaced, removed and emptied."""
    return [_layer(rng, number) for number in range(rng.randrange(2, 6))]


def _layer(rng, number):
    kinds, parents = {}, set()
    for _ in range(rng.randrange(3, 14)):
        path = "/".join(rng.choice(NAMES) for _ in range(rng.randrange(1, 4)))
        folders = {"/".join(path.split("/")[:n]) for n in range(1, path.count("/") + 1)}
        # One layer is a sound tar: a path is one thing, and what lies below it makes it a folder.
        if path in kinds or path in parents or any(kinds.get(parent, "dir") != "dir" for parent in folders):
            continue
        parents |= folders
        kinds[path] = rng.choice(["file", "file", "dir", "link"] + (["gone", "gone", "empty"] if number else []))
        if kinds[path] == "empty":
            parents.add(path)
    entries = []
    for path in sorted(parents | set(kinds)):
        kind = kinds.get(path, "dir")
        mode = rng.choice([0o600, 0o644, 0o755])
        match kind:
            case "file":
                entries.append(file(path, b"x" * rng.randrange(50), mode=mode, uid=rng.randrange(3)))
            case "dir":
                entries.append(folder(path, mode=mode | 0o100))
            case "link":
                entries.append(symlink(path, "a"))
            case "gone":
                entries.append(whiteout(path))
            case "empty":
                entries += [folder(path), opaque(path)]
    return layer([*entries, file(f"layer-{number}", b"so that no two layers are the same")])
