"""The Dockerfile of an image on home: a tab of Details, and the dialog that saves it."""
