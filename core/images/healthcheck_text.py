"""Rewrites a HEALTHCHECK of a history, which docker records as Go prints a struct, as the Dockerfile line it came from.

moby's `builder/dockerfile/dispatchers.go` and buildkit both write `fmt.Sprintf("HEALTHCHECK %q", &HealthConfig{…})`: the words of
the test, the durations, and the number of retries as a character: `HEALTHCHECK &{["CMD-SHELL" "curl x"] "30s" "5s" "0s" 'A'}` for 65.
"""

import json
import re

GO_STRING = r'"(?:[^"\\]|\\.)*"'
_STRUCT = re.compile(
    rf"HEALTHCHECK &\{{\[({GO_STRING}(?: {GO_STRING})*)\]((?: \"[0-9a-zµ.]+\"){{2,4}}) '(\\?.[^']*)'\}}", re.DOTALL
)
# Fields of HealthConfig in Go's order. StartPeriod came with docker 17.05, StartInterval with 25.0, between the others.
_DURATIONS = {
    2: ("interval", "timeout"),
    3: ("interval", "timeout", "start-period"),
    4: ("interval", "timeout", "start-period", "start-interval"),
}
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))", re.DOTALL)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NOT_A_CHARACTER = 0xFFFD
"""What Go prints for a number that is not a character."""


def as_dockerfile(text: str) -> str:
    """The line of a Dockerfile; the text unchanged if docker did not write it."""
    match = _STRUCT.fullmatch(text)
    if match is None:
        return text
    words = [go_unquoted(word[1:-1]) for word in re.findall(GO_STRING, match[1])]
    durations = re.findall(r'"([^"]*)"', match[2])
    retries = go_unquoted(match[3])
    if len(retries) != 1 or ord(retries) == _NOT_A_CHARACTER:
        return text
    options = [
        f"--{name}={duration}"
        for name, duration in zip(_DURATIONS[len(durations)], durations, strict=True)
        if duration != "0s"
    ]
    if ord(retries):
        options.append(f"--retries={ord(retries)}")
    kind, *rest = words
    if kind == "CMD-SHELL" and len(rest) == 1:
        return " ".join(["HEALTHCHECK", *options, "CMD", *rest])
    if kind == "CMD":
        return " ".join(["HEALTHCHECK", *options, "CMD", json.dumps(rest, ensure_ascii=False)])
    return "HEALTHCHECK NONE" if words == ["NONE"] and not options else text


def go_unquoted(text: str) -> str:
    """Undo Go's escapes in a string or a character, given without its quotes."""

    def character(match: re.Match[str]) -> str:
        number = match[1] or match[2] or match[3]
        if number is None:
            return _LETTERS.get(match[4], match[4])
        code = int(number, 16)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"

    return _ESCAPE.sub(character, text)
