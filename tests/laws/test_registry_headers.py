"""What a registry writes in its headers is read as it was meant, and whatever else it writes ends in no traceback."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from layertui.core.engines.registry.challenge import Challenge, parse_challenges
from layertui.core.engines.registry.pages import natural, next_link
from layertui.core.engines.registry.registry_retry import retry_seconds

words = st.text("abcXYZ019-._~!", min_size=1, max_size=8)
quoted = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
parameters = st.dictionaries(words.map(str.lower), quoted, min_size=1, max_size=4)
challenges = st.lists(st.builds(Challenge, words.map(str.lower), parameters), min_size=1, max_size=3)


def _written(challenge):
    escaped = {name: re.sub(r'(["\\])', r"\\\1", value) for name, value in challenge.parameters.items()}
    return challenge.scheme + " " + ",".join(f'{name}="{value}"' for name, value in escaped.items())


@given(challenges, st.booleans())
def test_challenges(wanted, in_one_header):
    headers = [_written(one) for one in wanted]
    found = parse_challenges([", ".join(headers)] if in_one_header else headers)
    assert [(one.scheme, dict(one.parameters)) for one in found] == [(one.scheme, one.parameters) for one in wanted]


@given(st.lists(st.text(max_size=60), max_size=3))
@example(['Bearer realm="' + "\\" * 60])
@example(["Negotiate abc==, Basic realm=x"])
@example(["," * 60])
def test_whatever_is_written(headers):
    for one in parse_challenges(headers):
        assert one.scheme


def test_words_of_real_registries():
    header = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'
    (found,) = parse_challenges([header])
    assert found.parameters["scope"] == "repository:a/b:pull,push"
    assert [one.scheme for one in parse_challenges(['Negotiate abc==, Basic realm=x, Digest realm="y", qop=auth'])] == [
        *("negotiate", "basic", "digest"),
    ]


@given(
    st.text("abc/?=&%20.:_-", max_size=30),
    st.sampled_from(['rel="next"', "rel=next", 'REL="next"', 'title="x"; rel="prev next"', ' rel = "next" ']),
    st.lists(st.sampled_from(['</other>; rel="prev"', "</x>", '</y>; title="a, b"']), max_size=2),
)
def test_the_next_page(target, relation, others):
    link = f"<{target}>; {relation}"
    assert next_link([", ".join([*others, link])]) == target
    assert next_link([*others, link]) == target


@given(st.lists(st.text('<>;,=" abrelnxt/', max_size=40), max_size=3))
@example(["<" * 500])
@example(["<a>" + ";a" * 500])
@example(["<a>" + "; " * 500 + "x"])
@example(["<a>" + " ; a " * 1000 + '"'])
@example(['<a>;a="' * 1000])
def test_whatever_link_is_written(headers):
    found = next_link(headers)
    assert found is None or "<" not in found


def test_no_next_page():
    assert next_link([]) is None
    assert next_link(['</a>; rel="prev"', "</b>", "nonsense"]) is None


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)), min_size=2, max_size=8))
def test_tags_in_natural_order(versions):
    tags = [f"v{major}.{minor}" for major, minor in versions]
    assert sorted(tags, key=natural) == [f"v{major}.{minor}" for major, minor in sorted(versions)]


@given(st.lists(st.text(max_size=12), max_size=6))
@example(["²"])
def test_any_texts_can_be_sorted(texts):
    assert sorted(sorted(texts, key=natural)) == sorted(texts)


@given(st.text(max_size=40))
@example("1" * 500)
@example("Wed, 21 Oct 9999 07:28:00 GMT")
@example("Wed, 21 Oct 2015 07:28:00 -9999")
@example("²")
def test_when_to_come_back(header):
    found = retry_seconds(header)
    assert found is None or found >= 0


def test_when_to_come_back_as_it_is_meant():
    assert retry_seconds("7") == 7
    assert retry_seconds(None) is None
    assert retry_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
