"""The catalog: every layer of many images as rows of Parquet files, read once, and questions about all of them at a time."""
