"""Many possible futures of one campaign at once, in arrays: the same arithmetic as the loop, on sums instead of people.

A future draws what is not known (base rate, effect of each action, tiredness, purchases moved forward) and then lives
through the rounds: it explores, shares out what the limits leave, learns which action works, reads the increment with
the same boundaries, and stops by the same rules. Customers count as alike: what is gained by choosing whom to write to
is left out, so that the forecast errs on the careful side.
"""

from setpoint.autopilot.futures.playing import play
from setpoint.autopilot.futures.types import BOUNDS, OUTCOMES, Arms, Game, Paths

__all__ = ["BOUNDS", "OUTCOMES", "Arms", "Game", "Paths", "play"]
