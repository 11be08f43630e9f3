"""``python -m layertui`` is the ``layertui`` command."""

from layertui.tui.cli import main

if __name__ == "__main__":
    main()
