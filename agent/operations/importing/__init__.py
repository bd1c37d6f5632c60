"""Where an import gets nodes and filestores from, and how it is told."""
