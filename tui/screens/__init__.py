"""The screens: home, a container, a comparison, and the dialogs."""
