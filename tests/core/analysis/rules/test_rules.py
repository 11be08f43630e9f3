import pytest

from layertui.core.analysis.rules.rules import DIVE_DEFAULTS, Rules, check_rules, rule_names, rules_from, setuid_files
from layertui.core.analysis.stored_files import stored_files
from layertui.core.errors import UsageError
from laying import lay

# 100 bytes in the base, 100 above; 30 of them hidden.
STACK = lay(["a:30", "b:70"], ["a:100"])


def results(growth=None, stack=STACK, **texts):
    rules = rules_from({name.replace("_", "-"): (text,) for name, text in texts.items()})
    return [
        (one.name, one.limit, one.value, one.passed) for one in check_rules(rules, stored_files(stack), growth=growth)
    ]


@pytest.mark.parametrize(
    ("name", "value", "passing", "failing"),
    [
        ("lowest-efficiency", 0.85, "0.85", "0.851"),
        ("highest-wasted-bytes", 30, "30B", "29"),
        ("highest-user-wasted-percent", 0.3, "0.3", "0.29"),
        ("max-size", 200, "200", "199"),
        ("max-layers", 2, "2", "1"),
        ("max-growth", 50, "50", "49"),
    ],
)
def test_a_limit_that_is_met_is_kept(name, value, passing, failing):
    """As in dive's code, whose documents say otherwise."""
    for text, passed in ((passing, True), (failing, False)):
        ((found, _, measured, kept),) = results(growth=50, **{name: text})
        assert (found, measured, kept) == (name, pytest.approx(value), passed)


@pytest.mark.parametrize("word", ["disabled", "OFF", "false", "", " "])
def test_a_rule_can_be_disabled_in_dives_words(word):
    assert rules_from(dict.fromkeys(rule_names(), (word,))) == Rules()
    assert not Rules().any
    assert results(lowest_efficiency=word) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lowest-efficiency", "1.1"),
        ("lowest-efficiency", "-0.1"),
        ("lowest-efficiency", "nan"),
        ("lowest-efficiency", "95%"),
        ("highest-user-wasted-percent", "10"),
        ("highest-wasted-bytes", "much"),
        ("max-size", "-1"),
        ("max-layers", "2.5"),
        ("max-layers", "²"),
        ("no-setuid", "maybe"),
    ],
)
def test_a_value_that_is_none_is_named(name, text):
    with pytest.raises(UsageError, match=f"the rule {name}: "):
        rules_from({name: (text,)})


def test_paths_that_are_forbidden():
    stack = lay(["a.pem:1", "b.pem:1"], ["-a.pem"])
    rules = rules_from({"forbid": ("*.pem", "/c")})
    pem, none = check_rules(rules, stored_files(stack))
    assert (pem.name, pem.limit, pem.value, pem.passed, pem.paths) == (
        "forbid",
        "*.pem",
        2,
        False,
        ("/a.pem", "/b.pem"),
    )
    assert (none.limit, none.value, none.passed, none.paths) == ("/c", 0, True, ())


def test_setuid_files_that_show():
    stack = lay(["su:1", "ls:1", "sudo=>su", "old:1", "d/"], ["-old", "ls:2"])
    for name in ("su", "old", "d"):
        key = name.encode()
        row = next(at for at in range(len(stack.layers[0].table)) if stack.layers[0].table.key(at) == key)
        stack.layers[0].table.mode[row] = 0o4755
    stored = stored_files(stack)
    assert setuid_files(stored) == ["/su", "/sudo"]
    assert setuid_files(stored_files(stack, low=2)) == []
    (result,) = check_rules(Rules(no_setuid=True), stored)
    assert (result.name, result.limit, result.value, result.passed) == ("no-setuid", 0, 2, False)


def test_the_defaults_are_dives():
    assert rules_from(DIVE_DEFAULTS) == Rules(lowest_efficiency=0.9, highest_user_wasted_percent=0.1)


def test_an_image_without_layers_keeps_every_rule():
    assert all(kept for *_, kept in results(stack=lay(), lowest_efficiency="1", max_layers="0", max_size="0"))
