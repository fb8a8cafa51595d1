"""Search in the library."""

from resolvers.reading.search_index import index_versions

__all__ = ["index_versions"]
