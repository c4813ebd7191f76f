"""Tags that Setpoint makes itself: by rules, by value (recency, frequency, money) and by clusters."""
