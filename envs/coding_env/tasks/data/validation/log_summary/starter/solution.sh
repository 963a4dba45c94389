#!/bin/bash
# Prints how often, and from when to when, each level occurs.
