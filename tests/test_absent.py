from absent import not_tested

REASONS = (
    "Skipped: no mkfs.ext4 on PATH",
    "Skipped: dockerd is not on PATH",
    "Skipped: runc does not work here: ['runc: not found']",
    "Skipped: dockerd is not on PATH",
    "Skipped: no network pasta can be had here: pasta: not found; the package passt brings it",
    "Skipped: to mount needs root",
)


def test_the_last_line_names_what_would_bring_the_tests_back():
    assert not_tested(REASONS) == (
        "not tested for lack of programs: 5 tests; `apt-get install docker.io e2fsprogs runc passt` brings them"
    )
    assert not_tested(REASONS[-1:]) is None
