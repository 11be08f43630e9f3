"""Whatever an untrusted text is: no verb and no screen lets it act on the terminal. See `texts` for all its positions."""

import json

import pytest

from command_line import layertui
from hostile.texts import ALL, TEXTS, evil_store, flaw, name_of, raw
from layertui.tui.verbs.commands import VERBS

BIDI, LINES = f"/d/{name_of('bidi')}", f"/d/{name_of('lines')}"
STREAMS = {"logs", "events", "stats"}
"""Their JSON is one document a line."""
AS_IT_IS = {"cat", "export", "save", "run", "exec", "attach", "start", "logs"}
"""What a file or a container says goes through as it is, as docker has it; but not into JSON."""

TRIES = {
    "images": [[], ["evil"], [ALL]],
    "load": [["{archive}"], [ALL], [f"docker-archive:{{archive}}:{ALL}"]],
    "save": [["-o", "{folder}/saved.tar", "evil:1"], ["evil:1"], [ALL], ["-o", f"{{folder}}/{ALL}", "evil:1"]],
    "import": [["-", "third:1", "-m", ALL], ["-", ALL], ["-c", f"ENV {ALL}", "-"], [ALL]],
    "tag": [["evil:1", "evil:3"], ["evil:1", ALL], [ALL, "x:1"]],
    "rmi": [[ALL], ["evil:1"], ["evil:3"]],
    "history": [["evil:1"], ["--no-trunc", "evil:1"], ["--dockerfile", "evil:1"], ["-q", "evil:1"], [ALL]],
    "layers": [["evil:1"], ["container:box"], [ALL]],
    "inspect": [["evil:1"], ["box"], [ALL], ["box", ALL]],
    "ls": [
        ["-R", "evil:1"],
        ["-Rl", "container:box"],
        ["evil:1", BIDI],
        ["evil:1", ALL],
        ["--digest", "evil:1", "/l"],
        ["--layer", "5", "evil:1"],
    ],
    "tree": [["evil:1"], ["container:box", "/own"], ["evil:1", ALL]],
    "cat": [["evil:1", BIDI], ["evil:1", ALL], ["evil:1", LINES]],
    "which": [["evil:1", BIDI], ["evil:1", ALL], ["container:box", BIDI]],
    "versions": [["evil:1", BIDI], ["evil:1", ALL], ["container:box", BIDI]],
    "extract": [
        ["evil:1", "/d", "{folder}/out"],
        ["evil:1", ALL, "{folder}/out"],
        ["evil:1", "/d", f"{{folder}}/{ALL}/x"],
        ["-n", "evil:1", "/d", "{folder}/out"],
    ],
    "file": [
        ["evil:1", BIDI],
        ["evil:1", ALL],
        ["evil:1", BIDI, ALL],
        ["--list", "evil:1", BIDI],
        ["--layout", "evil:1", LINES],
        ["container:box", BIDI],
    ],
    "find": [
        [],
        ["-l", "--hidden"],
        ["--content-regex", "a|b", "container:box"],
        ["--name", ALL, "evil:1"],
        ["--path", ALL],
        ["--regex", f"({ALL}"],
        ["--content", ALL, "evil:1"],
        ["--digest", ALL],
        [ALL],
        ["--name", "*", "{folder}", "{archive}"],
    ],
    "compare": [
        *(["--format", form, "evil:1", "evil:2"] for form in ("text", "json", "markdown", "html")),
        *(["--content", f"/d/{name_of(what)}", "evil:1", "evil:2"] for what in TEXTS),
        ["container:box", "evil:2"],
        ["evil:1", ALL],
        ["--content", ALL, "evil:1", "evil:2"],
    ],
    "analyze": [
        *(["--format", form, "evil:1"] for form in ("text", "json", "junit", "markdown", "sarif", "html")),
        *(["--ci", "--forbid", "*", "--format", form, "evil:1"] for form in ("text", "json", "junit", "sarif")),
        ["--against", "evil:2", "container:box"],
        ["--ci", "--forbid", ALL, "evil:1"],
        ["--ci", "--max-size", ALL, "evil:1"],
        ["--ci-config", ALL, "evil:1"],
        ["--ci", ALL],
    ],
    "ps": [["-a"], ["-aq"]],
    "create": [
        ["--name", ALL, "evil:1"],
        [ALL],
        ["-e", ALL, "evil:1", ALL],
        ["-v", ALL, "evil:1"],
        ["--mount", ALL, "evil:1"],
        ["-h", ALL, "evil:1"],
        ["-u", ALL, "evil:1"],
    ],
    "rm": [[ALL]],
    "namespaces": [["box"], [ALL]],
    "run": [
        ["--rm", "--entrypoint", "/bin/echo", "-w", "/", "-u", "0", "evil:1", ALL],
        ["--rm", "evil:1"],
        ["--rm", "-w", "/", "-u", "0", "--entrypoint", f"/{ALL}", "evil:1"],
        [ALL],
    ],
    "start": [["quiet"], [ALL], ["-a", "quiet"]],
    "attach": [["quiet"], [ALL]],
    "stop": [[ALL]],
    "kill": [[ALL], ["-s", ALL, "box"]],
    "wait": [[ALL]],
    "logs": [["box"], ["-t", "box"], ["quiet"], [ALL]],
    "exec": [
        ["-w", "/", "-u", "0", "box", "/bin/echo", ALL],
        ["-w", "/", "-u", "0", "box", ALL],
        ["-u", ALL, "box", "true"],
        ["-w", ALL, "box", "true"],
    ],
    "pause": [[ALL]],
    "unpause": [[ALL]],
    "restart": [[ALL]],
    "rename": [["box", ALL], [ALL, "x"]],
    "write": [["-p", "box", f"/w/{name_of('escape')}", "-"], ["box", "/w", ALL], ["box", ALL, "-"]],
    "mkdir": [["box", ALL], ["-p", "box", f"/m/{name_of('bidi')}"], ["box", "/d/."]],
    "unlink": [["box", f"/missing{name_of('escape')}"], ["box", LINES]],
    "cp": [
        ["box:/d", "{folder}/copied"],
        [f"box:{ALL}", "{folder}"],
        [ALL, "box:/"],
        ["box:/d", f"{{folder}}/{ALL}/x/y"],
    ],
    "diff": [["box"], [ALL]],
    "commit": [["-m", ALL, "-a", ALL, "box", "done:1"], ["box", ALL], ["-c", f"LABEL {ALL}", "box"]],
    "export": [["-o", "{folder}/box.tar", "box"], [ALL], ["-o", f"{{folder}}/{ALL}/x", "box"]],
    "events": [["--since", "1h", "--until", "0s"], ["--since", ALL]],
    "top": [["box"], [ALL]],
    "stats": [["--no-stream"], ["--no-stream", ALL]],
    "fsck": [[]],
    "gc": [["--dry-run"], []],
    "df": [[]],
    "demo": [["--no-ui"]],
    "tour": [["--again"], ["--engine", ALL]],
    "engines": [["-v"]],
    "version": [[]],
    "config": [[]],
    "completion": [["bash"], ["zsh", "--complete", "--", "ls", ""]],
    "serve": [["--page", ALL], ["--port", ALL]],
    "pull": [[ALL], [f"127.0.0.1:1/{ALL}"]],
    "push": [[ALL], ["evil:1", ALL], ["evil:1", f"127.0.0.1:1/{ALL}"]],
    "copy": [
        ["evil:1", f"oci:{{folder}}/{ALL}:1"],
        ["evil:1", "docker-archive:{folder}/copied.tar"],
        ["evil:1", ALL],
        [ALL, "oci:{folder}/none"],
        [f"docker://127.0.0.1:1/{ALL}", "oci:{folder}/none"],
    ],
    "tags": [[ALL], [f"docker://127.0.0.1:1/{ALL}"]],
    "login": [["-u", ALL, "--password-stdin", "127.0.0.1:1"], ["-u", "x", "--password-stdin", ALL]],
    "logout": [[ALL]],
    "catalog": [
        ["add", ALL],
        ["add", "evil:1"],
        ["find", "--name", ALL],
        ["find", "-l", "--hidden"],
        ["sql", ALL],
        [ALL],
    ],
    "IMAGE": [[ALL]],
}


def test_every_verb_is_tried():
    assert set(TRIES) - {"IMAGE"} == set(VERBS)


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """The store, its archive, and a container that runs and has written everything to its logs."""
    with evil_store(tmp_path_factory.mktemp("evil")) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("verb", TRIES)
def test_no_verb_lets_it_through(verb, evil, tmp_path):
    store, archive = evil
    flaws = []
    for spelled in TRIES[verb]:
        words = [word.replace("{folder}", str(tmp_path)).replace("{archive}", str(archive)) for word in spelled]
        line = words if verb == "IMAGE" else [verb, *words]
        done = layertui(*line, store=store, stdin=raw(ALL))
        flaws += [(verb, words, found) for found in [flaw(done, own=verb in AS_IT_IS)] if found]
        said = layertui("--json", *line, store=store, stdin=raw(ALL))
        flaws += [(verb, words, found) for found in [flaw(said, own=verb in AS_IT_IS - {"logs"})] if found]
        if said.code == 0 and said.out and verb not in AS_IT_IS | {"compare", "analyze"}:
            for document in said.lines if verb in STREAMS else [said.text]:
                json.loads(document)
    assert flaws == []
