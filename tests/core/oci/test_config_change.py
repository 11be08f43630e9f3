"""The instructions of `import -c` and `commit -c`, in every form that docker's builder reads."""

import pytest

from layertui.core.errors import UsageError
from layertui.core.oci.config_change import apply_changes
from layertui.core.oci.image_config import ExecConfig

S = 10**9


def changed(*changes, **fields):
    return apply_changes(ExecConfig(**fields), changes)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ('CMD ["a", "b c"]', "cmd", ("a", "b c")),
        ("CMD echo $HOME | cat", "cmd", ("/bin/sh", "-c", "echo $HOME | cat")),
        ("cmd ['a']", "cmd", ("/bin/sh", "-c", "['a']")),
        ("CMD []", "cmd", ()),
        ("CMD", "cmd", ("/bin/sh", "-c")),
        ('ENTRYPOINT ["/e"]', "entrypoint", ("/e",)),
        ("ENTRYPOINT /e -x", "entrypoint", ("/bin/sh", "-c", "/e -x")),
        ("ENV A=b", "env", ("A=b",)),
        ("ENV A b c", "env", ("A=b c",)),
        ("ENV A=b B='c d' C=\"e f\" D=g\\ h", "env", ("A=b", "B=c d", "C=e f", "D=g h")),
        ("ENV A=", "env", ("A=",)),
        ("env\tA=b", "env", ("A=b",)),
        ("ENV A=b=c", "env", ("A=b=c",)),
        ("LABEL a=b \"c d\"='e f'", "labels", {"a": "b", "c d": "e f"}),
        ("LABEL a b c", "labels", {"a": "b c"}),
        ("EXPOSE 80", "exposed_ports", ("80/tcp",)),
        ("EXPOSE 80/UDP 81 80/udp", "exposed_ports", ("80/udp", "81/tcp")),
        ("EXPOSE 90-92/sctp", "exposed_ports", ("90/sctp", "91/sctp", "92/sctp")),
        (
            "EXPOSE 80:90 127.0.0.1:80:91 [::1]::92/udp 1-9:93 $UNSET",
            "exposed_ports",
            ("90/tcp", "91/tcp", "92/udp", "93/tcp"),
        ),
        ("USER $UNSET", "user", ""),
        ('CMD ["a"] x', "cmd", ("a",)),
        ("STOPSIGNAL -1", "stop_signal", "-1"),
        ('VOLUME ["/a", "/b c"]', "volumes", ("/a", "/b c")),
        ("VOLUME /a /b /a", "volumes", ("/a", "/b")),
        ("WORKDIR /a/../b/", "working_dir", "/a/../b/"),
        ("WORKDIR a", "working_dir", "/a"),
        ("WORKDIR a/../b/", "working_dir", "/b"),
        ("USER 1000:staff", "user", "1000:staff"),
        ("STOPSIGNAL SIGTERM", "stop_signal", "SIGTERM"),
        ("STOPSIGNAL 9", "stop_signal", "9"),
        ("STOPSIGNAL sigrtmin+3", "stop_signal", "sigrtmin+3"),
        ("STOPSIGNAL RTMAX-14", "stop_signal", "RTMAX-14"),
        ("CMD [a]", "cmd", ("/bin/sh", "-c", "[a]")),
        ("VOLUME /a\\ b", "volumes", ("/a", "b")),
        ("ENV\tA=b", "env", ("A=b",)),
        ("CMD a \\\n  b", "cmd", ("/bin/sh", "-c", "a   b")),
        ("LABEL a=b \\\n# c\n d=e", "labels", {"a": "b", "d": "e"}),
        ("ONBUILD RUN make", "on_build", ("RUN make",)),
        ("HEALTHCHECK NONE", "healthcheck", {"Test": ["NONE"]}),
        ("HEALTHCHECK CMD curl -f x", "healthcheck", {"Test": ["CMD-SHELL", "curl -f x"]}),
        ('HEALTHCHECK CMD ["curl", "x"]', "healthcheck", {"Test": ["CMD", "curl", "x"]}),
        (
            "HEALTHCHECK --interval=1m30s --timeout=0.5s --start-period=2h --start-interval=250ms --retries=3 CMD x",
            "healthcheck",
            {
                "Test": ["CMD-SHELL", "x"],
                "Interval": 90 * S,
                "Timeout": S // 2,
                "StartPeriod": 7200 * S,
                "StartInterval": S // 4,
                "Retries": 3,
            },
        ),
    ],
)
def test_each_form_is_understood(change, field, value):
    assert getattr(changed(change), field) == value


def test_what_is_there_is_added_to_or_replaced():
    config = changed(
        "ENV A=2 C=3",
        "LABEL a=2",
        "EXPOSE 81",
        "VOLUME /b",
        "ONBUILD RUN 2",
        "WORKDIR sub",
        env=("A=1", "B=1"),
        labels={"a": "1", "b": "1"},
        exposed_ports=("80/tcp",),
        volumes=("/a",),
        on_build=("RUN 1",),
        working_dir="/w",
    )
    assert config.env == ("A=2", "B=1", "C=3")
    assert config.labels == {"a": "2", "b": "1"}
    assert config.exposed_ports == ("80/tcp", "81/tcp")
    assert config.volumes == ("/a", "/b")
    assert config.on_build == ("RUN 1", "RUN 2")
    assert config.working_dir == "/w/sub"


def test_variables_come_from_the_configs_own_environment():
    config = changed(
        "ENV PATH=/x:$PATH", "ENV A=1 B=$A", "USER ${WHO:-nobody}", "WORKDIR $HOME/w", env=("PATH=/bin", "HOME=/h")
    )
    # The pairs of one ENV see the environment from before it.
    assert config.env == ("PATH=/x:/bin", "HOME=/h", "A=1", "B=")
    assert (config.user, config.working_dir) == ("nobody", "/h/w")


def test_the_shell_of_the_image_runs_the_shell_form():
    assert changed("CMD x", shell=("/bin/bash", "-ec")).cmd == ("/bin/bash", "-ec", "x")


def test_a_new_entrypoint_drops_the_inherited_command_only():
    assert changed('ENTRYPOINT ["e"]', cmd=("old",)).cmd is None
    assert changed('CMD ["new"]', 'ENTRYPOINT ["e"]', cmd=("old",)).cmd == ("new",)
    assert changed('ENTRYPOINT ["e"]', 'CMD ["new"]', cmd=("old",)).cmd == ("new",)


def test_changes_may_span_lines_and_carry_comments():
    config = changed("# a comment\n\nENV A=1 \\\n  B=2\nUSER x", "CMD \\\n y")
    assert (config.env, config.user, config.cmd) == (("A=1", "B=2"), "x", ("/bin/sh", "-c", "y"))


def test_nothing_else_of_the_config_changes():
    before = ExecConfig(cmd=("x",), extra={"Hostname": "h"}, stop_signal="INT")
    assert apply_changes(before, []) == before
    after = apply_changes(before, ["USER u"])
    assert (after.cmd, after.extra, after.stop_signal) == (("x",), {"Hostname": "h"}, "INT")


@pytest.mark.parametrize("change", ["RUN x", "COPY a b", "FROM x", "ADD", "ARG a", "MAINTAINER me", "SHELL []", "nope"])
def test_other_instructions_are_refused_by_name(change):
    with pytest.raises(UsageError, match=f"'{change.split()[0].upper()}' is not a change that can be made"):
        changed(change)


@pytest.mark.parametrize(
    "change",
    [
        "ENV",
        "ENV A",
        "ENV A=b C",
        "ENV =b",
        'ENV A="b',
        "ENV A=${B",
        "ENV A=${B:?x}",
        "LABEL",
        "LABEL a=b c",
        "EXPOSE",
        "EXPOSE x",
        "EXPOSE 70000",
        "EXPOSE " + "9" * 5000,
        "HEALTHCHECK --retries=" + "9" * 5000 + " CMD y",
        "HEALTHCHECK --interval=" + "9" * 5000 + "h CMD y",
        "EXPOSE 9-8",
        "EXPOSE 80/icmp",
        "EXPOSE 80:",
        "EXPOSE x:80:90",
        "EXPOSE 80-82:90-91",
        "USER --x y",
        "VOLUME",
        'VOLUME [""]',
        "VOLUME []",
        "WORKDIR",
        "USER",
        "STOPSIGNAL",
        "STOPSIGNAL now!",
        "STOPSIGNAL NOPE",
        "STOPSIGNAL 0",
        "STOPSIGNAL RTMIN+16",
        "STOPSIGNAL RTMIN-1",
        'CMD ["a", 1]',
        'ENTRYPOINT [["a"]]',
        'HEALTHCHECK CMD ["a", null]',
        'VOLUME ["/a", 1]',
        'VOLUME "/a b"',
        "ONBUILD",
        "ONBUILD ONBUILD RUN x",
        "ONBUILD FROM x",
        "HEALTHCHECK",
        "HEALTHCHECK CMD",
        "HEALTHCHECK NONE x",
        "HEALTHCHECK --retries=x CMD y",
        "HEALTHCHECK --interval=5 CMD y",
        "HEALTHCHECK --interval=1us CMD y",
        "HEALTHCHECK --interval=9999999h CMD y",
        "HEALTHCHECK --often=1s CMD y",
        "HEALTHCHECK curl x",
    ],
)
def test_a_wrong_instruction_is_quoted_in_the_error(change):
    with pytest.raises(UsageError) as caught:
        changed(change)
    assert str(caught.value).startswith(f"change {change[:200]!r}: ")


def test_a_new_health_check_keeps_the_times_that_it_does_not_say():
    before = {"Test": ["CMD", "a"], "Interval": 5 * S, "Timeout": 3 * S}
    times = {"Interval": 5 * S, "Timeout": 9 * S}
    assert changed("HEALTHCHECK --timeout=9s CMD b", healthcheck=before).healthcheck == {
        "Test": ["CMD-SHELL", "b"],
        **times,
    }
    assert changed("HEALTHCHECK --interval=1s CMD x", "HEALTHCHECK CMD y").healthcheck == {"Test": ["CMD-SHELL", "y"]}


@pytest.mark.parametrize("changes", [[""], ["  ", "# a comment"]])
def test_changes_without_an_instruction_are_none(changes):
    with pytest.raises(UsageError, match="without an instruction"):
        apply_changes(ExecConfig(), changes)
