import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.oci.config_change import apply_changes
from layertui.core.oci.config_instructions import changes_of
from layertui.core.oci.image_config import ExecConfig

pytestmark = pytest.mark.slow

names = st.text("ABC_", min_size=1, max_size=4)
texts = st.text("ab $\\\"'=#é:/", max_size=8)
words = st.lists(st.text("ab $\\\"'é", min_size=1, max_size=6), min_size=1, max_size=3).map(tuple)


@given(st.dictionaries(names, texts), st.dictionaries(names, texts), words, words, st.sampled_from(["", "7", "me:us"]))
def test_the_changes_make_the_config_again(env, labels, cmd, entrypoint, user):
    config = ExecConfig(
        env=tuple(f"{name}={value}" for name, value in env.items()),
        labels=labels,
        cmd=cmd,
        entrypoint=entrypoint,
        user=user,
        working_dir="/srv/a b",
        volumes=("/data dir",),
        exposed_ports=("80/tcp",),
        stop_signal="SIGINT",
    )
    made = apply_changes(ExecConfig(), changes_of(config))
    assert sorted(made.env) == sorted(config.env)
    assert dict(made.labels) == dict(config.labels)
    assert (made.cmd, made.entrypoint, made.user) == (cmd, entrypoint, user)
    assert (made.working_dir, made.volumes, made.exposed_ports, made.stop_signal) == (
        "/srv/a b",
        ("/data dir",),
        ("80/tcp",),
        "SIGINT",
    )
