"""Questions about all images of a catalog, answered by DuckDB over its Parquet files."""
