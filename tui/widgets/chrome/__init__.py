"""The frame of the screens: panes, header, key bar, tabs."""
