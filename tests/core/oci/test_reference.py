"""References: docker's shortenings, the distribution specification's grammar."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from layertui.core.errors import UsageError
from layertui.core.oci.digest import Digest
from layertui.core.oci.reference import Reference

DIGEST = Digest("sha256:" + "0123456789abcdef" * 4)


@pytest.mark.parametrize(
    ("text", "familiar", "canonical"),
    [
        ("busybox", "busybox:latest", "docker.io/library/busybox:latest"),
        ("busybox:1.36", "busybox:1.36", "docker.io/library/busybox:1.36"),
        ("me/app", "me/app:latest", "docker.io/me/app:latest"),
        ("a/b/c", "a/b/c:latest", "docker.io/a/b/c:latest"),
        ("docker.io/busybox", "busybox:latest", "docker.io/library/busybox:latest"),
        ("index.docker.io/library/busybox", "busybox:latest", "docker.io/library/busybox:latest"),
        ("docker.io/library/a/b", "library/a/b:latest", "docker.io/library/a/b:latest"),
        ("docker.io/a.b/c", "docker.io/a.b/c:latest", "docker.io/a.b/c:latest"),
        ("docker.io/library/a.b", "a.b:latest", "docker.io/library/a.b:latest"),
        ("localhost/x", "localhost/x:latest", "localhost/x:latest"),
        ("localhost:5000/x:1", "localhost:5000/x:1", "localhost:5000/x:1"),
        ("HOST.example/x", "HOST.example/x:latest", "HOST.example/x:latest"),
        ("UPPER/x", "UPPER/x:latest", "UPPER/x:latest"),
        ("127.0.0.1:5000/a/b:T", "127.0.0.1:5000/a/b:T", "127.0.0.1:5000/a/b:T"),
        ("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"),
        ("a__b--c.d_e", "a__b--c.d_e:latest", "docker.io/library/a__b--c.d_e:latest"),
        (f"busybox@{DIGEST}", f"busybox@{DIGEST}", f"docker.io/library/busybox@{DIGEST}"),
        (f"busybox:1@{DIGEST}", f"busybox:1@{DIGEST}", f"docker.io/library/busybox:1@{DIGEST}"),
        ("x:" + "t" * 128, "x:" + "t" * 128, "docker.io/library/x:" + "t" * 128),
        ("x:_.-", "x:_.-", "docker.io/library/x:_.-"),
        ("h.example/" + "a" * 64, "h.example/" + "a" * 64 + ":latest", "h.example/" + "a" * 64 + ":latest"),
    ],
)
def test_names_are_read_shown_and_written_in_full(text, familiar, canonical):
    reference = Reference.parse(text)
    assert (reference.familiar, reference.canonical, str(reference)) == (familiar, canonical, familiar)
    assert Reference.parse(familiar) == Reference.parse(canonical) == reference


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "name is missing"),
        (":tag", "name is missing"),
        ("a/", "name is missing"),
        ("/a", "lower-case letters and digits"),
        ("a//b", "lower-case letters and digits"),
        ("App", "try 'app'"),
        ("me/App:Tag", "try 'me/app:Tag'"),
        ("Not A Name", "lower-case letters and digits"),
        ("a:", "'' is not a tag"),
        ("a:-x", "'-x' is not a tag"),
        ("a:b:c", "is not a tag"),
        ("a:" + "t" * 129, "is not a tag"),
        ("-a", "lower-case letters"),
        ("a-", "lower-case letters"),
        ("a..b", "lower-case letters"),
        ("a___b", "lower-case letters"),
        ("a b", "lower-case letters"),
        ("a\n", "lower-case letters"),
        ("é", "lower-case letters"),
        ("https://h/x", "not a host name"),
        ("-h.example/x", "not a host name"),
        ("h.example:port/x", "not a host name"),
        ("a@", "is not a digest"),
        ("a@sha256:12", "is not a digest"),
        ("a@latest", "is not a digest"),
        ("a" * 64, "an ID, not a name"),
        ("sha256:" + "a" * 64, "begins an ID"),
        ("sha256", "begins an ID"),
        ("a/" * 128 + "b", "at most 255"),
    ],
)
def test_what_is_wrong_is_said_with_the_text_itself(text, hint):
    with pytest.raises(UsageError) as caught:
        Reference.parse(text)
    assert hint in str(caught.value)
    assert str(caught.value).startswith("invalid reference ")


def test_a_caller_may_ask_what_was_really_written():
    assert Reference.parse("a", default_tag=None).tag is None
    assert Reference.parse("a:b", default_tag=None).tag == "b"


def test_a_tag_is_changed_in_a_new_value():
    reference = Reference.parse(f"h.example/x:1@{DIGEST}")
    assert reference.with_tag("2").familiar == "h.example/x:2"
    with pytest.raises(UsageError, match="is not a tag"):
        reference.with_tag("a b")


def test_references_sort_by_registry_and_name():
    names = ["b:2", "b:1", "a.example/z", "a"]
    assert [str(ref) for ref in sorted(map(Reference.parse, names))] == ["a.example/z:latest", "a:latest", "b:1", "b:2"]


COMPONENT = st.from_regex(r"[a-z0-9]+((\.|_|__|-{1,3})[a-z0-9]+){0,2}", fullmatch=True)
TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)
HOST = st.sampled_from(["", "localhost/", "h.example/", "localhost:5000/", "docker.io/"])


@pytest.mark.slow
@given(HOST, st.lists(COMPONENT, min_size=1, max_size=3), TAG)
def test_whatever_is_valid_survives_both_spellings(host, components, tag):
    # The first of several would be a host's name with a dot in it.
    assume(bool(host) or len(components) == 1 or ("." not in components[0] and components[0] != "localhost"))
    reference = Reference.parse(f"{host}{'/'.join(components)}:{tag}")
    assert Reference.parse(reference.canonical) == reference
    assert Reference.parse(reference.familiar) == reference
    assert reference.tag == tag


@given(st.text(max_size=30))
def test_any_text_is_a_reference_or_wrong_usage(text):
    try:
        reference = Reference.parse(text)
    except UsageError:
        return
    assert Reference.parse(reference.canonical) == reference
