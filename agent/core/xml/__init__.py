"""Between bytes and meaning: a template rendered and proven, a document of anybody parsed as hostile."""
