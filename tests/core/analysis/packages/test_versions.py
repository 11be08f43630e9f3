"""Orders of versions: facts of each package manager's documents and tests, and dpkg and rpm themselves as oracles."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from absent import need
from layertui.core.analysis.packages.versions.apk_order import compare_apk
from layertui.core.analysis.packages.versions.debian_order import debian_key
from layertui.core.analysis.packages.versions.rpm_order import compare_rpm
from layertui.core.analysis.packages.versions.version_range import compare_versions, is_within, version_range

SIGN = {-1: "<", 0: "=", 1: ">"}


def sign(order):
    return SIGN[(order > 0) - (order < 0)]


@pytest.mark.parametrize(
    ("compare", "ascending"),
    [
        (compare_apk, "0.1.0_alpha_pre2 0.1.0_alpha 0.1.0_alpha2 0.1.0 0.1.3_alpha 0.1.3 0.1.3-r1 1.06-r6 1.1 1.1a 1.1.1 006"),
        (compare_apk, "1.0_rc1 1.0_rc2-r0 1.0 1.0-r1 1.0_git20240101 1.0_p9-r0 1.0_p10-r0 1.0b 1.0.1 1.1_pre1-r1 1.1 20050718-r1"),
        (compare_rpm, "1.0~rc1 1.0~rc1^git1 1.0 1.0^ 1.0^20160101 1.0a 1.0.0 1.1 2.0 10xyz 10.1xyz"),
        (compare_rpm, "a 1 1.0~~ 1.0~ 1.0 1.0.a 1.0.1 1.01.1 2.50"),
        (lambda a, b: compare_versions("node", a, b), "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0"),
        (lambda a, b: compare_versions("go", a, b), "v0.0.0-20190101000000-aaaaaaaaaaaa v0.0.0-20200101000000-aaaaaaaaaaaa v0.1.0 v1.9.0 v1.10.0+incompatible"),
        (lambda a, b: compare_versions("java", a, b), "1-alpha2 1-beta1 1-m1 1-rc1 1-snapshot 1 1-sp 1-jre 1.1 2.0-beta9 2.15.0 2.17.1"),
        (lambda a, b: compare_versions("python", a, b), "1.0.dev1 1.0a1 1.0rc1 1.0 1.0+local 1.0.post1 1.1 1!0.1"),
    ],
)  # fmt: skip
def test_ascending_versions(compare, ascending):
    versions = ascending.split()
    for at, one in enumerate(versions):
        for to, other in enumerate(versions):
            assert sign(compare(one, other)) == sign(at - to), (one, other)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("dpkg", "0", ""),
        ("dpkg", "1.0", "1.00"),
        ("rpm", "1.0", "1_0"),
        ("rpm", "2a", "2.a"),
        ("java", "1.0.0", "1"),
        ("java", "1.0-final", "1.0"),
        ("node", "v1.0.0+a", "1.0.0+b"),
        ("python", "1.0", "1.0.0"),
    ],
)
def test_equal_versions(kind, one, other):
    assert compare_versions(kind, one, other) == 0


@pytest.mark.parametrize(
    ("kind", "version", "limits", "inside"),
    [
        ("dpkg", "3.0.14-1~deb12u2", "<3.0.15", True),
        ("dpkg", "3.0.15-1~deb12u1", "<3.0.15", False),
        ("dpkg", "3.0.15-1~deb12u1", "<=3.0.15", True),
        ("dpkg", "3.0.15-1~deb12u1", "<3.0.15-1", True),
        ("dpkg", "1:2.39.2-1.1", "<2.39.5", True),
        ("dpkg", "1:2.39.2-1.1", "<0:2.39.5", False),
        ("dpkg", "2.39.2-1.1", "<1:0", True),
        ("rpm", "1:3.0.7-27.el9", "<3.0.15", True),
        ("rpm", "1:3.0.7-27.el9", "=3.0.7", True),
        ("rpm", "1:3.0.7-27.el9", "=3.0.7-26.el9", False),
        ("apk", "3.1.4-r5", "==3.1.4", True),
        ("apk", "3.1.4-r5", "<3.1.4-r6", True),
        ("python", "4.2.9", ">=4,<4.2.16", True),
        ("python", "4.2.16", ">=4,<4.2.16", False),
        ("python", "4.2.9", "!=4.2.9", False),
    ],
)
def test_what_a_limit_leaves_out_is_not_compared(kind, version, limits, inside):
    assert is_within(kind, version, version_range(limits)) is inside


@pytest.mark.parametrize("text", ["3.0", "<", "<1 2", "<1,", "~1"])
def test_a_range_that_is_none(text):
    with pytest.raises(ValueError, match="is no version with one of"):
        version_range(text)


@pytest.mark.parametrize("version", ["", "1.0bc", "1.0-1", "1..2", "1.0_nix", "-r1", "1.0-r1a"])
def test_what_is_no_version_of_apk(version):
    with pytest.raises(ValueError, match="no version of apk"):
        compare_apk("1", version)


TEXTS = st.text("019aAz.+~", max_size=8)


@given(TEXTS, TEXTS, TEXTS)
def test_orders_are_total(one, other, third):
    for order in (compare_rpm, lambda a, b: (debian_key(a) > debian_key(b)) - (debian_key(a) < debian_key(b))):
        assert sign(order(one, other)) == sign(-order(other, one))
        if order(one, other) <= 0 and order(other, third) <= 0:
            assert order(one, third) <= 0


HARD = "0 00 1 1.0 1.0a 1.0b 1.0~ 1.0~~ 1.0~rc1 1.0+b1 1.0.1 1.00.1 1.0a~ 1a 1~a 10 9 1.10 1.9 1.0-1 1.0-1~ 1.0-1+b2 1.0-2-1 1:0.9 2:0 0:1.0"


@pytest.mark.oracle
@pytest.mark.slow
def test_dpkg_says_the_same():
    need("dpkg")
    versions = HARD.split()
    pairs = [(one, other) for at, one in enumerate(versions) for other in versions[at:]]
    script = "".join(f"dpkg --compare-versions '{a}' lt '{b}' && echo '<' || {{ dpkg --compare-versions '{a}' eq '{b}' && echo = || echo '>'; }}\n" for a, b in pairs)  # fmt: skip
    answers = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert len(answers) == len(pairs)
    for (one, other), answer in zip(pairs, answers, strict=True):
        full = [version if ":" in version else f"0:{version}" for version in (one, other)]
        full = [version if "-" in version else f"{version}-0" for version in full]
        assert sign(compare_versions("dpkg", *full)) == answer, (one, other)


@pytest.mark.oracle
@pytest.mark.slow
def test_rpm_says_the_same():
    need("rpm")
    versions = [
        *HARD.replace("-", "_").replace(":", ".").split(),
        "1.0^",
        "1.0^~",
        "1.0~^",
        "1.0^a",
        "^1",
        "~",
        "^",
        ".",
    ]
    pairs = [(one, other) for one in versions for other in versions]
    calls = " ".join(f"print(rpm.vercmp('{a}', '{b}') .. ' ')" for a, b in pairs)
    found = subprocess.run(["rpm", "--eval", f"%{{lua:{calls}}}"], capture_output=True, text=True, check=True)
    answers = [int(answer) for answer in found.stdout.split()]
    assert len(answers) == len(pairs)
    for (one, other), answer in zip(pairs, answers, strict=True):
        assert sign(compare_rpm(one, other)) == sign(answer), (one, other)
