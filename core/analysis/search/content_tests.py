"""What can be asked of the content of a file: whether it contains a text, a regular expression, or has a digest.

Each test is applied to many whole files in one buffer, or to one file piece by piece.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Protocol

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest, Sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.search.linear_regex import LinearRegex

_LINE_END = ord("\n")
LONGEST_LINE = 1 << 16  # bytes; a regular expression finds nothing longer across two pieces of a file


class FileTest(Protocol):
    """The test of one file, fed with its content from the beginning."""

    def feed(self, piece: bytes) -> bool:
        """The next piece of the content. Whether it is known now that the file passes."""
        ...

    def skip(self) -> None:
        """What follows is not next to what was fed before: a hole of a sparse file is between them."""
        ...

    def end(self) -> bool:
        """Whether the file passes, now that all of it was fed."""
        ...


class ContentTest(Protocol):
    """What a search asks of the contents of files: of many small ones in one buffer, of a large one as a stream."""

    @property
    def reads_holes(self) -> bool:
        """Whether the zeros of a sparse file's holes count."""
        ...

    def in_buffer(self, buffer: bytes, starts: Sequence[int], ends: Sequence[int]) -> list[int]:
        """Which of the files in a buffer pass; these are ascending and do not overlap."""
        ...

    def file(self) -> FileTest:
        """The test of a file that comes in pieces."""
        ...


class ContainsText:
    """Files that contain some bytes. Raises UsageError, when made, for none."""

    reads_holes = False

    def __init__(self, text: bytes) -> None:
        if not text:
            raise UsageError(tr("the text to search for in contents is empty"))
        self._text = text

    def in_buffer(self, buffer: bytes, starts: Sequence[int], ends: Sequence[int]) -> list[int]:
        # One search of the whole buffer: most files have no hit, and are never looked at by themselves.
        found: list[int] = []
        text, length = self._text, len(self._text)
        at = buffer.find(text)
        while at >= 0:
            file = bisect_right(starts, at) - 1
            following = at + 1
            if file >= 0 and at + length <= ends[file]:
                found.append(file)
                following = ends[file]
            elif file + 1 < len(starts) and (file < 0 or at >= ends[file]):
                following = max(starts[file + 1], following)  # between two files
            at = buffer.find(text, following)
        return found

    def file(self) -> FileTest:
        return _TextInFile(self._text)


class _TextInFile:
    def __init__(self, text: bytes) -> None:
        self._text, self._before = text, b""

    def feed(self, piece: bytes) -> bool:
        text = self._text
        if text in piece or text in self._before + piece[: len(text) - 1]:
            return True
        if len(text) > 1:
            self._before = (self._before + piece[1 - len(text) :])[1 - len(text) :]
        return False

    def skip(self) -> None:
        self._before = b""

    def end(self) -> bool:
        return False


class ContainsRegex:
    """Files in a line of which a regular expression is found; a line ends with its line end, and after the last there is none."""

    reads_holes = False

    def __init__(self, regex: LinearRegex) -> None:
        self._regex = regex

    def in_buffer(self, buffer: bytes, starts: Sequence[int], ends: Sequence[int]) -> list[int]:
        whole, regex = memoryview(buffer), self._regex
        found = []
        for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if end > start and regex.in_lines(whole[start : end - (buffer[end - 1] == _LINE_END)]):
                found.append(at)
        return found

    def file(self) -> FileTest:
        return _RegexInFile(self._regex)


class _RegexInFile:
    def __init__(self, regex: LinearRegex) -> None:
        self._regex = regex
        self._kept = b""  # a line whose end has not come yet
        self._start = 0  # 1 if the first byte kept is only there to be before the others

    def feed(self, piece: bytes) -> bool:
        text = self._kept + piece
        cut = text.rfind(b"\n") + 1
        if cut and self._regex.in_lines(text, self._start, cut - 1):
            return True
        start = cut or self._start
        if len(text) - start > LONGEST_LINE:
            # Without its last byte, so that the end of the piece is not taken for the end of the line.
            if self._regex.in_lines(text, start, len(text) - 1):
                return True
            start, self._start = len(text) - LONGEST_LINE, 1
            self._kept = text[start - 1 :]
        elif cut:
            self._kept, self._start = text[cut:], 0
        else:
            self._kept = text
        return False

    def skip(self) -> None:
        self._kept += b"\n"

    def end(self) -> bool:
        return len(self._kept) > self._start and self._regex.in_lines(self._kept, self._start)


class HasDigest:
    """Files whose content has a digest."""

    reads_holes = True

    def __init__(self, digest: Digest) -> None:
        self.digest = digest

    def in_buffer(self, buffer: bytes, starts: Sequence[int], ends: Sequence[int]) -> list[int]:
        whole = memoryview(buffer)
        found = []
        for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
            total = Sum(self.digest.algorithm)
            total.update(whole[start:end])
            if total.digest() == self.digest:
                found.append(at)
        return found

    def file(self) -> FileTest:
        return _SummedFile(self.digest)


class _SummedFile:
    def __init__(self, digest: Digest) -> None:
        self._digest, self._total = digest, Sum(digest.algorithm)

    def feed(self, piece: bytes) -> bool:
        self._total.update(piece)
        return False

    def skip(self) -> None:
        """Not called, since holes are read."""

    def end(self) -> bool:
        return self._total.digest() == self._digest


class AllOf:
    """Files that pass several tests."""

    def __init__(self, tests: Sequence[ContentTest]) -> None:
        self._tests = tests
        self.reads_holes = any(test.reads_holes for test in tests)

    def in_buffer(self, buffer: bytes, starts: Sequence[int], ends: Sequence[int]) -> list[int]:
        passing = list(range(len(starts)))
        for test in self._tests:
            found = test.in_buffer(buffer, [starts[at] for at in passing], [ends[at] for at in passing])
            passing = [passing[at] for at in found]
        return passing

    def file(self) -> FileTest:
        return _AllInFile([test.file() for test in self._tests])


class _AllInFile:
    def __init__(self, tests: list[FileTest]) -> None:
        self._tests = tests

    def feed(self, piece: bytes) -> bool:
        self._tests = [test for test in self._tests if not test.feed(piece)]
        return not self._tests

    def skip(self) -> None:
        for test in self._tests:
            test.skip()

    def end(self) -> bool:
        return all(test.end() for test in self._tests)
