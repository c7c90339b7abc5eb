"""Rules: (state, observation, now) -> (state, effects)."""
