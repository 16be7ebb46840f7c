//! Starts the watcher, the night and the courier, and ends them at a safe point.
