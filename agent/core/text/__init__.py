"""Words for people: made printable, folded, quoted, suggested, secrets masked."""
