"""The dialogs: each shows its fields and what the action will do."""
