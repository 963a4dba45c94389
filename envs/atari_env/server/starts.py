"""Starts: which games the engine begins again exactly by pressing reset, without loading them."""

STEADY_STARTS = frozenset(
    (
        *("adventure", "air_raid", "alien", "amidar", "asterix", "asteroids", "atlantis", "atlantis2"),
        *("bank_heist", "basic_math", "battle_zone", "blackjack", "bowling", "breakout", "carnival", "casino"),
        *("centipede", "crazy_climber", "darkchambers", "defender", "donkey_kong", "double_dunk"),
        *("earthworld", "enduro", "et", "flag_capture", "frogger", "galaxian", "gopher", "gravitar"),
        *("human_cannonball", "jamesbond", "journey_escape", "kangaroo", "keystone_kapers", "king_kong"),
        *("klax", "koolaid", "laser_gates", "lost_luggage", "mario_bros", "montezuma_revenge", "mr_do"),
        *("ms_pacman", "name_this_game", "othello", "pacman", "phoenix", "pitfall", "pong", "qbert"),
        *("riverraid", "road_runner", "robotank", "skiing", "space_invaders", "star_gunner", "superman"),
        *("tetris", "tic_tac_toe_3d", "trondead", "turmoil", "tutankham", "up_n_down", "video_checkers"),
        *("video_chess", "video_cube", "video_pinball", "wizard_of_wor", "word_zapper", "zaxxon"),
    )
)
"""Every start of these is that of a fresh load: so it was in hundreds of resets of each, after random play and with
random memory before them. The others (freeway, frostbite, boxing, …) begin differently in some, since they read memory
or a timer that runs on from before. A game that is not named here is loaded anew."""
