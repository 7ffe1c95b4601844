//! A registry as a store: the distribution specification over HTTP.
