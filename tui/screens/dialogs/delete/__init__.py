"""What is deleted, after a question that says what is lost and what is kept."""
