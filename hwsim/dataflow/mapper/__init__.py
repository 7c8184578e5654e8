"""Best mapping of one layer on a hierarchy of memories: the space of mappings, ways to search it, results kept by content."""
