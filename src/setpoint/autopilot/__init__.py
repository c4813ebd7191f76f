"""The closed loop: campaigns with a goal and limits, rounds that turn by themselves, and people's hands on them.

`loop.run_round` is the loop. `services` holds the verbs of people: create, launch, pause, resume, cancel, change, approve.
"""
