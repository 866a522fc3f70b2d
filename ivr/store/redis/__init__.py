"""The store that several engines share: a Redis 7.0 or newer, or a Valkey. docs/store.md."""
