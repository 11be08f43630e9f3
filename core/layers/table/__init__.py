"""One layer as a table: its entries as columns in tree order, read from a tar or a folder."""
