"""Every sentence, in each language, and the texts that people write."""
