"""The dialogs: each asks what is to be done and says what will come of it."""
