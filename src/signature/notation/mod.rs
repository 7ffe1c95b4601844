//! notation: its trust policies.
