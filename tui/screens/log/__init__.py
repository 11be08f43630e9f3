"""The command log on the screen: what was done in this session, as commands to copy and to save."""
