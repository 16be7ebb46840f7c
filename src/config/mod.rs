//! The rooms' settings, put together, and read from one TOML file.
