"""Digests: their grammar, their sum, and the chain of layers."""

import hashlib
import pickle
import random
import subprocess
import sys

import pytest

from layertui.core.errors import Damaged
from layertui.core.oci.digest import ChainID, DiffID, Digest, Sum, chain_ids, digest_of

EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_digest_is_a_text_with_parts():
    digest = Digest(EMPTY)
    assert digest == EMPTY
    assert (digest.algorithm, digest.encoded, digest.short) == ("sha256", EMPTY[7:], "e3b0c44298fc")
    assert isinstance(pickle.loads(pickle.dumps(DiffID(EMPTY))), DiffID)


@pytest.mark.parametrize("text", ["sha512:" + "a" * 128, "sha384:" + "0" * 96, "blake3:" + "c" * 64, "a+b.c:X_=-"])
def test_registered_and_unknown_algorithms_pass(text):
    assert Digest(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        "sha256",
        EMPTY[7:],
        EMPTY[:-1],
        EMPTY + "0",
        EMPTY.upper(),
        EMPTY.replace("e3", "E3"),
        EMPTY + "\n",
        "sha256:../../../etc/passwd",
        "x:../y",
        "md5:a/b",
        ":" + "a" * 64,
    ],
)
def test_what_is_no_digest_is_refused(text):
    with pytest.raises(Damaged, match="is not a digest"):
        Digest(text)


def test_a_long_text_is_not_repeated_whole_in_the_error():
    with pytest.raises(Damaged) as caught:
        Digest("x" * 100_000)
    assert len(str(caught.value)) < 250


def test_the_sum_counts_and_digests():
    total = Sum()
    for piece in (b"a", bytearray(b"bc"), memoryview(b"d")):
        total.update(piece)
    assert (total.size, total.digest()) == (4, digest_of(b"abcd"))
    assert Sum("sha512").digest() == "sha512:" + hashlib.sha512().hexdigest()


def test_an_algorithm_that_cannot_be_summed_says_so():
    with pytest.raises(Damaged, match="'blake3' cannot be verified"):
        Sum("blake3")


def test_the_chain_of_one_layer_is_its_diff_id_and_then_grows():
    first, second, third = (DiffID(digest_of(text)) for text in (b"1", b"2", b"3"))
    two = hashlib.sha256(f"{first} {second}".encode()).hexdigest()
    three = hashlib.sha256(f"sha256:{two} {third}".encode()).hexdigest()
    assert chain_ids([first, second, third]) == (first, f"sha256:{two}", f"sha256:{three}")
    assert all(type(chain_id) is ChainID for chain_id in chain_ids([first, second]))
    assert chain_ids([]) == ()


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 200_000])
def test_few_bytes_and_many_are_summed_alike_however_they_come(algorithm, size):
    content = random.Random(size).randbytes(size)
    for piece in (1000, 65_536, 1 << 20):
        total, buffer = Sum(algorithm), bytearray(piece)
        for start in range(0, size, piece):
            count = min(piece, size - start)
            buffer[:count] = content[start : start + count]  # read into again and again
            total.update(memoryview(buffer)[:count])
        assert (total.digest(), total.size) == (f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}", size)
    assert digest_of(content) == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_few_bytes_are_summed_without_openssl():
    code = "import sys; from layertui.core.oci.digest import Sum; Sum().digest(); print('_hashlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_what_a_user_writes_for_it(algorithm):
    digest = Digest(f"{algorithm}:{hashlib.new(algorithm).hexdigest()}")
    for text in (digest, digest.encoded, digest.encoded[:4], digest[: len(algorithm) + 5]):
        assert digest.is_meant_by(text)
    other = {"sha256": "sha512", "sha512": "sha256"}[algorithm]
    for text in (
        "",
        digest.encoded[:3],
        f"{algorithm}:",
        "0000",
        digest.encoded.upper(),
        f"{other}:{digest.encoded[:12]}",
    ):
        assert not digest.is_meant_by(text)
