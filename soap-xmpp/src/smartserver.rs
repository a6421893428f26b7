//! What SmartServers say inside of envelopes.
