"""What all verbs share: options, answers, progress."""
