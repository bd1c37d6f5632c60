"""The door itself: its name, its machine, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.node.contract.door import Door

from tests.node.contract.given import Given


class DoorContract(Given):
    """The door itself: its name, its machine, its end."""

    def test_the_door_has_the_name_of_its_node(self, door: Door) -> None:
        assert door.port.name == door.node.name

    def test_the_machine_has_proved_the_same_before_and_after_it_was_closed(self, door: Door) -> None:
        door.look()
        proved = door.port.identity
        door.port.close()
        assert door.port.identity == proved

    def test_a_door_may_be_closed_twice(self, door: Door) -> None:
        door.look()
        door.port.close()
        door.port.close()
