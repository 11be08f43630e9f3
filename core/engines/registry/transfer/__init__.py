"""What is done with a registry besides looking: uploads, whole downloads, tags, deletes, and the credentials for it."""
