"""Shows a file of any size page by page: its rows around an offset, the numbers of its lines, a search in it; a picture, decoded."""
