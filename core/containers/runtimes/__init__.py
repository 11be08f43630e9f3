"""Runtimes: what they are given, how they are started, and what is done here for those that cannot do it themselves."""
