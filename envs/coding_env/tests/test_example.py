"""The example policy."""

from coding_env.example import policy


def test_the_example_shows_what_an_episode_can_hold(client):
    observations = [client.step(action).observation for action in policy()]
    assert [(observation.stdout, observation.exit_code) for observation in observations] == [
        ("", 0),
        ("[2, 3, 5, 7, 11, 13, 17, 19, 23, 29]\n", 0),
        ("", 1),
        ("", 0),
        ("", 1),
        ("97\n89\n83\n", 0),
    ]
    assert "Error" in observations[4].stderr.splitlines()[-1]
