"""Scripted opponents."""


def corners(state, player, rng):
    """The highest that is legal."""
    return max(state.legal_actions(player))


def cheat(state, player, rng):
    return -7


def spoil(state, player, rng):
    """Plays on with what it is given."""
    action = rng.choice(state.legal_actions(player))
    state.apply_action(action)
    return action
