"""The frame around it all: panes, header, key bar, tabs."""
