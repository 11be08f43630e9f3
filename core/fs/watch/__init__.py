"""Folders and trees watched for changes, by inotify(7)."""
