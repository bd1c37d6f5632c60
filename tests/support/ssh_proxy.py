"""A proxy that breaks a connection at a chosen byte: by an orderly end, by a reset, or by silence."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Fault(StrEnum):
    """How the connection breaks."""

    NONE = "none"
    FIN = "fin"
    RESET = "reset"
    SILENCE = "silence"


class FaultProxy:
    """Passes bytes on until the server has sent so many (or the client, where counted is "client"); then the fault.

    ports are those from which the proxy has connected, by which the server's log tells the connections apart.
    """

    def __init__(self, target: int, fault: Fault, after: int, *, counted: str = "server") -> None:
        self._target = target
        self._fault = fault
        self._after = after
        self._counted = counted
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.ports: list[int] = []
        self.passed = {"server": 0, "client": 0}
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        for stream in (self._listener, *self._sockets):
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)
            stream.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._target))
                self.ports.append(int(server.getsockname()[1]))
                self._sockets += [client, server]
                self._start(lambda c=client, s=server: self._pump(c, s, "client"))  # type: ignore[misc]  # both bound now
                self._start(lambda c=client, s=server: self._pump(s, c, "server"))  # type: ignore[misc]  # both bound now

    def _pump(self, source: socket.socket, sink: socket.socket, who: str) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                room = self._after - self.passed[self._counted] if self._fault is not Fault.NONE else len(data)
                part = data[: max(0, room)] if who == self._counted else data
                if self._fault is not Fault.NONE and room <= 0 and self._fault is Fault.SILENCE:
                    continue
                sink.sendall(part)
                self.passed[who] += len(part)
                if len(part) < len(data):
                    self._break(source, sink)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _break(self, *streams: socket.socket) -> None:
        if self._fault is Fault.SILENCE:
            return
        for stream in streams:
            if self._fault is Fault.RESET:
                with suppress(OSError):
                    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    # the other pump waits on it; the kernel resets only once nobody does
                    stream.shutdown(socket.SHUT_RD)
                    stream.close()
            else:
                with suppress(OSError):
                    stream.shutdown(socket.SHUT_RDWR)
