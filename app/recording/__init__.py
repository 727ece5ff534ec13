"""The state machine that turns observations and actions into episodes."""
