"""The settings file and the TOML that people write: reading, checking, writing by command."""
