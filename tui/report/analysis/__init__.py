"""Why an image is as big as it is, as text, JSON, JUnit XML, Markdown, SARIF or HTML."""
