"""Which failures may be asked again, and what is told of them."""

import json
from types import SimpleNamespace

import pytest

import late

SLOW_SHELL = ("late", "a shell that is slow to answer")


def report(test, when="call", *, failed=False, worker="gw0", properties=()):
    return SimpleNamespace(nodeid=test, when=when, failed=failed, user_properties=[*properties], worker_id=worker)


@pytest.fixture
def record():
    """What is kept of a session in which these reports came."""

    def kept(*reports, exit_code=pytest.ExitCode.TESTS_FAILED):
        cache = {}
        options = SimpleNamespace(getoption=lambda name, default: 7, cache=SimpleNamespace(set=cache.__setitem__))
        failures = late.Failures(options)
        for one in reports:
            failures.pytest_runtest_logreport(one)
        failures.pytest_sessionfinish(exit_code)
        return json.loads(json.dumps(cache[late.RECORD]))

    return kept


def test_a_failure_is_reported_with_its_worker_and_what_ran_there_before(record, monkeypatch):
    monkeypatch.setenv("LAYERTUI_SAMPLE", "abc")
    reports = [report(f"t{number}", "setup", worker=f"gw{number % 2}") for number in range(11)]
    kept = record(*reports, report("t10", failed=True, properties=[SLOW_SHELL]))
    assert late.spelled(kept["seeds"]) == "LAYERTUI_SAMPLE=abc --randomly-seed=7"
    (failure,) = kept["failures"]
    assert late.failure_line(failure) == (
        "t10 [may be late: a shell that is slow to answer] (number 6 on gw0, after t4, t6, t8)"
    )
    assert late.refusal(kept) == ""


def test_a_failure_beside_a_daemon_has_the_name_that_pytest_takes(record):
    (failure,) = record(report("a.py::t[x@y]@peers", failed=True))["failures"]
    assert failure["test"] == "a.py::t[x@y]"


def test_what_is_not_marked_is_not_asked_again(record):
    kept = record(report("t", failed=True, properties=[SLOW_SHELL]), report("u", failed=True))
    assert late.refusal(kept) == "1 that failed are not marked late"


def test_what_a_teardown_finds_is_not_late(record):
    assert late.refusal(record(report("t", "teardown", failed=True, properties=[SLOW_SHELL])))


def test_many_are_not_late(record):
    reports = [report(f"t{number}", failed=True, properties=[SLOW_SHELL]) for number in range(late.MOST + 1)]
    assert late.refusal(record(*reports[:-1])) == ""
    assert late.refusal(record(*reports)) == f"{late.MOST + 1} failed, more than {late.MOST}"


@pytest.mark.parametrize("code", [pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR])
def test_a_session_that_broke_off_is_not_asked_again(record, code):
    assert late.refusal(record(report("t", failed=True, properties=[SLOW_SHELL]), exit_code=code))


@pytest.mark.parametrize(("again", "outcome"), [(0, "passed"), (1, "failed again")])
def test_what_came_of_it_stands_at_the_end(record, tmp_path, monkeypatch, capsys, again, outcome):
    path = tmp_path / ".pytest_cache/v" / late.RECORD
    path.parent.mkdir(parents=True)
    monkeypatch.setenv("LAYERTUI_SAMPLE", "abc")
    path.write_text(json.dumps(record(report("t", failed=True, properties=[SLOW_SHELL]))))
    monkeypatch.setenv("LAYERTUI_SAMPLE", "another")
    asked = []
    monkeypatch.setattr(late, "ROOT", tmp_path)
    monkeypatch.setattr(late, "left_by_the_last_sessions", list)

    def run(argv, env, **_):
        asked.append((argv[-1], argv[-2], env["LAYERTUI_SAMPLE"]))
        return SimpleNamespace(returncode=again)

    monkeypatch.setattr(late.subprocess, "run", run)
    assert late.main() == again
    assert asked == [("t", "--randomly-seed=7", "abc")]
    assert f"asked again, alone, and {outcome}: t [may be late: a shell" in capsys.readouterr().out


def test_without_a_record_nothing_is_asked_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(late, "ROOT", tmp_path)
    assert late.main() == 1
    assert "no test was asked again" in capsys.readouterr().out
