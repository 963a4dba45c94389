"""A module that talks, and ends its interpreter in an orderly way when it is imported."""

import sys

print("I was about to load the model")
sys.exit("no licence found")
