"""Doors whose letters are altered on their way: other tools, another shell, another user, a tracer around all."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.node.shell import ShellNode
from agent.node.wire.script import carried

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.node import Node
    from agent.node.port import Request
    from agent.node.wire.letter import Letter

NODE_PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"


def script_in(letter: Letter) -> tuple[bytes, bytes]:
    """Return the script that a letter carries, and the document behind it."""
    line, _, rest = letter.stdin.partition(b"\n")
    size = int(re.findall(rb" bs=(\d+) ", line)[0])
    return rest[:size].removeprefix(b"exit\n").removesuffix(b"#end\n"), rest[size:]


class AlteredNode(ShellNode):
    """Replaces texts in the script, and puts words in front of the command (or another shell behind it)."""

    def __init__(
        self,
        node: Node,
        *,
        login_user: str | None = None,
        script: Mapping[str, str] | None = None,
        around: tuple[str, ...] = (),
        interpreter: str = "/bin/sh",
        login_shell: str = "/bin/sh",
    ) -> None:
        super().__init__(node, login_user)
        self._script = script or {}
        self._around = (*around, login_shell)
        self._interpreter = interpreter

    def letter(self, request: Request, nonce: str) -> Letter:
        plain = super().letter(request, nonce)
        script, document = script_in(plain)
        for old, new in self._script.items():
            assert old.encode() in script, old
            script = script.replace(old.encode(), new.encode())
        command = plain.command.replace("/bin/sh", self._interpreter)
        return replace(
            plain, command=shlex.join([*self._around, "-c", command]), stdin=carried(script.decode()) + document
        )
