//! Prints a digest. Every byte from outside is escaped here, and only here.
