"""Options of ssh as Ansible passes them: a way over other hosts is read exactly, or named and left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.importing.ssh_words import SshWords, read_ssh_words


@pytest.mark.parametrize(
    ("text", "jump"),
    [
        ("-o ProxyJump=bastion", ("bastion",)),
        ("-oProxyJump=a.example.net,b", ("a.example.net", "b")),
        ('-o "ProxyJump bastion"', ("bastion",)),
        ("-o proxyjump = bastion".replace(" = ", "="), ("bastion",)),
        ("-J a,b", ("a", "b")),
        ("-Jbastion", ("bastion",)),
        ("-o ProxyJump=none", ()),
        ('-o ProxyCommand="ssh -W %h:%p -q bastion"', ("bastion",)),
        ("-o ProxyCommand='ssh -q bastion -W %h:%p'", ("bastion",)),
        ("-o ProxyCommand='ssh -W [%h]:%p 192.0.2.7'", ("192.0.2.7",)),
        ("-C -o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=30", ()),
        ("", ()),
    ],
)
def test_a_way_that_can_be_read_exactly_is(text: str, jump: tuple[str, ...]) -> None:
    says_a_way = "proxy" in text.lower() or "-J" in text
    assert read_ssh_words(text) == SshWords(jump=jump, decides=says_a_way)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-o ProxyJump=me@bastion", "ProxyJump"),
        ("-J bastion:2222", "ProxyJump"),
        ('-o ProxyCommand="ssh -W %h:%p -q me@bastion"', "ProxyCommand"),
        ('-o ProxyCommand="ssh -p 2222 -W %h:%p bastion"', "ProxyCommand"),
        ('-o ProxyCommand="sshpass -p hunter2 ssh -W %h:%p bastion"', "ProxyCommand"),
        ("-o ProxyCommand='nc -X connect -x proxy:3128 %h %p'", "ProxyCommand"),
        ("-o ProxyCommand='ssh -W %h:%p -oProxyCommand=x'", "ProxyCommand"),
        ("-o StrictHostKeyChecking=no", "stricthostkeychecking"),
        ("-o UserKnownHostsFile=/dev/null", "userknownhostsfile"),
        ("-i ~/.ssh/jira", "-i"),
        ("-o IdentityFile=~/.ssh/jira", "identityfile"),
        ("-F hunter2", "-F"),
        ("hunter2", "a word"),
        ("-o hunter2", "an option of -o"),
        ("-o 'ProxyJump=bastion", "all of it"),
        ("-J bastion " + "a" * 1_000_000, "all of it"),
    ],
)
def test_any_other_is_named_and_left_and_no_value_is_told(text: str, what: str) -> None:
    found = read_ssh_words(text)

    assert found.jump == ()
    assert [it for it, _ in found.left] == [what]
    assert "hunter2" not in repr(found)


@given(text=st.text(alphabet=st.sampled_from("-oJiW =%hp:'\"\\abastion@,.[]")))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    assert read_ssh_words(text) is not None
