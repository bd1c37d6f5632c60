"""The doing of a plan as a pure state machine: events are folded, moves come out."""
